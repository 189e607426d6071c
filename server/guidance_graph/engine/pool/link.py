# SPDX-License-Identifier: EUPL-1.2
"""A socket to another process of this server, on which frames come and go."""

import asyncio
import socket
from collections import deque
from typing import Any, Final, Self, cast

from guidance_graph.engine.worker.frames import HEADER, KINDS, Frame, Kind
from guidance_graph.terms import errors
from guidance_graph.terms.errors import (
    EngineError,
    GuidanceGraphError,
    QuerySyntaxError,
    ReleaseError,
)

#: Bytes of frames that may have come and not been received, before no more are read.
_READ_AHEAD: Final = 1 << 17
#: With what an answer ends.
_ENDS: Final = (Kind.END, Kind.ERROR)


class Link(asyncio.Protocol):
    """A socket, and what has come there and was not yet received.

    Frames are taken apart as their bytes come: to wait for each header and each payload would take
    the loop several turns for an answer that came whole.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._needed = HEADER.size  # bytes that the next frame has, as far as is known
        self._frames: deque[Frame] = deque()
        self._held = 0
        self._resting = False  # no more is read for the time being
        self._over = False
        self._receiving: asyncio.Future[None] | None = None

    @classmethod
    async def over(cls, connection: socket.socket) -> Self:
        """Return the link over a socket, which is its own from now on."""
        loop = asyncio.get_running_loop()
        _, link = await loop.create_unix_connection(cls, sock=connection)
        return link

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._over and not self._frames

    def write(self, frame: Frame) -> None:
        """Send a frame; what cannot be taken at once is held, and dropped with the process."""
        if not self._over and self._transport is not None:
            self._transport.write(bytes(frame))

    async def receive(self) -> Frame:
        """Wait for a frame; one at a time waits.

        Raises:
            EOFError: the process is gone.
        """
        while not self._frames:
            if self._over:
                raise EOFError("the process is gone")
            self._receiving = asyncio.get_running_loop().create_future()
            await self._receiving
        frame = self._frames.popleft()
        self._held -= len(frame.payload)
        if self._resting and self._held <= _READ_AHEAD and self._transport is not None:
            self._resting = False
            self._transport.resume_reading()
        return frame

    async def whole(self, within: float) -> list[Frame] | None:
        """Wait for an answer that comes whole in a moment, and return its frames.

        Args:
            within: seconds.

        Returns:
            None where its end has not come; what has come can then be received.
        """
        late = False

        def be_late() -> None:
            nonlocal late
            late = True
            self._wake()

        loop = asyncio.get_running_loop()
        timer = loop.call_later(within, be_late)
        try:
            while not (late or self._over or self._resting):
                if self._frames and self._frames[-1].kind in _ENDS:
                    frames = list(self._frames)
                    self._frames.clear()
                    self._held = 0
                    return frames
                self._receiving = loop.create_future()
                await self._receiving
        finally:
            timer.cancel()
        return None

    async def ready(self) -> None:
        """Wait until the process says that it is ready.

        Raises:
            GuidanceGraphError: it says why it is not.
            EOFError: the process is gone.
        """
        frame = await self.receive()
        if frame.kind is not Kind.READY:
            raise error_of(frame.content)

    def close(self) -> None:
        """Close the socket; what has not been received is dropped."""
        self._frames.clear()
        if self._transport is not None:
            self._transport.abort()
        self._end()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take the frames that are whole now."""
        self._buffer += data
        place = 0
        while len(self._buffer) - place >= self._needed:
            kind, length = HEADER.unpack_from(self._buffer, place)
            end = place + HEADER.size + length
            if end > len(self._buffer):
                self._needed = end - place
                break
            self._frames.append(Frame(KINDS[kind], bytes(self._buffer[place + HEADER.size : end])))
            self._held += length
            self._needed = HEADER.size
            place = end
        del self._buffer[:place]
        if self._held > _READ_AHEAD and not self._resting and self._transport is not None:
            self._resting = True
            self._transport.pause_reading()
        if self._frames:
            self._wake()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 (it is gone)
        """Have whoever waits know that nothing more will come."""
        self._end()

    def _end(self) -> None:
        self._over = True
        self._wake()

    def _wake(self) -> None:
        if self._receiving is not None and not self._receiving.done():
            self._receiving.set_result(None)


def error_of(content: dict[str, Any]) -> GuidanceGraphError:
    """Return the error that the content of an ``ERROR`` frame describes."""
    kind = getattr(errors, content["error"])
    if kind is QuerySyntaxError:
        return QuerySyntaxError(content["reason"], content["line"], content["column"])
    if issubclass(kind, (ReleaseError, EngineError, errors.QueryError)):
        error: GuidanceGraphError = kind(content["reason"])
        return error
    return EngineError(content["reason"])
