# SPDX-License-Identifier: EUPL-1.2
"""CSV for a spreadsheet (``format=excel``): told to be UTF-8, and nothing in it is a formula.

A spreadsheet computes a cell that starts with ``=``, ``+``, ``-`` or ``@`` (OWASP, *CSV
injection*); such a cell gets an apostrophe in front, unless it is a number.

Excel splits this at commas only where its list separator is one. In Dutch, Finnish or Norwegian it
is not, and 1.5 is a date there: ``format=xlsx``, a workbook (``engine.workbook``), is right in all.
"""

import codecs
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from guidance_graph.engine.answer import Answer, Chunks, Cost

#: What ``format=`` calls it.
EXCEL: Final = "excel"

_FIELD: Final = re.compile(r'("[^"]*(?:""[^"]*)*"|[^,"\r\n]*)(,|\r?\n)')
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")


def for_spreadsheet(answer: Answer) -> Answer:
    """Return an answer in CSV as one that a spreadsheet may open."""
    tag = None if answer.tag is None else spreadsheet_tag(answer.tag)
    return replace(answer, chunks=_Cells(answer.chunks), tag=tag)


def spreadsheet_tag(tag: str) -> str:
    """Return the tag of the answer for a spreadsheet whose tag in CSV is this."""
    return f"{tag}-{EXCEL}"


class _Cells:
    """The chunks of an answer, cell by cell made harmless."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._pending: list[str] = []
        self._length = 0
        self._enough = 0
        self._first = True
        self._over = False

    @property
    def cost(self) -> Cost | None:
        return self._chunks.cost

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._first:
            self._first = False
            return codecs.BOM_UTF8
        while not self._over:
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                self._over = True
                return "".join(self._cells("\n"))[:-1].encode()
            if harmless := "".join(self._cells(self._decoder.decode(chunk))):
                return harmless.encode()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        await self._chunks.aclose()

    def _cells(self, text: str) -> list[str]:
        """Return what is whole so far; a long cell is looked at again when it has doubled."""
        self._pending.append(text)
        self._length += len(text)
        if self._length < self._enough and text != "\n":
            return []
        text, place = "".join(self._pending), 0
        cells: list[str] = []
        while (match := _FIELD.match(text, place)) is not None:
            cells += _harmless(match[1]), match[2]
            place = match.end()
        self._pending = [text[place:]]
        self._length = len(text) - place
        self._enough = 2 * self._length
        return cells


def _harmless(cell: str) -> str:
    quoted = cell.startswith('"')
    inner = cell[1:-1] if quoted else cell
    if _FORMULA.match(inner) is None or _NUMBER.fullmatch(inner) is not None:
        return cell
    return f'"\'{inner}"' if quoted else f"'{inner}"
