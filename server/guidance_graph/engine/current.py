# SPDX-License-Identifier: EUPL-1.2
"""The engine over the release that is current, and over the next one once there is one."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from guidance_graph.engine.answer import Answer, Engine, Limits
from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.pool.forking import Quads, Source
from guidance_graph.engine.pool.pool import PoolState, WorkerPool
from guidance_graph.engine.question import Question
from guidance_graph.engine.remote import RemoteEngine
from guidance_graph.terms.errors import GuidanceGraphError, ReleaseError

_LOG: Final = logging.getLogger(__name__)

#: In intervals of ``watch``.
_LONGEST_PAUSE: Final = 10

_Pool = WorkerPool | RemoteEngine


class Release(Protocol):
    """What is asked of a release: its folder, its store, its N-Quads and its manifest."""

    @property
    def path(self) -> Path:
        """Its folder."""
        ...

    @property
    def store_path(self) -> Path:
        """The folder of its Oxigraph store."""
        ...

    @property
    def quads_path(self) -> Path:
        """The file of its N-Quads."""
        ...

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What it says of itself."""
        ...


class CurrentEngine(Engine):
    """An engine that moves to a new release without losing a query.

    Queries that have begun end on the release they began on; its workers stop after them.
    """

    def __init__(
        self,
        locate: Callable[[], Release],
        limits: Limits,
        workers: int,
        backend: Backend | None = None,
        memory_triples: int = 0,
    ) -> None:
        """Take what is needed to start.

        Args:
            locate: finds the release that is current; raises ReleaseError where there is none.
            limits: what a query may take.
            workers: how many processes answer.
            backend: an engine that holds the release, to ask in place of its store.
            memory_triples: a release of so many triples at most is held in memory.
        """
        self._locate = locate
        self._limits = limits
        self._workers = workers
        self._backend = backend
        self._memory_triples = memory_triples
        self._folder: Path | None = None
        self._release: Release | None = None
        self._pool: _Pool | None = None
        self._retiring: dict[_Pool, asyncio.Task[None]] = {}

    @property
    def limits(self) -> Limits:
        """What a query may take."""
        return self._limits

    @property
    def release(self) -> Release | None:
        """The release that new queries are asked of; None before the start."""
        return self._release

    @property
    def processes(self) -> tuple[int, ...]:
        """The numbers of the processes that answer new queries."""
        return () if self._pool is None else self._pool.processes

    @property
    def state(self) -> PoolState | None:
        """What the processes that answer new queries do; None before the start."""
        return None if self._pool is None else self._pool.state

    @property
    def ready(self) -> bool:
        """Whether a worker can answer."""
        return bool(self.processes)

    async def refresh(self) -> bool:
        """Move to the release that is current now, if it is another one.

        Returns:
            Whether it was another one.

        Raises:
            ReleaseError: there is none, or its store cannot be opened, or the backend does not
                hold it; the old one stays in use.
            EngineError: the backend cannot be asked; the old one stays in use.
        """
        release = await asyncio.to_thread(self._locate)
        folder = release.path.resolve()
        if folder == self._folder:
            return False
        pool = self._pool_for(release, folder)
        await pool.start()
        old, self._pool = self._pool, pool
        self._folder, self._release = folder, release
        if old is not None:
            self._retiring[old] = asyncio.create_task(self._retire(old))
        return True

    async def watch(self, interval: float = 1.0) -> None:
        """Look for a new release every so many seconds, until cancelled; less often in trouble."""
        complaint, pause = "", interval
        while True:
            await asyncio.sleep(pause)
            try:
                if await self.refresh():
                    _LOG.info("Now answering from %s", self._folder)
                complaint, pause = "", interval
            except GuidanceGraphError as error:
                pause = min(2 * pause, _LONGEST_PAUSE * interval)
                if str(error) != complaint:
                    complaint = str(error)
                    _LOG.warning("Staying with the release in use: %s", complaint)

    async def ask(self, question: Question) -> Answer:
        """Answer a question from the release that is current; see ``Engine.ask``."""
        if self._pool is None:
            raise ReleaseError("no release is being served yet")
        return await self._pool.ask(question)

    async def close(self) -> None:
        """Stop everything at once."""
        for task in self._retiring.values():
            task.cancel()
        pools = [*self._retiring, *([] if self._pool is None else [self._pool])]
        self._pool = None
        await asyncio.gather(*(pool.close() for pool in pools))

    def _pool_for(self, release: Release, folder: Path) -> _Pool:
        if self._backend is not None:
            return RemoteEngine(self._backend, release.manifest, self._limits, self._workers)
        most = self._memory_triples
        small = most > 0 and release.manifest["triples"] <= most
        held = (release.quads_path if small else release.store_path).relative_to(release.path)
        source: Source = folder / held
        if small:
            source = Quads(folder / held, release.manifest["files"][held.as_posix()]["sha256"])
        return WorkerPool(source, self._limits, self._workers)

    async def _retire(self, pool: _Pool) -> None:
        await pool.retire()
        del self._retiring[pool]
