# SPDX-License-Identifier: EUPL-1.2
"""CSV for a spreadsheet (``format=excel``): told to be UTF-8, and nothing in it is a formula.

A spreadsheet computes a cell that starts with ``=``, ``+``, ``-`` or ``@`` (OWASP, *CSV
injection*); such a cell gets an apostrophe in front, unless it is a number.

Excel splits this at commas only where its list separator is one. In Dutch, Finnish or Norwegian it
is not, and 1.5 is a date there: ``format=xlsx``, a workbook (``engine.worker.workbook``), is right
in all.
"""

import codecs
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from guidance_graph.engine.answer import Answer, Chunks, Cost

#: What ``format=`` calls it.
EXCEL: Final = "excel"

#: A cell that is whole, and what follows it.
_CELL: Final = re.compile(r'("(?:[^"]++|"")*+"|[^,"\r\n]*+)(,|\r?\n)')
#: What is left of a cell: in quotation marks up to the one that ends it, and outside of them.
_QUOTED: Final = re.compile(r'(?:[^"]++|"")*+')
_PLAIN: Final = re.compile(r"[^,\r\n]*+[,\r\n]?")
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
#: Characters of the longest number; what is longer is a text.
_LONGEST: Final = 1000
#: A cell of which it is not known yet whether it is a number, or whether there is one.
_UNDECIDED: Final = re.compile(rf'(?:[+-][0-9.eE+-]{{0,{_LONGEST - 1}}})?"?\r?')


def for_spreadsheet(answer: Answer) -> Answer:
    """Return an answer in CSV as one that a spreadsheet may open."""
    tag = None if answer.tag is None else spreadsheet_tag(answer.tag)
    return replace(answer, chunks=_Cells(answer.chunks), tag=tag)


def spreadsheet_tag(tag: str) -> str:
    """Return the tag of the answer for a spreadsheet whose tag in CSV is this."""
    return f"{tag}-{EXCEL}"


class _Cells:
    """The chunks of an answer, cell by cell made harmless.

    Of a cell no more is held than its begin, and no more than a chunk is looked at: one of 32
    million quotation marks would take gigabytes to match as a whole.
    """

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._pending = ""
        self._inside: re.Pattern[str] | None = None  # a cell, of which this is left
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
                return self._harmless("\n")[:-1].encode()
            if harmless := self._harmless(self._decoder.decode(chunk)):
                return harmless.encode()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        await self._chunks.aclose()

    def _harmless(self, text: str) -> str:
        """Return what there is now, but for what the next characters decide on."""
        text, place = self._pending + text, 0
        pieces: list[str] = []
        while place < len(text):
            if self._inside is not None:
                end = self._end_of_rest(self._inside, text, place)
                if end == place:
                    break
                pieces.append(text[place:end])
                place = end
            elif (whole := _CELL.match(text, place)) is not None:
                pieces += _harmless(whole[1]), whole[2]
                place = whole.end()
            elif self._is_undecided(text, place):
                break
            else:
                pieces.append(self._begin(text, place))
                place += text[place] == '"'
        self._pending = text[place:]
        return "".join(pieces)

    def _is_undecided(self, text: str, place: int) -> bool:
        """Whether it is not known yet if a cell is to be marked."""
        start = place + (text[place] == '"')
        return not self._over and _UNDECIDED.fullmatch(text, start) is not None

    def _begin(self, text: str, place: int) -> str:
        """Return the begin of a cell that is not whole: its mark and quotation mark, if any."""
        quote = '"' if text[place] == '"' else ""
        self._inside = _QUOTED if quote else _PLAIN
        return quote + ("'" if _FORMULA.match(text, place + len(quote)) else "")

    def _end_of_rest(self, inside: re.Pattern[str], text: str, place: int) -> int:
        """Return up to where what is left of a cell is known."""
        match = inside.match(text, place)
        end = match.end() if match else place
        if inside is _QUOTED and end < len(text) and (end + 1 < len(text) or self._over):
            self._inside = _PLAIN
            return end + 1
        if inside is _PLAIN and text[end - 1] in ",\r\n":
            self._inside = None
        return end


def _harmless(cell: str) -> str:
    quoted = cell.startswith('"')
    inner = cell[1:-1] if quoted else cell
    number = len(inner) <= _LONGEST and _NUMBER.fullmatch(inner) is not None
    if number or _FORMULA.match(inner) is None:
        return cell
    return f'"\'{inner}"' if quoted else f"'{inner}"
