# SPDX-License-Identifier: EUPL-1.2
"""Who gets a turn, who waits, who is turned away."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

import pytest

from guidance_graph.engine.pool.lane import Lane, Ticket
from guidance_graph.terms.errors import EngineBusyError

USED = {"heavy": 20.0, "heavier": 40.0}


def lane(size: int = 1, *, queue: int = 10, wait: float = 60, kept_free: int = 0) -> Lane:
    return Lane(
        size, lambda client: USED.get(client, 0.0), queue=queue, wait=wait, kept_free=kept_free
    )


def unknown(client: str) -> Ticket:
    return Ticket(client, known=False)


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(scenario())


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_who_has_used_least_goes_first() -> None:
    async def scenario() -> None:
        turns, order = lane(), []

        async def take(client: str) -> None:
            ticket = unknown(client)
            await turns.turn(ticket)
            order.append(client)
            turns.leave(ticket)

        first = Ticket()
        await turns.turn(first)
        tasks = [asyncio.create_task(take(who)) for who in ("heavier", "heavy", "light", "lighter")]
        await settled()
        assert turns.waiting == 4
        turns.leave(first)
        await asyncio.gather(*tasks)
        assert order == ["light", "lighter", "heavy", "heavier"]
        assert (turns.taken, turns.waiting) == (0, 0)

    run(scenario)


def test_of_one_client_who_came_first_goes_first_while_what_it_used_counts_less() -> None:
    async def scenario() -> None:
        seconds = count(1000, -1)
        turns = Lane(1, lambda _: float(next(seconds)), queue=10, wait=60)
        first, order = Ticket(), list[int]()

        async def take(number: int) -> None:
            ticket = unknown("heavy")
            await turns.turn(ticket)
            order.append(number)
            turns.leave(ticket)

        await turns.turn(first)
        tasks = [asyncio.create_task(take(number)) for number in range(4)]
        await settled()
        turns.leave(first)
        await asyncio.gather(*tasks)
        assert order == [0, 1, 2, 3]

    run(scenario)


def test_a_turn_is_kept_for_what_is_known_to_be_light() -> None:
    async def scenario() -> None:
        turns = lane(2, kept_free=1)
        assert turns.take(unknown("light"))
        assert not turns.take(unknown("light"))
        assert turns.take(Ticket("heavy", known=True))

    run(scenario)


def test_known_ones_do_not_take_up_the_turns_of_the_others() -> None:
    async def scenario() -> None:
        turns, order = lane(2, kept_free=1), []

        async def take(ticket: Ticket) -> None:
            await turns.turn(ticket)
            order.append(ticket.client)
            turns.leave(ticket)

        first, second = Ticket("heavy"), Ticket("heavy")
        assert turns.take(first) and turns.take(second)
        many = [asyncio.create_task(take(Ticket("heavy"))) for _ in range(3)]
        one = asyncio.create_task(take(unknown("light")))
        await settled()
        turns.leave(first)
        await asyncio.gather(one, *many)
        assert order == ["light", *3 * ["heavy"]]

    run(scenario)


def test_of_one_client_the_known_ones_go_first() -> None:
    async def scenario() -> None:
        turns, first = lane(), Ticket()
        known, other = Ticket("light"), unknown("light")
        await turns.turn(first)
        later = asyncio.create_task(turns.turn(other))
        sooner = asyncio.create_task(turns.turn(known))
        await settled()
        turns.leave(first)
        await sooner
        assert not later.done()
        turns.leave(known)
        await later

    run(scenario)


def test_one_who_waits_is_not_overtaken_by_one_who_takes() -> None:
    async def scenario() -> None:
        turns, first = lane(), Ticket()
        await turns.turn(first)
        waiting = asyncio.create_task(turns.turn(unknown("heavy")))
        await settled()
        turns.leave(first)
        assert not turns.take(Ticket())
        await waiting
        assert turns.taken == 1

    run(scenario)


def test_a_full_queue_turns_away_who_would_go_last() -> None:
    async def scenario() -> None:
        turns, first = lane(queue=1), Ticket()
        await turns.turn(first)
        heavy = asyncio.create_task(turns.turn(unknown("heavy")))
        await settled()
        with pytest.raises(EngineBusyError, match="1 queries are waiting already"):
            await turns.turn(unknown("heavier"))
        light = asyncio.create_task(turns.turn(unknown("light")))
        with pytest.raises(EngineBusyError, match="1 queries are waiting already"):
            await heavy
        turns.leave(first)
        await light

    run(scenario)


def test_a_turn_is_waited_for_only_so_long() -> None:
    async def scenario() -> None:
        turns = lane(wait=0.01)
        await turns.turn(Ticket())
        with pytest.raises(EngineBusyError, match=r"within 0\.01 s"):
            await turns.turn(Ticket())
        assert turns.waiting == 0

    run(scenario)


def test_one_who_leaves_the_queue_takes_no_turn_along() -> None:
    async def scenario() -> None:
        turns, first = lane(), Ticket()
        await turns.turn(first)
        gone, late = (asyncio.create_task(turns.turn(Ticket())) for _ in range(2))
        await settled()
        gone.cancel()
        await settled()
        turns.leave(first)  # gives the turn to the other, who is cancelled before it can tell
        late.cancel()
        await asyncio.gather(gone, late, return_exceptions=True)
        assert (turns.taken, turns.waiting) == (0, 0)

    run(scenario)
