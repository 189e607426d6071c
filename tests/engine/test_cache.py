# SPDX-License-Identifier: EUPL-1.2
"""Answers in memory: what is kept, for how long, and who waits for whom."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from guidance_graph.engine.answer import Answer, Cost, Engine
from guidance_graph.engine.cache import MODERATE, CachingEngine, tag_of
from guidance_graph.engine.formats import CSV, JSON
from guidance_graph.engine.pool.stream import Stream
from guidance_graph.engine.question import Question
from guidance_graph.engine.text.terms import Literal
from guidance_graph.engine.text.tokens import query_form
from guidance_graph.terms.errors import (
    EngineBusyError,
    GuidanceGraphError,
    QueryTimeoutError,
    ReleaseError,
)

ASK = "ASK {}"
ROOM = 1 << 20


@dataclass
class SomeRelease:
    digest: str
    path: Path = Path()
    store_path: Path = Path()
    quads_path: Path = Path()
    manifest: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.manifest = {"digest": self.digest}


class Scripted(Engine):
    """An engine that answers what a test says, when the test says."""

    def __init__(self, chunks: Sequence[bytes | GuidanceGraphError] = (b"yes",)) -> None:
        self.release: SomeRelease | None = SomeRelease("one")
        self.chunks = chunks
        self.asked: list[str] = []
        self.go = asyncio.Event()
        self.go.set()
        self.running: list[asyncio.Task[None]] = []

    async def ask(self, question: Question) -> Answer:
        if self.release is None:
            raise ReleaseError("no release is being served yet")
        self.asked.append(question.text)
        stream = Stream()
        task = asyncio.create_task(self._fill(stream, tuple(self.chunks)))
        self.running.append(task)
        stream.come_from(task)
        await stream.begin()
        return Answer(query_form(question.text), question.format, stream)

    async def _fill(self, stream: Stream, chunks: Sequence[bytes | GuidanceGraphError]) -> None:
        await self.go.wait()
        for chunk in chunks:
            if isinstance(chunk, GuidanceGraphError):
                stream.fail(chunk)
                return
            await stream.put(chunk)
        stream.end(Cost(0.1, sum(len(chunk) for chunk in chunks if isinstance(chunk, bytes)), 1))


async def read(engine: CachingEngine, text: str = ASK, timeout: float | None = None) -> bytes:
    return await (await engine.query(text, timeout=timeout)).read()


def test_a_question_is_asked_once_and_answered_from_memory_then() -> None:
    async def scenario() -> None:
        source = Scripted([b"yes", b" indeed"])
        engine = CachingEngine(source, source, ROOM)
        first, second = await engine.query(ASK), await engine.query(ASK)
        assert await first.read() == await second.read() == b"yes indeed"
        assert first.tag == second.tag == engine.tag(Question(ASK, JSON))
        assert second.cost == Cost(0.1, 10, 1)
        assert source.asked == [ASK]
        assert (engine.hits, engine.misses) == (1, 1)

    asyncio.run(scenario())


def test_every_part_of_a_question_makes_it_another() -> None:
    release = SomeRelease("one")
    questions = [
        Question(ASK, JSON),
        Question(ASK + " ", JSON),
        Question(ASK, CSV),
        Question(ASK, JSON, ("http://e/g",)),
        Question(ASK, JSON, (), ("http://e/g",)),
        Question(ASK, JSON, bindings={"x": Literal("a")}),
        Question(ASK, JSON, bindings={"y": Literal("a")}),
        Question(ASK, JSON, bindings={"x": Literal("a", language="en")}),
    ]
    tags = {tag_of(question, release) for question in questions}
    assert len(tags) == len(questions)
    assert tag_of(Question(ASK, JSON), SomeRelease("two")) not in tags
    assert tag_of(Question(ASK, JSON, timeout=3), release) in tags


def test_another_release_empties_the_memory() -> None:
    async def scenario() -> None:
        source = Scripted([b"old"])
        engine = CachingEngine(source, source, ROOM)
        assert await read(engine) == b"old"
        source.release, source.chunks = SomeRelease("two"), [b"newer"]
        assert await read(engine) == b"newer"
        assert await read(engine) == b"newer"
        assert len(source.asked) == 2
        assert engine.size < 2 * (512 + 5)

    asyncio.run(scenario())


def test_an_answer_begun_on_the_old_release_is_not_given_for_the_new_one() -> None:
    async def scenario() -> None:
        source = Scripted([b"old"])
        source.go.clear()
        engine = CachingEngine(source, source, ROOM)
        early = asyncio.create_task(read(engine))
        await asyncio.sleep(0.01)
        source.release, source.chunks = SomeRelease("two"), [b"new"]
        late = asyncio.create_task(read(engine))
        await asyncio.sleep(0.01)
        source.go.set()
        assert (await early, await late) == (b"old", b"new")
        assert await read(engine) == b"new"

    asyncio.run(scenario())


def test_what_is_kept_stays_within_its_bound_and_what_was_used_stays_longest() -> None:
    async def scenario() -> None:
        source = Scripted([b"x" * 10_000])
        engine = CachingEngine(source, source, 35_000)
        texts = [f"ASK {{}} # {number}" for number in range(4)]
        for text in (*texts[:3], texts[0], texts[3]):
            await read(engine, text)
            assert engine.size <= 35_000
        assert source.asked == texts
        await read(engine, texts[0])
        assert source.asked == texts, "still kept"
        await read(engine, texts[1])
        assert source.asked == [*texts, texts[1]], "given up"

    asyncio.run(scenario())


def test_nothing_is_kept_where_nothing_may_be() -> None:
    async def scenario() -> None:
        source = Scripted()
        engine = CachingEngine(source, source, 0)
        assert await read(engine) == await read(engine) == b"yes"
        assert (len(source.asked), engine.size) == (2, 0)

    asyncio.run(scenario())


def test_a_large_answer_streams_and_is_not_kept() -> None:
    async def scenario() -> None:
        source = Scripted([b"x" * 8192] * (4 * MODERATE // 8192))
        engine = CachingEngine(source, source, 100 * MODERATE)
        answer = await engine.query(ASK)
        assert not source.running[0].done(), "the rest has not been made yet"
        assert len(await answer.read()) == 4 * MODERATE
        assert answer.cost is not None
        assert engine.size == 0
        await read(engine)
        assert len(source.asked) == 2

    asyncio.run(scenario())


def test_a_large_answer_that_nobody_reads_stops() -> None:
    async def scenario() -> None:
        source = Scripted([b"x" * 8192] * (4 * MODERATE // 8192))
        engine = CachingEngine(source, source, ROOM)
        answer = await engine.query(ASK)
        await answer.aclose()
        assert source.running[0].cancelled()

    asyncio.run(scenario())


def test_a_cut_answer_is_an_error_and_not_kept() -> None:
    async def scenario() -> None:
        source = Scripted([b"begun", QueryTimeoutError("stopped")])
        engine = CachingEngine(source, source, ROOM)
        for _ in range(2):
            with pytest.raises(QueryTimeoutError):
                await engine.query(ASK)
        assert (len(source.asked), engine.size) == (2, 0)

    asyncio.run(scenario())


def test_who_asks_the_same_at_the_same_time_shares_one_run() -> None:
    async def scenario() -> None:
        source = Scripted()
        source.go.clear()
        engine = CachingEngine(source, source, ROOM)
        clients = [asyncio.create_task(read(engine)) for _ in range(20)]
        await asyncio.sleep(0.01)
        source.go.set()
        assert set(await asyncio.gather(*clients)) == {b"yes"}
        assert source.asked == [ASK]

    asyncio.run(scenario())


def test_who_shares_a_run_shares_the_error_that_is_the_querys_own() -> None:
    async def scenario() -> None:
        source = Scripted([QueryTimeoutError("stopped")])
        source.go.clear()
        engine = CachingEngine(source, source, ROOM)
        clients = [asyncio.create_task(read(engine)) for _ in range(5)]
        await asyncio.sleep(0.01)
        source.go.set()
        ended = await asyncio.gather(*clients, return_exceptions=True)
        assert {type(each) for each in ended} == {QueryTimeoutError}
        assert source.asked == [ASK]

    asyncio.run(scenario())


def test_an_error_of_another_kind_is_for_one_and_the_next_tries_again() -> None:
    async def scenario() -> None:
        source = Scripted([EngineBusyError("full")])
        source.go.clear()
        engine = CachingEngine(source, source, ROOM)
        clients = [asyncio.create_task(read(engine)) for _ in range(3)]
        await asyncio.sleep(0.01)
        source.chunks = [b"yes"]
        source.go.set()
        ended = await asyncio.gather(*clients, return_exceptions=True)
        assert [type(each) for each in ended] == [EngineBusyError, bytes, bytes]

    asyncio.run(scenario())


def test_a_client_that_goes_away_takes_nobody_with_it() -> None:
    async def scenario() -> None:
        source = Scripted()
        source.go.clear()
        engine = CachingEngine(source, source, ROOM)
        first, second = (asyncio.create_task(read(engine)) for _ in range(2))
        await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.sleep(0.01)
        assert source.running[0].cancelled(), "its run has stopped"
        source.go.set()
        assert await second == b"yes"

    asyncio.run(scenario())


def test_who_waits_less_long_has_a_run_of_their_own() -> None:
    async def scenario() -> None:
        source = Scripted()
        source.go.clear()
        engine = CachingEngine(source, source, ROOM)
        clients = [asyncio.create_task(read(engine, timeout=limit)) for limit in (None, 1.0, 1.0)]
        await asyncio.sleep(0.01)
        source.go.set()
        await asyncio.gather(*clients)
        assert len(source.asked) == 2

    asyncio.run(scenario())


def test_without_a_release_there_is_neither_tag_nor_answer() -> None:
    async def scenario() -> None:
        source = Scripted()
        source.release = None
        engine = CachingEngine(source, source, ROOM)
        assert engine.tag(Question(ASK, JSON)) is None
        with pytest.raises(ReleaseError):
            await engine.query(ASK)

    asyncio.run(scenario())


class Doubling:
    """A coding that makes everything twice as long, and what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, content: bytes, coding: str) -> bytes:
        self.calls.append(coding)
        return 2 * content


@pytest.mark.parametrize("size", [10, 1 << 17])
def test_an_answer_is_coded_once_and_kept_so_within_the_bound(size: int) -> None:
    async def scenario() -> None:
        source = Scripted([bytes(size)])
        engine = CachingEngine(source, source, ROOM)
        doubled = Doubling()
        for _ in range(2):
            answer = await engine.query(ASK)
            for coding in ("gzip", "br"):
                assert await engine.coded(answer, bytes(size), coding, doubled) == bytes(2 * size)
        assert doubled.calls == ["gzip", "br"]
        assert 5 * size <= engine.size <= 5 * size + 3 * 1024
        for number in range(10):  # others take its place, coded or not
            source.chunks = [bytes(ROOM // 4)]
            await read(engine, f"ASK {{ ?s ?p {number} }}")
        assert engine.size <= ROOM
        await engine.coded(answer, bytes(size), "gzip", doubled)
        assert len(doubled.calls) == 3

    asyncio.run(scenario())


def test_two_who_code_the_same_at_once_take_the_room_of_one() -> None:
    async def scenario() -> None:
        source = Scripted([bytes(1 << 17)])
        engine = CachingEngine(source, source, ROOM)
        answer = await engine.query(ASK)
        before = engine.size
        doubled = Doubling()
        coding = (engine.coded(answer, bytes(1 << 17), "br", doubled) for _ in range(2))
        assert await asyncio.gather(*coding) == [bytes(1 << 18)] * 2
        assert engine.size - before < (1 << 18) + 1024

    asyncio.run(scenario())


def test_what_has_no_tag_is_not_kept_in_a_coding_either() -> None:
    async def scenario() -> None:
        source = Scripted()
        engine = CachingEngine(source, source, ROOM)
        answer = await engine.query("SELECT (RAND() AS ?n) {}")
        doubled = Doubling()
        for _ in range(2):
            await engine.coded(answer, b"yes", "gzip", doubled)
        assert len(doubled.calls) == 2
        assert engine.size == 0

    asyncio.run(scenario())
