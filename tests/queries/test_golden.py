# SPDX-License-Identifier: EUPL-1.2
"""Every question of the library has a golden answer, read off the report.

``golden/<topic>/<question>.csv`` is the answer without parameters; a file
``<question>@<parameter>=<value>.csv`` is the one with a parameter, where a guidance system is named
by its code and any other resource by its prefixed name with a dot for the colon, as no file name on
Windows holds a colon. A cell that joins several values with "; " or blanks is compared without
regard to their order.
"""

import csv
import io
from pathlib import Path

import pytest

from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.formats import CSV
from guidance_graph.library.library import Library
from guidance_graph.terms.namespaces import PREFIXES, SYSTEMS, THINGS
from tests.conftest import REPOSITORY

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(
    path.relative_to(GOLDEN).with_suffix("").as_posix() for path in GOLDEN.rglob("*.csv")
)
NAMES = sorted(query.name for query in Library.load(REPOSITORY / "queries"))

Row = tuple[tuple[str, ...], ...]


def _rows(text: str) -> tuple[list[str], list[Row]]:
    header, *rows = csv.reader(io.StringIO(text))
    return header, [tuple(_parts(cell) for cell in row) for row in rows]


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(sorted(part for piece in cell.split("; ") for part in piece.split(" ")))


def _question(file: str) -> tuple[str, dict[str, str]]:
    """``actors/who@system=fi`` → the name of the query and its parameters."""
    name, _, given = file.partition("@")
    parameter, _, value = given.partition("=")
    prefix, dot, slug = value.partition(".")
    if value in SYSTEMS:
        value = f"{THINGS}{value}/guidance-system"
    elif dot and prefix in PREFIXES:
        value = f"{PREFIXES[prefix]}{slug}"
    return name, {parameter: value} if given else {}


def test_every_question_has_a_golden_answer_and_every_answer_a_question() -> None:
    assert len(NAMES) >= 70
    assert [file for file in FILES if ":" in file] == [], "Windows has no such names"
    assert {_question(file)[0] for file in FILES} == set(NAMES)


@pytest.mark.parametrize("file", FILES)
def test_the_answer_is_the_golden_one(file: str, library: Library, engine: BlockingEngine) -> None:
    name, parameters = _question(file)
    answer = library.run(engine, name, parameters, answer_format=CSV).read().decode()
    golden = (GOLDEN / f"{file}.csv").read_text(encoding="utf-8")
    header, rows = _rows(answer)
    golden_header, golden_rows = _rows(golden)
    assert header == golden_header
    assert rows == golden_rows


@pytest.mark.parametrize("name", NAMES)
def test_a_question_is_asked_in_two_languages(name: str, library: Library) -> None:
    query = library[name]
    assert query.summary.endswith("?")
    assert query.summary_nl
    assert query.summary_nl.endswith("?")
    assert query.summary != query.summary_nl
    assert query.description
    assert query.tags
    assert "ORDER BY" in query.text or not query.text.count("SELECT")
