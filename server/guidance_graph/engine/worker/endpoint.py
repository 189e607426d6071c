# SPDX-License-Identifier: EUPL-1.2
"""Answer a query from a SPARQL 1.1 endpoint elsewhere.

What asks another engine is a worker process too, as ``worker`` has it, so that it is stopped
like every other worker, and its connection with it.

Every answer is read and written anew. It is asked for in the one format that each engine gives,
counted, and found to be whole: at limits of their own, engines send half a document in a response
that looks complete, or say so in a header only.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import IO, Final, Self, cast

import httpx

from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.backend.connection import complaint, connect, failure
from guidance_graph.engine.formats import QueryForm
from guidance_graph.engine.text.nesting import too_deep
from guidance_graph.engine.text.prologue import anchored
from guidance_graph.engine.text.tokens import query_form
from guidance_graph.engine.worker import walls
from guidance_graph.engine.worker.frames import Request
from guidance_graph.engine.worker.oxigraph import check_syntax, rewrite
from guidance_graph.terms.errors import (
    BackendError,
    EngineBusyError,
    GuidanceGraphError,
    QuerySyntaxError,
    QueryTimeoutError,
    ResultTooLargeError,
)

#: For each media type that is asked for, what it is called here.
_SOLUTIONS: Final = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
}
_GRAPHS: Final = {
    "application/n-triples": "nt",
    "text/plain": "nt",
    "text/turtle": "ttl",
    "application/x-turtle": "ttl",
}
_ACCEPT_SOLUTIONS: Final = "application/sparql-results+json, application/sparql-results+xml;q=0.5"
_ACCEPT_GRAPH: Final = "application/n-triples, text/turtle;q=0.5"

#: What the document ends with, where it has an end to be known by.
_END: Final = {"json": b"}", "xml": b">"}

#: Virtuoso calls blank nodes so, which is no label of one. No string can imitate it: there the
#: quotes would be escaped, or the angle bracket.
_VIRTUOSO_NODES: Final = (
    (b'"bnode", "value": "nodeID://', b'"bnode", "value": "'),
    (b"<bnode>nodeID://", b"<bnode>"),
)
_LONGEST: Final = max(len(written) for written, _ in _VIRTUOSO_NODES)

_UNAVAILABLE: Final = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
_LATE: Final = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.GATEWAY_TIMEOUT)


class Endpoint:
    """A SPARQL endpoint, asked by POST of a form, for Virtuoso answers no other."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        self._url = url

    @classmethod
    def at(cls, backend: Backend) -> Self:
        """Return the endpoint of another engine; nothing is asked of it yet."""
        return cls(connect(backend), backend.url)

    def answer(self, request: Request, send: Callable[[bytes], None]) -> tuple[int, int]:
        """Ask the endpoint; see ``worker.Answers``.

        Raises:
            QueryError: the query cannot be answered as it stands.
            EngineError: the endpoint cannot be reached, fails, or gives no whole answer.
        """
        if (deep := too_deep(request.text)) is not None:
            raise deep  # the other engine, and not only a worker, may end with it
        with walls.no_new_files():
            check_syntax(request)
        form = query_form(request.text)
        try:
            with self._asked(request, form) as response:
                written_in = _format_of(response, form)
                body = _Body(response.iter_bytes())
                counted = rewrite(cast(IO[bytes], body), written_in, request, send)
                body.readall()
        except httpx.HTTPError as error:
            raise failure(error) from error
        if body.end != _END.get(written_in, body.end):
            raise BackendError("the engine behind this server gave an answer that is cut")
        return counted

    @contextmanager
    def _asked(self, request: Request, form: QueryForm) -> Iterator[httpx.Response]:
        """Send the query; give the response, whose head says that it is an answer.

        Raises:
            GuidanceGraphError: the head says something else.
        """
        asked = self._client.build_request(
            "POST",
            self._url,
            data={
                "query": anchored(request.text),
                "default-graph-uri": list(request.default_graphs or ()),
                "named-graph-uri": list(request.named_graphs or ()),
            },
            headers={"Accept": _ACCEPT_GRAPH if form.gives_graph else _ACCEPT_SOLUTIONS},
        )
        try:
            response = self._client.send(asked, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # The connection may have been closed at the other end while nothing was asked.
            response = self._client.send(asked, stream=True)
        with closing(response):
            if response.status_code != httpx.codes.OK:
                response.read()
                raise _error_of(response)
            _refuse_cut(response, form)
            yield response


class _Body(io.RawIOBase):
    """The bytes of a response, to be read as a file; ``end`` is the last that is no space."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self.end = b""
        self._chunks = chunks
        self._ready = b""
        self._held = b""

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Fill a buffer; return how many bytes there were, 0 at the end."""
        while not self._ready:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ready, self._held = self._held, b""
                break
            self._take(chunk)
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def _take(self, chunk: bytes) -> None:
        """Make a chunk ready, but for a tail that may begin what is to be replaced."""
        self.end = chunk.rstrip()[-1:] or self.end
        whole = self._held + chunk
        for written, meant in _VIRTUOSO_NODES:
            whole = whole.replace(written, meant)
        kept = max(len(whole) - _LONGEST + 1, 0)
        self._ready, self._held = whole[:kept], whole[kept:]


def _format_of(response: httpx.Response, form: QueryForm) -> str:
    """Return the name of the format of an answer.

    Raises:
        BackendError: it is in none that was asked for.
    """
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    known = _GRAPHS if form.gives_graph else _SOLUTIONS
    if media_type not in known:
        raise BackendError(
            f"the engine behind this server answered {form} with {media_type or 'no media type'},"
            " which is no answer; is the address that of its SPARQL endpoint?"
        )
    return known[media_type]


def _refuse_cut(response: httpx.Response, form: QueryForm) -> None:
    """Refuse an answer whose head says that it is cut, or does not say where it ends.

    Virtuoso names its limit on rows where an answer has reached it, and the state of a query that
    it stopped. Triples one to a line end nowhere: where only the connection ends, so may they.

    Raises:
        EngineError: the answer is cut, or could be without anyone knowing.
    """
    headers = response.headers
    if "X-SPARQL-MaxRows" in headers:
        most = headers["X-SPARQL-MaxRows"]
        raise ResultTooLargeError(f"the engine behind this server gives {most} rows at most")
    if "X-SQL-State" in headers:
        raise QueryTimeoutError("the engine behind this server stopped the query before its end")
    if form.gives_graph and not {"content-length", "transfer-encoding"} & headers.keys():
        raise BackendError("the engine behind this server does not say where its answer ends")


def _error_of(response: httpx.Response) -> GuidanceGraphError:
    """Return what a status says that is not 200."""
    status, said = response.status_code, complaint(response)
    if status == httpx.codes.BAD_REQUEST:
        return QuerySyntaxError(f"the engine behind this server does not take the query: {said}")
    if status in _UNAVAILABLE:
        return EngineBusyError(f"the engine behind this server is busy: {said}")
    if status in _LATE:
        return QueryTimeoutError(f"the engine behind this server stopped the query: {said}")
    return BackendError(f"the engine behind this server failed: {said}")
