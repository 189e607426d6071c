# SPDX-License-Identifier: EUPL-1.2
"""An answer that is waited for as long as its client is there."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from fastapi import Request
from starlette.types import Message

from guidance_graph.engine.answer import Answer
from guidance_graph.protocol import response
from guidance_graph.protocol.response import ClientGoneError, answer_for


def _request(receive: Callable[[], Awaitable[Message]]) -> Request:
    return Request({"type": "http", "headers": []}, receive)


async def _stays() -> Message:
    await asyncio.sleep(60)
    return {"type": "http.disconnect"}


async def _leaves() -> Message:
    return {"type": "http.disconnect"}


async def _never() -> Answer:
    await asyncio.sleep(60)
    raise AssertionError


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look whether the client is there from the beginning."""
    monkeypatch.setattr(response, "_MOMENT", 0.0)


def test_the_wait_ends_when_the_client_has_gone() -> None:
    async def scenario() -> None:
        with pytest.raises(ClientGoneError):
            await answer_for(_request(_leaves), _never())
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("turns", range(6))
def test_a_stop_ends_the_wait_in_whatever_turn_of_the_loop_it_comes(turns: int) -> None:
    """Also where the answer comes in the same one, what waits is cancelled or ends by itself."""

    async def scenario() -> None:
        come = asyncio.Event()

        async def answer() -> Answer:
            await come.wait()
            return Answer  # type: ignore[return-value]

        async def wait() -> str:
            await answer_for(_request(_stays), answer())
            await asyncio.sleep(60)
            return "it went on"

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.01)
        come.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(scenario())
