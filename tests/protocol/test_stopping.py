# SPDX-License-Identifier: EUPL-1.2
"""The server under uvicorn: how it stops, and how many connections it holds."""

import contextlib
import socket
import threading
import time
from pathlib import Path

import httpx

from guidance_graph.build.release import Release
from guidance_graph.cli.serving import listen
from guidance_graph.terms.settings import Settings
from tests.serving import RUNAWAY, serving

QUICK = "SELECT * { ?s ?p ?o } LIMIT 3"


def test_an_answer_that_does_not_end_holds_up_no_stop(root: Path, example_release: Release) -> None:
    settings = Settings(
        root=root, releases=example_release.path.parent, query_timeout=600, stop_timeout=1
    )
    failed = threading.Event()

    def ask(base: str) -> None:
        with contextlib.suppress(httpx.HTTPError):
            response = httpx.get(f"{base}/sparql", params={"query": RUNAWAY}, timeout=300)
            if response.status_code == 200:
                return
        failed.set()

    with serving(settings) as base:
        asking = threading.Thread(target=ask, args=(base,))
        asking.start()
        time.sleep(1)
        assert asking.is_alive()
        began = time.monotonic()
    assert time.monotonic() - began < 60
    asking.join()
    assert failed.is_set(), "no answer that looks whole"


def test_an_answer_that_ends_in_time_is_given_before_the_stop(
    root: Path, example_release: Release
) -> None:
    settings = Settings(root=root, releases=example_release.path.parent, query_timeout=2)
    statuses: list[int] = []

    def ask(base: str) -> None:
        statuses.append(
            httpx.get(f"{base}/sparql", params={"query": RUNAWAY}, timeout=300).status_code
        )

    with serving(settings) as base:
        asking = threading.Thread(target=ask, args=(base,))
        asking.start()
        time.sleep(0.5)
    asking.join()
    assert statuses == [504], "its own end, and not that of the server"


def test_connections_past_the_limit_get_503_and_the_server_goes_on(
    root: Path, example_release: Release
) -> None:
    settings = Settings(root=root, releases=example_release.path.parent, connections=5)
    with serving(settings) as base, contextlib.ExitStack() as open_ones:
        host, _, port = base.removeprefix("http://").partition(":")
        for _ in range(6):
            slow = open_ones.enter_context(socket.create_connection((host, int(port))))
            slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        full = httpx.get(f"{base}/sparql", params={"query": QUICK}, timeout=60)
        assert full.status_code == 503
        open_ones.close()
        deadline = time.monotonic() + 60
        while httpx.get(f"{base}/sparql", params={"query": QUICK}).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_the_body_does_not_wait_for_the_headers_to_be_acknowledged() -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
