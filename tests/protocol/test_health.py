# SPDX-License-Identifier: EUPL-1.2
import asyncio
import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from subprocess import DEVNULL
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI

from guidance_graph import __version__
from guidance_graph.build.release import Release
from guidance_graph.engine.answer import Limits
from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.current import CurrentEngine
from guidance_graph.engine.publication import publish
from guidance_graph.engine.remote import NOT_HELD
from guidance_graph.protocol.health import Readiness, health_router
from guidance_graph.terms.errors import GuidanceGraphError
from guidance_graph.terms.namespaces import METADATA
from tests.backends import OXIGRAPH, Server, oxigraph
from tests.serving import RUNAWAY

PATIENT = Limits(timeout=60, queue=0, wait=60)


def test_a_server_with_a_release_is_ready(client: httpx.Client, example_release: Release) -> None:
    expected = {"status": "ready", "version": __version__, "release": example_release.digest}
    for path in ("/health", "/health/ready"):
        response = client.get(path)
        assert (response.status_code, response.json()) == (200, expected)
        assert response.headers["cache-control"] == "no-store"
    assert client.get("/health/live").json() == {"status": "live"}
    for path in ("/health", "/health/ready", "/health/live"):
        assert client.head(path).status_code == 200


async def asked(engine: CurrentEngine, readiness: Readiness, path: str) -> httpx.Response:
    app = FastAPI()
    app.include_router(health_router(engine, readiness))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


def test_before_its_start_and_after_its_end_a_server_is_not_ready(
    example_release: Release,
) -> None:
    engine = CurrentEngine(lambda: example_release, PATIENT, 1)
    readiness = Readiness(engine)

    async def check(release: str | None) -> None:
        for path in ("/health", "/health/ready"):
            response = await asked(engine, readiness, path)
            assert response.status_code == 503
            assert int(response.headers["retry-after"]) > 0
            assert response.json() == {
                "status": "unavailable",
                "version": __version__,
                "release": release,
                "reason": "no worker is up",
            }
        assert (await asked(engine, readiness, "/health/live")).status_code == 200

    async def run() -> None:
        await check(None)
        await engine.refresh()
        assert (await asked(engine, readiness, "/health/ready")).status_code == 200
        await engine.close()
        await check(example_release.digest)

    asyncio.run(run())


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@pytest.fixture
def published(example_release: Release) -> Iterator[Server]:
    with oxigraph() as server:
        put(example_release, server)
        yield server


def put(release: Release, server: Server) -> None:
    arrivals = publish(release, Backend(server.store), server.backend, PATIENT)
    assert all(each.whole for each in arrivals)


def test_an_engine_that_is_lost_is_noticed_and_found_again(
    example_release: Release, published: Server, caplog: pytest.LogCaptureFixture
) -> None:
    address = published.query.removeprefix("http://").partition("/")[0]

    async def run() -> None:
        engine = CurrentEngine(lambda: example_release, PATIENT, 1, published.backend)
        await engine.refresh()
        readiness = Readiness(engine)
        watch = asyncio.create_task(readiness.watch(0.02))
        try:
            await asyncio.sleep(0.1)
            assert readiness.ready
            published.process.kill()
            published.process.wait()
            await until(lambda: not readiness.ready)
            response = await asked(engine, readiness, "/health/ready")
            assert response.status_code == 503
            assert "cannot be reached" in response.json()["reason"]
            assert address not in response.text
            command = [str(OXIGRAPH), "serve", "--bind", address]
            with subprocess.Popen(command, stdout=DEVNULL, stderr=DEVNULL) as again:
                await until(lambda: readiness.trouble == NOT_HELD)
                await asyncio.to_thread(put, example_release, published)
                await until(lambda: readiness.ready)
                again.kill()
        finally:
            watch.cancel()
            await engine.close()

    asyncio.run(run())
    assert sum("Not ready" in each.getMessage() for each in caplog.records) == 1


def test_an_engine_that_gets_another_release_is_not_asked(
    example_release: Release, published: Server
) -> None:
    async def run() -> None:
        engine = CurrentEngine(lambda: example_release, PATIENT, 1, published.backend)
        await engine.refresh()
        readiness = Readiness(engine)
        try:
            await readiness.probe()
            assert readiness.ready
            metadata = f"{published.store}?graph={quote(METADATA, safe='')}"
            other = httpx.get(metadata, headers={"Accept": "application/n-triples"}).text
            other = other.replace(example_release.manifest["identifier"], "sha256:other")
            httpx.put(metadata, content=other, headers={"Content-Type": "application/n-triples"})
            await readiness.probe()
            assert readiness.trouble == NOT_HELD
        finally:
            await engine.close()

    asyncio.run(run())


def test_a_server_whose_workers_all_have_queries_is_ready(example_release: Release) -> None:
    async def run() -> None:
        engine = CurrentEngine(lambda: example_release, PATIENT, 1)
        await engine.refresh()
        readiness = Readiness(engine)
        running = asyncio.create_task(engine.query(RUNAWAY))
        await asyncio.sleep(0.3)
        try:
            await readiness.probe()
            assert not running.done()
            assert readiness.ready
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError, GuidanceGraphError):
                await running
            await engine.close()

    asyncio.run(run())
