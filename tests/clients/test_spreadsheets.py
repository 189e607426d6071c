# SPDX-License-Identifier: EUPL-1.2
"""CSV and workbooks as spreadsheets read them: Gnumeric, and LibreOffice where it is installed."""

import csv
import io
import shutil
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.clients import tools

#: Text with what a table has to quote, text beyond ASCII, a number, and what a sheet would compute.
CELLS: Final = (
    ("words", "count", "note"),
    ("Ministeriö; «één»", "12", "first\nsecond"),
    ('a "quoted", one', "3", "'=1+1"),
)
#: How LibreOffice names commas, double quotes and UTF-8.
UTF_8: Final = "44,34,76"
QUERY: Final = r"""SELECT ?words ?count ?note WHERE { VALUES (?words ?count ?note) {
  ("Ministeriö; «één»" 12 "first\nsecond") ("a \"quoted\", one" 3 "=1+1")
} }"""


@pytest.fixture
def download(client: httpx.Client, tmp_path: Path) -> Path:
    """The file that a browser would save."""
    response = client.get("/sparql", params={"query": QUERY, "format": "excel"})
    assert response.headers["content-disposition"].startswith("attachment")
    file = tmp_path / "answer.csv"
    file.write_bytes(response.content)
    return file


def rows(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(map(tuple, csv.reader(io.StringIO(text, newline=""))))


def test_python_reads_the_cells(download: Path) -> None:
    content = download.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")  # by which Excel knows UTF-8
    text = content.decode("utf-8-sig")
    assert rows(text) == CELLS
    assert csv.Sniffer().sniff(text, ",;\t").delimiter == ","


def test_gnumeric_reads_the_same_cells(download: Path) -> None:
    sheet, back = download.with_suffix(".xlsx"), download.with_name("back.csv")
    convert = tools.program("ssconvert", "gnumeric")
    tools.output(convert, download, sheet)
    tools.output(convert, sheet, back)
    cells = rows(back.read_text(encoding="utf-8"))
    assert cells == (*CELLS[:-1], ('a "quoted", one', "3", "=1+1"))  # text still, and not 2


WORKBOOK_CELLS: Final = (
    ("words", "count", "day", "note"),
    ("Ministeriö; «één»", "1.5", "2024-02-29", "first\nsecond"),
    ('a "quoted", one', "3", "", "=1+1"),
)


@pytest.fixture
def workbook(client: httpx.Client, tmp_path: Path) -> Path:
    """The workbook that a browser would save."""
    query = r"""PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
    SELECT ?words ?count ?day ?note WHERE { VALUES (?words ?count ?day ?note) {
      ("Ministeriö; «één»" 1.5 "2024-02-29"^^xsd:date "first\nsecond")
      ("a \"quoted\", one" 3 UNDEF "=1+1")
    } }"""
    response = client.get("/sparql", params={"query": query, "format": "xlsx"})
    file = tmp_path / "answer.xlsx"
    file.write_bytes(response.content)
    return file


def test_gnumeric_reads_a_workbook(workbook: Path) -> None:
    convert = tools.program("ssconvert", "gnumeric")
    text = workbook.with_suffix(".txt")
    for form, expected in (("automatic", "2024/02/29"), ("preserve", "2024-02-29")):
        tools.output(convert, "-O", f"separator=, format={form}", workbook, text)
        cells = rows(text.read_text(encoding="utf-8"))
        assert [row[:2] + row[3:] for row in cells] == [row[:2] + row[3:] for row in WORKBOOK_CELLS]
        assert cells[1][2] == expected  # a day, which it writes as it likes


def test_libreoffice_reads_a_workbook(workbook: Path, tmp_path: Path) -> None:
    assert rows(by_libreoffice(workbook, tmp_path)) == WORKBOOK_CELLS


def test_libreoffice_reads_the_same_cells(download: Path, tmp_path: Path) -> None:
    assert rows(by_libreoffice(download, tmp_path, f"--infilter=CSV:{UTF_8}")) == CELLS


def by_libreoffice(file: Path, tmp_path: Path, *options: str) -> str:
    """What LibreOffice writes as CSV after it has read a file and kept it as its own."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed; it is large, and Gnumeric stands for it")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    out = tmp_path / "out"
    convert = (office, profile, "--headless", "--convert-to")
    tools.output(*convert, "ods", *options, "--outdir", out, file)
    as_csv = f"csv:Text - txt - csv (StarCalc):{UTF_8}"
    tools.output(*convert, as_csv, "--outdir", out, out / "answer.ods")
    return (out / "answer.csv").read_text(encoding="utf-8")
