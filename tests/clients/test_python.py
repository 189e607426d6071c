# SPDX-License-Identifier: EUPL-1.2
"""What is asked from Python: SPARQLWrapper, rdflib, HTTPX, the standard library."""

import csv
import json
import urllib.parse
import urllib.request
from typing import Any

import httpx
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (
    CSV,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TURTLE,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

SELECT = "SELECT ?x { VALUES ?x { 'een' 'twee' } }"
CONSTRUCT = "CONSTRUCT { <http://e/s> <http://e/p> 'é' } WHERE {}"
TRIPLE = (URIRef("http://e/s"), URIRef("http://e/p"), Literal("é"))


def wrapper(address: str, query: str, return_format: str | None = None) -> Any:
    client = SPARQLWrapper(f"{address}/sparql")
    client.setQuery(query)
    if return_format is not None:
        client.setReturnFormat(return_format)
    return client


def test_sparqlwrapper_reads_solutions(address: str) -> None:
    answer = wrapper(address, SELECT, JSON).queryAndConvert()
    assert [row["x"]["value"] for row in answer["results"]["bindings"]] == ["een", "twee"]
    assert "twee" in wrapper(address, SELECT, XML).queryAndConvert().toxml()
    assert wrapper(address, SELECT, CSV).queryAndConvert() == b"x\r\neen\r\ntwee\r\n"
    assert "twee" in wrapper(address, SELECT).queryAndConvert().toxml()


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_sparqlwrapper_reads_graphs(address: str) -> None:
    for return_format in (RDFXML, XML, JSONLD, None):
        graph = wrapper(address, CONSTRUCT, return_format).queryAndConvert()
        assert set(graph) == {TRIPLE}, return_format
    for return_format in (TURTLE, N3):
        graph = Graph().parse(wrapper(address, CONSTRUCT, return_format).queryAndConvert())
        assert set(graph) == {TRIPLE}, return_format


@pytest.mark.parametrize("way", [POST, POSTDIRECTLY])
def test_sparqlwrapper_posts(address: str, way: str) -> None:
    client = wrapper(address, "ASK { FILTER('é' = 'é') }", JSON)
    client.setMethod(POST)
    if way is POSTDIRECTLY:
        client.setRequestMethod(POSTDIRECTLY)
    assert client.queryAndConvert() == {"head": {}, "boolean": True}


def test_sparqlwrapper_knows_a_broken_query(address: str) -> None:
    with pytest.raises(QueryBadFormed, match="line"):
        wrapper(address, "SELECT * {", JSON).query()


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_reads_the_endpoint_as_a_store(address: str, method: str) -> None:
    store = SPARQLStore(f"{address}/sparql", method=method)
    graph = Graph(store)
    values = {str(row[0]) for row in graph.query(SELECT)}  # type: ignore[index]
    assert values == {"een", "twee"}
    assert graph.query("ASK {}").askAnswer is True
    assert set(graph.query(CONSTRUCT)) == {TRIPLE}
    classes = [each for each in graph.subjects(RDF.type, OWL.Class) if isinstance(each, URIRef)]
    assert classes
    assert (classes[0], RDF.type, OWL.Class) in graph
    assert (classes[0], RDF.type, URIRef("http://e/none")) not in graph


def test_httpx_reads_rows_as_they_come(address: str) -> None:
    query = {"query": "SELECT ?s WHERE { ?s ?p ?o }"}
    headers = {"accept": "text/csv"}
    with httpx.stream("POST", f"{address}/sparql", data=query, headers=headers) as response:
        lines = list(response.iter_lines())
    assert lines[0] == "s"
    assert len(lines) > 100


def test_a_spreadsheet_reads_csv(address: str) -> None:
    with urllib.request.urlopen(f"{address}/queries/terms/classes?format=csv") as response:
        assert response.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(response.read().decode().splitlines()))
    assert rows
    assert all(row["class"].startswith("http") for row in rows)


def test_a_browser_that_names_no_format_reads_json(address: str) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    request = urllib.request.Request(
        f"{address}/sparql?{urllib.parse.urlencode({'query': SELECT})}", headers={"Accept": accept}
    )
    with urllib.request.urlopen(request) as response:
        assert len(json.load(response)["results"]["bindings"]) == 2
