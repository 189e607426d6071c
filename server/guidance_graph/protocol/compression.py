# SPDX-License-Identifier: EUPL-1.2
"""Answers made smaller on their way: zstd, brotli or gzip, as the client wants (RFC 9110, 12.5.3).

``starlette-compress`` compresses what streams, chunk by chunk; which coding it is to use is said
here, since it looks at which codings a client takes and not at which it wants most. A whole answer
is compressed at once, so that it can be kept so.
"""

import gzip
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Final

import brotli
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type
from zstandard import ZstdCompressor

from guidance_graph.engine.formats import GRAPH_FORMATS, SOLUTION_FORMATS
from guidance_graph.protocol import problems
from guidance_graph.protocol.caching import weakened
from guidance_graph.protocol.headers import header, split
from guidance_graph.protocol.negotiation import quality_of

#: The codings that there are, the preferred first.
CODINGS: Final = ("zstd", "br", "gzip")
_IDENTITY: Final = "identity"
#: Of compression: how much is tried, the same for each coding.
_LEVEL: Final = 4
#: Bytes that are worth it, unless they are the first of many.
WORTH_COMPRESSING: Final = 500
_MOST_CODINGS: Final = 50
#: So many headers, of so many characters at most, are read once.
_REMEMBERED: Final = 500
_SHORT: Final = 200


def choose_coding(accept_encoding: str) -> str | None:
    """Return the coding of the highest quality, the preferred among equals.

    Args:
        accept_encoding: the ``Accept-Encoding`` header.

    Returns:
        None where the client wants none of the codings, or ``identity`` more than each.
    """
    wanted: dict[str, float] = {}
    for element in split(accept_encoding, ",", _MOST_CODINGS):
        name, *parameters = (part.strip().lower() for part in split(element, ";"))
        wanted["gzip" if name == "x-gzip" else name] = quality_of(parameters)
    rest = wanted.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: wanted.get(coding, rest))
    quality = wanted.get(best, rest)
    return best if quality > 0 and quality >= wanted.get(_IDENTITY, 0.0) else None


_COMPRESS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zstd": lambda content: ZstdCompressor(level=_LEVEL).compress(content),
    "br": lambda content: brotli.compress(content, quality=_LEVEL),
    "gzip": lambda content: gzip.compress(content, compresslevel=_LEVEL, mtime=0),
}


def compress(content: bytes, coding: str) -> bytes:
    """Return some bytes in one of the codings that there are."""
    return _COMPRESS[coding](content)


_remembered = lru_cache(_REMEMBERED)(choose_coding)


def coding_for(request: HTTPConnection) -> str | None:
    """Return the coding that the answer to a request is to have; None where it is to have none."""
    given = header(request, b"accept-encoding")
    if not given or request.scope.get("http_version") == "1.0":  # there only a length shows a cut
        return None
    return _remembered(given) if len(given) <= _SHORT else choose_coding(given)


class Compression:
    """Middleware that compresses text.

    A strong entity tag is that of the bytes as they are; compressed, they have it as a weak one, by
    which a client may ask whether they have changed but not for a part of them.
    """

    def __init__(self, app: ASGIApp) -> None:
        for each in (*SOLUTION_FORMATS, *GRAPH_FORMATS):
            if not each.is_file:  # each part goes on as it is made; that takes 1 to 3 % more bytes
                add_compress_type(each.media_type, streaming=True)
        add_compress_type(problems.MEDIA_TYPE)
        self._app = CompressMiddleware(
            app,
            minimum_size=WORTH_COMPRESSING,
            zstd_level=_LEVEL,
            brotli_quality=_LEVEL,
            gzip_level=_LEVEL,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the one coding that it is to be answered in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        coding = coding_for(HTTPConnection(scope))
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        if coding is not None:
            headers.append((b"accept-encoding", coding.encode()))

        async def send_with_tag(message: Message) -> None:
            if message["type"] == "http.response.start":
                _weaken(message, coding)
            await send(message)

        await self._app({**scope, "headers": headers}, receive, send_with_tag)


def _weaken(message: Message, coding: str | None) -> None:
    """Make the entity tag of what is compressed, or was when the client got it, a weak one."""
    headers = MutableHeaders(scope=message)
    tag = headers.get("etag", "")
    if not tag:
        return
    if "Accept-Encoding" not in headers.get("vary", ""):
        headers.add_vary_header("Accept-Encoding")
    unchanged = message["status"] == HTTPStatus.NOT_MODIFIED
    if "content-encoding" in headers or (unchanged and coding):
        headers["ETag"] = weakened(tag)
