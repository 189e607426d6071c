# SPDX-License-Identifier: EUPL-1.2
"""Bytes to a server and back, past any client that would send sound requests only."""

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import h11

#: Seconds after which a connection that says nothing hangs.
HANG = 60.0
#: How many times as many made-up requests as a run of all tests has time for.
TIMES = int(os.environ.get("GUIDANCE_GRAPH_FUZZ", "1"))


@dataclass(frozen=True)
class Answer:
    """One response."""

    status: int
    headers: dict[str, str]
    body: bytes


def connected(address: str) -> socket.socket:
    """A connection to a server that a test may write to."""
    host, _, port = address.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=HANG)


def received(connection: socket.socket) -> bytes:
    """Everything that comes until the server ends the connection."""
    content = b""
    try:
        while chunk := connection.recv(1 << 16):
            content += chunk
    except ConnectionResetError:
        pass
    return content


def exchange(address: str, *parts: bytes) -> bytes:
    """Send some parts, also where the server has ended the connection; return what comes."""
    with connected(address) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return received(connection)


def answers(content: bytes, methods: Iterable[str] = ()) -> list[Answer]:
    """The responses that some bytes are, each of them whole.

    Args:
        content: all that came over a connection.
        methods: those of the requests, GET where there are no more.

    Raises:
        h11.RemoteProtocolError: they are no responses.
    """
    found: list[Answer] = []
    given = iter(methods)
    while content:
        reader = h11.Connection(h11.CLIENT)
        method = next(given, "GET")
        reader.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
        reader.send(h11.EndOfMessage())
        reader.receive_data(content)
        reader.receive_data(b"")
        body = b""
        response: h11.Response | None = None
        while not isinstance(event := reader.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError(f"the response ends early: {event!r}")
        assert response is not None
        headers = {name.decode(): value.decode() for name, value in response.headers}
        found.append(Answer(response.status_code, headers, body))
        content = reader.trailing_data[0]
    return found
