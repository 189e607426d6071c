# SPDX-License-Identifier: EUPL-1.2
"""A worker process as the pool sees it: start, send, receive, kill, and why it died.

It is a fresh interpreter and not a fork, because the server has threads; not ``multiprocessing``
either, whose children first import the program that started them. It imports nothing but the
engine, and is ready in some tens of milliseconds.
"""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process, SubprocessStreamProtocol
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

from guidance_graph.engine.backend import Backend
from guidance_graph.engine.frames import HEADER, Frame, Kind
from guidance_graph.terms import errors
from guidance_graph.terms.errors import (
    EngineError,
    GuidanceGraphError,
    QueryMemoryError,
    QuerySyntaxError,
    QueryTimeoutError,
    ReleaseError,
)

_TIME_TO_START: Final = 30.0
_READ_AHEAD: Final = 1 << 16
_OUT_OF_MEMORY: Final = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS)
_OUT_OF_TIME: Final = (signal.SIGALRM, signal.SIGXCPU)


class Worker:
    """A process that answers queries, and the pipes to it."""

    def __init__(self, process: Process, transport: asyncio.SubprocessTransport) -> None:
        self._process = process
        self._transport = transport
        assert process.stdin is not None  # noqa: S101 (for the type checker: both are pipes)
        assert process.stdout is not None  # noqa: S101
        self._requests = process.stdin
        self._frames = process.stdout

    @classmethod
    async def start(cls, source: Path | Backend, memory: int) -> Self:
        """Start a worker over a store or an engine elsewhere; return when it can answer.

        Args:
            source: the folder of the store, or the engine.
            memory: bytes it may take beyond what it has when idle.

        Raises:
            ReleaseError: it cannot open the store.
            EngineError: it does not start.
        """
        if isinstance(source, Backend):
            program: tuple[str, ...] = ("guidance_graph.engine.endpoint",)
        else:
            program = ("guidance_graph.engine.worker", str(source))
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.subprocess_exec(
            lambda: SubprocessStreamProtocol(limit=_READ_AHEAD, loop=loop),
            sys.executable,
            "-P",
            "-m",
            *program,
            str(memory),
            stdin=PIPE,
            stdout=PIPE,
            stderr=None,
        )
        worker = cls(Process(transport, protocol, loop), transport)
        try:
            async with asyncio.timeout(_TIME_TO_START):
                if isinstance(source, Backend):  # by its input: arguments can be read by everyone
                    await worker.send(Frame.of(Kind.BACKEND, asdict(source)))
                frame = await worker.receive()
        except (EOFError, ConnectionError, TimeoutError) as error:
            await worker.stop()
            raise EngineError("a worker process did not start") from error
        except BaseException:
            await worker.stop()
            raise
        if frame.kind is not Kind.READY:
            await worker.stop()
            raise error_of(frame.content)
        return worker

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be sent a query, as far as is known."""
        return self._process.returncode is None and not self._frames.at_eof()

    async def send(self, frame: Frame) -> None:
        """Send a frame.

        Raises:
            ConnectionError: the worker is gone.
        """
        self._requests.write(bytes(frame))
        await self._requests.drain()

    async def receive(self) -> Frame:
        """Wait for a frame.

        Raises:
            EOFError: the worker is gone.
        """
        kind, length = HEADER.unpack(await self._frames.readexactly(HEADER.size))
        return Frame(Kind(kind), await self._frames.readexactly(length))

    def kill(self) -> None:
        """End it at once, if it has not ended, and close the pipes to it.

        What it still had to say is dropped: asyncio takes no process for ended before its output is
        read or closed.
        """
        if self._process.returncode is None:
            self._process.kill()
        for number in (0, 1):
            pipe = self._transport.get_pipe_transport(number)
            if pipe is not None:
                pipe.close()

    async def stop(self) -> None:
        """Kill it, and wait until it is gone."""
        self.kill()
        await self.ended()

    async def ended(self) -> int:
        """Wait for its end; return its exit status, negative for a signal."""
        return await self._process.wait()

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


def error_of(content: dict[str, Any]) -> GuidanceGraphError:
    """Return the error that the content of an ``ERROR`` frame describes."""
    kind = getattr(errors, content["error"])
    if kind is QuerySyntaxError:
        return QuerySyntaxError(content["reason"], content["line"], content["column"])
    if kind in (ReleaseError, *EngineError.__subclasses__(), *errors.QueryError.__subclasses__()):
        error: GuidanceGraphError = kind(content["reason"])
        return error
    return EngineError(content["reason"])
