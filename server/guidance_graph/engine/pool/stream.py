# SPDX-License-Identifier: EUPL-1.2
"""The bytes of an answer between the worker that makes them and the client that reads them."""

import asyncio
from collections import deque
from typing import Final, Self

from guidance_graph.engine.answer import Cost
from guidance_graph.engine.worker.frames import CHUNK
from guidance_graph.terms.errors import GuidanceGraphError

#: Chunks that may wait for the client; so an answer of half a mebibyte holds up no worker, however
#: slow its client.
READ_AHEAD: Final = (1 << 19) // CHUNK


class Stream:
    """An iterator over the chunks of an answer, and the other end where they are put in.

    Attributes:
        cost: what the answer took, once the iteration has come to its end.
    """

    def __init__(self) -> None:
        self.cost: Cost | None = None
        self._items: deque[bytes | Cost | GuidanceGraphError] = deque()
        self._came: asyncio.Future[None] | None = None
        self._went: asyncio.Future[None] | None = None
        self._first: bytes | None = None
        self._over = False
        self._task: asyncio.Task[None] | None = None

    def come_from(self, task: asyncio.Task[None]) -> None:
        """Name the task that puts the chunks in; closing the stream cancels it."""
        self._task = task

    @property
    def is_full(self) -> bool:
        """Whether the client has to take something before more can be put in."""
        return len(self._items) >= READ_AHEAD

    async def put(self, chunk: bytes) -> None:
        """Put in a chunk, when there is room; one at a time waits for that."""
        while self.is_full:
            self._went = asyncio.get_running_loop().create_future()
            await self._went
        self._add(chunk)

    def end(self, cost: Cost) -> None:
        """Say that the answer is whole."""
        self._add(cost)

    def fail(self, error: GuidanceGraphError) -> None:
        """Say that the answer will not be whole; what has not been read of it is dropped."""
        self._items.clear()
        self._add(error)
        _wake(self._went)

    async def begin(self) -> None:
        """Wait for the first chunk, and keep it for the iteration.

        Raises:
            GuidanceGraphError: the answer failed before it.
        """
        try:
            self._first = await anext(self, b"")
        except BaseException:
            await self.aclose()
            raise

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Return the next chunk.

        Raises:
            GuidanceGraphError: the answer failed.
        """
        if self._first:
            chunk, self._first = self._first, None
            return chunk
        if self._over:
            raise StopAsyncIteration
        while not self._items:
            self._came = asyncio.get_running_loop().create_future()
            await self._came
        item = self._items.popleft()
        if isinstance(item, bytes):
            _wake(self._went)
            return item
        self._over = True
        if isinstance(item, GuidanceGraphError):
            raise item
        self.cost = item
        raise StopAsyncIteration

    def _add(self, item: bytes | Cost | GuidanceGraphError) -> None:
        self._items.append(item)
        _wake(self._came)

    async def aclose(self) -> None:
        """Stop the query, if it still runs."""
        self._over = True
        self._first = None
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
