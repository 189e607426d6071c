# SPDX-License-Identifier: EUPL-1.2
"""A balancer learns that a server stops while the server still answers."""

import re
import signal
import time

import httpx
import pytest

from tests.failures.asking import Clients, count_of, rows_of
from tests.failures.conftest import Start
from tests.failures.program import HANG, Program, until, until_ended

DELAY = 4.0


def health(program: Program) -> httpx.Response:
    return httpx.get(f"{program.address}/health/ready", timeout=HANG)


def until_leaving(program: Program) -> None:
    until(lambda: health(program).status_code == 503, "a server that is about to stop")


def test_after_sigterm_all_is_answered_but_that_it_is_ready(start: Start) -> None:
    program = start(stop_delay=DELAY, queue_wait=HANG, query_timeout=HANG)
    children = program.children()
    with Clients(program.address, count_of, rows_of) as clients:
        clients.answered(2)
        began = time.monotonic()
        program.process.send_signal(signal.SIGTERM)
        until_leaving(program)
        response = health(program)
        assert response.json()["reason"] == "the server is about to stop"
        assert int(response.headers["retry-after"]) > 0
        assert httpx.get(f"{program.address}/health/live").status_code == 200
        metrics = httpx.get(f"{program.address}/metrics", timeout=HANG).text
        assert re.search(r"^guidance_graph_ready 0(\.0)?$", metrics, re.MULTILINE)
        clients.answered(2)
    assert (clients.asked.failed, clients.asked.wrong) == (0, [])
    assert program.process.wait(HANG) == -signal.SIGTERM
    assert time.monotonic() - began >= DELAY
    until_ended(children)
    assert not program.trouble()


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_stops_at_once(start: Start, second: signal.Signals) -> None:
    program = start(stop_delay=10 * HANG)
    program.process.send_signal(signal.SIGTERM)
    until_leaving(program)
    program.process.send_signal(second)
    assert program.process.wait(HANG) in (0, -signal.SIGTERM)
    assert not program.trouble()


def test_ctrl_c_stops_at_once(start: Start) -> None:
    program = start(stop_delay=10 * HANG)
    program.end_group(signal.SIGINT)
    assert program.process.wait(HANG) == 0
    assert not program.trouble()
