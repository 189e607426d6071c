# SPDX-License-Identifier: EUPL-1.2
"""Worker processes over one store: each answers one query at a time, and can be killed.

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
_LONGEST_PAUSE: Final = 5.0
_LOOK_AGAIN: Final = 0.05


class WorkerPool:
    """An engine over the Oxigraph store in a folder."""

    def __init__(self, store: Path, limits: Limits, workers: int) -> None:
        self._store = store
        self._limits = limits
        self._size = workers
        self._idle: asyncio.Queue[Worker] = asyncio.LifoQueue()
        self._waiting = 0
        self._alive = 0
        self._keepers: list[asyncio.Task[None]] = []
        self._queries: set[asyncio.Task[None]] = set()

    @property
    def alive(self) -> int:
        """The workers that can answer, or are answering."""
        return self._alive

    @property
    def waiting(self) -> int:
        """The queries that wait for a worker."""
        return self._waiting

    async def start(self) -> None:
        """Start the workers; return when each can answer.

        Raises:
            ReleaseError: the store cannot be opened.
        """
        loop = asyncio.get_running_loop()
        ready: list[asyncio.Future[None]] = [loop.create_future() for _ in range(self._size)]
        self._keepers = [asyncio.create_task(self._keep(future)) for future in ready]
        try:
            await asyncio.gather(*ready)
        except BaseException:
            for future in ready:
                future.cancel()
            await self.close()
            raise

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
        """Stop everything at once."""
        ending = [*self._queries, *self._keepers]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def _keep(self, ready: asyncio.Future[None]) -> None:
        """Keep one worker running."""
        pause = 0.1
        while True:
            try:
                worker = await Worker.start(self._store, self._limits.memory)
            except GuidanceGraphError as error:
                if not ready.done():
                    ready.set_exception(error)
                    return
                _LOG.error("No new worker: %s; the next try is in %.1f s", error, pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = 0.1
            if not ready.done():
                ready.set_result(None)
            self._idle.put_nowait(worker)
            self._alive += 1
            try:
                await worker.ended()
            finally:
                self._alive -= 1
                worker.kill()

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
                with contextlib.suppress(ProcessLookupError):
                    worker.kill()
