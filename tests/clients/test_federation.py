# SPDX-License-Identifier: EUPL-1.2
"""``SERVICE`` from other engines to this server; Jena and Comunica have theirs with their tests."""

from collections.abc import Iterator

import httpx
import pytest
from rdflib import Graph, Literal

from tests.backends import Server, oxigraph
from tests.clients.conftest import NOTES
from tests.clients.questions import LABELS, MINISTRY


def noted(address: str) -> str:
    """A join of what is known there with what is known here."""
    return f"""SELECT ?label ?note WHERE {{
      {MINISTRY.n3()} <http://example.org/note> ?note .
      SERVICE <{address}/sparql> {{
        {MINISTRY.n3()} <http://www.w3.org/2000/01/rdf-schema#label> ?label
      }}
    }}"""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Server]:
    with oxigraph() as server:
        url = f"{server.store}?default"
        sent = httpx.post(url, content=NOTES, headers={"content-type": "text/turtle"})
        sent.raise_for_status()
        yield server


def test_oxigraph_asks_here(elsewhere: Server, address: str) -> None:
    response = httpx.post(
        elsewhere.query,
        content=noted(address),
        headers={
            "content-type": "application/sparql-query",
            "accept": "application/sparql-results+json",
        },
        timeout=120,
    )
    assert response.status_code == 200, response.text
    rows = response.json()["results"]["bindings"]
    assert {Literal(row["label"]["value"], row["label"]["xml:lang"]) for row in rows} == LABELS
    assert {row["note"]["value"] for row in rows} == {"visited"}


def test_rdflib_asks_here(address: str) -> None:
    rows = list(Graph().parse(data=NOTES, format="turtle").query(noted(address)))
    assert {row[0] for row in rows} == LABELS  # type: ignore[index]
    assert {str(row[1]) for row in rows} == {"visited"}  # type: ignore[index]
