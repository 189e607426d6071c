# SPDX-License-Identifier: EUPL-1.2
"""The engine for a program that waits: one worker, with the same limits as the server's."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self, Unpack

from guidance_graph.engine.answer import Answer, Cost, Limits, Rest
from guidance_graph.engine.formats import Format, QueryForm
from guidance_graph.engine.pool.forking import Source
from guidance_graph.engine.pool.pool import WorkerPool


@dataclass(frozen=True)
class BlockingAnswer:
    """An answer to iterate over, chunk by chunk; see ``Answer``."""

    answer: Answer
    runner: asyncio.Runner

    @property
    def form(self) -> QueryForm:
        """The form of the query."""
        return self.answer.form

    @property
    def format(self) -> Format:
        """What the answer is written in."""
        return self.answer.format

    @property
    def cost(self) -> Cost | None:
        """What the answer took, once it is whole."""
        return self.answer.cost

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the bytes.

        Raises:
            EngineError: a limit was reached, or the worker died: the answer is not whole.
        """
        while chunk := self.runner.run(self._next()):
            yield chunk

    def read(self) -> bytes:
        """Return the whole answer."""
        return b"".join(self)

    async def _next(self) -> bytes:
        return await anext(aiter(self.answer), b"")


class BlockingEngine:
    """An engine for use in a ``with`` statement, outside any event loop."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self._runner = asyncio.Runner()
        self._pool = WorkerPool(source, limits, workers=1)

    def __enter__(self) -> Self:
        """Start the worker.

        Raises:
            ReleaseError: the store cannot be opened.
        """
        self._runner.__enter__()
        try:
            self._runner.run(self._pool.start())
        except BaseException:
            self._runner.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._runner.run(self._pool.close())
        self._runner.close()

    def query(
        self, text: str, *, answer_format: Format | None = None, **rest: Unpack[Rest]
    ) -> BlockingAnswer:
        """Answer a query; see ``Engine.query``."""
        asked = self._pool.query(text, answer_format=answer_format, **rest)
        return BlockingAnswer(self._runner.run(asked), self._runner)
