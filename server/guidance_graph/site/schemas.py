# SPDX-License-Identifier: EUPL-1.2
"""JSON Schemas of what goes in and what comes out, for the OpenAPI document."""

import json
from typing import Any, Final

from guidance_graph.engine.formats import JSON, JSON_LD, XLSX, Format
from guidance_graph.library.parameters import Parameter, ParameterType
from guidance_graph.terms.namespaces import VOCABULARIES

#: An absolute IRI.
IRI: Final[dict[str, Any]] = {"type": "string", "format": "iri"}
TEXT: Final[dict[str, Any]] = {"type": "string"}

_VALUES: Final[dict[ParameterType, dict[str, Any]]] = {
    ParameterType.IRI: IRI,
    ParameterType.STRING: TEXT,
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
#: Of an answer in each format that is no text.
_ANSWERS: Final[dict[Format, dict[str, Any]]] = {
    JSON: {"$ref": "#/components/schemas/Results"},
    JSON_LD: {"type": ["array", "object"]},
    XLSX: {},
}
_TERM: Final = {
    "type": "object",
    "required": ["type", "value"],
    "properties": {
        "type": {"enum": ["uri", "literal", "bnode"]},
        "value": TEXT,
        "xml:lang": TEXT,
        "datatype": TEXT,
    },
}
#: Those that operations refer to, by name.
SCHEMAS: Final[dict[str, Any]] = {
    "Results": {
        "type": "object",
        "description": "SPARQL 1.1 Query Results JSON Format.",
        "required": ["head"],
        "properties": {
            "head": {
                "type": "object",
                "properties": {"vars": {"type": "array", "items": TEXT}},
            },
            "boolean": {"type": "boolean"},
            "results": {
                "type": "object",
                "required": ["bindings"],
                "properties": {
                    "bindings": {
                        "type": "array",
                        "items": {"type": "object", "additionalProperties": _TERM},
                    }
                },
            },
        },
        "oneOf": [{"required": ["boolean"]}, {"required": ["results"]}],
    },
    "Problem": {
        "type": "object",
        "description": "A problem document (RFC 9457).",
        "required": ["title", "status", "detail"],
        "properties": {
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "line": {"type": "integer", "description": "Of a query that does not parse; from 1."},
            "column": {"type": "integer", "description": "In that line; from 1."},
        },
    },
    "Health": {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {"enum": ["live", "ready", "unavailable"]},
            "version": TEXT,
            "release": {"type": ["string", "null"], "description": "Digest of what is served."},
            "reason": {"type": "string", "description": "Why the server should not be asked."},
        },
    },
}


def answer_schema(answer_format: Format) -> dict[str, Any]:
    """Return the schema of an answer in a format."""
    return _ANSWERS.get(answer_format, TEXT)


def value_schema(parameter: Parameter) -> dict[str, Any]:
    """Return the schema of the values of a parameter, with its default and a value to try."""
    schema = dict(_VALUES[parameter.type])
    if parameter.default is not None:
        schema["default"] = _typed(parameter)
    if (example := example_of(parameter)) is not None:
        schema["examples"] = [example]
    return schema


def example_of(parameter: Parameter) -> str | None:
    """Return a value to try; None where any value of the type will do."""
    return _EXAMPLES.get(parameter.scheme or parameter.class_ or "")


def _typed(parameter: Parameter) -> object:
    """Return the default as JSON has values of its type."""
    if parameter.type in (ParameterType.INTEGER, ParameterType.BOOLEAN):
        return json.loads(parameter.term(parameter.default or "").value)
    return parameter.default
