# SPDX-License-Identifier: EUPL-1.2
"""The arithmetic: percentiles, ratios, and how one quantity grows with another."""

from collections.abc import Sequence
from itertools import pairwise
from math import log
from statistics import linear_regression, quantiles
from typing import Final

PERCENTILES: Final = (50, 95, 99)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99, interpolated between the two nearest values.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values to take percentiles of")
    cuts = quantiles(values, n=100, method="inclusive") if len(values) > 1 else [values[0]] * 99
    return {f"p{each}": cuts[each - 1] for each in PERCENTILES}


def exponent(points: Sequence[tuple[float, float]]) -> float | None:
    """Return how y grows with x: the power of x that fits best, 1 where y doubles with x.

    Args:
        points: x and y, both above 0.

    Returns:
        None where the points have fewer than two values of x.
    """
    if len({x for x, _ in points}) < 2:
        return None
    logs = [(log(x), log(y)) for x, y in points]
    return linear_regression([x for x, _ in logs], [y for _, y in logs]).slope


def last_exponent(points: Sequence[tuple[float, float]]) -> float | None:
    """Return the exponent between the two largest x: what constant costs hide least.

    Args:
        points: x and y, both above 0.
    """
    ordered = sorted(points)
    steps = [(a, b) for a, b in pairwise(ordered) if a[0] < b[0]]
    return exponent(steps[-1]) if steps else None
