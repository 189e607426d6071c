# SPDX-License-Identifier: EUPL-1.2
"""What every engine is: ask it a query, and the answer comes as a stream of bytes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from guidance_graph.engine.formats import Format, QueryForm
from guidance_graph.engine.terms import Term
from guidance_graph.terms.settings import Settings


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
    """

    timeout: float = 10.0
    memory: int = 512 << 20
    size: int = 64 << 20
    rows: int = 1_000_000
    queue: int = 64
    wait: float = 5.0

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
    """

    form: QueryForm
    format: Format
    chunks: Chunks
    tag: str | None = None

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


class Engine(Protocol):
    """Something that answers SPARQL queries."""

    async def query(
        self,
        text: str,
        *,
        answer_format: Format | None = None,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        bindings: Mapping[str, Term] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Answer a query.

        Args:
            text: the query, in SPARQL 1.1.
            answer_format: one of the formats of its form; the preferred one where it is None.
            default_graphs: IRIs of the graphs that make up the default graph, in place of those the
                query names.
            named_graphs: IRIs of the graphs that ``GRAPH`` sees; the default graph is then empty
                unless ``default_graphs`` says otherwise.
            bindings: values for variables of the query, by name.
            timeout: seconds; it shortens the engine's own limit and never lengthens it.

        Returns:
            The answer, once its first bytes are there.

        Raises:
            QueryError: the query cannot be answered as it stands.
            EngineError: a limit was reached before the first bytes, or no worker came free.
        """
        ...
