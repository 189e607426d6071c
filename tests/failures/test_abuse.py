# SPDX-License-Identifier: EUPL-1.2
"""Sixteen clients send runaway queries without pause; a client of the library notices nothing."""

import asyncio
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from guidance_graph.build.release import Release
from guidance_graph.library.library import Library
from tests.abuse import Report, Wanted, abuse, ask, held
from tests.conftest import REPOSITORY
from tests.failures.program import HANG, Program, environment, serving_program, until

WORKERS = 2
HEAVY = 2
#: Mebibytes that a query may take beyond an idle worker.
MEMORY = 128
#: Mebibytes that the server itself may take more than when it is quiet: answers on their way.
MORE = 64
#: How a runaway query may end.
HONEST = {"200", "429", "503", "504", "broken off"}
#: Every so many questions is asked by its text too.
BY_TEXT = 10


def requests() -> list[tuple[str, dict[str, str]]]:
    """All questions by name, with their defaults, and some by text."""
    askable = [
        query
        for query in Library.load(REPOSITORY / "queries")
        if not any(parameter.required for parameter in query.parameters)
    ]
    assert len(askable) > 50
    plain = [query for query in askable if not query.parameters]
    return [
        *((f"/queries/{query.name}", {}) for query in askable),
        *(("/sparql", {"query": query.text}) for query in plain[::BY_TEXT]),
    ]


def metric(program: Program, name: str) -> float:
    """The sum of a metric over its labels."""
    text = httpx.get(f"{program.address}/metrics", timeout=HANG).text
    lines = [line for line in text.splitlines() if line.split("{")[0].split(" ")[0] == name]
    assert lines, name
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def connections(program: Program) -> int:
    return len(psutil.Process(program.process.pid).net_connections())


@pytest.mark.skipif(not psutil.LINUX, reason="tells no share of memory, and has one address here")
@pytest.mark.parametrize("one_address", [False, True], ids=["sixteen addresses", "one address"])
def test_a_client_of_the_library_gets_every_answer_among_runaway_queries(
    repository_release: Release,
    tmp_path: Path,
    *,
    one_address: bool,
) -> None:
    variables = environment(
        REPOSITORY,
        repository_release.path.parent,
        cache_size=0,
        workers=WORKERS,
        heavy_workers=HEAVY,
        query_memory=MEMORY,
        query_timeout=2,
    )
    with serving_program(variables, tmp_path / "log") as program:
        wanted = asyncio.run(ask(program.address, requests()))
        processes = 2 + WORKERS  # the server and the fork server
        until(lambda: held(program.process.pid)[1] == processes, "a quiet server")
        quiet, _ = held(program.process.pid)
        open_before = connections(program)
        report = asyncio.run(
            abuse(program.address, 5, wanted, program.process.pid, one_address=one_address)
        )
        sys.stdout.write(f"{report}\n")  # pytest -s shows it
        assert not report.failures, report
        assert set(report.ends) <= HONEST, report
        assert report.ends.total() > len(HONEST)
        at_once = WORKERS + 2 * HEAVY
        assert report.memory < quiet + (at_once * MEMORY + MORE << 20), report
        # those that end meanwhile are as many as those that take their place
        assert report.processes <= 2 + 2 * at_once, report
        _is_as_it_was(program, wanted, processes, open_before, report)


def _is_as_it_was(
    program: Program, wanted: list[Wanted], processes: int, open_before: int, report: Report
) -> None:
    until(lambda: program.running() == 0, "no query that runs")
    until(lambda: held(program.process.pid)[1] == processes, "as many processes as before")
    until(lambda: connections(program) <= open_before, "as many connections as before")
    assert all(each.status() != psutil.STATUS_ZOMBIE for each in program.children())
    assert metric(program, "guidance_graph_queries_waiting") == 0
    asked = report.ends.total() + len(report.seconds) + len(wanted)
    assert metric(program, "guidance_graph_http_requests_total") >= asked
    assert metric(program, "guidance_graph_queries_total") >= asked - report.ends["429"]
    path, parameters = wanted[-1].path, wanted[-1].parameters
    answer = httpx.get(program.address + path, params=dict(parameters), timeout=HANG)
    assert answer.content == wanted[-1].content
    assert not program.trouble()
