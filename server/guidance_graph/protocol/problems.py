# SPDX-License-Identifier: EUPL-1.2
"""Errors as HTTP says them: the one table from error to status, and problems (RFC 9457)."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from guidance_graph.engine.formats import Format
from guidance_graph.protocol.negotiation import wants_html
from guidance_graph.protocol.routing import allowing
from guidance_graph.terms import errors

MEDIA_TYPE: Final = "application/problem+json"

_DOCUMENT: Final = Format("json", MEDIA_TYPE, "JSON", ("application/json",))

#: The status of each error; one that is not listed has that of the class above it.
STATUS: Final[dict[type[errors.GuidanceGraphError], HTTPStatus]] = {
    errors.GuidanceGraphError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.ReleaseError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.QueryError: HTTPStatus.BAD_REQUEST,
    errors.QueryRefusedError: HTTPStatus.FORBIDDEN,
    errors.UnknownQueryError: HTTPStatus.NOT_FOUND,
    errors.EngineError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.NotWritableError: HTTPStatus.NOT_ACCEPTABLE,
    errors.QueryTimeoutError: HTTPStatus.GATEWAY_TIMEOUT,
    errors.ClientShareError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.BackendError: HTTPStatus.BAD_GATEWAY,
    errors.ServiceError: HTTPStatus.BAD_GATEWAY,
}

#: What RFC 9110 calls a status that Python before 3.13 calls by an older name.
_TITLES: Final = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Content Too Large",
    HTTPStatus.REQUEST_URI_TOO_LONG: "URI Too Long",
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "Range Not Satisfiable",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Unprocessable Content",
}

#: What can be asked of some address here.
_METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST")

#: Seconds after which trying again may help.
RETRY_AFTER: Final = {
    HTTPStatus.TOO_MANY_REQUESTS: 5,
    HTTPStatus.SERVICE_UNAVAILABLE: 5,
    HTTPStatus.GATEWAY_TIMEOUT: 30,
}

#: Makes a page of a request, its error, the members of its problem, and ``Retry-After``.
Page = Callable[[Request, Exception, Mapping[str, Any], str | None], str]


def status_of(error: errors.GuidanceGraphError) -> HTTPStatus:
    """Return the status that says what an error says."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, **members: Any
) -> Response:
    """Return a problem document.

    Args:
        status: the HTTP status.
        detail: what is wrong, and what to do, for a person.
        headers: further headers.
        members: further members; those that are None are left out.
    """
    title = _TITLES.get(HTTPStatus(status), HTTPStatus(status).phrase)
    content = {"title": title, "status": int(status), "detail": detail}
    content |= {name: value for name, value in members.items() if value is not None}
    body = json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"
    all_headers = {"Vary": "Accept", "Cache-Control": "no-store"} | (headers or {})
    if (wait := RETRY_AFTER.get(HTTPStatus(status))) is not None:
        all_headers["Retry-After"] = str(wait)
    return Response(body, status, all_headers, MEDIA_TYPE)


def stopped() -> errors.EngineError:
    """Return what is wrong with a request that is not done when the time of a stop is over."""
    return errors.EngineError("the server stopped before this was answered; ask again")


class _Problems:
    """Answers errors with problem documents; a client that prefers HTML gets a page of each."""

    def __init__(self, page: Page | None) -> None:
        self._page = page

    async def of_error(self, request: Request, error: Exception) -> Response:
        """Answer an error of ours."""
        if not isinstance(error, errors.GuidanceGraphError):
            raise error
        place = {"line": getattr(error, "line", None), "column": getattr(error, "column", None)}
        return self._shown(request, error, problem(status_of(error), str(error), **place))

    async def of_http(self, request: Request, error: Exception) -> Response:
        """Answer an error that has its status; ``OPTIONS``, which no route takes, is none."""
        if not isinstance(error, HTTPException):
            raise error
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            methods = sorted({*headers["Allow"].split(", "), "OPTIONS"})
            if request.method == "OPTIONS":
                return allowing(methods)
            headers["Allow"] = ", ".join(methods)
        path = request.scope["path"][:200]
        if request.method == "OPTIONS" and path == "*":  # the server as a whole
            return allowing(_METHODS)
        details = {
            HTTPStatus.NOT_FOUND: f"There is nothing at {path}; the start page says what is here.",
            HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} cannot be done here.",
        }
        plain = HTTPStatus(error.status_code).phrase == error.detail
        detail = details.get(HTTPStatus(error.status_code), error.detail) if plain else error.detail
        return self._shown(request, error, problem(error.status_code, detail, headers))

    def _shown(self, request: Request, error: Exception, response: Response) -> Response:
        if self._page is None or not wants_html(request, (_DOCUMENT,)):
            return response
        headers = dict(response.headers)
        del headers["content-length"], headers["content-type"]
        members = json.loads(bytes(response.body))
        page = self._page(request, error, members, headers.get("retry-after"))
        return Response(page.encode("utf-8", "replace"), response.status_code, headers, "text/html")


async def _of_anything(_: Request, error: Exception) -> Response:  # noqa: ARG001 (it is logged)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "This is an error of the server, not of the request."
    )


def add_problem_handlers(app: FastAPI, page: Page | None = None) -> None:
    """Have every error of an app answered by a problem document.

    Args:
        app: the app.
        page: what a client gets instead that prefers HTML.
    """
    problems = _Problems(page)
    app.add_exception_handler(errors.GuidanceGraphError, problems.of_error)
    app.add_exception_handler(HTTPException, problems.of_http)
    app.add_exception_handler(Exception, _of_anything)
