# SPDX-License-Identifier: EUPL-1.2
"""A lane: so many queries at once, and a bounded queue for the others.

Queries that are known to be light go first, then those of the client that has used least. Turns can
be kept free for the known ones, so that these need not even wait for another to end.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from guidance_graph.terms.errors import EngineBusyError

_NUMBERS: Final = count()


@dataclass(eq=False)
class Ticket:
    """A query that wants its turn.

    Attributes:
        client: whose it is.
        known: whether it is known to be light.
    """

    client: str = ""
    known: bool = True
    number: int = field(default_factory=lambda: next(_NUMBERS))


class Lane:
    """Turns, of which so many are given at the same time."""

    def __init__(
        self,
        size: int,
        used: Callable[[str], float],
        *,
        queue: int,
        wait: float,
        kept_free: int = 0,
    ) -> None:
        """Take what is needed.

        Args:
            size: turns at the same time.
            used: seconds that a client has used of late.
            queue: tickets that may wait.
            wait: seconds that each may wait.
            kept_free: turns that only queries known to be light get.
        """
        self._size = size
        self._used = used
        self._queue = queue
        self._wait = wait
        self._kept_free = kept_free
        self._waiting: dict[Ticket, asyncio.Future[None]] = {}
        self.taken = 0

    @property
    def waiting(self) -> int:
        """The tickets that wait."""
        return len(self._waiting)

    def take(self, ticket: Ticket) -> bool:
        """Take a turn if there is one at once, and nobody waits for it; return whether."""
        if self._waiting or not self._may(ticket):
            return False
        self.taken += 1
        return True

    async def turn(self, ticket: Ticket) -> None:
        """Wait for a turn, and take it.

        Raises:
            EngineBusyError: the queue is full of those who go before, or none came in time.
        """
        if self.take(ticket):
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = granted
        self._grant()
        if len(self._waiting) > self._queue:
            self._turn_away()
        try:
            async with asyncio.timeout(self._wait):
                await granted
        except BaseException as error:
            self._waiting.pop(ticket, None)
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                self.leave()  # the turn came, but nobody waits for it any more
            if isinstance(error, TimeoutError):
                reason = f"no worker came free within {self._wait:g} s"
                raise EngineBusyError(reason) from None
            raise

    def leave(self) -> None:
        """Give a turn back."""
        self.taken -= 1
        if self._waiting:
            self._grant()

    def _grant(self) -> None:
        """Give the turns that are free."""
        while able := [ticket for ticket in self._still_waiting() if self._may(ticket)]:
            self.taken += 1
            self._waiting.pop(min(able, key=self._rank)).set_result(None)

    def _turn_away(self) -> None:
        """Turn away who would go last."""
        if still_waiting := self._still_waiting():
            turned_away = self._waiting.pop(max(still_waiting, key=self._rank))
            reason = f"{self.waiting} queries are waiting already"
            turned_away.set_exception(EngineBusyError(reason))

    def _still_waiting(self) -> list[Ticket]:
        """Return the tickets but for those that have given up and not yet left."""
        return [ticket for ticket, granted in self._waiting.items() if not granted.done()]

    def _may(self, ticket: Ticket) -> bool:
        return self.taken < self._size - (0 if ticket.known else self._kept_free)

    def _rank(self, ticket: Ticket) -> tuple[bool, float, int]:
        return not ticket.known, self._used(ticket.client), ticket.number
