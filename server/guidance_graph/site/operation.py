# SPDX-License-Identifier: EUPL-1.2
"""What the operations of the OpenAPI document are made of: parameters, answers, problems."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from guidance_graph.engine.formats import CSV, Format
from guidance_graph.protocol import problems
from guidance_graph.protocol.spreadsheet import EXCEL
from guidance_graph.site.schemas import SCHEMAS, TEXT, answer_schema

#: Why a request gets no answer, by status.
PROBLEMS: Final = {
    400: "A parameter is missing, unknown, or not of its type; or the query does not parse.",
    403: "An update, or a SERVICE that the operator does not list.",
    404: "There is nothing of that name.",
    406: "The answer cannot be written as asked.",
    408: "The request did not come within its time.",
    412: "If-Match, If-Unmodified-Since or, by POST, If-None-Match rules the answer out.",
    413: "The query is too long.",
    414: "The request line is too long.",
    415: "The body is of another type, or compressed.",
    416: "The file has no such part.",
    429: "This client has as many queries running and waiting as it may.",
    431: "The headers are too large, or too many.",
    502: "Another server that was asked for the answer failed.",
    503: "No worker came free, or a limit was reached; try again later.",
    504: "The query reached its time limit.",
}
#: Those of any request.
OF_REQUESTS: Final = (400, 408, 414, 431, 503)
#: Those of whatever is answered by a query, beside them.
OF_QUERIES: Final = (406, 412, 429, 502, 504)

_HEADERS: Final = {
    "Cache-Control": "Whether the answer may be kept.",
    "ETag": "Names the answer; it is the same as long as the answer is. Not where it may differ.",
    "Retry-After": "Seconds after which to try again.",
    "Vary": "The headers of the request that the answer depends on.",
}


def parameter(
    name: str, schema: Mapping[str, Any], description: str = "", **members: Any
) -> dict[str, Any]:
    """Return a parameter of the address, which may be left out.

    Args:
        name: what it is called.
        schema: of its value.
        description: what it means; empty where that is not said.
        members: further members, or others in place of those it would have.
    """
    described = {"description": description} if description else {}
    own = {"name": name, "in": "query", "required": False, "allowEmptyValue": True}
    return own | described | {"schema": dict(schema)} | members


def format_parameter(formats: Iterable[Format]) -> dict[str, Any]:
    """Return the parameter that names one of some formats."""
    names = list(dict.fromkeys(each.name for each in formats))
    names += [EXCEL] if CSV.name in names else []
    return parameter("format", {"type": "string", "enum": names}, "In place of Accept.")


def timeout_parameter() -> dict[str, Any]:
    """Return the parameter that asks for an answer in less time."""
    return parameter(
        "timeout",
        {"type": "number", "exclusiveMinimum": 0},
        "Seconds that the answer may take; it only shortens the limit.",
    )


def answer(formats: Iterable[Format], description: str = "The answer.") -> dict[str, Any]:
    """Return the responses of what is answered by a query: the answer, and that it is the same."""
    content = {each.media_type: {"schema": answer_schema(each)} for each in formats}
    return {
        "200": {"description": description, "headers": _KEPT, "content": content},
        "304": _reference("responses", "304"),
    }


def file(media_types: Iterable[str], description: str) -> dict[str, Any]:
    """Return the responses of a file: all of it, a part, and that it is the same."""
    content: dict[str, Any] = {each: {"schema": {}} for each in media_types}
    parts = content | {"multipart/byteranges": {"schema": {}}}
    return {
        "200": {"description": description, "headers": _KEPT, "content": content},
        "206": {"description": "What Range asks for.", "headers": _KEPT, "content": parts},
        "304": _reference("responses", "304"),
    }


def failures(*statuses: int) -> dict[str, Any]:
    """Return the responses of problems of some statuses, in their order."""
    names = map(str, sorted(set(statuses)))
    return {name: _reference("responses", name) for name in names}


def components() -> dict[str, Any]:
    """Return what operations refer to: schemas, headers, and responses by their status."""
    return {
        "schemas": SCHEMAS,
        "headers": {
            name: {"description": about, "schema": TEXT} for name, about in _HEADERS.items()
        },
        "responses": {
            "304": {"description": "The client has what If-None-Match names.", "headers": _KEPT},
            **{str(status): _failure(status) for status in PROBLEMS},
        },
    }


def _failure(status: int) -> dict[str, Any]:
    schema = _reference("schemas", "Problem")
    waits = HTTPStatus(status) in problems.RETRY_AFTER
    headers = {"headers": _headers("Retry-After")} if waits else {}
    content = {"content": {problems.MEDIA_TYPE: {"schema": schema}}}
    return {"description": PROBLEMS[status]} | headers | content


def _reference(kind: str, name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _headers(*names: str) -> dict[str, Any]:
    return {name: _reference("headers", name) for name in names}


_KEPT: Final = _headers("Cache-Control", "ETag", "Vary")
