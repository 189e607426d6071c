# SPDX-License-Identifier: EUPL-1.2
"""How long each query takes as the graph grows, and how large its answer is then."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import psutil

from tests.bench.cases import Case
from tests.bench.client import Client, NoAnswerError, rows_of
from tests.bench.embedded import Embedded
from tests.bench.releases import Graph
from tests.bench.systems import EMBEDDED, FIRST, NoServerError, endpoint

#: A query is repeated so often, or until it has taken so many seconds.
_REPEATS: Final = 5
_ENOUGH: Final = 1.0
#: A server has started when it answers this; a question may take too long on a grown graph.
_LIGHT: Final = Case("start", "ASK {}")


#: Why a query has no time on a graph where it was not asked at all.
NOT_REACHED: Final = "not reached in time"


@dataclass
class Point:
    """One query on one graph.

    Attributes:
        quads: size of the graph.
        rows: solutions or triples of the answer.
        size: bytes of the answer.
        seconds: by system; none where there was no answer.
        missing: by system, why there was no answer.
    """

    quads: int
    rows: int | None
    size: int | None
    seconds: dict[str, float]
    missing: dict[str, str]


@dataclass(frozen=True)
class Effort:
    """How long a graph is asked.

    Attributes:
        patience: seconds that a query may take.
        budget: seconds after which no further query is asked, in process and over HTTP each.
    """

    patience: float
    budget: float


def measure(
    cases: Sequence[Case], graph: Graph, effort: Effort, skip: Mapping[str, str]
) -> tuple[dict[str, Point], dict[str, Any]]:
    """Ask each query in process and over HTTP.

    Args:
        cases: what is asked; the first are the most likely to be reached.
        graph: the release.
        effort: how long to ask.
        skip: why some queries are not asked, by their name.

    Returns:
        What each query took, and the start and memory of the server on this graph.
    """
    points = {case.name: Point(graph.quads, None, None, {}, {}) for case in cases}
    with Embedded(graph.release.store_path, effort.patience) as embedded:

        def ask(case: Case) -> float:
            taken = embedded.ask(case)
            points[case.name].rows, points[case.name].size = taken.rows, taken.size
            return taken.seconds

        _each(cases, points, _Asked(EMBEDDED, ask, effort, skip))
    try:
        server = _measure_server(cases, graph, points, effort, skip)
    except NoServerError as error:
        server = {"error": str(error)}
    return points, server


def _measure_server(
    cases: Sequence[Case],
    graph: Graph,
    points: Mapping[str, Point],
    effort: Effort,
    skip: Mapping[str, str],
) -> dict[str, Any]:
    """Ask our endpoint, its limits out of the way; return its start in seconds and its memory."""
    limits = {
        "QUERY_TIMEOUT": f"{effort.patience:g}",
        "QUERY_MEMORY": str(psutil.virtual_memory().total // 3 >> 20),
        "RESULT_SIZE": "4096",
        "RESULT_ROWS": "100000000",
    }
    with (
        endpoint(graph, _LIGHT, cache=False, limits=limits) as server,
        Client(server.url, timeout=2 * effort.patience) as client,
    ):

        def ask(case: Case) -> float:
            reply = client.ask(case)
            point = points[case.name]
            if len(reply.body) != point.size:  # to read a large answer takes longer than to make it
                rows = rows_of(reply.body, graph=case.graph)
                if point.rows not in (None, rows):
                    raise NoAnswerError(f"{case.name}: {rows} rows, and {point.rows} in process")
            return reply.seconds

        _each(cases, points, _Asked(FIRST, ask, effort, skip))
        return {"started": server.started, "memory": server.memory()}


@dataclass(frozen=True)
class _Asked:
    """A system, what asks it a query and gives the seconds, and for how long it is asked."""

    name: str
    ask: Callable[[Case], float]
    effort: Effort
    skip: Mapping[str, str]


def _each(cases: Sequence[Case], points: Mapping[str, Point], asked: _Asked) -> None:
    """Note the median of a few times for each query.

    The first is not among them: on a graph that the system's memory does not hold whole, it would
    be the time of the disk, and where a query is asked often enough that is not seen.
    """
    end = time.monotonic() + asked.effort.budget
    for case in cases:
        point = points[case.name]
        if case.name in asked.skip:
            point.missing[asked.name] = asked.skip[case.name]
        elif time.monotonic() > end:
            point.missing[asked.name] = NOT_REACHED
        else:
            taken: list[float] = []
            try:
                asked.ask(case)
                while len(taken) < _REPEATS and sum(taken) < _ENOUGH:
                    taken.append(asked.ask(case))
            except NoAnswerError as error:
                point.missing[asked.name] = str(error)[:200]
            else:
                point.seconds[asked.name] = median(taken)
