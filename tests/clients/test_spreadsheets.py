# SPDX-License-Identifier: EUPL-1.2
"""CSV as spreadsheets read it: Python's reader, Gnumeric, and LibreOffice where it is installed."""

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


def test_libreoffice_reads_the_same_cells(download: Path, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed; it is large, and Gnumeric stands for it")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    out = tmp_path / "out"
    convert = (office, profile, "--headless", "--convert-to")
    tools.output(*convert, "ods", f"--infilter=CSV:{UTF_8}", "--outdir", out, download)
    as_csv = f"csv:Text - txt - csv (StarCalc):{UTF_8}"
    tools.output(*convert, as_csv, "--outdir", out, out / "answer.ods")
    assert rows((out / "answer.csv").read_text(encoding="utf-8")) == CELLS
