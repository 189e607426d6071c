# SPDX-License-Identifier: EUPL-1.2
"""A client of the SPARQL 1.1 Protocol that adds little of its own to what it measures."""

import http.client
import json
from dataclasses import dataclass
from time import perf_counter
from typing import Final, Self
from urllib.parse import urlencode, urlsplit

from tests.bench.cases import Case

#: The query as it is, or as a field of a form, for engines that know no other way.
DIRECT: Final = "application/sparql-query"
FORM: Final = "application/x-www-form-urlencoded"

#: What tells that the other side closed the connection before it read the request.
_CLOSED: Final = (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected)


class NoAnswerError(Exception):
    """An answer that is not there, not whole, or not what was asked for."""


@dataclass(frozen=True)
class Reply:
    """What came, and the seconds from the first byte sent to the last one read."""

    body: bytes
    seconds: float


class Client:
    """One connection, kept open."""

    def __init__(self, url: str, body_type: str = DIRECT, timeout: float = 60.0) -> None:
        """Take what is needed; the connection is opened by the first query.

        Args:
            url: where queries are sent.
            body_type: how they are sent: ``DIRECT`` or ``FORM``.
            timeout: seconds without a byte after which there is no answer.
        """
        parts = urlsplit(url)
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._body_type = body_type

    def ask(self, case: Case) -> Reply:
        """Send a query and read its answer.

        Raises:
            NoAnswerError: no answer with status 200 came whole.
        """
        try:
            try:
                status, reply = self._send(case)
            except _CLOSED:  # a server may close a connection that was not used for a while
                self.close()
                status, reply = self._send(case)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswerError(f"{case.name}: {error or type(error).__name__}") from error
        if status != 200:
            raise NoAnswerError(f"{case.name}: {status} {reply.body[:300]!r}")
        return reply

    def _send(self, case: Case) -> tuple[int, Reply]:
        """Send a query and read what comes; the time is without that of connecting."""
        body = encoded(case.text, self._body_type)
        headers = {"Content-Type": self._body_type, "Accept": case.accept}
        if self._connection.sock is None:
            self._connection.connect()
        start = perf_counter()
        self._connection.request("POST", self._path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        return response.status, Reply(content, perf_counter() - start)

    def close(self) -> None:
        """Close the connection; the next query opens another."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def encoded(text: str, body_type: str) -> bytes:
    """Return the body of a request for a query."""
    return (urlencode({"query": text}) if body_type == FORM else text).encode()


def rows_of(body: bytes, *, graph: bool) -> int:
    """Return the solutions, or the triples, of a whole answer; 1 for a boolean.

    Raises:
        NoAnswerError: it is cut, or no answer at all.
    """
    if graph:
        return sum(1 for line in body.splitlines() if line.strip() and not line.startswith(b"#"))
    try:
        read = json.loads(body)
        return 1 if "boolean" in read else len(read["results"]["bindings"])
    except (ValueError, KeyError, TypeError) as error:
        raise NoAnswerError(f"this is no whole answer: {body[:100]!r} … {body[-100:]!r}") from error
