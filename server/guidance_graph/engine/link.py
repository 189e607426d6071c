# SPDX-License-Identifier: EUPL-1.2
"""A socket to another process of this server, on which frames come and go."""

import asyncio
import socket
from typing import Any, Final, Self

from guidance_graph.engine.frames import HEADER, Frame, Kind
from guidance_graph.terms import errors
from guidance_graph.terms.errors import (
    EngineError,
    GuidanceGraphError,
    QuerySyntaxError,
    ReleaseError,
)

_READ_AHEAD: Final = 1 << 16


class Link:
    """A socket, and what has come there and was not yet received."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, connection: socket.socket) -> Self:
        """Return the link over a socket, which is its own from now on."""
        return cls(*await asyncio.open_unix_connection(sock=connection, limit=_READ_AHEAD))

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._reader.at_eof()

    async def send(self, frame: Frame) -> None:
        """Send a frame.

        Raises:
            ConnectionError: the process is gone.
        """
        self._writer.write(bytes(frame))
        await self._writer.drain()

    async def receive(self) -> Frame:
        """Wait for a frame.

        Raises:
            EOFError: the process is gone.
            ConnectionError: likewise.
        """
        kind, length = HEADER.unpack(await self._reader.readexactly(HEADER.size))
        return Frame(Kind(kind), await self._reader.readexactly(length))

    async def ready(self) -> None:
        """Wait until the process says that it is ready.

        Raises:
            GuidanceGraphError: it says why it is not.
            EOFError: the process is gone.
            ConnectionError: likewise.
        """
        frame = await self.receive()
        if frame.kind is not Kind.READY:
            raise error_of(frame.content)

    def close(self) -> None:
        """Close the socket; what has not been received is dropped."""
        self._writer.transport.abort()


def error_of(content: dict[str, Any]) -> GuidanceGraphError:
    """Return the error that the content of an ``ERROR`` frame describes."""
    kind = getattr(errors, content["error"])
    if kind is QuerySyntaxError:
        return QuerySyntaxError(content["reason"], content["line"], content["column"])
    if kind in (ReleaseError, *EngineError.__subclasses__(), *errors.QueryError.__subclasses__()):
        error: GuidanceGraphError = kind(content["reason"])
        return error
    return EngineError(content["reason"])
