# SPDX-License-Identifier: EUPL-1.2
"""Who asks how much: the share of each client, and what it has used of late."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from guidance_graph.terms.errors import ClientShareError

#: Seconds after which what a client has used counts half.
_HALF_LIFE: Final = 30.0
#: So many clients are remembered; those that asked least recently are forgotten.
_MOST_CLIENTS: Final = 10_000


class Clients:
    """The clients of a server.

    A client without a name is this program itself: it has no share, and uses nothing.
    """

    def __init__(self, share: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Take what is needed.

        Args:
            share: queries of one kind that one client may have running and waiting.
            clock: seconds, which only go up.
        """
        self._share = share
        self._clock = clock
        self._asking: Counter[tuple[str, bool]] = Counter()
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @contextmanager
    def asking(self, client: str, *, known: bool) -> Iterator[None]:
        """Count a query while it waits and runs.

        Queries known to be light have a share of their own, so that heavy ones do not take it up.

        Raises:
            ClientShareError: the client has its share.
        """
        if not client:
            yield
            return
        kind = client, known
        if self._asking[kind] >= self._share:
            raise ClientShareError(
                f"{self._share} queries of this client are running or waiting already"
            )
        self._asking[kind] += 1
        try:
            yield
        finally:
            self._asking[kind] -= 1
            if not self._asking[kind]:
                del self._asking[kind]

    def charge(self, client: str, seconds: float) -> None:
        """Note what a query of a client has taken."""
        if not client:
            return
        self._used[client] = self.used(client) + seconds, self._clock()
        self._used.move_to_end(client)
        while len(self._used) > _MOST_CLIENTS:
            self._used.popitem(last=False)

    def used(self, client: str) -> float:
        """Return the seconds that a client has used, those of long ago counting less."""
        seconds, then = self._used.get(client, (0.0, 0.0))
        return seconds * 0.5 ** ((self._clock() - then) / _HALF_LIFE) if seconds else 0.0
