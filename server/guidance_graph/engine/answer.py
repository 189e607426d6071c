# SPDX-License-Identifier: EUPL-1.2
"""What every engine is: ask it a query, and the answer comes as a stream of bytes."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol, Self, TypedDict, Unpack

from guidance_graph.engine.formats import Format, QueryForm, formats_of
from guidance_graph.engine.question import Question
from guidance_graph.engine.text.terms import Term
from guidance_graph.engine.text.tokens import query_form
from guidance_graph.terms.settings import Settings

_PIECE: Final = 1 << 16


@dataclass(frozen=True)
class Limits:
    """What one query may take.

    Attributes:
        timeout: seconds, from its start in a worker to its last byte.
        memory: bytes beyond those of an idle worker.
        size: bytes of its answer.
        rows: solutions or triples of its answer.
        queue: queries that may wait for a worker.
        wait: seconds that each may wait.
        light: seconds after which a query makes room for others, and goes on as a heavy one.
        heavy: heavy queries at once; where there are none, no query makes room.
        share: queries that one client may have running and waiting.
    """

    timeout: float = 10.0
    memory: int = 512 << 20
    size: int = 64 << 20
    rows: int = 1_000_000
    queue: int = 64
    wait: float = 5.0
    light: float = 0.1
    heavy: int = 2
    share: int = 16

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the limits that the settings ask for."""
        return cls(
            timeout=settings.query_timeout,
            memory=settings.query_memory << 20,
            size=settings.result_size << 20,
            rows=settings.result_rows,
            queue=settings.queue_length,
            wait=settings.queue_wait,
            light=settings.light_seconds,
            heavy=settings.heavy_workers,
            share=settings.client_queries,
        )


@dataclass(frozen=True)
class Cost:
    """What an answer took: seconds in the engine, bytes, and solutions or triples."""

    seconds: float
    size: int
    rows: int


class Chunks(Protocol):
    """The bytes of an answer as they come, and at their end what they took."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def __anext__(self) -> bytes: ...

    @property
    def cost(self) -> Cost | None:
        """What the answer took, once it is whole."""
        ...

    async def aclose(self) -> None:
        """Stop the query, if it still runs, and give back what it holds."""
        ...


class Whole:
    """The chunks of an answer that is whole.

    Attributes:
        content: all of its bytes.
        cost: what it took when it was made.
    """

    def __init__(self, content: bytes, cost: Cost | None) -> None:
        self.content = content
        self.cost = cost
        self._place = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """Return the next 64 KiB."""
        piece = self.content[self._place : self._place + _PIECE]
        if not piece:
            raise StopAsyncIteration
        self._place += len(piece)
        return piece

    async def aclose(self) -> None:
        """Hold nothing, so give back nothing."""


@dataclass(frozen=True)
class Answer:
    """An answer whose first bytes are there; iterate over it for all of them.

    An iteration that ends without an error has given the whole answer. Use it as a context manager,
    or close it, so that a query nobody listens to any more stops.

    Attributes:
        form: the form of the query.
        format: what it is written in.
        chunks: its bytes.
        tag: a name that no other answer has; None where none can be given.
        kept: whether it was there, and no query was run for whoever asks.
    """

    form: QueryForm
    format: Format
    chunks: Chunks
    tag: str | None = None
    kept: bool = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the bytes.

        Raises:
            EngineError: a limit was reached, or the worker died: the answer is not whole.
        """
        return self.chunks

    @property
    def cost(self) -> Cost | None:
        """What the answer took, once it is whole."""
        return self.chunks.cost

    async def read(self) -> bytes:
        """Return the whole answer."""
        async with self:
            return b"".join([chunk async for chunk in self])

    async def aclose(self) -> None:
        """Stop the query, if it still runs."""
        await self.chunks.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


class Rest(TypedDict, total=False):
    """What a question may have beside its text and its format; see ``Question``."""

    default_graphs: Sequence[str]
    named_graphs: Sequence[str]
    bindings: Mapping[str, Term] | None
    timeout: float | None


class Engine(ABC):
    """Something that answers SPARQL queries."""

    @abstractmethod
    async def ask(self, question: Question) -> Answer:
        """Answer a question.

        Returns:
            The answer, once its first bytes are there.

        Raises:
            QueryError: the query cannot be answered as it stands.
            EngineError: a limit was reached before the first bytes, or no worker came free.
        """

    async def query(
        self, text: str, *, answer_format: Format | None = None, **rest: Unpack[Rest]
    ) -> Answer:
        """Answer a query; see ``ask``.

        Args:
            text: the query.
            answer_format: one of the formats of its form; the preferred one where it is None.
            rest: see ``Question``.
        """
        return await self.ask(question_of(text, answer_format, **rest))


def question_of(text: str, answer_format: Format | None, **rest: Unpack[Rest]) -> Question:
    """Return a question, in the preferred format of its form where none is named.

    Raises:
        QueryError: the query has no form.
    """
    return Question(
        text,
        formats_of(query_form(text))[0] if answer_format is None else answer_format,
        tuple(rest.get("default_graphs", ())),
        tuple(rest.get("named_graphs", ())),
        rest.get("bindings") or {},
        rest.get("timeout"),
    )
