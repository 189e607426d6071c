# SPDX-License-Identifier: EUPL-1.2
"""The questions as RDF: what editors ask for examples finds each."""

from pathlib import Path

import httpx
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, RDFS
from tests.conftest import REPOSITORY
from tests.serving import serving, write_queries

from guidance_graph.build.release import Release
from guidance_graph.engine.answer import Limits
from guidance_graph.library.library import Library
from guidance_graph.protocol.description import Abilities
from guidance_graph.site.examples import examples
from guidance_graph.terms.namespaces import BASE, PREFIXES
from guidance_graph.terms.settings import Settings

#: As the editor of the Swiss Institute of Bioinformatics asks.
FOUND = """
SELECT DISTINCT ?example ?comment ?query WHERE {
  ?example a sh:SPARQLExecutable ; rdfs:comment ?comment ;
    sh:select|sh:ask|sh:construct|sh:describe ?query .
  FILTER(LANG(?comment) = "en")
}"""
DECLARED = "SELECT DISTINCT ?prefix ?namespace { [] sh:namespace ?namespace ; sh:prefix ?prefix }"
LIBRARY = Library.load(REPOSITORY / "queries")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph().parse(data=examples(LIBRARY, Abilities(Limits(), 1)), format="turtle")


def test_each_question_is_found_in_both_languages_with_its_words(graph: Graph) -> None:
    found = {str(row[0]): str(row[1]) for row in graph.query(FOUND)}  # type: ignore[index]
    assert found == {f"{BASE}queries/{each.name}": each.summary for each in LIBRARY}
    for query in LIBRARY:
        example = URIRef(f"{BASE}queries/{query.name}")
        assert (example, RDFS.comment, Literal(query.summary_nl, lang="nl")) in graph
        assert graph.value(example, DCTERMS.identifier) == Literal(query.name)
        assert {str(each) for each in graph[example : DCAT.keyword]} == {query.topic, *query.tags}


def test_each_prefix_is_declared(graph: Graph) -> None:
    found = {str(row[0]): str(row[1]) for row in graph.query(DECLARED)}  # type: ignore[index]
    assert found == PREFIXES


def test_the_service_leads_to_them_and_what_needs_a_value_is_none(
    tmp_path: Path, example_release: Release
) -> None:
    write_queries(tmp_path)
    settings = Settings(root=tmp_path, releases=example_release.path.parent)
    with serving(settings) as address, httpx.Client(base_url=address, timeout=60) as client:
        turtle = {"accept": "text/turtle"}
        described = Graph().parse(data=client.get("/sparql", headers=turtle).text)
        service = URIRef(f"{BASE}sparql#service")
        assert described.value(service, RDFS.seeAlso) == URIRef(f"{BASE}queries.ttl")
        moved = client.get("/queries", headers=turtle)
        assert (moved.status_code, moved.headers["location"]) == (303, "./queries.ttl")
        answer = client.get("/queries.ttl")
        assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
        tag = {"if-none-match": answer.headers["etag"]}
        assert client.get("/queries.ttl", headers=tag).status_code == 304
    names = {
        str(each) for each in Graph().parse(data=answer.text).objects(None, DCTERMS.identifier)
    }
    assert names == {"terms/classes", "terms/graph"}
