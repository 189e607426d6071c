# SPDX-License-Identifier: EUPL-1.2
"""``/sparql`` and ``/queries/<topic>/<question>``: a query by its text, or by its name."""

from http import HTTPStatus
from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from guidance_graph.engine.cache import CachingEngine
from guidance_graph.engine.formats import CSV, GRAPH_FORMATS
from guidance_graph.engine.question import Question
from guidance_graph.engine.text.tokens import beside, query_form
from guidance_graph.library.library import Library
from guidance_graph.protocol.description import Abilities, describe_service
from guidance_graph.protocol.negotiation import choose_format, wants_html
from guidance_graph.protocol.request import (
    client_of,
    format_parameter,
    parameters,
    read_sparql_request,
    read_timeout,
    single,
)
from guidance_graph.protocol.response import answer_question
from guidance_graph.protocol.routing import PlainRoute, allowing
from guidance_graph.protocol.spreadsheet import EXCEL

SPARQL_METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST")
QUERY_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_WRITE_METHODS: Final = ("DELETE", "PATCH", "PUT")


def sparql_route(engine: CachingEngine, abilities: Abilities) -> PlainRoute:
    """Return the route of the SPARQL endpoint.

    Args:
        engine: what answers.
        abilities: what may be asked of it.
    """

    async def sparql(request: Request) -> Response:
        """Answer the query that the request brings; without one, say what is here."""
        method = request.scope["method"]
        if method == "OPTIONS":
            return allowing(SPARQL_METHODS)
        if method not in SPARQL_METHODS:
            raise _not_allowed(method)
        if _asks_nothing(request):
            if format_parameter(request) is None and wants_html(request, GRAPH_FORMATS):
                return RedirectResponse("./", HTTPStatus.SEE_OTHER, {"Vary": "Accept"})
            return await describe_service(request, engine, abilities)
        asked = await read_sparql_request(request, abilities.query_size)
        spreadsheet = asked.format == EXCEL
        wanted = CSV.name if spreadsheet else asked.format
        form = await beside(query_form, asked.query)
        answer_format = choose_format(request, form, wanted)
        question = Question(
            asked.query,
            answer_format,
            asked.default_graphs,
            asked.named_graphs,
            timeout=asked.timeout,
            client=client_of(request),
        )
        return await answer_question(
            request, engine, question, negotiated=not wanted, spreadsheet=spreadsheet
        )

    # no method is named: whichever comes, the answer tells those that there are
    return PlainRoute("/sparql", sparql, methods=())


def library_route(engine: CachingEngine, library: Library) -> PlainRoute:
    """Return the route of the library: a query by its name, its parameters in the address."""

    async def library_query(request: Request) -> Response:
        """Answer a query of the library."""
        query = library["{topic}/{question}".format_map(request.path_params)]
        if request.method == "OPTIONS":
            return allowing(QUERY_METHODS)
        given = single(parameters(request))
        wanted = given.pop("format", None)
        spreadsheet = wanted == EXCEL
        wanted = CSV.name if spreadsheet else wanted
        answer_format = choose_format(request, query.form, wanted)
        timeout = read_timeout(given.pop("timeout", None) or None)  # a form sends an empty field
        asked = Question(
            query.text,
            answer_format,
            bindings=query.bindings(given),
            timeout=timeout,
            client=client_of(request),
            trusted=True,
        )
        return await answer_question(
            request, engine, asked, negotiated=not wanted, spreadsheet=spreadsheet
        )

    return PlainRoute("/queries/{topic}/{question}", library_query, methods=QUERY_METHODS)


def _not_allowed(method: str) -> HTTPException:
    reason = (
        f"{method} would change something, and a release is never changed; this endpoint only"
        " answers queries."
    )
    return HTTPException(
        HTTPStatus.METHOD_NOT_ALLOWED,
        reason if method in _WRITE_METHODS else None,
        {"Allow": ", ".join(SPARQL_METHODS)},
    )


def _asks_nothing(request: Request) -> bool:
    if request.scope["method"] not in ("GET", "HEAD"):
        return False
    return {name for name, _ in parameters(request)} <= {"format"}
