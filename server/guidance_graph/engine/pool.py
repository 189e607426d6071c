# SPDX-License-Identifier: EUPL-1.2
"""Worker processes over one store, or one engine elsewhere: each answers one query at a time.

Oxigraph cannot be told to stop, so a query runs in a process of its own and is stopped with it. As
long as the pool is open, a keeper for each worker starts another where one has died.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from guidance_graph.engine.answer import Answer, Cost, Limits
from guidance_graph.engine.backend import Backend
from guidance_graph.engine.bindings import bind
from guidance_graph.engine.formats import Format, formats_of
from guidance_graph.engine.frames import Kind, Request
from guidance_graph.engine.process import Worker, error_of
from guidance_graph.engine.service import refuse_service
from guidance_graph.engine.stream import Stream
from guidance_graph.engine.terms import Iri, Term
from guidance_graph.engine.tokens import query_form
from guidance_graph.terms.errors import (
    EngineBusyError,
    GuidanceGraphError,
    ParameterError,
    QueryTimeoutError,
)

_LOG: Final = logging.getLogger(__name__)
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_LOOK_AGAIN: Final = 0.05


class WorkerPool:
    """An engine over the Oxigraph store in a folder, or over another engine."""

    def __init__(self, source: Path | Backend, limits: Limits, workers: int) -> None:
        self._source = source
        self._limits = limits
        self._size = workers
        self._idle: asyncio.Queue[Worker] = asyncio.LifoQueue()
        self._waiting = 0
        self._workers: set[Worker] = set()
        self._closed = asyncio.Event()
        self._ending: asyncio.Task[None] | None = None
        self._keepers: list[asyncio.Task[None]] = []
        self._queries: set[asyncio.Task[None]] = set()

    @property
    def processes(self) -> tuple[int, ...]:
        """The numbers of the processes that can answer, or are answering."""
        return tuple(worker.pid for worker in self._workers if worker.alive)

    @property
    def busy(self) -> int:
        """The queries that are running."""
        return len(self._queries)

    @property
    def waiting(self) -> int:
        """The queries that wait for a worker."""
        return self._waiting

    async def start(self) -> None:
        """Start the workers; return when each can answer.

        Raises:
            ReleaseError: the store cannot be opened.
        """
        starting = (Worker.start(self._source, self._limits.memory) for _ in range(self._size))
        started = await asyncio.gather(*starting, return_exceptions=True)
        workers = [worker for worker in started if isinstance(worker, Worker)]
        failures = [failure for failure in started if isinstance(failure, BaseException)]
        if failures:
            await asyncio.gather(*(worker.stop() for worker in workers))
            raise failures[0]
        for worker in workers:
            self._offer(worker)
        self._keepers = [asyncio.create_task(self._keep(worker)) for worker in workers]

    async def query(
        self,
        text: str,
        *,
        answer_format: Format | None = None,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        bindings: Mapping[str, Term] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Answer a query; see ``Engine.query``."""
        form = query_form(text)
        refuse_service(text)
        chosen = formats_of(form)[0] if answer_format is None else answer_format
        if chosen not in formats_of(form):
            raise ParameterError(f"the answer to {form} cannot be written in {chosen.title}")
        named = bool(default_graphs or named_graphs)
        request = Request(
            text=bind(text, bindings or {}),
            format=chosen.name,
            default_graphs=tuple(Iri(graph).value for graph in default_graphs) if named else None,
            named_graphs=tuple(Iri(graph).value for graph in named_graphs) if named else None,
            timeout=min(self._limits.timeout, timeout or self._limits.timeout),
            size=self._limits.size,
            rows=self._limits.rows,
        )
        stream = Stream()
        worker = await self._free_worker()
        task = asyncio.create_task(self._run(worker, request, stream))
        self._queries.add(task)
        task.add_done_callback(self._queries.discard)
        stream.come_from(task)
        await stream.begin()
        return Answer(form, chosen, stream)

    async def retire(self) -> None:
        """Let the running and waiting queries end, then close."""
        try:
            while self._queries or self._waiting:
                await asyncio.sleep(_LOOK_AGAIN)
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop everything at once; closing twice is closing once."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())
        await asyncio.shield(self._ending)

    async def _end(self) -> None:
        self._closed.set()
        for query in self._queries:
            query.cancel()
        for worker in self._workers:
            worker.kill()
        await asyncio.gather(*self._queries, *self._keepers, return_exceptions=True)

    def _offer(self, worker: Worker) -> None:
        """Take in a new worker."""
        self._workers.add(worker)
        self._idle.put_nowait(worker)

    async def _keep(self, worker: Worker) -> None:
        """Replace a worker when it has ended, and so on until the pool is closed."""
        while True:
            await worker.ended()
            worker.kill()
            self._workers.discard(worker)
            replacement = await self._replacement()
            if replacement is None:
                return
            worker = replacement
            self._offer(worker)

    async def _replacement(self) -> Worker | None:
        """Start a worker, trying until there is one or the pool is closed."""
        pause = _FIRST_PAUSE
        while not self._closed.is_set():
            try:
                worker = await Worker.start(self._source, self._limits.memory)
            except GuidanceGraphError as error:
                _LOG.error("No new worker: %s; the next try is in %.1f s", error, pause)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._closed.wait()
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            if not self._closed.is_set():
                return worker
            await worker.stop()
        return None

    async def _free_worker(self) -> Worker:
        """Wait for a worker.

        Raises:
            EngineBusyError: the queue is full, or none came free in time.
        """
        deadline = asyncio.get_running_loop().time() + self._limits.wait
        while True:
            if self._waiting == 0 and not self._idle.empty():
                worker = self._idle.get_nowait()
            elif self._waiting >= self._limits.queue:
                raise EngineBusyError(f"{self._waiting} queries are waiting already")
            else:
                self._waiting += 1
                try:
                    async with asyncio.timeout_at(deadline):
                        worker = await self._idle.get()
                except TimeoutError:
                    raise EngineBusyError(
                        f"no worker came free within {self._limits.wait:g} s"
                    ) from None
                finally:
                    self._waiting -= 1
            if worker.alive:
                return worker

    async def _run(self, worker: Worker, request: Request, stream: Stream) -> None:
        """Have a worker answer, and pass on what it says; it is kept only if it came to its end."""
        usable = False
        try:
            async with asyncio.timeout(request.timeout):
                await worker.send(request.frame())
                while (frame := await worker.receive()).kind is Kind.DATA:
                    await stream.put(frame.payload)
            content = frame.content
            usable = not content.pop("worn")
            if frame.kind is Kind.ERROR:
                stream.fail(error_of(content))
            else:
                stream.end(Cost(**content))
        except TimeoutError:
            stream.fail(QueryTimeoutError(f"the query was stopped after {request.timeout:g} s"))
        except (EOFError, ConnectionError):
            stream.fail(await worker.cause_of_death())
        finally:
            if usable:
                self._idle.put_nowait(worker)
            else:
                worker.kill()
