# SPDX-License-Identifier: EUPL-1.2
"""Which queries grow with their answer, and which with the graph."""

import pytest

from tests.bench.exponents import growth_of
from tests.bench.growth import NOT_REACHED, Point

SYSTEM = "in process"


def points(seconds: list[float], size: list[int]) -> list[Point]:
    return [
        Point(10**power, rows=size[power], size=size[power], seconds={SYSTEM: taken}, missing={})
        for power, taken in enumerate(seconds)
    ]


def test_time_that_grows_as_the_answer_is_in_order() -> None:
    found = growth_of("q", points([0.01, 0.1, 1.0], [5, 50, 500]), SYSTEM)
    assert found is not None
    assert (found.by_graph_last, found.answer, found.rows) == pytest.approx((1, 1, 1))
    assert found.by_answer == pytest.approx(1)
    assert found.with_the_answer


def test_time_that_grows_beside_a_constant_answer_is_not() -> None:
    found = growth_of("q", points([0.01, 0.1, 1.0], [7, 7, 7]), SYSTEM)
    assert found is not None
    assert (found.seconds, found.before, found.quads) == (1.0, 10, 100)
    assert found.excess == pytest.approx(1)
    assert found.by_answer is None
    assert not found.with_the_answer
    assert found.described()["with_the_answer"] is False


def test_a_count_grows_as_what_it_counts_and_no_faster() -> None:
    linear = growth_of("q", points([0.01, 0.1, 1.0], [7, 7, 7]), SYSTEM, counts=True)
    assert linear is not None
    assert linear.with_the_answer
    steeper = growth_of("q", points([0.01, 0.1, 5.0], [7, 7, 7]), SYSTEM, counts=True)
    assert steeper is not None
    assert not steeper.with_the_answer


def test_a_quick_query_may_grow_as_it_likes() -> None:
    found = growth_of("q", points([0.0001, 0.001, 0.009], [7, 7, 7]), SYSTEM)
    assert found is not None
    assert found.with_the_answer


def test_an_answer_that_shrinks_counts_as_one_that_stays() -> None:
    found = growth_of("q", points([0.1, 0.12, 0.15], [700, 70, 7]), SYSTEM)
    assert found is not None
    assert found.answer == pytest.approx(-1)
    assert found.with_the_answer


@pytest.mark.parametrize(("why", "failed"), [("timed out", True), (NOT_REACHED, False)])
def test_a_query_that_ends_on_no_larger_graph_is_known_from_one_not_reached(
    why: str, failed: bool
) -> None:
    asked = [*points([0.01, 0.1], [7, 7]), Point(100, None, None, {}, {SYSTEM: why})]
    found = growth_of("q", asked, SYSTEM)
    assert found is not None
    assert found.failed is failed


def test_a_query_without_a_second_answer_has_no_growth() -> None:
    late = [*points([0.1], [7]), Point(10, None, None, {}, {SYSTEM: "timed out"})]
    assert growth_of("q", late, SYSTEM) is None
