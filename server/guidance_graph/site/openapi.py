# SPDX-License-Identifier: EUPL-1.2
"""What can be asked here as an API: its OpenAPI document, and a page that says the same."""

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from guidance_graph import __version__
from guidance_graph.engine.formats import TURTLE, formats_of
from guidance_graph.library.library import Library, LibraryQuery
from guidance_graph.library.parameters import Parameter
from guidance_graph.protocol.caching import kept_response
from guidance_graph.protocol.description import Abilities
from guidance_graph.site.endpoints import TAGS, endpoint_paths
from guidance_graph.site.examples import examples
from guidance_graph.site.operation import (
    OF_QUERIES,
    OF_REQUESTS,
    PROBLEMS,
    answer,
    components,
    failures,
    format_parameter,
    parameter,
    timeout_parameter,
)
from guidance_graph.site.schemas import value_schema
from guidance_graph.site.start import LICENCES, path_of
from guidance_graph.site.templates import TITLE, Pages


def document(library: Library, abilities: Abilities, here: str = "/") -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a server.

    Args:
        library: its questions; each has a path.
        abilities: what may be asked of it beside them.
        here: where it is, with a slash at its end.
    """
    licence, address = LICENCES["ontology and data"]
    servers = {} if here == "/" else {"servers": [{"url": here.rstrip("/")}]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": __version__,
            "summary": "Questions about lifelong career guidance, each with an address.",
            "description": "Whatever takes GET takes HEAD too. Nothing is changed here.",
            "license": {"name": licence, "url": address},
        },
        **servers,
        "tags": [
            *({"name": name, "description": about} for name, about in TAGS.items()),
            *({"name": topic} for topic in library.topics),
        ],
        "paths": {
            **endpoint_paths(abilities),
            **{f"/{path_of(query)}": {"get": _operation(query)} for query in library},
        },
        "components": components(),
    }


def openapi_router(library: Library, abilities: Abilities, pages: Pages) -> APIRouter:
    """Return the routes of the document, of its page, and of the questions in RDF; made once."""
    router = APIRouter()
    described = document(library, abilities, pages.here)
    as_json = json.dumps(described, ensure_ascii=False, indent=1).encode()
    as_turtle = examples(library, abilities).encode()
    as_html = pages.render("api.html", {"document": described, "problems": PROBLEMS}).encode()

    @router.api_route("/queries.ttl", methods=["GET", "HEAD"])
    async def turtle(request: Request) -> Response:
        return kept_response(request, as_turtle, TURTLE.content_type)

    @router.api_route("/openapi.json", methods=["GET", "HEAD"])
    async def openapi(request: Request) -> Response:
        return kept_response(request, as_json, "application/json")

    @router.api_route("/docs", methods=["GET", "HEAD"])
    async def docs(request: Request) -> Response:
        return kept_response(request, as_html, "text/html")

    return router


def _operation(query: LibraryQuery) -> dict[str, Any]:
    formats = formats_of(query.form)
    operation: dict[str, Any] = {
        "operationId": query.name.replace("/", "_").replace("-", "_"),
        "tags": [query.topic],
        "summary": query.summary,
        "parameters": [
            *map(_parameter, query.parameters),
            format_parameter(formats),
            timeout_parameter(),
        ],
        "responses": answer(formats) | failures(*OF_REQUESTS, *OF_QUERIES),
    }
    if query.description:
        operation["description"] = query.description
    if query.summary_nl:
        operation["x-summary-nl"] = query.summary_nl
    return operation


def _parameter(own: Parameter) -> dict[str, Any]:
    concepts = f"a concept of {own.scheme}" if own.scheme else None
    return parameter(
        own.name,
        value_schema(own),
        "; ".join(filter(None, (own.description, concepts))),
        required=own.required,
        allowEmptyValue=not own.required,
    )
