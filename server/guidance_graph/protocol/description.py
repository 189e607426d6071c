# SPDX-License-Identifier: EUPL-1.2
"""What the endpoint says of itself in RDF: SPARQL 1.1 Service Description, and VoID.

Both are graphs that the engine constructs, so they come in each of its formats, within its limits,
and are kept like any other answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response

from guidance_graph.engine.answer import Limits
from guidance_graph.engine.cache import CachingEngine
from guidance_graph.engine.current import Release
from guidance_graph.engine.formats import (
    CSV,
    JSON,
    JSON_LD,
    N_QUADS,
    N_TRIPLES,
    RDF_XML,
    TRIG,
    TSV,
    TURTLE,
    XML,
    QueryForm,
)
from guidance_graph.engine.question import Question
from guidance_graph.engine.text.terms import XSD, Iri, Literal
from guidance_graph.protocol.negotiation import choose_format
from guidance_graph.protocol.request import client_of, format_parameter
from guidance_graph.protocol.response import answer_question
from guidance_graph.terms.errors import ReleaseError
from guidance_graph.terms.namespaces import BASE, DATASET, DUMPS, GRAPHS, METADATA, PREFIXES

#: What cannot be counted: title, licence, publisher; the graph of ``data/dataset.ttl``.
STATED: Final = GRAPHS + "data/dataset"

#: W3C has no name for XLSX.
_FORMATS: Final = "http://www.w3.org/ns/formats/"
_FORMAT_NAMES: Final = {
    JSON: "SPARQL_Results_JSON",
    XML: "SPARQL_Results_XML",
    CSV: "SPARQL_Results_CSV",
    TSV: "SPARQL_Results_TSV",
    TURTLE: "Turtle",
    N_TRIPLES: "N-Triples",
    JSON_LD: "JSON-LD",
    RDF_XML: "RDF_XML",
    TRIG: "TriG",
    N_QUADS: "N-Quads",
}
_PROLOGUE: Final = "".join(
    f"PREFIX {prefix}: {Iri(PREFIXES[prefix])}\n"
    for prefix in ("dcat", "dcterms", "foaf", "rdf", "rdfs", "sd", "void")
)


@dataclass(frozen=True)
class Abilities:
    """What may be asked of an endpoint.

    Attributes:
        limits: what each query may take.
        query_size: bytes that its text may have.
        services: addresses that ``SERVICE`` may name.
        functions: IRIs of the functions that it has beyond those of SPARQL.
        base: address of the server, with a slash at its end; by default the one that lasts.
    """

    limits: Limits
    query_size: int
    services: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    base: str = BASE

    @property
    def endpoint(self) -> str:
        """Where queries are sent."""
        return f"{self.base}sparql"

    @property
    def service(self) -> Iri:
        """The name of the service."""
        return Iri(f"{self.endpoint}#service")

    @property
    def examples(self) -> str:
        """Where queries to begin with are told in RDF."""
        return f"{self.base}queries.ttl"


async def describe_service(
    request: Request, engine: CachingEngine, abilities: Abilities
) -> Response:
    """Return the description of the endpoint, in the format that the client wants.

    Args:
        request: what is answered.
        engine: what answers queries.
        abilities: what may be asked of it.

    Raises:
        ReleaseError: there is nothing to describe yet.
        HTTPException: RDF does not come in a format that the client takes (406).
    """
    if engine.release is None:
        raise ReleaseError("no release is being served yet")
    wanted = format_parameter(request)
    chosen = choose_format(request, QueryForm.CONSTRUCT, wanted)
    text = description(engine.release, abilities)
    return await answer_question(
        request,
        engine,
        Question(text, chosen, client=client_of(request), trusted=True),
        negotiated=not wanted,
    )


def description_router(engine: CachingEngine, abilities: Abilities) -> APIRouter:
    """Return the route of the VoID description: what the release is, and where it is asked."""
    router = APIRouter()
    text = (
        f"{_PROLOGUE}CONSTRUCT {{ ?s ?p ?o }} WHERE {{"
        f" {{ GRAPH {Iri(METADATA)} {{ ?s ?p ?said }} {_moved(abilities)} }}"
        f" UNION {{ GRAPH {Iri(STATED)} {{ ?s ?p ?o }} }}"
        f" UNION {{ VALUES (?s ?p ?o) {{ {_access(abilities)} }} }} }}"
    )

    @router.api_route("/.well-known/void", methods=["GET", "HEAD"])
    async def void(request: Request) -> Response:
        wanted = format_parameter(request)
        chosen = choose_format(request, QueryForm.CONSTRUCT, wanted)
        return await answer_question(
            request,
            engine,
            Question(text, chosen, client=client_of(request), trusted=True),
            negotiated=not wanted,
        )

    return router


def description(release: Release, abilities: Abilities) -> str:
    """Return a query whose answer is the service description.

    Args:
        release: what is served; its named graphs are listed with their sizes.
        abilities: what may be asked of it.
    """
    endpoint, service, dataset = abilities.endpoint, abilities.service, Iri(DATASET)
    default = Iri(f"{endpoint}#default")
    triples = [
        f"{service} a sd:Service ; sd:endpoint {Iri(endpoint)} ; sd:defaultDataset {dataset}",
        f"{service} sd:supportedLanguage sd:SPARQL11Query ; sd:feature sd:UnionDefaultGraph",
        *(f"{service} sd:resultFormat {Iri(_FORMATS + name)}" for name in _FORMAT_NAMES.values()),
        *(f"{service} sd:extensionFunction {Iri(each)}" for each in abilities.functions),
        f"{service} rdfs:seeAlso {Iri(abilities.examples)}",
        *([f"{service} sd:feature sd:BasicFederatedQuery"] if abilities.services else []),
        *(
            f"{service} rdfs:comment {Literal(each, language='en')}"
            for each in limits_of(abilities)
        ),
        f"{dataset} a sd:Dataset ; sd:defaultGraph {default}",
        f"{default} a sd:Graph ; void:triples ?triples",
    ]
    for name, graph in release.manifest["graphs"].items():
        node, size = Iri(f"{endpoint}#{name}"), Literal(str(graph["triples"]), XSD + "integer")
        triples += [
            f"{dataset} sd:namedGraph {node}",
            f"{node} a sd:NamedGraph ; sd:name {Iri(name)} ; sd:graph {Iri(name)}",
            f"{Iri(name)} a sd:Graph ; void:triples {size}",
        ]
    template = " .\n  ".join(triples)
    count = "SELECT (COUNT(*) AS ?triples) WHERE { ?s ?p ?o }"
    return f"{_PROLOGUE}CONSTRUCT {{\n  {template}\n}}\nWHERE {{ {{ {count} }} }}"


def limits_of(abilities: Abilities) -> Iterator[str]:
    """Return what a query may take and ask, as English sentences."""
    limits, query_size = abilities.limits, abilities.query_size
    services = ", ".join(abilities.services)
    waiting = "light and as many heavy queries" if limits.heavy else "queries"
    yield from (
        f"A query may take {limits.timeout:g} seconds; the parameter timeout asks for fewer.",
        f"A query may take {limits.memory:,} bytes of memory.",
        f"A query may have {query_size:,} bytes, and wait {limits.wait:g} seconds for its turn;"
        f" {limits.queue:,} {waiting} may wait.",
        f"An answer may have {limits.rows:,} rows or triples, and {limits.size:,} bytes; one that"
        " is cut never looks whole.",
        f"A client may have {limits.share} queries running and waiting.",
        "The default graph is all named graphs together. Updates are refused.",
        f"SERVICE may ask {services}." if services else "SERVICE is refused.",
    )


def _access(abilities: Abilities) -> str:
    """How the dataset is asked and described, as rows of subject, predicate and object."""
    document = Iri(f"{abilities.base}.well-known/void")
    service, endpoint, dataset = abilities.service, Iri(abilities.endpoint), Iri(DATASET)
    title = Literal("Guidance graph: SPARQL endpoint", language="en")
    return (
        f"({dataset} void:sparqlEndpoint {endpoint})"
        f" ({service} rdf:type dcat:DataService)"
        f" ({service} dcterms:title {title})"
        f" ({service} dcat:endpointURL {endpoint})"
        f" ({service} dcat:endpointDescription {endpoint})"
        f" ({service} dcat:servesDataset {dataset})"
        f" ({document} rdf:type void:DatasetDescription)"
        f" ({document} foaf:primaryTopic {dataset})"
    )


def _moved(abilities: Abilities) -> str:
    """Bind ``?o`` to what is said, but for addresses of dumps, which are those of this server.

    A release is the same wherever it is served, so it names the addresses that last.
    """
    dumps, there = Literal(DUMPS), Literal(f"{abilities.base}dumps/")
    address = f"IRI(CONCAT({there}, STRAFTER(STR(?said), {dumps})))"
    return f"BIND(IF(ISIRI(?said) && STRSTARTS(STR(?said), {dumps}), {address}, ?said) AS ?o)"
