# SPDX-License-Identifier: EUPL-1.2
"""Comunica, and the small client that it is built on, in one Node.js process."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from tests.clients import tools
from tests.clients.questions import (
    ASK,
    ASK_FALSE,
    CONSTRUCT,
    GRAPH,
    IN_GRAPH,
    LABELS,
    MINISTRY,
    SELECT,
    TRIPLES,
    longer,
    service,
)

FOLDER: Final = Path(__file__).parent / "comunica"
NOTED: Final = f"""SELECT ?label ?note WHERE {{
  {MINISTRY.n3()} <http://www.w3.org/2000/01/rdf-schema#label> ?label ;
    <http://example.org/note> ?note
}}"""

#: Asks a question, and gives what was understood.
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    node = tools.program("node", "nodejs")
    if not (FOLDER / "node_modules/.ready").exists():
        tools.missing("Comunica is not installed; make clients does it where npm is")
    with subprocess.Popen(
        [node, str(FOLDER / "ask.js")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        questions, answers = process.stdin, process.stdout
        assert questions is not None
        assert answers is not None

        def asking(query: str, *sources: object, **question: object) -> Any:
            given = {"query": query} | question | ({"sources": sources} if sources else {})
            questions.write(json.dumps(given) + "\n")
            questions.flush()
            told = json.loads(answers.readline())
            assert "error" not in told, told["error"]
            return told["answer"]

        yield asking
        process.kill()


@pytest.fixture(params=["by its kind", "by its address"])
def endpoint(request: pytest.FixtureRequest, address: str) -> object:
    """The endpoint as a source, named as one, or to be recognised."""
    url = f"{address}/sparql"
    return {"type": "sparql", "value": url} if request.param == "by its kind" else url


def labels(rows: list[dict[str, str]]) -> set[str]:
    return {row["label"] for row in rows}


EXPECTED: Final = {label.n3() for label in LABELS}
QUADS: Final = sorted([[term.n3() for term in triple] for triple in TRIPLES])


def test_comunica_asks_each_form(ask: Ask, endpoint: object) -> None:
    assert labels(ask(SELECT, endpoint)) == EXPECTED
    assert labels(ask(IN_GRAPH, endpoint)) == EXPECTED
    assert labels(ask(longer(SELECT), endpoint)) == EXPECTED
    assert ask(ASK, endpoint) is True
    assert ask(ASK_FALSE, endpoint) is False
    assert sorted(ask(CONSTRUCT, endpoint)) == QUADS


def test_comunica_joins_the_endpoint_with_a_file_of_ones_own(
    ask: Ask, endpoint: object, notes: str
) -> None:
    rows = ask(NOTED, endpoint, notes)
    assert labels(rows) == EXPECTED
    assert {row["note"] for row in rows} == {'"visited"'}
    assert ask(NOTED, endpoint) == ask(NOTED, notes) == []


def test_comunica_reads_a_graph_of_ours_as_a_file(ask: Ask, address: str, notes: str) -> None:
    graph = f"{address}/graph-store?graph={quote(GRAPH, safe='')}"
    assert labels(ask(SELECT, graph)) == EXPECTED
    assert labels(ask(NOTED, graph, notes)) == EXPECTED


def test_comunica_is_sent_here_by_a_service_clause(ask: Ask, address: str, notes: str) -> None:
    assert labels(ask(service(f"{address}/sparql"), notes)) == EXPECTED


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fetch_sparql_endpoint_reads_each_form(ask: Ask, address: str, method: str) -> None:
    here = {"endpoint": f"{address}/sparql", "method": method}
    assert labels(ask(SELECT, **here)) == EXPECTED
    assert ask(ASK, **here) is True
    assert sorted(ask(CONSTRUCT, **here)) == QUADS


def test_the_command_prints_what_the_endpoint_says(ask: Ask, address: str) -> None:
    command = FOLDER / "node_modules/.bin/comunica-sparql"
    rows = json.loads(tools.output(command, f"sparql@{address}/sparql", SELECT))
    assert labels(rows) == EXPECTED


def test_the_lock_names_no_place_and_every_content() -> None:
    packages = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert packages
    assert all("integrity" in each and "resolved" not in each for each in packages.values())
