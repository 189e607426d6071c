# SPDX-License-Identifier: EUPL-1.2
"""Whether a query's time grows with its answer, or with the graph."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from tests.bench.figures import exponent, last_exponent
from tests.bench.growth import NOT_REACHED, Point

#: Time may grow this much faster than the answer before it counts. A lookup itself costs more in
#: a larger store: where both grow alike, 0.3 to 0.4 was measured between 10 and 100 times.
_TOLERANCE: Final = 0.5
#: A query that takes less than this on the largest graph is quick, however it grows.
_QUICK: Final = 0.01


@dataclass(frozen=True)
class Growth:
    """How a query grows.

    Attributes:
        name: the query.
        seconds: on the largest graph it was answered on, in process.
        quads: the size of that graph.
        before: the size of the next smaller one that it was answered on.
        by_graph: exponent of its time by the size of the graph, over all sizes.
        by_graph_last: the same between the two largest.
        answer: exponent of the bytes of its answer by the size of the graph, between those two.
        rows: exponent of the rows of its answer, likewise.
        by_answer: exponent of its time by the bytes of its answer, over all sizes.
        counts: whether its answer is counts of what the whole graph holds.
        failed: whether it was asked on a larger graph too, and had no answer there.
    """

    name: str
    seconds: float
    quads: int
    before: int
    by_graph: float
    by_graph_last: float
    answer: float
    rows: float
    by_answer: float | None
    counts: bool = False
    failed: bool = False

    @property
    def excess(self) -> float:
        """How much faster its time grows than its answer, or than what it counts."""
        return self.by_graph_last - max(self.answer, 1.0 if self.counts else 0.0)

    @property
    def with_the_answer(self) -> bool:
        """Whether its time grows with its answer, and not with the graph beyond that."""
        return self.excess <= _TOLERANCE or self.seconds < _QUICK

    def described(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**asdict(self), "with_the_answer": self.with_the_answer}


def growth_of(
    name: str, points: Sequence[Point], system: str, *, counts: bool = False
) -> Growth | None:
    """Return how a query grows; None where fewer than two graphs have an answer.

    Args:
        name: the query.
        points: what it took on each graph.
        system: whose times.
        counts: whether the answer is counts of what the whole graph holds, which so has one size
            while what is counted grows as the graph does.
    """
    timed = [point for point in points if system in point.seconds and point.size]
    sizes = [(point.quads, float(point.size or 1)) for point in timed]
    rows = [(point.quads, max(point.rows or 0, 1)) for point in timed]
    times = [(point.quads, point.seconds[system]) for point in timed]
    last, answer, row = last_exponent(times), last_exponent(sizes), last_exponent(rows)
    overall = exponent(times)
    if last is None or answer is None or row is None or overall is None:
        return None
    *_, smaller, largest = sorted(timed, key=_size_of_graph)
    larger = sorted((each for each in points if each.quads > largest.quads), key=_size_of_graph)
    why = larger[0].missing.get(system, NOT_REACHED) if larger else NOT_REACHED
    return Growth(
        name=name,
        seconds=largest.seconds[system],
        quads=largest.quads,
        before=smaller.quads,
        by_graph=overall,
        by_graph_last=last,
        answer=answer,
        rows=row,
        by_answer=exponent([(float(point.size or 1), point.seconds[system]) for point in timed]),
        counts=counts,
        failed=why != NOT_REACHED,
    )


def _size_of_graph(point: Point) -> int:
    return point.quads
