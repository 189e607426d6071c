# SPDX-License-Identifier: EUPL-1.2
"""What goes wrong, as one line on stderr and an exit code; never a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from guidance_graph.cli.streams import drop
from guidance_graph.terms.errors import (
    EngineError,
    GuidanceGraphError,
    InvalidGraphError,
    QueryError,
    ReleaseError,
    SettingError,
    SourceError,
)

_NOT_DONE: Final = 3

#: The one table from error to exit code: 1 invalid, 2 wrong input, 3 could not be done.
EXIT_CODES: Final[dict[type[GuidanceGraphError], int]] = {
    InvalidGraphError: 1,
    SourceError: 2,
    SettingError: 2,
    QueryError: 2,
    ReleaseError: _NOT_DONE,
    EngineError: _NOT_DONE,
}


def exit_code(error: GuidanceGraphError) -> int:
    """The exit code that tells this error."""
    return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))


@contextmanager
def told(*, debug: bool) -> Iterator[None]:
    """Turn what is raised inside into a line on stderr and an exit; with ``debug``, let it pass.

    What the system refuses, such as a byte more on a full disk, is among it.
    """
    try:
        yield
    except GuidanceGraphError as error:
        if debug:
            raise
        _tell(" ".join(str(error).split()))
        sys.exit(exit_code(error))
    except OSError as error:
        if debug:
            raise
        drop(sys.stdout)  # Python would try to write once more at its end
        _tell(f"{error.strerror or error}, {error.filename or 'while writing'}")
        sys.exit(_NOT_DONE)


def _tell(what: str) -> None:
    with suppress(OSError):  # nobody reads it, but the exit code is told all the same
        sys.stderr.write(f"error: {what}\n")
