# SPDX-License-Identifier: EUPL-1.2
"""Which queries were light and which were heavy when they were last answered."""

from collections import OrderedDict
from typing import Final

_MOST: Final = 20_000


class Verdicts:
    """What is remembered of queries, each by a number; of those judged longest ago, nothing."""

    def __init__(self, most: int = _MOST) -> None:
        """Remember so many at most."""
        self._most = most
        self._light: OrderedDict[int, bool] = OrderedDict()

    def was_light(self, key: int) -> bool:
        """Whether a query is known to be light."""
        return self._light.get(key, False)

    def was_heavy(self, key: int) -> bool:
        """Whether a query is known to be heavy."""
        return not self._light.get(key, True)

    def judge(self, key: int, *, light: bool) -> None:
        """Remember of a query whether it was light."""
        self._light[key] = light
        self._light.move_to_end(key)
        if len(self._light) > self._most:
            self._light.popitem(last=False)
