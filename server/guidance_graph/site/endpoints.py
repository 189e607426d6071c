# SPDX-License-Identifier: EUPL-1.2
"""The operations that are not of the library: SPARQL, graphs, files, and what monitors ask."""

from typing import Any, Final

from guidance_graph.engine.formats import GRAPH_FORMATS, SOLUTION_FORMATS, TURTLE
from guidance_graph.protocol.description import Abilities, limits_of
from guidance_graph.protocol.graphs import DUMP_TYPES
from guidance_graph.protocol.request import FORM, QUERY
from guidance_graph.site.form import FIRST_QUERY
from guidance_graph.site.operation import (
    OF_QUERIES,
    OF_REQUESTS,
    answer,
    failures,
    file,
    format_parameter,
    parameter,
    timeout_parameter,
)
from guidance_graph.site.schemas import IRI, TEXT
from guidance_graph.terms.namespaces import METADATA

#: What operations are sorted by, with what each is about.
TAGS: Final = {
    "SPARQL": "Queries of one's own, by the SPARQL 1.1 Protocol.",
    "graphs": "Whole graphs, by the SPARQL 1.1 Graph Store HTTP Protocol, and files.",
    "operating": "For monitors.",
}

_ANY: Final = (*SOLUTION_FORMATS, *GRAPH_FORMATS)
_QUERY: Final = {"type": "string", "format": "sparql-query"}
_GRAPHS: Final = {"type": "array", "items": IRI}
_HEALTH: Final = {"application/json": {"schema": {"$ref": "#/components/schemas/Health"}}}
_OF_SPARQL: Final = (*OF_REQUESTS, *OF_QUERIES, 403, 413)


def endpoint_paths(abilities: Abilities) -> dict[str, Any]:
    """Return the paths of the OpenAPI document that each server has.

    Args:
        abilities: what may be asked of this one.
    """
    return {
        "/sparql": _sparql(abilities),
        "/graph-store": {"get": _graph_store()},
        "/graph/{name}": {"get": _graph()},
        "/dumps/{name}": {"get": _dump()},
        "/.well-known/void": {"get": _void()},
        "/queries.ttl": {"get": _examples()},
        "/health": {"get": _ready("health")},
        "/health/ready": {"get": _ready("ready")},
        "/health/live": {"get": _live()},
        "/metrics": {"get": _metrics()},
    }


def _sparql(abilities: Abilities) -> dict[str, Any]:
    limits = " ".join(limits_of(abilities))
    graphs = [
        _named("default-graph-uri", _GRAPHS, "Named graphs that make up the default graph."),
        _named("named-graph-uri", _GRAPHS, "Named graphs that GRAPH may name."),
    ]
    ways = [format_parameter(_ANY), timeout_parameter()]
    given = answer(_ANY, "The answer: solutions of SELECT and ASK, a graph of the others.")
    query = _named("query", _QUERY, "One query; without it, the service description (RDF).")
    moved = {"303": {"description": "A browser that asks nothing is led to the start page."}}
    form = {
        "type": "object",
        "required": ["query"],
        "properties": {
            "query": _QUERY,
            **{each["name"]: each["schema"] for each in graphs},
            **{each["name"]: {"anyOf": [each["schema"], {"const": ""}]} for each in ways},
        },
    }
    bodies = {
        FORM: {"schema": form, "example": {"query": FIRST_QUERY}},
        QUERY: {"schema": _QUERY, "example": FIRST_QUERY},
    }
    posted = {key: value for key, value in given.items() if key != "304"}
    return {
        "get": {
            "operationId": "sparql",
            "tags": ["SPARQL"],
            "summary": "Answers a query.",
            "x-summary-nl": "Beantwoordt een query.",
            "description": limits,
            "parameters": [query | {"example": FIRST_QUERY}, *graphs, *ways],
            "responses": given | moved | failures(*_OF_SPARQL),
        },
        "post": {
            "operationId": "sparql_post",
            "tags": ["SPARQL"],
            "summary": "Answers a query that is sent as a form, or as it is.",
            "x-summary-nl": "Beantwoordt een query uit een formulier, of zoals hij is.",
            "description": "Parameters may stand in the address too, beside a query as it is.",
            "parameters": [*graphs, *ways],
            "requestBody": {"required": True, "content": bodies},
            "responses": posted | failures(*_OF_SPARQL, 415),
        },
    }


def _graph_store() -> dict[str, Any]:
    return {
        "operationId": "graph_store",
        "tags": ["graphs"],
        "summary": "Gives the graph of an IRI, or the default graph.",
        "x-summary-nl": "Geeft de graaf van een IRI, of de standaardgraaf.",
        "description": "Either of graph and default is needed.",
        "parameters": [
            _named("graph", IRI | {"examples": [METADATA]}, "IRI of a named graph"),
            parameter("default", TEXT, "All named graphs together; it needs no value."),
            format_parameter(GRAPH_FORMATS),
        ],
        "responses": answer(GRAPH_FORMATS, "The graph.") | failures(*OF_REQUESTS, *OF_QUERIES, 404),
    }


def _graph() -> dict[str, Any]:
    return {
        "operationId": "graph",
        "tags": ["graphs"],
        "summary": "Gives the named graph whose IRI ends in this path.",
        "x-summary-nl": "Geeft de graaf waarvan de IRI op dit pad eindigt.",
        "parameters": [
            _path("The end of its IRI; it may have slashes", "metadata"),
            format_parameter(GRAPH_FORMATS),
        ],
        "responses": answer(GRAPH_FORMATS, "The graph.") | failures(*OF_REQUESTS, *OF_QUERIES, 404),
    }


def _dump() -> dict[str, Any]:
    return {
        "operationId": "dump",
        "tags": ["graphs"],
        "summary": "Gives a file of the release, or parts of it by Range.",
        "x-summary-nl": "Geeft een bestand van de uitgave, of met Range delen ervan.",
        "parameters": [_path("Name of the file; it may have slashes", "guidance-graph.ttl")],
        "responses": file(DUMP_TYPES, "The file.") | failures(*OF_REQUESTS, 404, 412, 416),
    }


def _void() -> dict[str, Any]:
    return {
        "operationId": "void",
        "tags": ["graphs"],
        "summary": "Describes the dataset: VoID and DCAT.",
        "x-summary-nl": "Beschrijft de dataset: VoID en DCAT.",
        "parameters": [format_parameter(GRAPH_FORMATS)],
        "responses": answer(GRAPH_FORMATS, "The description.")
        | failures(*OF_REQUESTS, *OF_QUERIES),
    }


def _examples() -> dict[str, Any]:
    return {
        "operationId": "examples",
        "tags": ["graphs"],
        "summary": "Gives the questions of the library in RDF, as examples of SHACL.",
        "x-summary-nl": "Geeft de vragen van de bibliotheek in RDF, als voorbeelden van SHACL.",
        "parameters": [],
        "responses": answer((TURTLE,), "The questions.") | failures(*OF_REQUESTS, 412),
    }


def _ready(name: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["operating"],
        "summary": "Tells whether the server can answer queries.",
        "x-summary-nl": "Zegt of de server query's kan beantwoorden.",
        "parameters": [],
        "responses": {
            "200": {"description": "It can.", "content": _HEALTH},
            "503": {"description": "It cannot, and why.", "content": _HEALTH},
            **failures(400, 408, 414, 431),
        },
    }


def _live() -> dict[str, Any]:
    return {
        "operationId": "live",
        "tags": ["operating"],
        "summary": "Tells that the server lives.",
        "x-summary-nl": "Zegt dat de server leeft.",
        "parameters": [],
        "responses": {
            "200": {"description": "It lives.", "content": _HEALTH},
            **failures(*OF_REQUESTS),
        },
    }


def _metrics() -> dict[str, Any]:
    types = ("text/plain", "application/openmetrics-text")
    return {
        "operationId": "metrics",
        "tags": ["operating"],
        "summary": "Gives numbers of the server for Prometheus.",
        "x-summary-nl": "Geeft cijfers van de server voor Prometheus.",
        "parameters": [],
        "responses": {
            "200": {
                "description": "The numbers.",
                "content": {each: {"schema": TEXT} for each in types},
            },
            **failures(*OF_REQUESTS),
        },
    }


def _named(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    """Return a parameter that may be left out, but not left empty."""
    return parameter(name, schema, description, allowEmptyValue=False)


def _path(description: str, example: str) -> dict[str, Any]:
    described = parameter("name", TEXT | {"minLength": 1, "examples": [example]}, description)
    del described["allowEmptyValue"]
    return described | {"in": "path", "required": True}
