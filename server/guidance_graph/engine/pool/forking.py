# SPDX-License-Identifier: EUPL-1.2
"""The fork server as this process sees it: it gives workers, and tells how they end.

It is a process of its own, ``worker.forkserver``, because this one has threads and cannot be
forked; and a fresh interpreter, for ``multiprocessing`` would first import what started it.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.pool.link import Link
from guidance_graph.engine.pool.process import Worker
from guidance_graph.engine.worker.frames import ORDER, Frame, Kind, Order
from guidance_graph.terms.errors import EngineError


@dataclass(frozen=True)
class Quads:
    """N-Quads in a file, to be held in memory; where it has another SHA-256, it is not read."""

    path: Path
    sha256: str


#: What workers ask: a store in a folder, N-Quads, or an engine.
Source = Path | Quads | Backend

_TIME_TO_START: Final = 120.0
_FOR_THE_SERVER: Final = (signal.SIGINT, signal.SIGTERM)
#: Has glibc ask for large pages, from which a graph in memory is read in some hundredths less time;
#: and keep at hand more of the small pieces that each query takes and gives back, which saves a
#: light query up to a tenth, for some ten mebibytes a worker. Elsewhere, and where the operator has
#: set another, it does nothing.
_TUNABLES: Final = "GLIBC_TUNABLES"
_ALLOCATION: Final = "glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=1000"


class ForkServer:
    """The process that forks the workers over one source; another one, where it has died."""

    def __init__(self, source: Source, memory: int) -> None:
        """Take what the workers need.

        Args:
            source: what they ask.
            memory: bytes that each may take beyond what it has when idle.
        """
        if isinstance(source, Backend):
            self._told: dict[str, Any] = {"backend": asdict(source)}
        elif isinstance(source, Quads):
            self._told = {"quads": str(source.path), "sha256": source.sha256}
        else:
            self._told = {"path": str(source)}
        self._told["memory"] = memory
        self._running: _Running | None = None
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The number of its process; None before the first fork."""
        return None if self._running is None else self._running.pid

    async def fork(self) -> Worker:
        """Start a worker; return when it can answer.

        Raises:
            ReleaseError: what it asks cannot be opened.
            EngineError: it does not start.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                running = await self._at_work()
                process = await running.fork(theirs)
                link = await Link.over(ours)
            except (EOFError, OSError, TimeoutError) as error:
                ours.close()
                raise EngineError("a worker process did not start") from error
            except BaseException:
                ours.close()
                raise
        worker = Worker(process, link, self.kill)
        running.expect(worker)
        try:
            async with asyncio.timeout(_TIME_TO_START):
                await link.ready()
        except (EOFError, ConnectionError, TimeoutError) as error:
            await worker.stop()
            raise EngineError("a worker process did not start") from error
        except BaseException:
            await worker.stop()
            raise
        return worker

    def kill(self, process: int) -> None:
        """End a worker."""
        if self._running is not None:
            self._running.kill(process)

    async def stop(self) -> None:
        """End the process, and with it the workers."""
        if self._running is not None:
            await self._running.stop()

    async def _at_work(self) -> "_Running":
        """Return the process, started where there is none."""
        async with self._starting:
            if self._running is None or not self._running.alive:
                self._running = await _Running.start(self._told)
            return self._running


class _Running:
    """A fork server that runs."""

    def __init__(self, process: subprocess.Popen[bytes], orders: socket.socket, link: Link) -> None:
        self._process = process
        self._orders = orders
        self._link = link
        self._forked: deque[asyncio.Future[int]] = deque()
        self._workers: dict[int, Worker] = {}
        self._ended: dict[int, int] = {}
        self._stopping = False
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, told: dict[str, Any]) -> Self:
        """Start the process; return when it can fork.

        Raises:
            ReleaseError: it cannot read the graph.
            EOFError: it ended.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            # it is to be stopped by its server alone, also before it can say so
            before = signal.pthread_sigmask(signal.SIG_BLOCK, _FOR_THE_SERVER)
            try:
                process = subprocess.Popen(  # noqa: S603 (this very interpreter, and a number)
                    [
                        sys.executable,
                        "-P",
                        "-m",
                        "guidance_graph.engine.worker.forkserver",
                        str(theirs.fileno()),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    env=os.environ | {_TUNABLES: os.environ.get(_TUNABLES, _ALLOCATION)},
                )
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        orders = ours.dup()
        link = await Link.over(ours)
        try:
            async with asyncio.timeout(_TIME_TO_START):
                link.write(Frame.of(Kind.SOURCE, told))
                await link.ready()
        except BaseException:
            link.close()
            orders.close()
            process.kill()
            await asyncio.to_thread(process.wait)
            raise
        return cls(process, orders, link)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._listening.done()

    async def fork(self, connection: socket.socket) -> int:
        """Order a worker; return the number of its process.

        Raises:
            EOFError: the fork server ended.
            OSError: likewise.
        """
        forked: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._forked.append(forked)
        try:
            order = ORDER.pack(Order.FORK, 0)
            socket.send_fds(self._orders, [order], [connection.fileno()])
        except BaseException:
            self._forked.remove(forked)
            raise
        return await forked

    def expect(self, worker: Worker) -> None:
        """Have a worker be told how it ends, or has ended already."""
        if worker.pid in self._ended:
            worker.end(self._ended.pop(worker.pid))
        elif not self.alive:
            worker.end(-signal.SIGKILL)
        else:
            self._workers[worker.pid] = worker

    def kill(self, process: int) -> None:
        """Order the end of a worker."""
        if process in self._workers and self.alive:
            with contextlib.suppress(OSError):  # gone, and about to be buried
                self._orders.send(ORDER.pack(Order.KILL, process))

    async def stop(self) -> None:
        """End the process; its workers end with it."""
        self._stopping = True
        self._link.close()
        self._orders.close()  # now it sees the end of its orders
        await asyncio.wait([self._listening])
        await asyncio.to_thread(self._process.wait)
        self._bury()

    async def _listen(self) -> None:
        """Take what the fork server tells, until it ends."""
        try:
            while True:
                frame = await self._link.receive()
                process = frame.content["process"]
                if frame.kind is Kind.FORKED:
                    forked = self._forked.popleft()
                    if not forked.cancelled():
                        forked.set_result(process)
                elif process in self._workers:
                    self._workers.pop(process).end(frame.content["status"])
                else:
                    self._ended[process] = frame.content["status"]
        except (EOFError, ConnectionError):
            if not self._stopping:
                self._bury()

    def _bury(self) -> None:
        """Tell everyone that the fork server is gone, and its workers with it."""
        for forked in self._forked:
            if not forked.done():
                forked.set_exception(EOFError("the fork server ended"))
        self._link.close()
        self._orders.close()
        self._process.kill()
        self._process.wait()
        workers, self._workers = self._workers, {}
        for worker in workers.values():
            with contextlib.suppress(ProcessLookupError):  # it does not know that it is alone
                os.kill(worker.pid, signal.SIGKILL)
            worker.end(-signal.SIGKILL)
            worker.kill()
