# SPDX-License-Identifier: EUPL-1.2
"""Frames over a socket, however their bytes come."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvloop

from guidance_graph.engine.pool.link import Link
from guidance_graph.engine.worker.frames import Frame, Kind
from guidance_graph.terms.errors import ReleaseError

SMALL = Frame(Kind.DATA, b"some bytes")
EMPTY = Frame(Kind.READY)
#: More than a link reads ahead, and than a socket holds.
LARGE = Frame(Kind.DATA, bytes(3 << 20))


@asynccontextmanager
async def linked() -> AsyncIterator[tuple[Link, socket.socket]]:
    """A link, and the socket at its other end."""
    ours, theirs = socket.socketpair()
    link = await Link.over(ours)
    theirs.setblocking(False)
    try:
        yield link, theirs
    finally:
        link.close()
        theirs.close()


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest) -> asyncio.Runner:
    return asyncio.Runner(loop_factory=request.param)


@pytest.mark.parametrize("size", [1, 3, 5, 7, 1 << 20])
def test_frames_come_as_they_were_sent_however_they_are_cut(
    runner: asyncio.Runner, size: int
) -> None:
    content = b"".join(map(bytes, (SMALL, EMPTY, SMALL)))

    async def scenario() -> list[Frame]:
        loop = asyncio.get_running_loop()
        async with linked() as (link, other):
            for start in range(0, len(content), size):
                await loop.sock_sendall(other, content[start : start + size])
                await asyncio.sleep(0)
            return [await link.receive() for _ in range(3)]

    with runner:
        assert runner.run(scenario()) == [SMALL, EMPTY, SMALL]


def test_a_large_frame_comes_whole_and_what_is_not_received_is_not_read(
    runner: asyncio.Runner,
) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        async with linked() as (link, other):
            sending = asyncio.create_task(loop.sock_sendall(other, bytes(LARGE) * 3))
            assert await link.receive() == LARGE
            await asyncio.sleep(0.05)
            assert not sending.done()
            assert [await link.receive() for _ in range(2)] == [LARGE] * 2
            await sending

    with runner:
        runner.run(scenario())


def test_what_came_before_the_end_is_received_and_then_the_end_is_told(
    runner: asyncio.Runner,
) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        async with linked() as (link, other):
            await loop.sock_sendall(other, bytes(SMALL) + bytes(LARGE)[:100])
            other.close()
            assert await link.receive() == SMALL
            with pytest.raises(EOFError):
                await link.receive()
            assert link.ended
            link.write(SMALL)  # is dropped

    with runner:
        runner.run(scenario())


def test_who_waits_is_told_when_the_link_is_closed(runner: asyncio.Runner) -> None:
    async def scenario() -> None:
        async with linked() as (link, _):
            waiting = asyncio.create_task(link.receive())
            await asyncio.sleep(0)
            link.close()
            with pytest.raises(EOFError):
                await waiting

    with runner:
        runner.run(scenario())


def test_who_waits_until_it_is_ready_is_told_why_it_is_not(runner: asyncio.Runner) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        async with linked() as (link, other):
            why = Frame.of(Kind.ERROR, {"error": "ReleaseError", "reason": "there is none"})
            await loop.sock_sendall(other, bytes(EMPTY) + bytes(why))
            await link.ready()
            with pytest.raises(ReleaseError, match="there is none"):
                await link.ready()

    with runner:
        runner.run(scenario())


END = Frame(Kind.END, b"{}")


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_an_answer_that_comes_in_a_moment_is_received_whole(
    runner: asyncio.Runner, size: int
) -> None:
    content = b"".join(map(bytes, (SMALL, SMALL, END)))

    async def scenario() -> list[Frame] | None:
        loop = asyncio.get_running_loop()
        async with linked() as (link, other):
            waiting = asyncio.create_task(link.whole(within=60))
            for start in range(0, len(content), size):
                await loop.sock_sendall(other, content[start : start + size])
                await asyncio.sleep(0)
            answer = await waiting
            await loop.sock_sendall(other, bytes(EMPTY))
            assert await link.receive() == EMPTY  # and nothing is left of the answer
            return answer

    with runner:
        assert runner.run(scenario()) == [SMALL, SMALL, END]


@pytest.mark.parametrize("left", ["late", "closed", "large"])
def test_of_an_answer_that_is_not_whole_what_came_can_be_received(
    runner: asyncio.Runner, left: str
) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        async with linked() as (link, other):
            first = LARGE if left == "large" else SMALL
            sending = asyncio.create_task(loop.sock_sendall(other, bytes(first)))
            if left == "closed":
                await sending
                other.close()
            assert await link.whole(within=0.01 if left == "late" else 60) is None
            assert await link.receive() == first
            if left != "closed":
                await loop.sock_sendall(other, bytes(END))
                assert await link.whole(within=60) == [END]

    with runner:
        runner.run(scenario())
