# SPDX-License-Identifier: EUPL-1.2
"""How long each query takes as the graph grows, and how large its answer is then."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from tests.bench.cases import Case
from tests.bench.client import Client, NoAnswerError, rows_of
from tests.bench.embedded import Embedded
from tests.bench.releases import Graph
from tests.bench.systems import EMBEDDED, FIRST, endpoint

#: A query is repeated so often, or until it has taken so many seconds.
_REPEATS: Final = 5
_ENOUGH: Final = 1.0


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


def measure(
    cases: Sequence[Case], graph: Graph, seconds: float, budget: float, skip: Mapping[str, str]
) -> tuple[dict[str, Point], dict[str, Any]]:
    """Ask each query in process and over HTTP.

    Args:
        cases: what is asked; the first are the most likely to be reached.
        graph: the release.
        seconds: how long a query may take.
        budget: seconds after which no further query is asked, for each of the two.
        skip: why some queries are not asked, by their name.

    Returns:
        What each query took, and the start and memory of the server on this graph.
    """
    points = {case.name: Point(graph.quads, None, None, {}, {}) for case in cases}
    with Embedded(graph.release.store_path, seconds) as embedded:

        def ask(case: Case) -> float:
            taken = embedded.ask(case)
            points[case.name].rows, points[case.name].size = taken.rows, taken.size
            return taken.seconds

        _each(cases, points, _Asked(EMBEDDED, ask, budget, skip))
    limits = {
        "QUERY_TIMEOUT": f"{seconds:g}",
        "QUERY_MEMORY": "8192",
        "RESULT_SIZE": "4096",
        "RESULT_ROWS": "100000000",
    }
    with (
        endpoint(graph, cases[0], cache=False, limits=limits) as server,
        Client(server.url, timeout=2 * seconds) as client,
    ):

        def ask_server(case: Case) -> float:
            reply = client.ask(case)
            point = points[case.name]
            if point.size is not None and len(reply.body) == point.size:
                return reply.seconds  # to read a large answer takes longer than to make it
            rows = rows_of(reply.body, graph=case.graph)
            if point.rows not in (None, rows):
                raise NoAnswerError(f"{case.name}: {rows} rows, and {point.rows} in process")
            return reply.seconds

        _each(cases, points, _Asked(FIRST, ask_server, budget, skip))
        server_figures = {"started": server.started, "memory": server.memory()}
    return points, server_figures


@dataclass(frozen=True)
class _Asked:
    """A system, what asks it a query and gives the seconds, and for how long it is asked."""

    name: str
    ask: Callable[[Case], float]
    budget: float
    skip: Mapping[str, str]


def _each(cases: Sequence[Case], points: Mapping[str, Point], asked: _Asked) -> None:
    """Note the median of a few times for each query."""
    end = time.monotonic() + asked.budget
    for case in cases:
        point = points[case.name]
        if case.name in asked.skip:
            point.missing[asked.name] = asked.skip[case.name]
        elif time.monotonic() > end:
            point.missing[asked.name] = "not reached in time"
        else:
            taken: list[float] = []
            try:
                while len(taken) < _REPEATS and sum(taken) < _ENOUGH:
                    taken.append(asked.ask(case))
            except NoAnswerError as error:
                point.missing[asked.name] = str(error)[:200]
            else:
                point.seconds[asked.name] = median(taken)
