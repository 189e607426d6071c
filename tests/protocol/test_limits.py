# SPDX-License-Identifier: EUPL-1.2
"""What a client sees of the limits: a status before the first byte, a cut after it."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from guidance_graph.build.release import Release
from guidance_graph.terms.settings import Settings
from tests.protocol.test_sparql import problem_of
from tests.serving import LONG, RUNAWAY, serving

#: Of no answer that is kept, so that a worker has to give it.
FRESH = "ASK { FILTER(RAND() >= 0) }"
#: A pattern without a solution, not found to have none while anyone lives.
ENDLESS = "?a ?b ?c. ?d ?e ?f. ?g ?h ?i. ?j ?k ?l FILTER(CONCAT(STR(?c), STR(?l)) = '')"
BOMB = "SELECT * {?a ?b ?c. ?d ?e ?f. ?g ?h ?i} ORDER BY ?c"


@pytest.fixture(scope="module")
def strict(root: Path, example_release: Release) -> Iterator[httpx.Client]:
    """A client of a server with one worker and tight limits."""
    settings = Settings(
        root=root,
        releases=example_release.path.parent,
        workers=1,
        heavy_workers=0,
        query_timeout=120,
        query_memory=64,
        queue_length=0,
        result_size=1,
    )
    with serving(settings) as base, httpx.Client(base_url=base, timeout=120) as http:
        yield http


def answers(client: httpx.Client) -> bool:
    """Whether a sound query is answered, at the latest when a new worker is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        response = client.get("/sparql", params={"query": FRESH})
        if response.status_code == 200:
            return bool(response.json()["boolean"])
        problem_of(response, 503)
        time.sleep(0.02)
    return False


def test_a_runaway_query_is_504_and_the_next_one_answers(strict: httpx.Client) -> None:
    response = strict.get("/sparql", params={"query": RUNAWAY, "timeout": "0.3"})
    assert "stopped after 0.3 s" in problem_of(response, 504)["detail"]
    assert int(response.headers["retry-after"]) > 0
    assert answers(strict)


def test_a_query_that_takes_too_much_memory_is_503_and_the_next_one_answers(
    strict: httpx.Client,
) -> None:
    response = strict.get("/sparql", params={"query": BOMB})
    assert "memory" in problem_of(response, 503)["detail"]
    assert int(response.headers["retry-after"]) > 0
    assert answers(strict)


def test_a_full_queue_is_503(strict: httpx.Client) -> None:
    assert answers(strict)
    asking = threading.Thread(
        target=lambda: strict.get("/sparql", params={"query": RUNAWAY, "timeout": "3"})
    )
    asking.start()
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            response = strict.get("/sparql", params={"query": FRESH})
            if response.status_code != 200:
                break
        assert "waiting already" in problem_of(response, 503)["detail"]
    finally:
        asking.join()
    assert answers(strict)


@pytest.mark.parametrize("answer_format", ["json", "xml", "csv", "tsv"])
def test_an_answer_that_grows_too_large_is_broken_off(
    strict: httpx.Client, answer_format: str
) -> None:
    assert answers(strict)
    with (
        pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"),
        strict.stream("GET", "/sparql", params={"query": LONG, "format": answer_format}) as cut,
    ):
        assert cut.status_code == 200
        cut.read()
    assert answers(strict)


def test_an_answer_that_runs_out_of_time_is_broken_off(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    begun = "SELECT * { ?s ?p ?o. ?t ?q ?r } LIMIT 9000"
    query = f"SELECT * {{ {{ {begun} }} UNION {{ {ENDLESS} }} }}"
    with (
        pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"),
        client.stream("GET", "/sparql", params={"query": query, "timeout": "1"}) as cut,
    ):
        assert cut.status_code == 200
        cut.read()
    assert "stopped after 1 s" in caplog.text
    assert answers(client)


def test_a_small_answer_that_runs_out_of_time_is_504(client: httpx.Client) -> None:
    query = f"SELECT * {{ {{ ?s ?p ?o }} UNION {{ {ENDLESS} }} }}"
    response = client.get("/sparql", params={"query": query, "timeout": "1"})
    assert response.status_code == 504
    assert "stopped after 1 s" in problem_of(response, 504)["detail"]


def raw(address: str, request: str) -> bytes:
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(request.encode())
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def test_a_client_of_http_1_0_gets_a_length_or_a_problem(strict: httpx.Client) -> None:
    address = str(strict.base_url).rstrip("/")
    assert answers(strict)
    whole = raw(address, "GET /sparql?query=ASK%20%7B%7D HTTP/1.0\r\n\r\n")
    assert b"content-length: 26" in whole.lower()
    query = "SELECT%20*%20%7B?a%20?b%20?c.%20?d%20?e%20?f.%20?g%20?h%20?i%7D"
    cut = raw(address, f"GET /sparql?query={query} HTTP/1.0\r\n\r\n")
    assert b" 503 " in cut.split(b"\r\n")[0]
    assert b"more than 1,048,576 bytes" in cut
    assert answers(strict)


def test_a_client_of_http_1_0_gets_a_long_answer_with_its_length(client: httpx.Client) -> None:
    """Compressed, a graph would have none, so that a cut one would look whole."""
    address = str(client.base_url).rstrip("/")
    for path in ("/graph-store?default&format=nt", "/sparql?query=SELECT%20*%20%7B?s%20?p%20?o%7D"):
        head, _, body = raw(
            address, f"GET {path} HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n"
        ).partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}\r\n".encode() in head.lower() + b"\r\n"
        assert b"content-encoding" not in head.lower()


def test_a_client_that_goes_away_frees_its_worker(strict: httpx.Client) -> None:
    assert answers(strict)
    for _ in range(3):
        with pytest.raises(httpx.ReadTimeout):
            strict.get("/sparql", params={"query": RUNAWAY}, timeout=0.2)
        assert answers(strict)


def test_pages_come_while_queries_run(strict: httpx.Client) -> None:
    assert answers(strict)
    asking = threading.Thread(
        target=lambda: strict.get("/sparql", params={"query": RUNAWAY, "timeout": "3"})
    )
    asking.start()
    try:
        for _ in range(5):
            assert strict.get("/health/live").json() == {"status": "live"}
        assert asking.is_alive()
    finally:
        asking.join()


def test_a_killed_worker_is_503_for_its_query_and_the_next_one_answers(
    root: Path, example_release: Release
) -> None:
    settings = Settings(
        root=root, releases=example_release.path.parent, workers=1, query_timeout=120
    )
    with serving(settings) as base, httpx.Client(base_url=base, timeout=120) as http:
        answered: list[httpx.Response] = []
        asking = threading.Thread(
            target=lambda: answered.append(http.get("/sparql", params={"query": RUNAWAY}))
        )
        asking.start()
        os.kill(_busiest_worker(), signal.SIGKILL)
        asking.join()
        assert "worker that ran the query ended" in problem_of(answered[0], 503)["detail"]
        assert answers(http)


def _busiest_worker() -> int:
    """Wait for a worker of this process that computes; return its number."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                worker = process.parent() != psutil.Process()  # but a child of the fork server
                if worker and process.cpu_times().user > 0.2 and process.status() == "running":
                    return process.pid
        time.sleep(0.02)
    raise AssertionError("no worker computes")
