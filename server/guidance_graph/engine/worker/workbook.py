# SPDX-License-Identifier: EUPL-1.2
"""Solutions as a workbook (Office Open XML), which spreadsheets of every language read the same.

Numbers, booleans and dates are such in it where a spreadsheet holds them, exactly but for long
fractions; all else is text, and nothing a formula or a link. The same solutions give the same
bytes.

A workbook is made in memory and whole. A worker can open no file, so all that this needs is
imported here, before any is forked.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any, Final

from xlsxwriter import Workbook

from guidance_graph.engine.text.terms import XSD
from guidance_graph.terms.errors import ResultTooLargeError

codecs.lookup("utf-16-le")  # in which Excel counts; Python opens its file at the first use

#: The text of a term, and its datatype where it is a literal that has one; None where unbound.
Cell = tuple[str, str | None] | None

_Value = str | float | bool | date

#: What a sheet of Excel holds; characters are those of UTF-16. Past the digits it rounds: a
#: fraction may be rounded, but by its last digits one whole number is told from another.
_MOST_ROWS: Final = 1_048_576
_MOST_COLUMNS: Final = 16_384
_MOST_CHARACTERS: Final = 32_767
_MOST_DIGITS: Final = 15
_LEAST, _MOST = 2.2251e-308, 9.99999999999999e307
#: From here on spreadsheets agree on days; Excel has a 29 February 1900.
_FIRST_DAY: Final = date(1900, 3, 1)

#: In characters: of what is no text, and of any column.
_WIDTH, _WIDEST = 17, 60
_A4: Final = 9  # as Office Open XML counts sizes of paper
_CREATED: Final = datetime(1980, 1, 1, tzinfo=UTC)  # as the files in it are dated

_NUMBER: Final = re.compile(
    r"[+-]?(?=\.?[0-9])(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?(?:[eE][+-]?[0-9]+)?"
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(_DAY.pattern + r"T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.0+)?")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def workbook_of_solutions(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook with the names of variables and a row for each solution.

    Raises:
        ResultTooLargeError: they are more than a sheet holds, or a text is longer than a cell.
    """
    if len(names) > _MOST_COLUMNS:
        raise _too_large(f"{_MOST_COLUMNS:,} columns")
    sheet = _Sheet()
    for column, name in enumerate(names):
        sheet.write(0, column, name, heading=True)
    last = 0
    for last, cells in enumerate(rows, start=1):
        if last == _MOST_ROWS:
            raise _too_large(f"{_MOST_ROWS - 1:,} rows below its head")
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(last, column, _value(*cell))
    if names:
        sheet.close_table(last, len(names) - 1)
    return sheet.content()


def workbook_of_boolean(value: bool) -> bytes:
    """Return a workbook with one cell."""
    sheet = _Sheet()
    sheet.write(0, 0, value)
    return sheet.content()


class _Sheet:
    """The one sheet of a workbook."""

    def __init__(self) -> None:
        self._file = BytesIO()
        self._workbook = Workbook(self._file, {"in_memory": True})
        self._workbook.set_properties({"created": _CREATED})
        self._sheet = self._workbook.add_worksheet("answer")
        self._heading = self._workbook.add_format({"bold": True})
        self._plain = self._workbook.add_format()
        self._days = self._workbook.add_format({"num_format": "yyyy-mm-dd"})
        self._moments = self._workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._widths: dict[int, int] = {}

    def write(self, row: int, column: int, value: _Value, *, heading: bool = False) -> None:
        """Write a cell.

        Raises:
            ResultTooLargeError: it is a text that no cell holds.
        """
        sheet = self._sheet
        width = _WIDTH
        if isinstance(value, str):
            width = len(value)
            self._write_text(row, column, value, self._heading if heading else None)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, float):
            sheet.write_number(row, column, value)
        else:
            form = self._moments if isinstance(value, datetime) else self._days
            sheet.write_datetime(row, column, value, form)
        if width > self._widths.get(column, 0):
            self._widths[column] = width

    def _write_text(self, row: int, column: int, text: str, form: Any) -> None:
        if len(text) > _MOST_CHARACTERS // 2 and _characters(text) > _MOST_CHARACTERS:
            raise _too_large(f"{_MOST_CHARACTERS:,} characters in a cell")
        if text.startswith("<r>") and text.endswith("</r>"):
            # the library would take it for markup of its own, and write it as it is
            self._sheet.write_rich_string(row, column, text[0], self._plain, text[1:])
        else:
            self._sheet.write_string(row, column, text, form)

    def close_table(self, last_row: int, last_column: int) -> None:
        """Have the first row stay in sight and filter the others; make the columns fit.

        In print all columns stand on one page across, below their names on each.
        """
        self._sheet.freeze_panes(1, 0)
        self._sheet.autofilter(0, 0, last_row, last_column)
        self._sheet.set_paper(_A4)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)
        self._sheet.repeat_rows(0)
        for column, width in self._widths.items():
            self._sheet.set_column(column, column, min(width + 3, _WIDEST))

    def content(self) -> bytes:
        """Return the bytes of the workbook; nothing can be written to it any more."""
        self._workbook.close()
        return self._file.getvalue()


def _characters(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _too_large(most: str) -> ResultTooLargeError:
    return ResultTooLargeError(f"a workbook has no more than {most}; ask for CSV or another format")


def _value(text: str, datatype: str | None) -> _Value:
    """Return what a literal stands for, or its text where a cell cannot hold that."""
    read = _READERS.get(datatype) if datatype else None
    value = None if read is None else read(text)
    return text if value is None else value


def _number(text: str) -> float | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    number = float(text)
    fits = not number or _LEAST <= abs(number) <= _MOST
    return number if fits and len(found["whole"].strip("0")) <= _MOST_DIGITS else None


def _day(text: str) -> date | None:
    if _DAY.fullmatch(text) is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= _FIRST_DAY else None


def _moment(text: str) -> datetime | None:
    if _MOMENT.fullmatch(text) is None or _day(text[:10]) is None:
        return None
    try:
        return datetime.fromisoformat(text[:19])
    except ValueError:
        return None


_INTEGERS: Final = (
    *("integer", "nonPositiveInteger", "negativeInteger", "nonNegativeInteger", "positiveInteger"),
    *("long", "int", "short", "byte"),
    *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
)
_READERS: Final[dict[str, Callable[[str], _Value | None]]] = {
    **{XSD + name: _number for name in (*_INTEGERS, "decimal", "double", "float")},
    XSD + "boolean": _BOOLEANS.get,
    XSD + "date": _day,
    XSD + "dateTime": _moment,
}
