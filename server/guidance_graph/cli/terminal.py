# SPDX-License-Identifier: EUPL-1.2
"""Output for people: styled on a terminal, plain everywhere else; or nowhere, if nobody reads."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from guidance_graph.cli.streams import drop


class _Console(Console):
    """A console that goes on when its reader has gone: what is being done is worth it."""

    def on_broken_pipe(self) -> None:
        """Print nothing more."""
        self.quiet = True
        drop(self.file)


def console(*, stderr: bool = False) -> Console:
    """Where to print; it wraps nothing and guesses no styles."""
    return _Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


class Steps:
    """The progress of long work: each step while it is under way, and what it took."""

    def __init__(self, out: Console, *, only_on_terminal: bool = False) -> None:
        self._out = out
        self._silent = only_on_terminal and not out.is_terminal

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Enter for the time of the step."""
        start = time.perf_counter()
        if self._out.is_terminal:
            with self._out.status(Text(f"{step} …")):
                yield
        else:
            yield
        if not self._silent:
            self._out.print(f"{step:<40}{time.perf_counter() - start:6.2f} s")


@contextmanager
def until_enough() -> Iterator[None]:
    """Print as long as somebody reads: ``head`` has had enough after ten lines, which is fine."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        drop(sys.stdout)


def print_table(out: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table with rules on a terminal, lines of tab-separated values elsewhere."""
    if not out.is_terminal:
        for line in (columns, *rows):  # rich would turn tabs into spaces
            out.file.write("\t".join(" ".join(cell.split()) for cell in line) + "\n")
        return
    table = Table(*columns, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table, soft_wrap=False)
