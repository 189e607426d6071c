# SPDX-License-Identifier: EUPL-1.2
"""Ask an endpoint elsewhere, at an address on the internet and at no other.

The name is looked up once, and the connection made to one of the addresses that came of it and were
checked, so that a name that means another machine a moment later is of no use. No redirect is
followed, and no proxy, cookie or password taken from anywhere; each question has its connection.
"""

import asyncio
import contextlib
import ssl
import zlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import cache
from typing import Final

import httpx

from guidance_graph import __version__
from guidance_graph.engine.federation.addresses import Address, is_public, look_up
from guidance_graph.engine.federation.listed import ServiceAddress
from guidance_graph.terms.errors import (
    GuidanceGraphError,
    QueryRefusedError,
    ResultTooLargeError,
    ServiceError,
)
from guidance_graph.terms.namespaces import BASE

_TIME_TO_CONNECT: Final = 3.0
_MOST_TRIED: Final = 4
_ACCEPT: Final = "application/sparql-results+json, application/sparql-results+xml;q=0.5"
_GZIP: Final = zlib.MAX_WBITS | 16
_EXCERPT: Final = 200
_LOOKED_AT: Final = 4096

LookUp = Callable[[str, int], Awaitable[Sequence[Address]]]


class ServiceClient:
    """Sends a query to an endpoint; see the module for how."""

    def __init__(
        self,
        may_connect: Callable[[Address], bool] = is_public,
        look_up: LookUp = look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Take what is needed; the defaults are what a server runs with.

        Args:
            may_connect: whether an address may be connected to.
            look_up: gives the addresses of a host and port.
            tls: whom to trust; by default, whom the system trusts.
        """
        self._may_connect = may_connect
        self._look_up = look_up
        self._tls: ssl.SSLContext | None = tls

    async def ask(self, service: ServiceAddress, query: str, most: int) -> tuple[bytes, str]:
        """Return what an endpoint answers, and its media type.

        It waits as long as it is let; leaving it closes the connection.

        Args:
            service: the endpoint.
            query: a SELECT.
            most: bytes that the answer may have, also before they are decompressed.

        Raises:
            QueryRefusedError: its name stands for an address that is not public.
            ServiceError: it cannot be reached, or gives no whole answer.
            ResultTooLargeError: the answer is larger.
        """
        addresses = await self._addresses(service)
        tls = await asyncio.to_thread(_system_trust) if self._tls is None else self._tls
        async with httpx.AsyncClient(
            verify=tls,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=_TIME_TO_CONNECT),
        ) as client:
            try:
                response = await _send(client, service, addresses, query)
                async with aclosing(response):
                    return await _read(service, response, most)
            except httpx.HTTPError as error:
                unreached = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                what = "cannot be reached" if unreached else "broke off its answer"
                raise ServiceError(
                    str(service), f"{what}: {error or type(error).__name__}"
                ) from error

    async def _addresses(self, service: ServiceAddress) -> Sequence[Address]:
        """Return the addresses of an endpoint, of which each may be connected to.

        Raises:
            QueryRefusedError: one of them may not.
            ServiceError: it has none.
        """
        try:
            addresses = await self._look_up(service.host, service.port)
        except OSError as error:
            raise ServiceError(
                str(service), f"cannot be found: {error.strerror or error}"
            ) from error
        if not addresses:
            raise ServiceError(str(service), "cannot be found: its name has no address")
        if not all(map(self._may_connect, addresses)):
            raise QueryRefusedError(
                f"the service <{service}> is refused; its address is not a public one"
            )
        return addresses[:_MOST_TRIED]


@cache
def _system_trust() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _send(
    client: httpx.AsyncClient, service: ServiceAddress, addresses: Sequence[Address], query: str
) -> httpx.Response:
    """Send a query to the first address that takes the connection; return the head of the answer.

    Raises:
        httpx.HTTPError: none takes it.
    """
    for left, address in zip(range(len(addresses))[::-1], addresses, strict=True):
        host = f"[{address}]" if address.version == 6 else str(address)
        request = client.build_request(
            "POST",
            f"{service.scheme}://{host}:{service.port}{service.target}",
            data={"query": query},
            headers={
                "Host": service.authority,
                "Accept": _ACCEPT,
                "Accept-Encoding": "gzip",
                "User-Agent": f"guidance-graph/{__version__} ({BASE})",
            },
            extensions={"sni_hostname": service.host},
        )
        try:
            return await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if not left:
                raise
    raise AssertionError("there is an address")


async def _read(service: ServiceAddress, response: httpx.Response, most: int) -> tuple[bytes, str]:
    """Return the body of a response that answers the query, and its media type.

    Raises:
        ServiceError: it does not, or not wholly.
        ResultTooLargeError: it is too large.
    """
    if response.is_redirect:
        raise ServiceError(
            str(service), f"sends its clients elsewhere ({response.status_code}), which is refused"
        )
    if response.status_code != httpx.codes.OK:
        said = f"answered {response.status_code} {response.reason_phrase}".strip()
        raise ServiceError(str(service), said + await _excerpt(service, response))
    # Virtuoso names its limit on rows where an answer has reached it, and a query that it stopped.
    if any(name in response.headers for name in ("X-SPARQL-MaxRows", "X-SQL-State")):
        raise ServiceError(str(service), "cut its answer at a limit of its own")
    body = _Body(service, response, most)
    async for chunk in response.aiter_raw():
        body.feed(chunk)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return body.whole(), media_type


async def _excerpt(service: ServiceAddress, response: httpx.Response) -> str:
    """Return the first line of an error, if it is text that can be read."""
    text = ""
    if "html" not in response.headers.get("Content-Type", ""):
        with contextlib.suppress(GuidanceGraphError):
            body = _Body(service, response, _LOOKED_AT)
            try:
                async for chunk in response.aiter_raw():
                    body.feed(chunk)
            finally:
                text = body.begun.decode("utf-8", "replace").strip().split("\n")[0][:_EXCERPT]
    line = "".join(each if each.isprintable() else " " for each in text)
    return f": {line}" if line else ""


class _Body:
    """The bytes of a body as they come; never more than may be kept, however small they came."""

    def __init__(self, service: ServiceAddress, response: httpx.Response, most: int) -> None:
        self._service = service
        self._most = most
        self._raw = 0
        self._pieces: list[bytes] = []
        self._gzip = None
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding in ("gzip", "x-gzip"):
            self._gzip = zlib.decompressobj(_GZIP)
        elif encoding not in ("", "identity"):
            raise ServiceError(str(service), f"compressed its answer as {encoding[:20]!r}")
        self.size = 0

    @property
    def begun(self) -> bytes:
        """What there is of it."""
        return b"".join(self._pieces)

    def feed(self, chunk: bytes) -> None:
        """Take some bytes.

        Raises:
            ServiceError: they are not compressed as the head says.
            ResultTooLargeError: they are too many.
        """
        self._raw += len(chunk)
        if self._gzip is not None:
            try:
                chunk = self._gzip.decompress(chunk, self._most - self.size + 1)
            except zlib.error as error:
                raise ServiceError(str(self._service), f"gave a broken answer: {error}") from error
        self.size += len(chunk)
        self._pieces.append(chunk)
        if max(self.size, self._raw) > self._most:
            raise ResultTooLargeError(
                f"the service <{self._service}> gives more than {self._most:,} bytes"
            )

    def whole(self) -> bytes:
        """Return all of it.

        Raises:
            ServiceError: what was compressed has not come to its end, or does not end there.
        """
        if self._gzip is not None and (not self._gzip.eof or self._gzip.unused_data):
            raise ServiceError(str(self._service), "gave an answer that is cut")
        return self.begun
