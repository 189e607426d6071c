# SPDX-License-Identifier: EUPL-1.2
"""Workbooks: cells have the types of their terms, and whatever they hold, it is data."""

import io
import re
import time
import zipfile
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance_graph.engine.text.terms import XSD
from guidance_graph.engine.worker import workbook
from guidance_graph.engine.worker.workbook import Cell, workbook_of_boolean, workbook_of_solutions
from guidance_graph.terms.errors import ResultTooLargeError
from tests.workbooks import cells_of, sheet_of

#: What would be computed, or opened, if it were not text.
ACTIVE = ("=1+1", "+1", "-1+2", "@SUM(1)", "{=1}", "=cmd|'/c calc'!A0", "http://e/", "mailto:a@e")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def value_of(text: str, datatype: str | None = None) -> object:
    """What a literal is in a sheet."""
    content = workbook_of_solutions(["x"], [[(text, datatype and XSD + datatype)]])
    ((_,), (value,)) = cells_of(content)
    return value


def parts_of(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize(
    ("text", "datatype", "expected"),
    [
        ("12", "integer", 12),
        ("-7", "negativeInteger", -7),
        ("0", "decimal", 0),
        ("1.5", "decimal", 1.5),
        ("+.5", "decimal", 0.5),
        ("-3.25E-2", "double", -0.0325),
        ("0.1", "float", 0.1),
        ("123456789012345", "long", 123456789012345),
        ("1000000000000000000000", "integer", 10**21),
        ("3.333333333333333333", "decimal", 3.333333333333333),
        ("true", "boolean", True),
        ("0", "boolean", False),
        ("1900-03-01", "date", datetime(1900, 3, 1)),
        ("2024-02-29", "date", datetime(2024, 2, 29)),
        ("2024-02-29T23:59:58", "dateTime", datetime(2024, 2, 29, 23, 59, 58)),
        ("2024-02-29T00:00:01.0", "dateTime", datetime(2024, 2, 29, 0, 0, 1)),
    ],
)
def test_what_a_cell_holds_has_its_type(text: str, datatype: str, expected: object) -> None:
    value = value_of(text, datatype)
    assert value == expected
    assert isinstance(value, bool) is isinstance(expected, bool)


@pytest.mark.parametrize(
    ("text", "datatype"),
    [
        ("12", None),
        ("12", "string"),
        ("true", None),
        ("2024-02-29", None),
        ("1234567890123456", "integer"),
        ("12345678901234567.5", "decimal"),
        ("INF", "double"),
        ("NaN", "double"),
        ("1e999", "double"),
        ("1e-320", "double"),
        ("", "integer"),
        (".", "decimal"),
        ("1_000", "integer"),
        ("٣", "integer"),
        ("yes", "boolean"),
        ("1900-02-28", "date"),
        ("0044-03-15", "date"),
        ("-0044-03-15", "date"),
        ("12024-01-01", "date"),
        ("2023-02-29", "date"),
        ("20240229", "date"),
        ("2024-02-29Z", "date"),
        ("2024-02-29+01:00", "date"),
        ("2024-02-29T12:00:00Z", "dateTime"),
        ("2024-02-29T12:00:00+02:00", "dateTime"),
        ("2024-02-29T12:00:00.5", "dateTime"),
        ("2024-02-29T24:00:00", "dateTime"),
        ("1899-12-31T12:00:00", "dateTime"),
        ("12:00:00", "time"),
        ("2024", "gYear"),
        ("P1D", "duration"),
    ],
)
def test_all_else_is_text_to_its_last_character(text: str, datatype: str | None) -> None:
    assert value_of(text, datatype) == text


def test_a_datatype_of_others_is_text() -> None:
    content = workbook_of_solutions(["x"], [[("12", "http://example.org/integer")]])
    assert cells_of(content)[1] == ("12",)


def test_days_and_moments_are_shown_as_such() -> None:
    cells: list[Cell] = [("2024-02-29", XSD + "date"), ("2024-02-29T01:02:03", XSD + "dateTime")]
    sheet = sheet_of(workbook_of_solutions(["day", "moment"], [cells]))
    shown = [cell.number_format for cell in sheet[2]]
    assert shown == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"]


def test_the_head_is_bold_stays_in_sight_and_filters() -> None:
    sheet = sheet_of(workbook_of_solutions(["x", "y"], [[("a", None), None], [None, ("b", None)]]))
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["x", "y"],
        ["a", None],
        [None, "b"],
    ]
    assert [[bool(cell.font.b) for cell in row] for row in sheet.iter_rows()] == [
        [True, True],
        [False, False],
        [False, False],
    ]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B3"


def test_in_print_all_columns_are_on_one_page_below_their_names() -> None:
    sheet = sheet_of(workbook_of_solutions(["x", "y"], [[("a", None), ("b", None)]]))
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == int(sheet.PAPERSIZE_A4)
    pages = sheet.sheet_properties.pageSetUpPr
    assert pages is not None
    assert pages.fitToPage
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)  # any height
    assert sheet.print_title_rows == "$1:$1"


def test_columns_are_as_wide_as_their_texts_within_a_bound() -> None:
    sheet = sheet_of(workbook_of_solutions(["x", "y"], [[("a" * 30, None), ("b" * 500, None)]]))
    assert 30 <= sheet.column_dimensions["A"].width <= 40
    assert 60 <= sheet.column_dimensions["B"].width <= 62


def test_no_rows_and_no_columns_are_a_workbook_too() -> None:
    assert cells_of(workbook_of_solutions(["x"], [])) == [("x",)]
    assert cells_of(workbook_of_solutions([], [[], []])) == []


@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_is_one_cell(value: bool) -> None:
    ((cell,),) = cells_of(workbook_of_boolean(value))
    assert cell is value


@pytest.mark.parametrize("text", ACTIVE)
def test_nothing_is_a_formula_or_a_link(text: str) -> None:
    content = workbook_of_solutions([text], [[(text, None)], [(text, XSD + "date")]])
    sheet = sheet_of(content)
    for row in sheet.iter_rows():
        for cell in row:
            assert (cell.value, cell.hyperlink) == (text, None)
            assert cell.data_type == "s"
    parts = parts_of(content)
    assert "<f>" not in parts["xl/worksheets/sheet1.xml"]
    assert not [name for name in parts if name.startswith("xl/worksheets/_rels")]


def shown(content: bytes) -> list[str]:
    """The texts of a workbook, in the order of their first appearance, as Excel decodes them."""
    shared = ET.fromstring(parts_of(content)["xl/sharedStrings.xml"])
    texts = ["".join(each.text or "" for each in item.iter(f"{MAIN}t")) for item in shared]
    return [re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), text) for text in texts]


@given(st.lists(st.text(st.characters(codec="utf-8")), unique=True, max_size=6))
def test_whatever_the_characters_they_come_back(texts: list[str]) -> None:
    head = "head of all"
    content = workbook_of_solutions([head], [[(text, None)] for text in texts])
    assert shown(content) == [head, *(text for text in texts if text != head)]


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\x0b\x1f\r\n\ufffe\uffff",
        "_x0041_ and _x005F_",
        "a & b < c > d \"e\" 'f' ]]>",
        "<r></r>",
        "<r><t>not markup</t></r>",
        "<r></broken></r>",
        "  spaces  ",
        "😀 ě",
    ],
)
def test_odd_texts_come_back(text: str) -> None:
    assert shown(workbook_of_solutions(["x"], [[(text, None)]])) == ["x", text]


def test_the_same_solutions_give_the_same_bytes() -> None:
    rows: list[list[Cell]] = [[("a", None), ("1", XSD + "integer"), ("2024-02-29", XSD + "date")]]
    first = workbook_of_solutions(["x", "y", "z"], rows)
    time.sleep(2.1)  # an archive tells times two seconds apart
    assert workbook_of_solutions(["x", "y", "z"], rows) == first
    assert "1980-01-01T00:00:00Z" in parts_of(first)["docProps/core.xml"]
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_cell_holds_so_many_characters_and_no_more() -> None:
    for most in ("é" * 32_767, "😀" * 16_383 + "a"):
        assert shown(workbook_of_solutions(["x"], [[(most, None)]])) == ["x", most]
        with pytest.raises(ResultTooLargeError, match="32,767 characters in a cell; ask for CSV"):
            workbook_of_solutions(["x"], [[(most + "a", None)]])


def test_a_sheet_holds_so_many_columns_and_no_more() -> None:
    names = [f"x{number}" for number in range(16_384)]
    assert list(cells_of(workbook_of_solutions(names, []))[0]) == names
    with pytest.raises(ResultTooLargeError, match="16,384 columns"):
        workbook_of_solutions([*names, "y"], [])


def test_a_sheet_holds_so_many_rows_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert workbook._MOST_ROWS == 2**20
    empty: list[Cell] = [None]
    with pytest.raises(ResultTooLargeError, match="1,048,575 rows below its head"):
        workbook_of_solutions(["x"], (empty for _ in range(2**20)))
    monkeypatch.setattr(workbook, "_MOST_ROWS", 4)
    assert len(cells_of(workbook_of_solutions(["x"], [[("a", None)]] * 3))) == 4
    with pytest.raises(ResultTooLargeError, match="3 rows"):
        workbook_of_solutions(["x"], [[("a", None)]] * 4)
