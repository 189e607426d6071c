# SPDX-License-Identifier: EUPL-1.2
"""Processes that are killed: what ran there fails, what did not is answered, nothing is left."""

import contextlib
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from guidance_graph.build.release import Release
from tests.conftest import EXAMPLE
from tests.failures.asking import Clients, count_of, rows_of
from tests.failures.conftest import Start
from tests.failures.program import (
    HANG,
    Program,
    environment,
    place_release,
    serving_program,
    until,
    until_ended,
)
from tests.protocol.test_sparql import problem_of
from tests.serving import LONG, RUNAWAY, write_queries

COUNT = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "format": "csv"}
WORKERS = 2
HEAVY = 2
#: Queries that may run at the same time: light ones, heavy ones, and heavy ones that have begun.
AT_ONCE = WORKERS + 2 * HEAVY
#: No query has to wait so long that it is turned away.
PATIENT = {"queue_wait": HANG, "query_timeout": HANG, "cache_size": 0}


def answers(program: Program, release: Release) -> bool:
    """Whether all triples of a release are counted."""
    response = httpx.get(f"{program.address}/sparql", params=COUNT, timeout=HANG)
    return (response.status_code, response.text) == (200, f"n\r\n{release.manifest['triples']}\r\n")


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file below a folder, with its number and when it was written."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_ino, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def ask_in_background(program: Program, query: str) -> threading.Thread:
    def ask() -> None:
        with contextlib.suppress(httpx.TransportError):
            httpx.post(f"{program.address}/sparql", data={"query": query}, timeout=HANG)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_of_a_killed_server_no_process_is_left_and_the_next_one_serves_the_same_release(
    start: Start, root: Path, example_release: Release
) -> None:
    program = start(heavy_workers=HEAVY, **PATIENT)
    before = files_of(root / "releases")
    asking = [ask_in_background(program, f"{RUNAWAY} # {n}") for n in range(HEAVY)]
    until(lambda: program.running() == len(asking), "queries that run")
    children = program.children()
    program.process.kill()
    program.process.wait()
    until_ended(children)
    for each in asking:
        each.join()
    again = start(port=program.port)
    assert "building" not in again.printed
    assert answers(again, example_release)
    assert files_of(root / "releases") == before


def is_closed(address: str) -> bool:
    """Whether nobody listens there; who comes in the moment of closing may be cut off instead."""
    try:
        httpx.get(address, timeout=HANG)
    except httpx.ConnectError:
        return True
    except httpx.TransportError:
        pass
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda each: each.name)
def test_a_signal_to_the_whole_group_lets_running_answers_end_whole(
    start: Start, number: signal.Signals
) -> None:
    program = start(stop_timeout=HANG, heavy_workers=4, **PATIENT)
    combined = 6_000_000
    some_time = (
        "SELECT (COUNT(*) AS ?n)"
        f" {{ {{ SELECT * {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} LIMIT {combined} }} }}"
    )
    rows = 60_000
    long = f"SELECT ?a ?d {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {rows}"
    counted: list[str] = []

    def count(number: int) -> None:
        asked = {"query": f"{some_time} # {number}", "format": "csv"}
        counted.append(httpx.post(f"{program.address}/sparql", data=asked, timeout=HANG).text)

    counting = [threading.Thread(target=count, args=(each,)) for each in range(2)]
    for each in counting:
        each.start()
    until(lambda: program.running() >= len(counting), "queries that run")
    with (
        httpx.Client(base_url=program.address, timeout=HANG) as client,
        client.stream(
            "GET",
            "/sparql",
            params={"query": long, "format": "csv"},
            headers={"accept-encoding": "identity"},
        ) as streamed,
    ):
        children = program.children()
        program.end_group(number)
        until(lambda: is_closed(program.address), "a closed port")
        assert streamed.read().count(b"\n") == rows + 1
    for each in counting:
        each.join()
    assert counted == [f"n\r\n{combined}\r\n"] * 2
    assert program.process.wait(HANG) in (0, -number)
    until_ended(children)
    assert not program.trouble()


def test_what_a_stop_has_no_time_for_is_503_or_broken_off_and_no_traceback(start: Start) -> None:
    program = start(stop_timeout=1, heavy_workers=HEAVY, **PATIENT)
    refused: list[httpx.Response] = []

    def ask() -> None:
        asked = {"query": RUNAWAY}
        refused.append(httpx.post(f"{program.address}/sparql", data=asked, timeout=HANG))

    asking = threading.Thread(target=ask)
    asking.start()
    with (
        httpx.Client(base_url=program.address, timeout=HANG) as client,
        client.stream("GET", "/sparql", params={"query": LONG, "format": "csv"}) as streamed,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        until(lambda: program.running() > 1, "queries that run")
        program.process.terminate()
        streamed.read()
    asking.join()
    problem_of(refused[0], 503)
    assert refused[0].headers["retry-after"]
    assert refused[0].headers["access-control-allow-origin"] == "*"
    assert program.process.wait(HANG) == -signal.SIGTERM
    assert not program.trouble()


@pytest.fixture(scope="module")
def lasting(
    example_release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """A server of which no query has to wait so long that it is turned away."""
    folder = tmp_path_factory.mktemp("killed")
    root = Path(shutil.copytree(EXAMPLE, folder / "root"))
    write_queries(root)
    place_release(example_release, root / "releases")
    variables = environment(
        root, root / "releases", workers=WORKERS, heavy_workers=HEAVY, **PATIENT
    )
    with serving_program(variables, folder / "log") as program:
        yield program


def test_a_second_ctrl_c_breaks_off_what_runs_and_gives_no_traceback(start: Start) -> None:
    program = start(stop_timeout=HANG, heavy_workers=HEAVY, **PATIENT)
    refused: list[httpx.Response] = []

    def ask() -> None:
        asked = {"query": RUNAWAY}
        refused.append(httpx.post(f"{program.address}/sparql", data=asked, timeout=2 * HANG))

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: program.running() == 1, "a query that runs")
    children = program.children()
    program.end_group(signal.SIGINT)
    until(lambda: is_closed(program.address), "a closed port")
    assert program.process.poll() is None
    program.end_group(signal.SIGINT)
    assert program.process.wait(HANG) in (0, -signal.SIGINT)
    asking.join()
    problem_of(refused[0], 503)
    until_ended(children)
    assert not program.trouble()
    assert '"status": 503' in program.log.read_text()


def test_killed_workers_cost_the_query_that_ran_there_each(
    lasting: Program, example_release: Release
) -> None:
    program = lasting
    kills = 4
    with Clients(program.address, *[count_of] * 6, *[rows_of] * 2) as clients:
        clients.answered(10)
        for turn in range(kills):
            with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                program.workers()[-turn % 3].kill()
            clients.answered(5)
    asked = clients.asked
    assert not asked.wrong
    assert asked.failed <= kills, asked
    until(lambda: len(program.workers()) == WORKERS, "as many workers as there were")
    assert answers(program, example_release)
    assert not program.trouble()


def test_a_killed_fork_server_costs_what_ran_and_capacity_is_back(
    lasting: Program, example_release: Release
) -> None:
    program = lasting
    kills = 2
    with Clients(program.address, *[count_of] * 6, *[rows_of] * 2) as clients:
        for _ in range(kills):
            clients.answered(10)
            before = program.fork_server()
            children = before.children()
            before.kill()
            until_ended([before, *children])
            clients.answered(10)
    asked = clients.asked
    assert not asked.wrong
    assert asked.failed <= kills * AT_ONCE, asked
    until(lambda: len(program.workers()) == WORKERS, "as many workers as there were")
    assert answers(program, example_release)
    assert not program.trouble()
