# SPDX-License-Identifier: EUPL-1.2
"""Headers that every response carries, and what a browser is told before it asks (CORS).

A browser does nothing with a response but show it, and any page may read it, without credentials.
Every response says so, and not only those to pages elsewhere, since a cache may give one the
response to the other; for the same reason ``Vary`` does not name ``Origin``, which would make a
cache keep a copy for each page.
"""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "*",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_QUOTED: Final = r'"(?:[^"\\]++|\\.)*+"?+'
#: What stands between two separators, of which one in a quoted string is none.
_BETWEEN: Final = {
    separator: re.compile(rf'(?:[^"{separator}]++|{_QUOTED})*+') for separator in ",;"
}
#: Seconds for which a browser need not ask again; the longest that one of them keeps.
_KNOWN_FOR: Final = 86_400
_METHODS: Final = "GET, HEAD, POST, OPTIONS"
RAW_SECURITY_HEADERS: Final = [
    (name.lower().encode("latin-1"), value.encode("latin-1"))
    for name, value in SECURITY_HEADERS.items()
]


def header(request: HTTPConnection, name: bytes) -> str | None:
    """Return a header of a request, its lines joined (RFC 9110, section 5.3); None without one.

    Args:
        request: the request.
        name: of the header, in small letters.
    """
    lines = [value for key, value in request.scope["headers"] if key == name]
    return b", ".join(lines).decode("latin-1") if lines else None


def split(value: str, separator: str, most: int = 100) -> list[str]:
    """Return the parts of the value of a header (RFC 9110, sections 5.6.1 and 5.6.4).

    Args:
        value: the value.
        separator: a comma or a semicolon; in a quoted string it is none.
        most: so many parts at most are returned.
    """
    if '"' not in value:
        return value.split(separator, most)[:most]
    parts: list[str] = []
    place = 0
    while place <= len(value) and len(parts) < most:
        part = _BETWEEN[separator].match(value, place)
        end = part.end() if part else place
        parts.append(value[place:end])
        place = end + 1
    return parts


class SecurityHeaders:
    """Middleware that adds the headers, and leaves the body to stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                there = {name for name, _ in headers}
                headers += [each for each in RAW_SECURITY_HEADERS if each[0] not in there]
                message["headers"] = headers
            await send(message)

        if scope["method"] == "OPTIONS" and (allowed := _preflight(scope)) is not None:
            await allowed(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)


def _preflight(scope: Scope) -> Response | None:
    """Return what a browser asks before a page may ask; None where it is not that."""
    headers = Headers(scope=scope)
    if "origin" not in headers or "access-control-request-method" not in headers:
        return None
    allowed = {
        "Access-Control-Allow-Methods": _METHODS,
        # the wildcard would leave out Authorization, which some clients send to everyone
        "Access-Control-Allow-Headers": headers.get("access-control-request-headers", "*"),
        "Access-Control-Max-Age": str(_KNOWN_FOR),
        "Vary": "Access-Control-Request-Headers",
    }
    return Response(status_code=200, headers=allowed)
