# SPDX-License-Identifier: EUPL-1.2
"""Answers kept in memory: a release never changes, so the same question has the same answer.

An answer is gathered until it is whole or larger than what is kept. A gathered answer has a status
of its own where it fails, and its query is run once for all who ask it at the same time.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from guidance_graph import __version__
from guidance_graph.engine.answer import Answer, Chunks, Cost, Engine, Whole
from guidance_graph.engine.current import Release
from guidance_graph.engine.formats import Format, QueryForm
from guidance_graph.engine.pool.stream import READ_AHEAD
from guidance_graph.engine.question import Question
from guidance_graph.engine.worker.frames import CHUNK
from guidance_graph.terms.errors import (
    GuidanceGraphError,
    QueryError,
    QueryMemoryError,
    QueryTimeoutError,
    ResultTooLargeError,
)

#: Bytes of the largest answer that is kept: what is held for a slow client anyway.
MODERATE: Final = READ_AHEAD * CHUNK

#: Errors that whoever asks the same at the same time would get as well.
_SHARED: Final = (QueryError, QueryMemoryError, QueryTimeoutError, ResultTooLargeError)
_OVERHEAD: Final = 512
#: Bytes that are compressed in a fraction of a millisecond.
_CODED_AT_ONCE: Final = 1 << 15


class Releases(Protocol):
    """What knows which release is current."""

    @property
    def release(self) -> Release | None:
        """The release that new queries are asked of; None before the start."""
        ...


def tag_of(question: Question, release: Release) -> str:
    """Return a name for the answer of a release: the same name, the same answer."""
    parts = f"{__version__} {release.manifest['digest']} {question.digest}"
    return hashlib.sha256(parts.encode()).hexdigest()[:40]


class CachingEngine(Engine):
    """An engine that asks another one, unless it knows the answer."""

    def __init__(self, engine: Engine, releases: Releases, size: int) -> None:
        """Take what is needed.

        Args:
            engine: what answers.
            releases: what knows from which release.
            size: bytes that may be kept; 0 keeps nothing.
        """
        self._engine = engine
        self._releases = releases
        self._most = size
        self._release: Release | None = None
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._running: dict[tuple[str, float | None], asyncio.Future[_Outcome]] = {}
        self._last: tuple[Question | None, Release | None, str] = (None, None, "")
        self.size = 0
        self.hits = 0
        self.misses = 0

    @property
    def release(self) -> Release | None:
        """The release that new queries are asked of; None before the start."""
        return self._releases.release

    def tag(self, question: Question) -> str | None:
        """Return the tag of the answer that a question would get now.

        Returns:
            None where the answer is another one each time, or where there is no release.
        """
        release = self._releases.release
        return None if release is None or question.volatile else self._tag(question, release)

    async def ask(self, question: Question) -> Answer:
        """Answer a question, with its tag; see ``Engine.ask``."""
        while True:
            release = self._releases.release
            if release is None or question.volatile:
                return await self._gathered(question, None)
            if release is not self._release:
                self._forget(release)
            tag = self._tag(question, release)
            kept = self._kept.get(tag)
            if kept is not None:
                self._kept.move_to_end(tag)
                self.hits += 1
                return kept.answer()
            running = self._running.get((tag, question.timeout))
            if running is None:
                self.misses += 1
                return await self._lead(question, tag)
            outcome = await asyncio.shield(running)
            if isinstance(outcome, GuidanceGraphError):
                raise outcome
            if outcome is not None:
                self.hits += 1
                return outcome.answer()

    def _tag(self, question: Question, release: Release) -> str:
        """Return the tag; that of the last question is known, since each is asked for twice."""
        last, of, tag = self._last
        if last is not question or of is not release:
            tag = tag_of(question, release)
            self._last = question, release, tag
        return tag

    async def _lead(self, question: Question, tag: str) -> Answer:
        """Have the query run, and tell those who ask the same meanwhile how it ended."""
        place = tag, question.timeout
        running: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()
        self._running[place] = running
        outcome: _Outcome = None
        try:
            answer = await self._gathered(question, tag)
            if isinstance(answer.chunks, Whole):
                outcome = _Kept(answer.form, answer.format, answer.chunks.content, tag, answer.cost)
                self._keep(outcome)
        except _SHARED as error:
            outcome = error
            raise
        finally:
            del self._running[place]
            running.set_result(outcome)
        return answer

    async def _gathered(self, question: Question, tag: str | None) -> Answer:
        """Ask the engine; return the answer once it is whole, or larger than what is gathered."""
        answer = await self._engine.ask(question)
        if isinstance(answer.chunks, Whole):
            return Answer(answer.form, answer.format, answer.chunks, tag)
        begun: list[bytes] = []
        size = 0
        try:
            async for chunk in answer:
                begun.append(chunk)
                size += len(chunk)
                if size > MODERATE:
                    resumed = _Resumed(begun, answer.chunks)
                    return Answer(answer.form, answer.format, resumed, tag)
        except BaseException:
            await answer.aclose()
            raise
        whole = Whole(b"".join(begun), answer.cost)
        return Answer(answer.form, answer.format, whole, tag)

    async def coded(
        self, answer: Answer, content: bytes, coding: str, encode: Callable[[bytes, str], bytes]
    ) -> bytes:
        """Return a whole answer in a content coding; it is kept in that one too.

        Args:
            answer: the answer.
            content: all of its bytes.
            coding: the name of the coding.
            encode: codes bytes; a pure function.
        """
        place = f"{answer.tag} {coding}"
        kept = None if answer.tag is None else self._kept.get(place)
        if kept is not None:
            self._kept.move_to_end(place)
            return kept.content
        if len(content) > _CODED_AT_ONCE:
            coded = await asyncio.to_thread(encode, content, coding)
        else:
            coded = encode(content, coding)
        if answer.tag is not None:
            self._keep(_Kept(answer.form, answer.format, coded, place, answer.cost))
        return coded

    def _keep(self, kept: "_Kept") -> None:
        """Keep an answer, and give up those that were asked for least recently."""
        if kept.size > self._most or self._releases.release is not self._release:
            return
        before = self._kept.pop(kept.tag, None)
        self._kept[kept.tag] = kept
        self.size += kept.size - (0 if before is None else before.size)
        while self.size > self._most:
            _, oldest = self._kept.popitem(last=False)
            self.size -= oldest.size

    def _forget(self, release: Release) -> None:
        """Forget the answers of another release."""
        self._kept.clear()
        self.size = 0
        self._release = release


@dataclass(frozen=True)
class _Kept:
    """A whole answer."""

    form: QueryForm
    format: Format
    content: bytes
    tag: str
    cost: Cost | None

    @property
    def size(self) -> int:
        return len(self.content) + _OVERHEAD

    def answer(self) -> Answer:
        return Answer(self.form, self.format, Whole(self.content, self.cost), self.tag, kept=True)


#: How a query ended for those who wait for it: a whole answer, an error, or neither.
_Outcome = _Kept | GuidanceGraphError | None


class _Resumed:
    """The chunks of an answer of which the first have been gathered."""

    def __init__(self, begun: list[bytes], rest: Chunks) -> None:
        self._begun = begun[::-1]
        self._rest = rest

    @property
    def cost(self) -> Cost | None:
        return self._rest.cost

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        return self._begun.pop() if self._begun else await anext(self._rest)

    async def aclose(self) -> None:
        self._begun.clear()
        await self._rest.aclose()
