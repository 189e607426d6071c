# SPDX-License-Identifier: EUPL-1.2
"""The service description and VoID: what they say is what is there."""

import httpx
import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import RDF, RDFS, VOID

from guidance_graph.build.release import Release
from guidance_graph.engine.formats import GRAPH_FORMATS, SOLUTION_FORMATS, XLSX
from guidance_graph.engine.functions import EXTENSION_FUNCTIONS
from guidance_graph.terms.namespaces import BASE, DATASET, GRAPHS, PREFIXES
from tests.protocol.test_sparql import problem_of

SD = Namespace(PREFIXES["sd"])
SERVICE = URIRef(BASE + "sparql#service")
TURTLE = {"accept": "text/turtle"}
#: What a client may ask for, and what rdflib calls it.
PARSERS = {
    "text/turtle": "turtle",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
    "application/n-triples": "nt",
}


@pytest.fixture(scope="module")
def description(client: httpx.Client) -> Graph:
    response = client.get("/sparql", headers=TURTLE)
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"
    return Graph().parse(data=response.content, format="turtle")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # rdflib's JSON-LD
@pytest.mark.parametrize("where", ["/sparql", "/.well-known/void"])
@pytest.mark.parametrize("media_type", PARSERS)
def test_it_comes_in_each_format_with_the_same_content_and_a_tag(
    client: httpx.Client, where: str, media_type: str
) -> None:
    response = client.get(where, headers={"accept": media_type})
    assert response.headers["content-type"].split(";")[0] == media_type
    graph = Graph().parse(data=response.content, format=PARSERS[media_type])
    reference = client.get(where, headers=TURTLE).content
    assert len(graph) == len(Graph().parse(data=reference, format="turtle")) > 20
    again = client.get(
        where, headers={"accept": media_type, "if-none-match": response.headers["etag"]}
    )
    assert again.status_code == 304


def test_it_lists_every_named_graph_with_its_size(
    client: httpx.Client, description: Graph, example_release: Release
) -> None:
    sizes = {
        str(name): int(str(description.value(name, VOID.triples)))
        for node in description.objects(URIRef(DATASET), SD.namedGraph)
        for name in description.objects(node, SD.name)
    }
    assert sizes == {
        name: graph["triples"] for name, graph in example_release.manifest["graphs"].items()
    }
    count = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    for name, size in sizes.items():
        counted = client.get("/sparql", params={"query": count.replace("?g", f"<{name}>")})
        assert counted.json()["results"]["bindings"][0]["n"]["value"] == str(size)


def test_it_says_how_large_the_default_graph_is(client: httpx.Client, description: Graph) -> None:
    default = description.value(URIRef(DATASET), SD.defaultGraph)
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    counted = client.get("/sparql", params={"query": query}).json()
    size = counted["results"]["bindings"][0]["n"]["value"]
    assert str(description.value(default, VOID.triples)) == size


def test_it_says_what_the_endpoint_can_do_and_its_limits(description: Graph) -> None:
    assert (SERVICE, RDF.type, SD.Service) in description
    assert (SERVICE, SD.endpoint, URIRef(BASE + "sparql")) in description
    assert (SERVICE, SD.supportedLanguage, SD.SPARQL11Query) in description
    assert (SERVICE, SD.feature, SD.UnionDefaultGraph) in description
    formats = set(description.objects(SERVICE, SD.resultFormat))
    assert len(formats) == len({*SOLUTION_FORMATS, *GRAPH_FORMATS} - {XLSX})
    said = " ".join(str(each) for each in description.objects(SERVICE, RDFS.comment))
    for limit in ("120 seconds", "16,384 bytes", "20,000 rows", "67,108,864 bytes"):
        assert limit in said
    assert all(
        each.language == "en"
        for each in description.objects(SERVICE, RDFS.comment)
        if isinstance(each, Literal)
    )


def test_a_browser_is_sent_to_the_start_page(client: httpx.Client) -> None:
    response = client.get("/sparql", headers={"accept": "text/html,*/*;q=0.8"})
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert "Accept" in response.headers["vary"]


def test_what_has_no_such_format_is_406(client: httpx.Client) -> None:
    for where in ("/sparql", "/.well-known/void"):
        problem = problem_of(client.get(where, headers={"accept": "image/png"}), 406)
        assert "text/turtle" in problem["detail"]


def test_void_is_the_metadata_graph(client: httpx.Client, example_release: Release) -> None:
    response = client.get("/.well-known/void", params={"format": "nt"})
    size = example_release.manifest["graphs"][GRAPHS + "metadata"]["triples"]
    assert len(response.text.splitlines()) == size
    graph = Graph().parse(data=response.text, format="nt")
    assert (URIRef(DATASET), RDF.type, VOID.Dataset) in graph


def test_it_lists_the_functions_that_the_engine_has_beyond_sparql(
    client: httpx.Client, description: Graph
) -> None:
    functions = {str(each) for each in description.objects(SERVICE, SD.extensionFunction)}
    assert functions == set(EXTENSION_FUNCTIONS)
    point = '"POINT(1 2)"^^<http://www.opengis.net/ont/geosparql#wktLiteral>'
    for each in functions:  # one that the engine does not know is an error
        query = f"SELECT (<{each}>({point}, {point}) AS ?value) {{}}"
        assert client.get("/sparql", params={"query": query}).status_code == 200
