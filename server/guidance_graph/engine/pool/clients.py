# SPDX-License-Identifier: EUPL-1.2
"""Who asks how much: the share of each client, and what it has used of late."""

import time
from collections import OrderedDict
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
        self._asking: dict[tuple[str, bool], int] = {}
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def enter(self, client: str, *, known: bool) -> None:
        """Count a query that begins to wait or run; ``leave`` is called at its end.

        Queries known to be light have a share of their own, so that heavy ones do not take it up.

        Raises:
            ClientShareError: the client has its share.
        """
        if not client:
            return
        asking = self._asking.get((client, known), 0)
        if asking >= self._share:
            raise ClientShareError(
                f"{self._share} queries of this client are running or waiting already"
            )
        self._asking[client, known] = asking + 1

    def leave(self, client: str, *, known: bool) -> None:
        """Count a query no longer."""
        if not client:
            return
        self._asking[client, known] -= 1
        if not self._asking[client, known]:
            del self._asking[client, known]

    @contextmanager
    def asking(self, client: str, *, known: bool) -> Iterator[None]:
        """Count a query for the time of a ``with`` statement; see ``enter``."""
        self.enter(client, known=known)
        try:
            yield
        finally:
            self.leave(client, known=known)

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
