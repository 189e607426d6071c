# SPDX-License-Identifier: EUPL-1.2
import os
import subprocess
import sys
from dataclasses import dataclass

import psutil
import pytest

from guidance_graph.engine.current import Release
from guidance_graph.protocol.gauges import EngineCollector, memory


@dataclass
class State:
    """What an engine with lanes says of itself."""

    light: int = 2
    heavy: int = 1
    light_waiting: int = 5
    heavy_waiting: int = 7
    started: int = 11


@dataclass
class Engine:
    """An engine before its start, with or without a state."""

    state: State | None = None
    release: Release | None = None
    processes: tuple[int, ...] = (1, 2, 3)


@dataclass
class Answers:
    """What a memory of answers says of itself."""

    hits: int = 4
    misses: int = 6
    size: int = 512


def collected(engine: Engine) -> dict[tuple[str, str], float]:
    collector = EngineCollector(engine, Answers())  # type: ignore[arg-type]
    return {
        (sample.name.removeprefix("guidance_graph_"), sample.labels.get("lane", "")): sample.value
        for family in collector.collect()
        for sample in family.samples
    }


def test_an_engine_is_asked_for_what_it_has_and_no_more() -> None:
    plain = {
        ("cache_hits_total", ""): 4.0,
        ("cache_misses_total", ""): 6.0,
        ("cache_bytes", ""): 512.0,
        ("workers", ""): 3.0,
    }
    assert collected(Engine()) == plain
    assert collected(Engine(State())) == plain | {
        ("queries_running", "light"): 2.0,
        ("queries_running", "heavy"): 1.0,
        ("queries_waiting", "light"): 5.0,
        ("queries_waiting", "heavy"): 7.0,
        ("workers_started_total", ""): 11.0,
    }


def test_memory_is_that_of_this_process_and_of_what_it_has_started() -> None:
    program = "import sys; block = bytes(64 << 20); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        measure, own, theirs = memory()
        child.communicate()
    assert measure in ("pss", "rss")
    assert own > 8 << 20
    assert theirs > 1 << 20


def test_where_the_system_tells_no_share_memory_is_what_is_resident(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(self: psutil.Process) -> None:
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "memory_full_info", refused)
    measure, own, _ = memory()
    assert measure == "rss"
    resident = psutil.Process(os.getpid()).memory_info().rss
    assert resident / 2 < own < resident * 2
