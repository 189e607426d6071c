# SPDX-License-Identifier: EUPL-1.2
"""One run: everything is measured one after another, and written down."""

import contextlib
import json
import os
import platform
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median
from typing import Any, Final

import psutil
import typer
from rich.console import Console

from guidance_graph import __version__
from guidance_graph.terms.settings import Settings
from tests.bench import growth, latency, throughput
from tests.bench.cases import Case, country_cases, library_cases
from tests.bench.exponents import growth_of
from tests.bench.figures import percentiles
from tests.bench.plot import draw
from tests.bench.releases import Graph, NoRoomError, base_graph, grown_graph
from tests.bench.report import show
from tests.bench.systems import EMBEDDED, FIRST, System, endpoint, oxigraph, peer

_TOOLS: Final = ("pyoxigraph", "oxigraph", "uvicorn", "fastapi")
_REST: Final = 1.0
#: Columns where nobody says how many there are.
_WIDE: Final = 140


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        rounds: how often each query is sent to each system.
        minutes: after which no further round of them begins.
        load: what is sent to measure throughput.
        starts: of each server; one is that of the server that is asked.
        patience: seconds that a query may take on a grown graph.
        growth_minutes: that are spent asking on each graph, in process and over HTTP each.
    """

    rounds: int = 20
    minutes: float = 15
    load: throughput.Load = field(default_factory=throughput.Load)
    starts: int = 5
    patience: float = 10
    growth_minutes: float = 10


def run(
    checkout: Settings,
    output: Path,
    peers: Mapping[str, str],
    scales: Sequence[int],
    plan: Plan,
    *,
    keep: bool = False,
) -> dict[str, Any]:
    """Measure, write ``bench.json`` and ``bench.svg``, and print what they say.

    Args:
        checkout: where the files of the dataset, the library and maybe a release are.
        output: the folder for them.
        peers: addresses of endpoints that hold the release, by the name they are to have.
        scales: how many times as large the graph is to be.
        plan: how much is measured.
        keep: whether the grown graphs are left there.

    Returns:
        The figures, as they are written down.

    Raises:
        NoAnswerError: a system gave an answer that is not whole, or none.
        NoServerError: a server did not start.
        typer.Exit: wrk is missing.
    """
    out = Console(highlight=False, soft_wrap=True)
    if not out.is_terminal:
        out.width = _WIDE
    if throughput.WRK is None:
        out.print("wrk is missing; install it: apt-get install wrk (Debian), brew install wrk")
        raise typer.Exit(2)
    work = output / "work"
    work.mkdir(parents=True, exist_ok=True)
    work = work.resolve()
    try:
        base = base_graph(work, checkout)
        figures = {**_about(base, plan), **_compare(base, peers, plan, out)}
        _write(figures, output)
        if scales:
            figures["growth"] = _grow(base, scales, plan, work, out, keep=keep)
    finally:
        if not keep:
            shutil.rmtree(work)
    _write(figures, output)
    draw(figures, output / "bench.svg")
    show(figures, out)
    out.print(f"Written: {output / 'bench.json'}, {output / 'bench.svg'}")
    return figures


def _write(figures: Mapping[str, Any], output: Path) -> None:
    (output / "bench.json").write_text(json.dumps(figures, indent=1) + "\n")


def _about(base: Graph, plan: Plan) -> dict[str, Any]:
    return {
        "plan": asdict(plan),
        "versions": {
            "guidance-graph": __version__,
            "python": platform.python_version(),
            **{tool: version(tool) for tool in _TOOLS},
        },
        "machine": {
            "cores": os.cpu_count(),
            "memory": psutil.virtual_memory().total,
            "system": platform.system(),
            "architecture": platform.machine(),
        },
        "release": {"digest": base.release.digest, "quads": base.quads},
    }


def _compare(base: Graph, peers: Mapping[str, str], plan: Plan, out: Console) -> dict[str, Any]:
    """Latency, throughput, start and memory of all systems on the release itself."""
    cases = library_cases(base.settings.root / "queries")
    store = base.release.store_path
    starts = _starts(base, cases[0], plan.starts - 1, out)
    with _systems(base, cases[0], peers) as systems:
        for system in systems:
            if system.started is not None:
                starts.setdefault(system.name, []).append(system.started)
        time.sleep(_REST)
        idle = {system.name: size for system in systems if (size := system.memory())}
        with _step(out, f"Asking {len(cases)} queries of {len(systems) + 1} systems once"):
            found = latency.check(cases, store, systems)
        with _step(out, f"Latency, {plan.rounds} rounds"):
            taken = latency.measure(found, store, systems, plan.rounds, 60 * plan.minutes)
        with _step(out, "Throughput"):
            loaded = throughput.measure(found.cases, systems, plan.load)
    alone = 1 / mean(each for times in taken[EMBEDDED].values() for each in times)
    return {
        "queries": [case.name for case in found.cases],
        "rows": found.rows,
        "refused": found.refused,
        "differing": found.differing,
        "latency": {
            name: {
                "percentiles": percentiles([each for times in of.values() for each in times]),
                "of_medians": percentiles([median(times) for times in of.values()]),
                "seconds": of,
            }
            for name, of in taken.items()
        },
        "throughput": {
            name: {str(clients): rate for clients, rate in of.items()}
            for name, of in {EMBEDDED: {1: alone}, **loaded.rates}.items()
        },
        "failures": loaded.failures,
        "start": starts,
        "memory": {
            name: {"idle": size, "peak": max(size, loaded.peaks.get(name, 0))}
            for name, size in idle.items()
        },
    }


def _starts(base: Graph, case: Case, times: int, out: Console) -> dict[str, list[float]]:
    """Return the seconds from the start of each server to its first whole answer."""
    seconds: dict[str, list[float]] = {}
    with _step(out, f"Starting each server {times} times"):
        for _ in range(times):
            for start in (
                endpoint(base, case, cache=False),
                endpoint(base, case, cache=True),
                oxigraph(base.release.store_path, case),
            ):
                with start as system:
                    assert system.started is not None
                    seconds.setdefault(system.name, []).append(system.started)
    return seconds


@contextlib.contextmanager
def _systems(base: Graph, case: Case, peers: Mapping[str, str]) -> Iterator[list[System]]:
    """Everything that is asked over HTTP, started."""
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(endpoint(base, case, cache=False)),
            stack.enter_context(endpoint(base, case, cache=True)),
            stack.enter_context(oxigraph(base.release.store_path, case)),
            *(peer(name, url, case) for name, url in peers.items()),
        ]


def _grow(
    base: Graph, scales: Sequence[int], plan: Plan, work: Path, out: Console, *, keep: bool
) -> dict[str, Any]:
    """Measure each query on each graph; one that was too slow is not asked on a larger one."""
    folder = base.settings.root / "queries"
    cases = [*country_cases(folder), *library_cases(folder)]
    points: dict[str, list[growth.Point]] = {case.name: [] for case in cases}
    skip: dict[str, str] = {}
    graphs = []
    effort = growth.Effort(plan.patience, 60 * plan.growth_minutes)
    for scale in scales:
        about: dict[str, Any] = {"scale": scale}
        graphs.append(about)
        try:
            with _step(out, f"{scale:,} times the graph: writing it"):
                graph = grown_graph(base, scale, work)
        except NoRoomError as error:
            about["skipped"] = str(error)
            out.print(f"left out: {error}")
            continue
        with _step(out, f"{scale:,} times the graph: {graph.quads:,} quads, asking"):
            taken, server = growth.measure(cases, graph, effort, skip)
        for name, point in taken.items():
            points[name].append(point)
            if EMBEDDED not in point.seconds:
                skip.setdefault(name, f"not asked: no answer at {scale:,} times the graph")
        about |= {
            "quads": graph.quads,
            "asked": len(cases),
            "answered": sum(EMBEDDED in point.seconds for point in taken.values()),
            "answered_by_server": sum(FIRST in point.seconds for point in taken.values()),
            **server,
        }
        cases.sort(key=lambda case: taken[case.name].seconds.get(EMBEDDED, plan.patience))
        if scale != 1 and not keep:
            shutil.rmtree(graph.settings.releases)
    exponents = [
        found
        for case in cases
        if (found := growth_of(case.name, points[case.name], EMBEDDED, counts=case.counts))
    ]
    exponents.sort(key=lambda each: (each.with_the_answer, -each.seconds))
    return {
        "graphs": graphs,
        "queries": {name: [asdict(point) for point in of] for name, of in points.items()},
        "exponents": [each.described() for each in exponents],
    }


@contextlib.contextmanager
def _step(out: Console, name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    out.print(f"{name:<60}{time.perf_counter() - start:8.1f} s")
