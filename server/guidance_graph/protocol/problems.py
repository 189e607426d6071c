# SPDX-License-Identifier: EUPL-1.2
"""Errors as HTTP says them: the one table from error to status, and problems (RFC 9457)."""

import html
import json
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from guidance_graph.protocol.negotiation import wants_html
from guidance_graph.terms import errors

MEDIA_TYPE: Final = "application/problem+json"

#: The status of each error; one that is not listed has that of the class above it.
STATUS: Final[dict[type[errors.GuidanceGraphError], HTTPStatus]] = {
    errors.GuidanceGraphError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.ReleaseError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.QueryError: HTTPStatus.BAD_REQUEST,
    errors.QueryRefusedError: HTTPStatus.FORBIDDEN,
    errors.UnknownQueryError: HTTPStatus.NOT_FOUND,
    errors.EngineError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.QueryTimeoutError: HTTPStatus.GATEWAY_TIMEOUT,
    errors.ClientShareError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.BackendError: HTTPStatus.BAD_GATEWAY,
    errors.ServiceError: HTTPStatus.BAD_GATEWAY,
}

#: Seconds after which trying again may help.
_RETRY_AFTER: Final = {
    HTTPStatus.TOO_MANY_REQUESTS: 5,
    HTTPStatus.SERVICE_UNAVAILABLE: 5,
    HTTPStatus.GATEWAY_TIMEOUT: 30,
}


_PAGE: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{status} {title}</title>
<h1>{title}</h1>
<p>{detail}</p>
<p><a href="/">Start page</a></p>
"""


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
    content = {"title": HTTPStatus(status).phrase, "status": int(status), "detail": detail}
    content |= {name: value for name, value in members.items() if value is not None}
    body = json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"
    all_headers = {"Vary": "Accept", "Cache-Control": "no-store"} | (headers or {})
    if (wait := _RETRY_AFTER.get(HTTPStatus(status))) is not None:
        all_headers["Retry-After"] = str(wait)
    return Response(body, status, all_headers, MEDIA_TYPE)


def _shown(request: Request, response: Response) -> Response:
    """Return a problem as it is, or to a browser as a page that says the same."""
    if not wants_html(request):
        return response
    content = json.loads(bytes(response.body))
    content["detail"] = html.escape(content["detail"]).replace("\n", "<br>")
    headers = dict(response.headers)
    del headers["content-length"], headers["content-type"]
    return Response(_PAGE.format(**content), response.status_code, headers, "text/html")


async def _of_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, errors.GuidanceGraphError):
        raise error
    place = {"line": getattr(error, "line", None), "column": getattr(error, "column", None)}
    return _shown(request, problem(status_of(error), str(error), **place))


async def _of_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    path = request.scope["path"][:200]
    details = {
        HTTPStatus.NOT_FOUND: f"There is nothing at {path}; the start page is at /.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} cannot be done here.",
    }
    plain = HTTPStatus(error.status_code).phrase == error.detail
    detail = details.get(HTTPStatus(error.status_code), error.detail) if plain else error.detail
    return _shown(request, problem(error.status_code, detail, dict(error.headers or {})))


async def _of_anything(_: Request, error: Exception) -> Response:  # noqa: ARG001 (it is logged)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "This is an error of the server, not of the request."
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Have every error of an app answered by a problem document."""
    app.add_exception_handler(errors.GuidanceGraphError, _of_error)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_anything)
