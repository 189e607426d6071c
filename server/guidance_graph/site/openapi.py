# SPDX-License-Identifier: EUPL-1.2
"""The query library as an API: its OpenAPI document, and a page that says the same."""

import json
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from guidance_graph import __version__
from guidance_graph.engine.formats import CSV, JSON, JSON_LD, XLSX, Format, formats_of
from guidance_graph.library.library import Library, LibraryQuery
from guidance_graph.library.parameters import Parameter, ParameterType
from guidance_graph.protocol import problems
from guidance_graph.protocol.caching import kept_response
from guidance_graph.protocol.spreadsheet import EXCEL
from guidance_graph.site.start import LICENCES, address_of
from guidance_graph.site.templates import TITLE, Pages
from guidance_graph.terms.namespaces import VOCABULARIES

#: The JSON Schema of a value of each type.
_SCHEMAS: Final[dict[ParameterType, dict[str, Any]]] = {
    ParameterType.IRI: {"type": "string", "format": "iri"},
    ParameterType.STRING: {"type": "string"},
    ParameterType.INTEGER: {"type": "integer", "minimum": 1 - 10**18, "maximum": 10**18 - 1},
    ParameterType.DECIMAL: {  # a JSON number may have an exponent, and many digits
        "type": "string",
        "format": "decimal",
        "pattern": r"^[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})$",
    },
    ParameterType.BOOLEAN: {"type": "boolean"},
    ParameterType.DATE: {"type": "string", "format": "date"},
    ParameterType.LANGUAGE: {
        "type": "string",
        "pattern": "^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$",
    },
}
#: A resource of each class, and a concept of each scheme, that parameters are from.
_EXAMPLES: Final = {
    "gg:Actor": "fi:ohjaamo-centres",
    "gg:DescribedResource": "fi:ohjaamo-centres",
    "gg:GuidanceSystem": "fi:guidance-system",
    VOCABULARIES + "audience": "audience:adults",
    VOCABULARIES + "certainty": "certainty:verified",
    VOCABULARIES + "correction": "correction:misspelt-name",
    VOCABULARIES + "function": "function:chatbot",
    VOCABULARIES + "status": "status:pilot",
    VOCABULARIES + "theme": "theme:coaching-approach",
    VOCABULARIES + "verdict": "verdict:met",
}
#: The JSON Schema of an answer, where it is no text.
_ANSWERS: Final[dict[Format, dict[str, Any]]] = {
    JSON: {"$ref": "#/components/schemas/Results"},
    JSON_LD: {"type": ["array", "object"]},
    XLSX: {},
}
_RESULTS: Final = {
    "type": "object",
    "description": "SPARQL 1.1 Query Results JSON Format.",
    "required": ["head"],
    "properties": {
        "head": {
            "type": "object",
            "properties": {"vars": {"type": "array", "items": {"type": "string"}}},
        },
        "boolean": {"type": "boolean"},
        "results": {
            "type": "object",
            "required": ["bindings"],
            "properties": {
                "bindings": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": {
                            "type": "object",
                            "required": ["type", "value"],
                            "properties": {
                                "type": {"enum": ["uri", "literal", "bnode"]},
                                "value": {"type": "string"},
                                "xml:lang": {"type": "string"},
                                "datatype": {"type": "string"},
                            },
                        },
                    },
                }
            },
        },
    },
    "oneOf": [{"required": ["boolean"]}, {"required": ["results"]}],
}
_PROBLEMS: Final = {
    "400": "A parameter is missing, unknown, or not of its type.",
    "406": "The answer cannot be written as asked.",
    "408": "The request did not come within its time.",
    "412": "The answer is none of those that If-Match names.",
    "414": "The request line is too long.",
    "429": "This client has as many queries running and waiting as it may.",
    "431": "The headers are too large, or too many.",
    "502": "Another server that was asked for the answer failed.",
    "503": "No worker came free, or a limit was reached; try again later.",
    "504": "The query reached its time limit.",
}


def document(library: Library) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a library: one path for each of its queries."""
    licence, address = LICENCES["ontology and data"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": __version__,
            "summary": "Questions about lifelong career guidance, each with an address.",
            "license": {"name": licence, "url": address},
        },
        "tags": [{"name": topic} for topic in library.topics],
        "paths": {address_of(query): {"get": _operation(query)} for query in library},
        "components": {
            "schemas": {
                "Results": _RESULTS,
                "Problem": {
                    "type": "object",
                    "description": "A problem document (RFC 9457).",
                    "required": ["title", "status", "detail"],
                    "properties": {
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                    },
                },
            }
        },
    }


def openapi_router(library: Library, pages: Pages) -> APIRouter:
    """Return the routes of the document and of its page; both are made once."""
    router = APIRouter()
    described = document(library)
    as_json = json.dumps(described, ensure_ascii=False, indent=1).encode()
    as_html = pages.render("api.html", {"document": described}).encode()

    @router.api_route("/openapi.json", methods=["GET", "HEAD"])
    async def openapi(request: Request) -> Response:
        return kept_response(request, as_json, "application/json")

    @router.api_route("/docs", methods=["GET", "HEAD"])
    async def docs(request: Request) -> Response:
        return kept_response(request, as_html, "text/html")

    return router


def _operation(query: LibraryQuery) -> dict[str, Any]:
    formats = formats_of(query.form)
    names = [each.name for each in formats] + ([EXCEL] if CSV in formats else [])
    ways = [
        {
            "name": "format",
            "in": "query",
            "description": "In place of Accept.",
            "allowEmptyValue": True,
            "schema": {"type": "string", "enum": names},
        },
        {
            "name": "timeout",
            "in": "query",
            "description": "Seconds that the answer may take; it only shortens the limit.",
            "allowEmptyValue": True,
            "schema": {"type": "number", "exclusiveMinimum": 0},
        },
    ]
    operation: dict[str, Any] = {
        "operationId": query.name.replace("/", "_").replace("-", "_"),
        "tags": [query.topic],
        "summary": query.summary,
        "parameters": [*map(_parameter, query.parameters), *ways],
        "responses": {
            "200": {
                "description": "The answer.",
                "headers": {"ETag": {"schema": {"type": "string"}}},
                "content": {
                    each.media_type: {"schema": _ANSWERS.get(each, {"type": "string"})}
                    for each in formats
                },
            },
            "304": {"description": "The client has the answer that If-None-Match names."},
            **{status: _problem(text) for status, text in _PROBLEMS.items()},
        },
    }
    if query.description:
        operation["description"] = query.description
    if query.summary_nl:
        operation["x-summary-nl"] = query.summary_nl
    return operation


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(_SCHEMAS[parameter.type])
    if parameter.default is not None:
        schema["default"] = _typed(parameter)
    values = parameter.scheme or parameter.class_
    if values in _EXAMPLES:
        schema["examples"] = [_EXAMPLES[values]]
    described = {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "allowEmptyValue": not parameter.required,
        "schema": schema,
    }
    concepts = f"a concept of {parameter.scheme}" if parameter.scheme else None
    description = "; ".join(filter(None, (parameter.description, concepts)))
    return described | ({"description": description} if description else {})


def _typed(parameter: Parameter) -> object:
    """Return the default as JSON has values of its type."""
    if parameter.type in (ParameterType.INTEGER, ParameterType.BOOLEAN):
        return json.loads(parameter.term(parameter.default or "").value)
    return parameter.default


def _problem(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": text, "content": {problems.MEDIA_TYPE: {"schema": schema}}}
