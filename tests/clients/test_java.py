# SPDX-License-Identifier: EUPL-1.2
"""Apache Jena and RDF4J, as Debian has them.

Jena asks and reads by itself. Of RDF4J Debian has the readers and writers and not the HTTP session,
which ``Rdf4j.java`` sends what it would send. A JVM takes long to start, so one asks everything.
"""

from pathlib import Path
from typing import Final

import pytest
from rdflib import Graph

from tests.clients import tools
from tests.clients.questions import (
    ASK,
    CONSTRUCT,
    DESCRIBE,
    GRAPH,
    LABELS,
    SELECT,
    TRIPLES,
    holds_labels,
    service,
)

JARS: Final = Path("/usr/share/java")
SOURCES: Final = Path(__file__).parent / "java"
COMMON: Final = (
    *("commons-codec", "commons-io", "commons-lang3", "guava", "httpclient", "httpcore"),
    *("jackson-annotations", "jackson-core", "jackson-databind", "jsonld-java", "slf4j-api"),
    "slf4j-nop",
)
JENA: Final = (
    *("jena-arq", "jena-base", "jena-core", "jena-iri", "commons-compress", "commons-csv"),
    *("dexx.collection", "gson", "jakarta.json-api", "protobuf", "thrift", "titanium-json-ld"),
    *("jena-dboe-base", "jena-dboe-index", "jena-dboe-storage", "jena-dboe-trans-data"),
    *("jena-dboe-transaction", "jena-rdfconnection", "jena-shacl", "jena-tdb2"),
)
RDF4J: Final = (
    *("rdf4j-model", "rdf4j-model-api", "rdf4j-model-vocabulary", "rdf4j-query", "rdf4j-util"),
    *("rdf4j-queryresultio-api", "rdf4j-queryresultio-binary", "rdf4j-queryresultio-sparqljson"),
    *("rdf4j-queryresultio-sparqlxml", "rdf4j-rio-api", "rdf4j-rio-binary", "rdf4j-rio-datatypes"),
    *("rdf4j-rio-hdt", "rdf4j-rio-jsonld", "rdf4j-rio-languages", "rdf4j-rio-n3"),
    *("rdf4j-rio-nquads", "rdf4j-rio-ntriples", "rdf4j-rio-rdfjson", "rdf4j-rio-rdfxml"),
    *("rdf4j-rio-trig", "rdf4j-rio-trix", "rdf4j-rio-turtle", "commons-logging", "commons-text"),
    "jaxb-api",
)
WAYS: Final = (
    *("asGetWithLimitForm", "asGetWithLimitBody", "asGetAlways", "asPostForm", "asPost"),
)


def answers(
    program: str, package: str, jars: tuple[str, ...], folder: Path, *arguments: str
) -> dict[str, str]:
    """What a program prints: a text by its name."""
    java = tools.program("java", "default-jdk-headless")
    paths = [JARS / f"{name}.jar" for name in (*jars, *COMMON)]
    if absent := [path.name for path in paths if not path.exists()]:
        tools.missing(f"{', '.join(absent)} not installed; Debian has them with {package}")
    # Debian's Jena lacks a file of messages, and does not start without it
    messages = folder / "xerces/impl/xpath/regex/message.properties"
    messages.parent.mkdir(parents=True)
    messages.touch()
    places = ":".join(map(str, (folder, *paths)))
    printed = tools.output(java, "-cp", places, SOURCES / f"{program}.java", *arguments)
    records = (record.partition("\x1f") for record in printed.split("\x1e") if record)
    return {name: text for name, _, text in records}


@pytest.fixture(scope="module")
def jena(address: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("jena")
    asked = (address, GRAPH, SELECT, ASK, CONSTRUCT, DESCRIBE, service(f"{address}/sparql"))
    return answers("Jena", "libapache-jena-java", JENA, folder, *asked)


@pytest.fixture(scope="module")
def rdf4j(address: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("rdf4j")
    asked = (address, SELECT, ASK, CONSTRUCT, DESCRIBE)
    return answers("Rdf4j", "librdf4j-java", RDF4J, folder, *asked)


def labels(text: str) -> set[str]:
    return {line for line in text.split("\n") if line and not line.startswith("?")}


def triples(text: str) -> Graph:
    return Graph().parse(data=text, format="nt")


@pytest.mark.parametrize("way", WAYS)
def test_jena_asks_in_each_of_its_ways(jena: dict[str, str], way: str) -> None:
    assert labels(jena[f"select {way}"]) == {label.n3() for label in LABELS}
    assert jena[f"ask {way}"] == "true"
    assert set(triples(jena[f"construct {way}"])) == TRIPLES


@pytest.mark.parametrize("way", ["asGetWithLimitForm", "asGetWithLimitBody"])
def test_jena_posts_a_long_query(jena: dict[str, str], way: str) -> None:
    assert labels(jena[f"long {way}"]) == {label.n3() for label in LABELS}


def test_jena_reads_descriptions_and_graphs(jena: dict[str, str]) -> None:
    assert holds_labels(triples(jena["describe"]))
    assert holds_labels(triples(jena["graph store"]))


def test_jena_names_the_dataset(jena: dict[str, str]) -> None:
    assert labels(jena["graphs"]) == {label.n3() for label in LABELS}
    assert labels(jena["no graphs"]) == set()
    assert set(triples(jena["dataset"])) == TRIPLES  # as TriG, all of it in the default graph


def test_jena_asks_from_a_query_of_its_own(jena: dict[str, str]) -> None:
    assert labels(jena["service"]) == {label.n3() for label in LABELS}


def test_jena_is_told_that_a_query_is_broken(jena: dict[str, str]) -> None:
    assert jena["broken"] == "400"


@pytest.mark.parametrize("way", ["GET", "POST"])
def test_rdf4j_reads_what_it_asks_for(rdf4j: dict[str, str], way: str) -> None:
    assert labels(rdf4j[f"select {way}"]) == {label.n3() for label in LABELS}
    assert rdf4j[f"ask {way}"] == "true"
    assert set(triples(rdf4j[f"construct {way}"])) == TRIPLES
    assert holds_labels(triples(rdf4j[f"describe {way}"]))
