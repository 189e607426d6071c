# SPDX-License-Identifier: EUPL-1.2
"""An engine whose queries may ask the endpoints that the operator has listed."""

import asyncio
from dataclasses import replace

from guidance_graph.engine.answer import Answer, Engine, Limits
from guidance_graph.engine.federation.federation import Federation
from guidance_graph.engine.question import Question
from guidance_graph.engine.text.bindings import bind
from guidance_graph.engine.text.service import uses_service
from guidance_graph.engine.text.tokens import beside
from guidance_graph.terms.errors import QueryTimeoutError


class FederatedEngine(Engine):
    """Asks the services of a query, and then another engine what is left of it.

    That engine refuses ``SERVICE``, so nothing is asked that was not found here.
    """

    def __init__(self, engine: Engine, federation: Federation, limits: Limits) -> None:
        """Take what is needed.

        Args:
            engine: what answers queries that ask no service.
            federation: what asks services.
            limits: what a query may take, with its services.
        """
        self._engine = engine
        self._federation = federation
        self._limits = limits

    async def ask(self, question: Question) -> Answer:
        """Answer a question; see ``Engine.ask``.

        Raises:
            QueryError: a service may not be asked.
            EngineError: a service failed.
        """
        if not self._federation.services or not await beside(uses_service, question.text):
            return await self._engine.ask(question)
        clock = asyncio.get_running_loop().time
        seconds = min(self._limits.timeout, question.timeout or self._limits.timeout)
        began = clock()
        text = bind(question.text, question.bindings)
        resolved = await self._federation.resolve(text, seconds, question.client)
        left = seconds - (clock() - began)
        if left <= 0:
            raise QueryTimeoutError(f"the query was stopped after {seconds:g} s")
        # Whoever wrote the query, nobody here knows how much a service puts into it.
        return await self._engine.ask(
            replace(question, text=resolved, bindings={}, timeout=left, trusted=False)
        )
