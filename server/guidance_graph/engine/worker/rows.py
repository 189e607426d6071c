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
    """How a format marks a row: the bytes, and how its strings are told from the rest.

    Attributes:
        row: the mark, outside of strings.
        begun: what may be the beginning of a mark, at the end of a chunk.
        longest: the bytes that this may have.
        quoted: whether strings stand in quotation marks.
        escape: a character of a string that is written as two.
        first: where the first row begins, with what no string has; so that strings need not be told
            from the rest, which takes three times as long.
        further: where another row begins, if both bind something, likewise.
        bare: a row that binds nothing.
        not_rows: marks that are of no row.
    """

    row: re.Pattern[bytes]
    begun: re.Pattern[bytes] | None = None
    longest: int = 0
    quoted: bool = False
    escape: re.Pattern[bytes] | None = None
    first: re.Pattern[bytes] | None = None
    further: re.Pattern[bytes] | None = None
    bare: bytes = b""
    not_rows: int = 0


_MARKS: Final = {
    "json": _Mark(
        re.compile(rb"[\[,]\{"),
        begun=re.compile(rb'(?:\}(?:\},?)?|(?:\[|(?:\}\})?,)(?:\{"?)?)\Z'),
        longest=5,
        quoted=True,
        escape=re.compile(rb"\\."),
        first=re.compile(rb'\[\{"(?=[^,}])'),
        further=re.compile(rb'\}\},\{"(?=[^,}])'),
        bare=b"{}",
    ),
    "xml": _Mark(re.compile(rb"<result>"), begun=re.compile(rb"<[result]{0,6}\Z"), longest=7),
    "csv": _Mark(re.compile(rb"\n"), quoted=True, not_rows=1),
    "tsv": _Mark(re.compile(rb"\n"), not_rows=1),
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
        self._in_string = False
        self._perhaps_bare = False

    @property
    def rows(self) -> int:
        """The rows that have begun."""
        return max(self._marks - self._mark.not_rows, 0)

    def feed(self, chunk: bytes) -> None:
        """Count the rows that begin in a chunk."""
        mark = self._mark
        chunk = self._pending + chunk
        if mark.bare and not self._perhaps_bare:
            self._perhaps_bare = mark.bare in chunk
        chunk = self._whole(chunk)
        if mark.first is None or mark.further is None or self._perhaps_bare:
            self._marks += len(mark.row.findall(self._outside_strings(chunk)))
            return
        if not self._marks:
            self._marks = len(mark.first.findall(chunk))
        self._marks += len(mark.further.findall(chunk))
        self._in_string ^= self._without_escapes(chunk).count(b'"') % 2 == 1

    def _whole(self, chunk: bytes) -> bytes:
        """Return a chunk without an end that the next bytes decide on; that waits for them."""
        undecided = 0
        if self._mark.escape is not None:
            undecided = (len(chunk) - len(chunk.rstrip(b"\\"))) % 2
        if self._mark.begun is not None and not undecided:
            begun = self._mark.begun.search(chunk[-self._mark.longest :])
            undecided = len(begun[0]) if begun else 0
        kept = len(chunk) - undecided
        self._pending = chunk[kept:]
        return chunk[:kept]

    def _without_escapes(self, chunk: bytes) -> bytes:
        if self._mark.escape is None or b"\\" not in chunk:
            return chunk
        return self._mark.escape.sub(b"", chunk)

    def _outside_strings(self, chunk: bytes) -> bytes:
        if not self._mark.quoted:
            return chunk
        pieces = self._without_escapes(chunk).split(b'"')
        outside = b'"'.join(pieces[self._in_string :: 2])
        self._in_string ^= len(pieces) % 2 == 0
        return outside
