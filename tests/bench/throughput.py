# SPDX-License-Identifier: EUPL-1.2
"""Answers a second to so many clients at once, with wrk, over the whole library."""

import json
import random
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, Self

from guidance_graph.engine.formats import JSON, N_TRIPLES
from tests.bench.cases import Case
from tests.bench.client import NoAnswerError, encoded
from tests.bench.systems import System

WRK: Final = shutil.which("wrk")
_SCRIPT: Final = Path(__file__).with_name("library.lua")
_ACCEPT: Final = f"{JSON.media_type}, {N_TRIPLES.media_type}"
_ERRORS: Final = ("connect", "read", "write", "status", "timeout")
#: Seconds after which wrk counts an answer as not come.
_PATIENCE: Final = 60
#: Seconds between two looks at the memory.
_PAUSE: Final = 0.25
_SEED: Final = 2026


@dataclass(frozen=True)
class Load:
    """How much is sent.

    Attributes:
        clients: that ask at the same time; a run for each of these numbers.
        seconds: of each run.
        repeats: how many runs each figure is the median of.
    """

    clients: tuple[int, ...] = (1, 8, 64)
    seconds: float = 10
    repeats: int = 3


@dataclass
class Found:
    """What was measured.

    Attributes:
        rates: answers a second, by system and clients.
        peaks: bytes that each system held at most, where it was started here.
        failures: what went wrong, by peer and clients.
    """

    rates: dict[str, dict[int, float]]
    peaks: dict[str, int]
    failures: dict[str, dict[int, str]]


def measure(cases: Sequence[Case], systems: Sequence[System], load: Load) -> Found:
    """Send the cases at full load.

    Args:
        cases: what is asked; each client goes through all of it, over and over.
        systems: what is asked, one after another.
        load: by how many, for how long and how often.

    Raises:
        NoAnswerError: an answer of a system started here was not whole, or had another status
            than 200. A peer by address has no figure then.
    """
    runs: dict[str, dict[int, list[float]]] = {
        system.name: {clients: [] for clients in load.clients} for system in systems
    }
    peaks: dict[str, int] = {}
    failures: dict[str, dict[int, str]] = {}
    for _ in range(load.repeats):
        for clients in load.clients:
            for system in systems:
                if clients in failures.get(system.name, {}):
                    continue
                with _Peak(system) as peak:
                    try:
                        rate_now = _run(cases, system, clients, load.seconds)
                    except NoAnswerError as error:
                        if system.process is not None:
                            raise
                        failures.setdefault(system.name, {})[clients] = str(error)
                        runs[system.name].pop(clients, None)
                    else:
                        runs[system.name][clients].append(rate_now)
                if peak.bytes:
                    peaks[system.name] = max(peaks.get(system.name, 0), peak.bytes)
    rates = {
        name: {clients: median(each) for clients, each in of.items()} for name, of in runs.items()
    }
    return Found(rates, peaks, failures)


def _run(cases: Sequence[Case], system: System, clients: int, seconds: float) -> float:
    shuffled = random.Random(_SEED).sample(cases, len(cases))
    bodies = [encoded(case.text, system.body_type).decode() for case in shuffled]
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as queries:
        queries.write(_lua(bodies))
        queries.flush()
        command = [
            *(str(WRK), "--threads", str(min(clients, 2)), "--connections", str(clients)),
            *("--duration", f"{seconds:.0f}s", "--timeout", f"{_PATIENCE}s"),
            *("--script", str(_SCRIPT), system.url, "--"),
            *(queries.name, system.body_type, _ACCEPT),
        ]
        run = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=seconds + 2 * _PATIENCE
        )
    return rate(json.loads(run.stdout.splitlines()[-1]), f"{system.name}, {clients} clients")


def rate(summary: Mapping[str, int], what: str) -> float:
    """Return the answers a second of a run of wrk.

    Raises:
        NoAnswerError: something went wrong, or nothing came.
    """
    wrong = {name: summary[name] for name in _ERRORS if summary[name]}
    if wrong or not summary["requests"]:
        raise NoAnswerError(f"{what}: {summary['requests']} answers, errors: {wrong}")
    return summary["requests"] / summary["microseconds"] * 1e6


def _lua(bodies: Sequence[str]) -> str:
    """Return a Lua file that gives the bodies; no query holds the brackets around it."""
    return "return {\n" + ",\n".join(f"[=====[\n{body}]=====]" for body in bodies) + "\n}\n"


class _Peak:
    """The most memory that a system holds while something else goes on."""

    def __init__(self, system: System) -> None:
        self.bytes = 0
        self._system = system
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._over.wait(_PAUSE):
            self.bytes = max(self.bytes, self._system.memory() or 0)

    def __enter__(self) -> Self:
        if self._system.process is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._system.process is not None:
            self._thread.join()
