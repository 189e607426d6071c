# SPDX-License-Identifier: EUPL-1.2
"""What a client asks: the query operation of the SPARQL 1.1 Protocol (section 2.1)."""

import binascii
import ipaddress
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from itertools import islice
from typing import Final

from fastapi import Request
from starlette.exceptions import HTTPException

from guidance_graph.engine.text.codepoints import without_escapes
from guidance_graph.protocol.headers import header
from guidance_graph.terms.errors import ParameterError, QuerySyntaxError, UpdateRefusedError

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"

_MOST_PARAMETERS: Final = 200
_NO_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
#: So many signs of percent that begin no escape are in no text; to read them takes long.
_MOST_BROKEN: Final = 1_000
#: Clients whose address is read once.
_REMEMBERED: Final = 1_000
_PLAIN: Final = frozenset((FORM, QUERY))
#: What some editors put before a text in UTF-8.
_BYTE_ORDER_MARK: Final = "\ufeff"
_UTF8: Final = frozenset(("utf-8", "utf8", "us-ascii"))


@dataclass(frozen=True)
class SparqlRequest:
    """A query, and how it is to be answered."""

    query: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    format: str | None
    timeout: float | None


async def read_sparql_request(request: Request, most_bytes: int) -> SparqlRequest:
    """Read a request by GET, or by POST of a form or of the query itself.

    Args:
        request: the request; its body is read.
        most_bytes: what the body, or the query in the address, may have.

    Raises:
        HTTPException: the body is too large (413), of another type or coded (415), or never
            comes whole (400, which nobody gets).
        QuerySyntaxError: no UTF-8.
        ParameterError: not exactly one query, or another parameter is wrong.
        UpdateRefusedError: an update.
    """
    given = parameters(request)
    if request.scope["method"] == "POST":
        media_type = _media_type(request)
        body = await _body(request, most_bytes)
        if media_type == QUERY:
            given.append(("query", _text(body)))
        else:
            given += _parse(body)
    values: dict[str, list[str]] = {}
    for name, value in given:
        values.setdefault(name, []).append(value)
    if "update" in values:
        raise UpdateRefusedError("updates are refused; this endpoint only answers queries")
    queries = values.get("query", [])
    if len(queries) != 1:
        raise ParameterError(f"expected one parameter 'query', found {len(queries)}")
    if len(queries[0].encode()) > most_bytes:
        raise _too_large(most_bytes)
    return SparqlRequest(
        query=without_escapes(queries[0].removeprefix(_BYTE_ORDER_MARK)),
        default_graphs=tuple(values.get("default-graph-uri", ())),
        named_graphs=tuple(values.get("named-graph-uri", ())),
        format=next(iter(values.get("format", ())), None),  # SPARQLWrapper may send two
        timeout=read_timeout(_only(values, "timeout") or None),  # a form sends an empty field
    )


def parameters(request: Request) -> list[tuple[str, str]]:
    """Return the parameters in the address of a request.

    Raises:
        QuerySyntaxError: they are no UTF-8.
    """
    return _parse(request.scope["query_string"])


def client_of(request: Request) -> str:
    """Return what tells one client from another: its IPv4 address, or its IPv6 network of 64 bits.

    A site has such a network at least, and so as many addresses in it as it likes.
    """
    client = request.scope.get("client")
    return "unknown" if client is None else _client_at(client[0])


@lru_cache(_REMEMBERED)
def _client_at(host: str) -> str:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def single(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return parameters by their names.

    Raises:
        ParameterError: one is given twice.
    """
    values: dict[str, str] = {}
    for name, value in given:
        if name in values:
            raise _twice(name)
        values[name] = value
    return values


def format_parameter(request: Request) -> str | None:
    """Return the ``format`` parameter of a request that takes no other."""
    return next((value for name, value in parameters(request) if name == "format"), None)


def read_timeout(text: str | None) -> float | None:
    """Return the seconds of a ``timeout`` parameter.

    Raises:
        ParameterError: it is no number above 0.
    """
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ParameterError(f"timeout must be a number of seconds above 0, not {text[:60]!r}")
    return seconds


def _parse(encoded: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form, as ``parse_qsl`` does, in a fifth of the time."""
    fields = encoded.split(b"&", _MOST_PARAMETERS)
    if len(fields) > _MOST_PARAMETERS:
        raise ParameterError(f"more than {_MOST_PARAMETERS} parameters")
    try:
        encoded.decode("ascii")
        pairs = (field.partition(b"=") for field in fields if field)
        return [(_unquoted(name), _unquoted(value)) for name, _, value in pairs]
    except UnicodeDecodeError as error:
        raise QuerySyntaxError("the request is not UTF-8, percent-encoded") from error


def _unquoted(text: bytes) -> str:
    """Return what a text stands for that is percent-encoded; a % that begins no escape is one.

    It is read as quoted-printable, whose escapes begin with another sign, for that is done in C.
    """
    text = text.replace(b"+", b" ")
    if b"%" in text:
        if len(list(islice(_NO_ESCAPE.finditer(text), _MOST_BROKEN))) == _MOST_BROKEN:
            raise QuerySyntaxError("the request is not percent-encoded")
        text = _NO_ESCAPE.sub(b"%25", text).replace(b"=", b"=3D").replace(b"%", b"=")
        text = binascii.a2b_qp(text)
    return text.decode("utf-8")


def _only(values: dict[str, list[str]], name: str) -> str | None:
    """Return the one value of a parameter; None without one."""
    given = values.get(name)
    if given is None:
        return None
    if len(given) > 1:
        raise _twice(name)
    return given[0]


def _twice(name: str) -> ParameterError:
    return ParameterError(f"the parameter {name} is given twice")


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        column = error.start - body.rfind(b"\n", 0, error.start)
        raise QuerySyntaxError("this byte is not UTF-8", line, column) from error


def _media_type(request: Request) -> str:
    """Return the type of the body: one of the two of the protocol, in UTF-8, not compressed."""
    coding = header(request, b"content-encoding")
    if coding is not None and coding.strip().lower() != "identity":
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"A body must be sent as it is, not in the coding {coding[:60]}.",
            {"Accept-Encoding": "identity"},
        )
    content_type = header(request, b"content-type")
    if content_type in _PLAIN:
        return str(content_type)
    if content_type is None and header(request, b"content-length") == "0":
        return FORM  # empty: R's clients post so, with all parameters in the address
    media_type, *parts = (content_type or "").lower().split(";")
    options = dict(part.strip().partition("=")[::2] for part in parts)
    charset = options.get("charset", "utf-8").strip('"')
    if media_type.strip() == UPDATE:
        raise UpdateRefusedError("updates are refused; this endpoint only answers queries")
    if media_type.strip() not in (FORM, QUERY) or charset not in _UTF8:
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"A POST must have a body of type {QUERY} or {FORM}, in UTF-8.",
            {"Accept-Post": f"{QUERY}, {FORM}"},
        )
    return media_type.strip()


async def _body(request: Request, most_bytes: int) -> bytes:
    """Read the body; it may be percent-encoded, and so three times as long as the query.

    One that is announced as too large is not asked for.
    """
    most = 3 * most_bytes + 4096
    announced = header(request, b"content-length") or ""
    if announced.isdecimal() and int(announced[:20]) > most:
        raise _too_large(most_bytes)
    body = bytearray()
    while True:  # and not by ``Request.stream``, whose generator takes longer than what it does
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise HTTPException(HTTPStatus.BAD_REQUEST, "The body did not come whole.")
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most_bytes)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(most_bytes: int) -> HTTPException:
    return HTTPException(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A query may have {most_bytes:,} bytes at most."
    )
