# SPDX-License-Identifier: EUPL-1.2
"""The arithmetic of the benchmark."""

import pytest

from tests.bench.figures import exponent, last_exponent, percentiles


def test_percentiles_of_a_hundred_and_one_values_are_those_values() -> None:
    assert percentiles(list(range(101))) == {"p50": 50, "p95": 95, "p99": 99}


def test_percentiles_lie_between_the_nearest_values() -> None:
    assert percentiles([1.0, 2.0]) == pytest.approx({"p50": 1.5, "p95": 1.95, "p99": 1.99})
    assert percentiles([3.0]) == {"p50": 3, "p95": 3, "p99": 3}


def test_no_values_have_no_percentiles() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentiles([])


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_an_exponent_is_the_power_of_growth(power: float) -> None:
    points = [(x, 3 * x**power) for x in (1.0, 10.0, 100.0)]
    assert exponent(points) == pytest.approx(power)
    assert last_exponent(points) == pytest.approx(power)


def test_the_last_exponent_looks_past_a_constant_cost() -> None:
    points = [(x, 1 + x / 100) for x in (1000.0, 1.0, 100.0, 10.0)]
    overall, last = exponent(points), last_exponent(points)
    assert overall is not None
    assert last is not None
    assert last == pytest.approx(0.74, abs=0.01)
    assert overall < 0.4


def test_one_size_has_no_growth() -> None:
    assert exponent([(1.0, 2.0), (1.0, 3.0)]) is None
    assert last_exponent([(1.0, 2.0)]) is None
