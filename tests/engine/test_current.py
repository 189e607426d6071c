# SPDX-License-Identifier: EUPL-1.2
"""Moving to a new release while queries run."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from guidance_graph.engine.current import CurrentEngine
from guidance_graph.engine.formats import CSV
from guidance_graph.terms.errors import ReleaseError
from tests.engine.conftest import PATIENT


@dataclass
class FolderRelease:
    path: Path
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def store_path(self) -> Path:
        return self.path / "store"

    @property
    def quads_path(self) -> Path:
        return self.path / "dumps" / "release.nq"


class Releases:
    """A folder of releases, each saying its own name, and a link to the current one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str) -> None:
        (self.folder / name).mkdir()
        store = ox.Store(str(self.folder / name / "store"))
        node = ox.NamedNode("http://example.org/name")
        store.add(ox.Quad(node, node, ox.Literal(name), ox.DefaultGraph()))
        store.flush()

    def point(self, name: str) -> None:
        (self.folder / "next").symlink_to(name)
        (self.folder / "next").rename(self.folder / "current")

    def locate(self) -> FolderRelease:
        if not (self.folder / "current").is_symlink():
            raise ReleaseError("no release")
        return FolderRelease(self.folder / "current")


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    made = Releases(tmp_path)
    made.add("old")
    made.point("old")
    return made


@contextlib.asynccontextmanager
async def following(releases: Releases, workers: int = 2) -> AsyncIterator[CurrentEngine]:
    engine = CurrentEngine(releases.locate, PATIENT, workers)
    await engine.refresh()
    try:
        yield engine
    finally:
        await engine.close()


async def name_of(engine: CurrentEngine) -> str:
    answer = await engine.query("SELECT ?o { ?s ?p ?o }", answer_format=CSV)
    return (await answer.read()).decode().split()[1]


def test_a_new_release_answers_once_it_is_current(releases: Releases) -> None:
    async def scenario() -> None:
        async with following(releases) as engine:
            assert await name_of(engine) == "old"
            releases.add("new")
            assert not await engine.refresh()
            releases.point("new")
            assert await engine.refresh()
            assert await name_of(engine) == "new"
            assert engine.release is not None
            assert engine.ready

    asyncio.run(scenario())


def test_the_watch_finds_a_new_release_by_itself(releases: Releases) -> None:
    async def scenario() -> None:
        async with following(releases) as engine:
            watch = asyncio.create_task(engine.watch(interval=0.01))
            releases.add("new")
            releases.point("new")
            async with asyncio.timeout(60):
                while await name_of(engine) != "new":
                    await asyncio.sleep(0.01)
            watch.cancel()

    asyncio.run(scenario())


def test_no_query_fails_while_releases_change(releases: Releases) -> None:
    async def scenario() -> None:
        async with following(releases) as engine:
            releases.add("new")
            names: list[str] = []
            done = asyncio.Event()

            async def client() -> None:
                while not done.is_set():
                    names.append(await name_of(engine))

            clients = [asyncio.create_task(client()) for _ in range(4)]
            for name in ("new", "old", "new"):
                releases.point(name)
                assert await engine.refresh()
                seen = len(names)
                while len(names) < seen + 20:
                    await asyncio.sleep(0)
            done.set()
            await asyncio.gather(*clients)
            assert set(names) == {"old", "new"}
            assert names[-1] == "new"

    asyncio.run(scenario())


def test_a_query_ends_on_the_release_it_began_on(releases: Releases) -> None:
    async def scenario() -> None:
        async with following(releases) as engine:
            many = " ".join(f"?s{number} ?p{number} ?o ." for number in range(3))
            values = " ".join(f"({number})" for number in range(5000))
            text = f"SELECT ?n ?o {{ {many} VALUES (?n) {{ {values} }} }}"
            answer = await engine.query(text, answer_format=CSV)
            releases.add("new")
            releases.point("new")
            await engine.refresh()
            assert await name_of(engine) == "new"
            rows = (await answer.read()).decode().splitlines()[1:]
            assert len(rows) == 5000
            assert {row.split(",")[1] for row in rows} == {"old"}

    asyncio.run(scenario())


def test_workers_of_the_old_release_stop(releases: Releases) -> None:
    async def scenario() -> None:
        async with following(releases) as engine:
            old = engine.processes
            releases.add("new")
            releases.point("new")
            await engine.refresh()
            assert set(engine.processes).isdisjoint(old)
            async with asyncio.timeout(60):
                while any(_runs(process) for process in old):
                    await asyncio.sleep(0.01)

    asyncio.run(scenario())


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_damaged_release_leaves_the_old_one_serving(releases: Releases) -> None:
    async def scenario() -> None:
        async with following(releases) as engine:
            (releases.folder / "broken").mkdir()
            releases.point("broken")
            with pytest.raises(ReleaseError, match="holds no store"):
                await engine.refresh()
            assert await name_of(engine) == "old"

    asyncio.run(scenario())


def test_without_a_release_it_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        engine = CurrentEngine(Releases(tmp_path).locate, PATIENT, 1)
        with pytest.raises(ReleaseError, match="no release"):
            await engine.refresh()
        with pytest.raises(ReleaseError, match="no release is being served"):
            await engine.query("ASK {}")
        assert not engine.ready

    asyncio.run(scenario())
