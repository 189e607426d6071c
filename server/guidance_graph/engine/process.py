# SPDX-License-Identifier: EUPL-1.2
"""The worker processes as the pool sees them: start, send, receive, kill, and why one died.

They are forked by a process of its own, ``engine.forkserver``, because the server has threads. That
process is a fresh interpreter; ``multiprocessing`` would first import the program that started it.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

import psutil

from guidance_graph.engine.backend import Backend
from guidance_graph.engine.frames import HEADER, ORDER, Frame, Kind, Order
from guidance_graph.terms import errors
from guidance_graph.terms.errors import (
    EngineError,
    GuidanceGraphError,
    QueryMemoryError,
    QuerySyntaxError,
    QueryTimeoutError,
    ReleaseError,
)

#: What workers ask: a store in a folder, N-Quads in a file that are held in memory, or an engine.
Source = Path | Backend

_TIME_TO_START: Final = 120.0
_READ_AHEAD: Final = 1 << 16
_OUT_OF_MEMORY: Final = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS)
_OUT_OF_TIME: Final = (signal.SIGALRM, signal.SIGXCPU)
_LOWEST_PRIORITY: Final = 19


class _Link:
    """A socket to another process on which frames come."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, connection: socket.socket) -> Self:
        return cls(*await asyncio.open_unix_connection(sock=connection, limit=_READ_AHEAD))

    @property
    def ended(self) -> bool:
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
        self._writer.transport.abort()


class Worker:
    """A process that answers queries, and the socket to it."""

    def __init__(self, process: int, link: _Link, server: "ForkServer") -> None:
        self._process = process
        self._link = link
        self._server = server
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

    async def send(self, frame: Frame) -> None:
        """Send a frame.

        Raises:
            ConnectionError: the worker is gone.
        """
        await self._link.send(frame)

    async def receive(self) -> Frame:
        """Wait for a frame.

        Raises:
            EOFError: the worker is gone.
            ConnectionError: likewise.
        """
        return await self._link.receive()

    def give_way(self) -> None:
        """Have it run only while no other process wants the processor."""
        if not self._end.done():
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, self._process, _LOWEST_PRIORITY)

    def kill(self) -> None:
        """End it at once, if it has not ended; what it still had to say is dropped."""
        self._link.close()
        if not self._end.done():
            self._server.kill(self._process)

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

    async def cause_of_death(self) -> EngineError:
        """Return, as an error, why it ended while it had a query."""
        status = await self.ended()
        if -status in _OUT_OF_MEMORY:
            return QueryMemoryError(
                "the query was stopped: it takes more memory, or nests more deeply, than it may"
            )
        if -status in _OUT_OF_TIME:
            return QueryTimeoutError("the query was stopped: it took longer than allowed")
        return EngineError(f"the worker that ran the query ended (status {status})")


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
                link = await _Link.over(ours)
            except (EOFError, OSError, TimeoutError) as error:
                ours.close()
                raise EngineError("a worker process did not start") from error
            except BaseException:
                ours.close()
                raise
        worker = Worker(process, link, self)
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

    def __init__(
        self, process: subprocess.Popen[bytes], orders: socket.socket, link: _Link
    ) -> None:
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
            process = subprocess.Popen(  # noqa: S603 (this very interpreter, and a number)
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "guidance_graph.engine.forkserver",
                    str(theirs.fileno()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        orders = ours.dup()
        link = await _Link.over(ours)
        try:
            async with asyncio.timeout(_TIME_TO_START):
                await link.send(Frame.of(Kind.SOURCE, told))
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


def error_of(content: dict[str, Any]) -> GuidanceGraphError:
    """Return the error that the content of an ``ERROR`` frame describes."""
    kind = getattr(errors, content["error"])
    if kind is QuerySyntaxError:
        return QuerySyntaxError(content["reason"], content["line"], content["column"])
    if kind in (ReleaseError, *EngineError.__subclasses__(), *errors.QueryError.__subclasses__()):
        error: GuidanceGraphError = kind(content["reason"])
        return error
    return EngineError(content["reason"])
