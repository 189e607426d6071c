# SPDX-License-Identifier: EUPL-1.2
"""A worker process as the pool sees it: send, receive, kill, and why it died."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from typing import Final

import psutil

from guidance_graph.engine.pool.link import Link
from guidance_graph.engine.text.nesting import too_deep
from guidance_graph.engine.text.tokens import beside
from guidance_graph.engine.worker.frames import Frame
from guidance_graph.terms.errors import (
    EngineError,
    GuidanceGraphError,
    QueryMemoryError,
    QueryTimeoutError,
)

#: What comes at the end of a stack, and perhaps at that of the memory.
_OUT_OF_STACK: Final = signal.SIGSEGV
_OUT_OF_MEMORY: Final = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS)
#: Characters of a query in which what ended a stack is looked for; that takes a tenth of a second.
_LOOKED_THROUGH: Final = 1 << 16
_OUT_OF_TIME: Final = (signal.SIGALRM, signal.SIGXCPU)
_LOWEST_PRIORITY: Final = 19


class Worker:
    """A process that answers queries, and the link to it."""

    def __init__(self, process: int, link: Link, kill: Callable[[int], None]) -> None:
        """Take what is there already.

        Args:
            process: its number.
            link: the link to it.
            kill: ends the process of a number.
        """
        self._process = process
        self._link = link
        self._kill = kill
        self._end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        #: Seconds of the processor that it had used when its last query ended, as it tells.
        self.used_before = 0.0

    @property
    def used(self) -> float:
        """Seconds of the processor that its query has used so far."""
        try:
            times = psutil.Process(self._process).cpu_times()
        except psutil.Error:  # it has just ended
            return 0.0
        return float(times.user + times.system) - self.used_before

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process

    @property
    def alive(self) -> bool:
        """Whether it can be sent a query, as far as is known."""
        return not self._end.done() and not self._link.ended

    def begin(self, request: Frame) -> None:
        """Have it answer a query; where it is gone, the next wait for a frame tells."""
        self._link.write(request)

    async def receive(self) -> Frame:
        """Wait for a frame.

        Raises:
            EOFError: the worker is gone.
        """
        return await self._link.receive()

    async def whole(self, within: float) -> list[Frame] | None:
        """Wait for an answer that comes whole in so many seconds; see ``Link.whole``."""
        return await self._link.whole(within)

    def give_way(self) -> None:
        """Have it run only while no other process wants the processor."""
        if not self._end.done():
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, self._process, _LOWEST_PRIORITY)

    def kill(self) -> None:
        """End it at once, if it has not ended; what it still had to say is dropped."""
        self._link.close()
        if not self._end.done():
            self._kill(self._process)

    async def stop(self) -> None:
        """Kill it, and wait until it is gone."""
        self.kill()
        await self.ended()

    async def ended(self) -> int:
        """Wait for its end; return its exit status, negative for a signal."""
        return await asyncio.shield(self._end)

    def end(self, status: int) -> None:
        """Note that it has ended; the fork server tells."""
        if not self._end.done():
            self._end.set_result(status)

    async def cause_of_death(self, text: str) -> GuidanceGraphError:
        """Return, as an error, why it ended while it had a query.

        Args:
            text: the query.
        """
        status = await self.ended()
        if -status == _OUT_OF_STACK:
            deep = await beside(too_deep, text[:_LOOKED_THROUGH])
            if deep is not None:
                return deep
        if -status in _OUT_OF_MEMORY:
            return QueryMemoryError("the query was stopped: it takes more memory than it may")
        if -status in _OUT_OF_TIME:
            return QueryTimeoutError("the query was stopped: it took longer than allowed")
        return EngineError(f"the worker that ran the query ended (status {status})")
