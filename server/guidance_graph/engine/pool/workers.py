# SPDX-License-Identifier: EUPL-1.2
"""The workers of a pool: so many stand ready for light queries, and others are set apart.

Where one has ended, another is started, as long as there is a pool.
"""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, Final

from guidance_graph.engine.pool.forking import ForkServer
from guidance_graph.engine.pool.process import Worker
from guidance_graph.terms.errors import EngineBusyError, GuidanceGraphError

_LOG: Final = logging.getLogger(__name__)
#: Seconds; a fork takes some milliseconds.
_TIME_TO_START: Final = 10.0
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0


class Workers:
    """Workers from one fork server.

    Attributes:
        started: those started so far.
    """

    def __init__(self, server: ForkServer, size: int) -> None:
        """Take what is needed to start.

        Args:
            server: forks them.
            size: how many stand ready.
        """
        self._server = server
        self._size = size
        self._idle: list[Worker] = []  # the last to have answered is the first to be taken
        self._offered = asyncio.Event()
        self._ready: set[Worker] = set()
        self._apart: set[Worker] = set()
        self._closed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._trouble = ""
        self.started = 0

    @property
    def processes(self) -> tuple[int, ...]:
        """The numbers of the processes that can answer, or are answering."""
        return tuple(worker.pid for worker in self._ready | self._apart if worker.alive)

    async def start(self) -> None:
        """Start those that stand ready; return when each can answer.

        Raises:
            ReleaseError: what they ask cannot be opened.
            EngineError: they do not start.
        """
        starting = (self._server.fork() for _ in range(self._size))
        started = await asyncio.gather(*starting, return_exceptions=True)
        failures = [failure for failure in started if isinstance(failure, BaseException)]
        if failures:
            await self._server.stop()
            raise failures[0]
        for worker in started:
            if isinstance(worker, Worker):
                self._offer(worker)

    def take_at_once(self) -> Worker | None:
        """Return one that stands ready, if there is one."""
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
        return None

    async def take(self) -> Worker:
        """Wait for one that stands ready; at most one for each place is being started.

        Raises:
            EngineBusyError: there is none, and none can be started, or not in time.
        """
        if self._trouble and not self._idle:
            raise EngineBusyError(f"no worker can be started: {self._trouble}")
        try:
            async with asyncio.timeout(_TIME_TO_START):
                while (worker := self.take_at_once()) is None:
                    self._offered.clear()
                    await self._offered.wait()
        except TimeoutError:
            raise EngineBusyError("no worker could be started in time") from None
        return worker

    def give_back(self, worker: Worker) -> None:
        """Have one stand ready again, unless it was set apart."""
        if worker in self._apart:
            worker.kill()
        else:
            self._put(worker)

    def set_apart(self, worker: Worker) -> None:
        """Have one that answers a query go on with the lowest priority, and replace it."""
        self._ready.discard(worker)
        self._put_apart(worker)
        self._begin(self._supply())

    async def start_apart(self) -> Worker:
        """Start one of the lowest priority.

        Raises:
            EngineError: it does not start.
        """
        worker = await self._server.fork()
        self.started += 1
        self._put_apart(worker)
        return worker

    async def close(self) -> None:
        """End them all."""
        self._closed.set()
        await self._server.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _put(self, worker: Worker) -> None:
        self._idle.append(worker)
        self._offered.set()

    def _put_apart(self, worker: Worker) -> None:
        self._apart.add(worker)
        worker.give_way()
        self._begin(self._forget(worker))

    async def _forget(self, worker: Worker) -> None:
        await worker.ended()
        self._apart.discard(worker)

    def _offer(self, worker: Worker) -> None:
        """Have a new one stand ready."""
        self.started += 1
        self._ready.add(worker)
        self._put(worker)
        self._begin(self._keep(worker))

    async def _keep(self, worker: Worker) -> None:
        """Replace one that stood ready when it has ended."""
        await worker.ended()
        worker.kill()
        if worker in self._ready:
            self._ready.discard(worker)
            await self._supply()

    async def _supply(self) -> None:
        """Start one that stands ready, trying until there is one or all is over."""
        pause = _FIRST_PAUSE
        while not self._closed.is_set():
            try:
                self._offer(await self._server.fork())
            except GuidanceGraphError as error:
                if self._closed.is_set():
                    return
                if str(error) != self._trouble:
                    self._trouble = str(error)
                    _LOG.error("No new worker, and trying again: %s", self._trouble)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._closed.wait()
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                self._trouble = ""
                return

    def _begin(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Have something done beside all else, until all is over."""
        task = asyncio.create_task(coroutine, context=Context())  # it is of no request
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
