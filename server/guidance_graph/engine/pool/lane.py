# SPDX-License-Identifier: EUPL-1.2
"""A lane: so many queries at once, and a bounded queue for the others.

The client goes first that has used least, and of its queries those known to be light. Turns can be
kept free for known ones, so that these need not wait for others to end; and known ones, however
many come, do not take up the turns of the others.
"""

import asyncio
from collections.abc import Callable, Iterable
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
            kept_free: turns that only queries known to be light get; they may have the others too.
        """
        self._size = size
        self._used = used
        self._queue = queue
        self._wait = wait
        self._kept_free = kept_free
        self._waiting: dict[Ticket, asyncio.Future[None]] = {}
        self._unknown = 0
        self.taken = 0

    @property
    def waiting(self) -> int:
        """The tickets that wait."""
        return len(self._waiting)

    def take(self, ticket: Ticket) -> bool:
        """Take a turn if there is one at once, and nobody waits for it; return whether."""
        if self._waiting or not self._may(ticket):
            return False
        self._give(ticket)
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
                self.leave(ticket)  # the turn came, but nobody waits for it any more
            if isinstance(error, TimeoutError):
                reason = f"no worker came free within {self._wait:g} s"
                raise EngineBusyError(reason) from None
            raise

    def leave(self, ticket: Ticket) -> None:
        """Give the turn of a ticket back."""
        self.taken -= 1
        self._unknown -= not ticket.known
        if self._waiting:
            self._grant()

    def _grant(self) -> None:
        """Give the turns that are free."""
        while able := [ticket for ticket in self._still_waiting() if self._may(ticket)]:
            ticket = min(able, key=self._ranked(able))
            self._give(ticket)
            self._waiting.pop(ticket).set_result(None)

    def _give(self, ticket: Ticket) -> None:
        self.taken += 1
        self._unknown += not ticket.known

    def _turn_away(self) -> None:
        """Turn away who would go last."""
        if still_waiting := self._still_waiting():
            last = max(still_waiting, key=self._ranked(still_waiting))
            turned_away = self._waiting.pop(last)
            reason = f"{self.waiting} queries are waiting already"
            turned_away.set_exception(EngineBusyError(reason))

    def _still_waiting(self) -> list[Ticket]:
        """Return the tickets but for those that have given up and not yet left."""
        return [ticket for ticket, granted in self._waiting.items() if not granted.done()]

    def _may(self, ticket: Ticket) -> bool:
        kept = not ticket.known and self._unknown >= self._size - self._kept_free
        return self.taken < self._size and not kept

    def _ranked(self, tickets: Iterable[Ticket]) -> Callable[[Ticket], tuple[float, bool, int]]:
        """Return what tells who goes before whom.

        What a client has used counts less by the moment, so it is looked up once for each.
        """
        used = {client: self._used(client) for client in {each.client for each in tickets}}
        return lambda ticket: (used[ticket.client], not ticket.known, ticket.number)
