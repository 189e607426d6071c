# SPDX-License-Identifier: EUPL-1.2
"""Answers gathered for clients of HTTP/1.0, and a bound on what is held of them.

HTTP/1.0 cannot say that an answer was cut, so it is sent when it is whole. Its query has ended then
and counts for no client, however slowly that client takes its answer; so a bound is set here.
"""

from collections import deque
from typing import Final

from fastapi import Response
from starlette.types import Receive, Scope, Send

from guidance_graph.engine.answer import Answer
from guidance_graph.terms.errors import EngineBusyError


class Room:
    """Room for so many bytes; where nothing else is held, there is some for any answer."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0

    async def gather(self, answer: Answer) -> "Gathered":
        """Wait for an answer until it is whole, and close it.

        Raises:
            EngineBusyError: there is no room for it.
            EngineError: it will not be whole.
        """
        gathered = Gathered(self)
        try:
            async with answer:
                async for chunk in answer:
                    gathered.take(chunk)
        except BaseException:
            gathered.drop()
            raise
        return gathered

    def change(self, size: int, beside: int) -> None:
        """Note bytes that are held from now on, or with a minus are not.

        Args:
            size: how many.
            beside: bytes that are held of the same answer.

        Raises:
            EngineBusyError: there is no room for them.
        """
        if size > 0 and self._held + size > self._most and self._held > beside:
            raise EngineBusyError(
                "too much is held for other clients of HTTP/1.0; by HTTP/1.1 an answer is sent as"
                " it is made"
            )
        self._held += size


class Gathered:
    """A whole answer in chunks, and the room that it takes."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._chunks: deque[bytes] = deque()
        self.size = 0

    def take(self, chunk: bytes) -> None:
        """Take a chunk.

        Raises:
            EngineBusyError: there is no room for it.
        """
        self._room.change(len(chunk), beside=self.size)
        self._chunks.append(chunk)
        self.size += len(chunk)

    def give(self) -> bytes:
        """Return the next chunk, and hold it no longer; nothing where there is none."""
        chunk = self._chunks.popleft() if self._chunks else b""
        self._room.change(-len(chunk), beside=0)
        self.size -= len(chunk)
        return chunk

    def drop(self) -> None:
        """Hold nothing."""
        while self.give():
            pass


class GatheredResponse(Response):
    """Sends a gathered answer, chunk by chunk as the client takes it."""

    def __init__(self, gathered: Gathered, headers: dict[str, str]) -> None:
        super().__init__(None, 200, headers | {"Content-Length": str(gathered.size)})
        self._gathered: Final = gathered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it; whatever happens, nothing is held afterwards."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while scope["method"] != "HEAD" and (chunk := self._gathered.give()):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._gathered.drop()
