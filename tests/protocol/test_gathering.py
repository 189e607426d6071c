# SPDX-License-Identifier: EUPL-1.2
"""Answers gathered for clients of HTTP/1.0, in bounded memory."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from guidance_graph.engine.answer import Answer, Cost
from guidance_graph.engine.formats import CSV, QueryForm
from guidance_graph.protocol.gathering import GatheredResponse, Room
from guidance_graph.terms.errors import EngineBusyError, QueryTimeoutError


class Chunks:
    """Ten bytes so often, and then an error."""

    cost: Cost | None = None

    def __init__(self, often: int, error: Exception | None = None) -> None:
        self._left = often
        self._error = error
        self.closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._left == 0:
            raise self._error or StopAsyncIteration
        self._left -= 1
        return b"x" * 10

    async def aclose(self) -> None:
        self.closed = True


def answer(often: int, error: Exception | None = None) -> Answer:
    return Answer(QueryForm.SELECT, CSV, Chunks(often, error))


async def sent(response: GatheredResponse, method: str = "GET") -> list[Any]:
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        raise AssertionError

    await response({"type": "http", "method": method}, receive, send)
    return messages


def test_no_more_is_held_than_there_is_room_for_until_an_answer_has_gone_out() -> None:
    async def scenario() -> None:
        room = Room(100)
        first, second = await room.gather(answer(6)), await room.gather(answer(4))
        with pytest.raises(EngineBusyError, match="held for other clients"):
            await room.gather(answer(1))
        assert len(await sent(GatheredResponse(second, {}), "HEAD")) == 2
        third = await room.gather(answer(4))
        for each, size in ((first, 60), (third, 40)):
            start, *bodies = await sent(GatheredResponse(each, {}))
            assert (b"content-length", str(size).encode()) in start["headers"]
            assert sum(len(body["body"]) for body in bodies) == size
            assert not bodies[-1].get("more_body")
        await room.gather(answer(10))

    asyncio.run(scenario())


def test_an_answer_that_fails_or_finds_no_room_takes_none() -> None:
    async def scenario() -> None:
        room = Room(100)
        with pytest.raises(QueryTimeoutError):
            await room.gather(answer(9, QueryTimeoutError("it was stopped")))
        held = await room.gather(answer(5))
        turned_away = answer(6)
        with pytest.raises(EngineBusyError):
            await room.gather(turned_away)
        assert turned_away.chunks.closed  # type: ignore[attr-defined]
        await room.gather(answer(5))
        held.drop()

    asyncio.run(scenario())


def test_where_nothing_else_is_held_there_is_room_for_any_answer() -> None:
    async def scenario() -> None:
        room = Room(100)
        large = await room.gather(answer(50))
        large.drop()
        await room.gather(answer(50))

    asyncio.run(scenario())


def test_a_client_that_goes_away_gives_its_room_back() -> None:
    async def scenario() -> None:
        room = Room(100)
        response = GatheredResponse(await room.gather(answer(10)), {})

        async def gone(_: Any) -> None:
            raise OSError("nobody is there")

        with pytest.raises(OSError, match="nobody"):
            await response({"type": "http", "method": "GET"}, gone, gone)  # type: ignore[arg-type]
        await room.gather(answer(10))

    asyncio.run(scenario())
