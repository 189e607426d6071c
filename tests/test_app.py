# SPDX-License-Identifier: EUPL-1.2
"""The server as a whole: what it needs to start, and moving to a new release while it runs."""

import asyncio
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
import uvicorn

from guidance_graph.app import create_app
from guidance_graph.build.release import Release
from guidance_graph.cli.serving import configuration, listen
from guidance_graph.terms.errors import ReleaseError, SourceError
from guidance_graph.terms.settings import Settings
from tests.serving import serving, write_queries


def test_importing_the_app_starts_nothing() -> None:
    program = """
import sys, threading
import guidance_graph.app
assert threading.active_count() == 1, threading.enumerate()
assert not {"rdflib", "pyoxigraph", "pyshacl", "owlrl"} & sys.modules.keys()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_queries_there_is_no_app(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected a folder with the query library"):
        create_app(Settings(root=tmp_path))


def test_without_a_release_the_server_does_not_start(tmp_path: Path) -> None:
    write_queries(tmp_path)
    app = create_app(Settings(root=tmp_path, releases=tmp_path / "releases"))

    async def start() -> None:
        async with app.router.lifespan_context(app):
            pass

    with pytest.raises(ReleaseError, match="make one: guidance-graph build"):
        asyncio.run(start())


def test_why_the_server_does_not_start_is_told_without_a_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_queries(tmp_path)
    settings = Settings(root=tmp_path, releases=tmp_path / "releases")
    app = create_app(settings)
    with listen("127.0.0.1", 0) as listener, pytest.raises(SystemExit):
        uvicorn.Server(configuration(app, settings)).run(sockets=[listener])
    assert isinstance(app.state.trouble, ReleaseError)
    assert "Application startup failed" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_release_that_becomes_current_is_served_and_no_request_fails(
    tmp_path: Path, example_release: Release
) -> None:
    write_queries(tmp_path)
    releases = tmp_path / "releases"
    for name in ("one", "two"):
        shutil.copytree(example_release.path, releases / name)
    manifest = releases / "two" / "manifest.json"
    said = f'"digest": "{example_release.digest}"'
    manifest.write_text(manifest.read_text().replace(said, f'"digest": "{"f" * 64}"'))
    (releases / "current").symlink_to("one")
    settings = Settings(root=tmp_path, releases=releases, query_timeout=120, queue_wait=120)
    with serving(settings) as base, httpx.Client(base_url=base, timeout=120) as client:
        statuses: list[int] = []
        done = threading.Event()

        def ask() -> None:
            with httpx.Client(base_url=base, timeout=120) as own:
                while not done.is_set():
                    answer = own.get("/sparql", params={"query": "SELECT * { ?s ?p ?o } LIMIT 50"})
                    statuses.append(answer.status_code)

        clients = [threading.Thread(target=ask) for _ in range(3)]
        for each in clients:
            each.start()
        try:
            assert client.get("/health").json()["release"] == example_release.digest
            (releases / "next").symlink_to("two")
            (releases / "next").rename(releases / "current")
            deadline = time.monotonic() + 60
            while client.get("/health").json()["release"] != "f" * 64:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            after = len(statuses)
            while len(statuses) < after + 30:
                time.sleep(0.01)
        finally:
            done.set()
            for each in clients:
                each.join()
        assert set(statuses) == {200}
        assert "ffffffffffff" in client.get("/", headers={"accept": "text/html"}).text
