# SPDX-License-Identifier: EUPL-1.2
"""The service description and VoID: what they say is what is there."""

from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, VOID

from guidance_graph.build.release import Release
from guidance_graph.engine.formats import GRAPH_FORMATS, SOLUTION_FORMATS, XLSX
from guidance_graph.engine.text.functions import EXTENSION_FUNCTIONS
from guidance_graph.terms.namespaces import BASE, DATASET, GRAPHS, PREFIXES
from guidance_graph.terms.settings import Settings
from tests.conftest import REPOSITORY
from tests.protocol.test_sparql import problem_of
from tests.serving import serving

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
    for limit in (
        "take 120 seconds",
        "take 536,870,912 bytes of memory",
        "have 16,384 bytes",
        "wait 120 seconds",
        "64 light and as many heavy queries may wait",
        "20,000 rows",
        "and 67,108,864 bytes",
        "16 queries running and waiting",
    ):
        assert limit in said
    assert all(
        each.language == "en"
        for each in description.objects(SERVICE, RDFS.comment)
        if isinstance(each, Literal)
    )


def test_a_browser_is_sent_to_the_start_page(client: httpx.Client) -> None:
    response = client.get("/sparql", headers={"accept": "text/html,*/*;q=0.8"})
    assert (response.status_code, response.headers["location"]) == (303, "./")
    assert "Accept" in response.headers["vary"]


def test_who_names_rdf_as_much_as_html_gets_the_description(client: httpx.Client) -> None:
    response = client.get("/sparql", headers={"accept": "text/html, text/turtle"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"


def test_what_has_no_such_format_is_406(client: httpx.Client) -> None:
    for where in ("/sparql", "/.well-known/void"):
        problem = problem_of(client.get(where, headers={"accept": "image/png"}), 406)
        assert "text/turtle" in problem["detail"]


def void_of(client: httpx.Client) -> Graph:
    text = client.get("/.well-known/void", params={"format": "nt"}).text
    graph = Graph().parse(data=text, format="nt")
    assert len(text.splitlines()) == len(graph), "nothing is said twice"
    return graph


def test_void_is_the_metadata_graph_and_how_the_dataset_is_asked(
    client: httpx.Client, example_release: Release
) -> None:
    graph, dataset, endpoint = void_of(client), URIRef(DATASET), URIRef(BASE + "sparql")
    size = example_release.manifest["graphs"][GRAPHS + "metadata"]["triples"]
    assert (dataset, RDF.type, VOID.Dataset) in graph
    assert (dataset, VOID.sparqlEndpoint, endpoint) in graph
    service = set(graph.predicate_objects(SERVICE))
    assert service == {
        (RDF.type, DCAT.DataService),
        (DCTERMS.title, Literal("Guidance graph: SPARQL endpoint", lang="en")),
        (DCAT.endpointURL, endpoint),
        (DCAT.endpointDescription, endpoint),
        (DCAT.servesDataset, dataset),
    }
    document = URIRef(BASE + ".well-known/void")
    about = {(RDF.type, VOID.DatasetDescription), (FOAF.primaryTopic, dataset)}
    assert set(graph.predicate_objects(document)) == about
    assert len(graph) == size + len(service) + len(about) + 1


def test_void_says_what_the_dataset_is_and_what_may_be_done_with_it(
    repository_release: Release,
) -> None:
    settings = Settings(root=REPOSITORY, releases=repository_release.path.parent)
    with serving(settings) as address, httpx.Client(base_url=address, timeout=60) as client:
        graph = void_of(client)
    stated = Graph().parse(REPOSITORY / "data/dataset.ttl")
    assert (URIRef(DATASET), DCTERMS.license, None) in stated
    assert set(stated) <= set(graph)


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_operator_names_where_the_endpoint_is(
    root: Path, example_release: Release, slash: str
) -> None:
    endpoint = URIRef("https://example.org/graph/sparql")
    service = URIRef(f"{endpoint}#service")
    base = f"https://example.org/graph{slash}"
    settings = Settings.model_validate(
        {"root": root, "releases": example_release.path.parent, "base_url": base}
    )
    with serving(settings) as address, httpx.Client(base_url=address, timeout=60) as client:
        graph = Graph().parse(data=client.get("/sparql", headers=TURTLE).text, format="turtle")
        assert set(graph.subject_objects(SD.endpoint)) == {(service, endpoint)}
        assert (service, SD.defaultDataset, URIRef(DATASET)) in graph
        void = void_of(client)
    assert set(void.subject_objects(VOID.sparqlEndpoint)) == {(URIRef(DATASET), endpoint)}
    assert set(void.subject_objects(DCAT.endpointURL)) == {(service, endpoint)}
    for where in (VOID.dataDump, DCAT.accessURL, DCAT.downloadURL):
        names = {
            str(each).removeprefix("https://example.org/graph/dumps/")
            for each in void.objects(None, where)
        }
        assert names == {f"guidance-graph.{suffix}" for suffix in ("jsonld", "nq", "trig", "ttl")}


@pytest.mark.parametrize(
    "wrong",
    [
        "example.org",
        "https://a.example/?x=1",
        "https://a.example/#x",
        "https://a.example?",
        "https://a.example/a^b|c",
        "https://a:b@a.example/",
        "https://a.example//b/",
    ],
)
def test_a_base_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="base_url"):
        Settings.model_validate({"base_url": wrong})


def test_it_lists_the_functions_that_the_engine_has_beyond_sparql(
    client: httpx.Client, description: Graph
) -> None:
    functions = {str(each) for each in description.objects(SERVICE, SD.extensionFunction)}
    assert functions == set(EXTENSION_FUNCTIONS)
    point = '"POINT(1 2)"^^<http://www.opengis.net/ont/geosparql#wktLiteral>'
    for each in functions:  # one that the engine does not know is an error
        query = f"SELECT (<{each}>({point}, {point}) AS ?value) {{}}"
        assert client.get("/sparql", params={"query": query}).status_code == 200


def test_a_browser_that_names_a_format_gets_the_description(client: httpx.Client) -> None:
    response = client.get("/sparql?format=ttl", headers={"accept": "text/html,*/*;q=0.8"})
    assert response.headers["content-type"].startswith("text/turtle")
