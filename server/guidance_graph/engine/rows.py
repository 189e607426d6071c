# SPDX-License-Identifier: EUPL-1.2
"""Count the solutions of an answer in the bytes it is written in.

Oxigraph writes solutions without saying how many, and iterating over them first would take as long
again. Each format marks a row in a way that no value can imitate outside a quoted string.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class _Mark:
    """How a format marks a row: the bytes, and how its strings are told from the rest."""

    row: re.Pattern[bytes]
    longest: int
    quoted: bool = False
    escape: re.Pattern[bytes] | None = None
    not_rows: int = 0


_MARKS: Final = {
    "json": _Mark(re.compile(rb"[\[,]\{"), 2, quoted=True, escape=re.compile(rb"\\.")),
    "xml": _Mark(re.compile(rb"<result>"), 8),
    "csv": _Mark(re.compile(rb"\n"), 1, quoted=True, not_rows=1),
    "tsv": _Mark(re.compile(rb"\n"), 1, not_rows=1),
}


class RowCounter:
    """Counts the rows of an answer, chunk by chunk.

    Attributes:
        rows: the rows so far; the header of CSV and TSV is none.
    """

    def __init__(self, format_name: str) -> None:
        self._mark = _MARKS[format_name]
        self._marks = 0
        self._pending = b""
        self._tail = b""
        self._in_string = False

    @property
    def rows(self) -> int:
        """The rows that have begun."""
        return max(self._marks - self._mark.not_rows, 0)

    def feed(self, chunk: bytes) -> None:
        """Count the rows that begin in a chunk."""
        outside = self._tail + self._outside_strings(chunk)
        self._marks += len(self._mark.row.findall(outside))
        kept = self._mark.longest - 1
        self._tail = outside[-kept:] if kept else b""

    def _outside_strings(self, chunk: bytes) -> bytes:
        if not self._mark.quoted:
            return chunk
        chunk, self._pending = self._pending + chunk, b""
        if self._mark.escape is not None and b"\\" in chunk:
            if (len(chunk) - len(chunk.rstrip(b"\\"))) % 2:
                chunk, self._pending = chunk[:-1], chunk[-1:]
            chunk = self._mark.escape.sub(b"", chunk)
        pieces = chunk.split(b'"')
        outside = b'"'.join(pieces[self._in_string :: 2])
        self._in_string ^= len(pieces) % 2 == 0
        return outside
