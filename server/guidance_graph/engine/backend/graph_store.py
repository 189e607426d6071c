# SPDX-License-Identifier: EUPL-1.2
"""A graph store elsewhere: put, get and delete its graphs (SPARQL 1.1 Graph Store Protocol)."""

from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import httpx

from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.backend.connection import complaint, connect, failure
from guidance_graph.terms.errors import BackendError

_N_TRIPLES: Final = "application/n-triples"
_ACCEPT: Final = "application/n-triples, text/turtle;q=0.5"


class GraphStore:
    """A graph store, for use in a ``with`` statement; a graph without a name is the default one."""

    def __init__(self, backend: Backend) -> None:
        self._client = connect(backend)
        self._url = backend.url

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.__exit__(kind, error, traceback)

    def put(self, graph: str | None, triples: bytes) -> None:
        """Make a graph of these triples, in N-Triples, in place of what it had.

        Raises:
            BackendError: the store cannot be reached, or does not take them.
        """
        self._send("PUT", graph, triples)

    def get(self, graph: str | None) -> tuple[bytes, str]:
        """Return the triples of a graph, none where there is no such graph, and their media type.

        Raises:
            BackendError: the store cannot be reached, or does not give them.
        """
        response = self._send("GET", graph)
        media_type = response.headers.get("Content-Type", _N_TRIPLES).partition(";")[0].strip()
        if response.status_code == httpx.codes.NOT_FOUND:
            return b"", _N_TRIPLES
        return response.content, media_type

    def delete(self, graph: str | None) -> None:
        """Remove a graph, if there is one.

        Raises:
            BackendError: the store cannot be reached, or does not remove it.
        """
        self._send("DELETE", graph)

    def _send(self, method: str, graph: str | None, content: bytes | None = None) -> httpx.Response:
        which = f"graph={quote(graph, safe='')}" if graph else "default"
        url = f"{self._url}{'&' if '?' in self._url else '?'}{which}"
        headers = {"Accept": _ACCEPT} if method == "GET" else {}
        if content is not None:
            headers["Content-Type"] = _N_TRIPLES
        try:
            response = self._client.request(method, url, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise failure(error) from error
        missing = response.status_code == httpx.codes.NOT_FOUND and method != "PUT"
        if not (response.is_success or missing):
            raise BackendError(
                f"the graph store does not {method} {graph or 'the default graph'}:"
                f" {complaint(response)}"
            )
        return response
