# SPDX-License-Identifier: EUPL-1.2
"""The engine over a release that another engine holds, published there before.

The answers are those of the store of the release. Where the other engine holds more than the
release, or makes its default graph of all it holds, the graphs of the release are named with each
query.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from guidance_graph.engine.answer import Answer, Engine, Limits
from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.formats import JSON, N_TRIPLES, Format
from guidance_graph.engine.pool.pool import PoolState, WorkerPool
from guidance_graph.engine.question import Question
from guidance_graph.engine.text.dataset_clause import DatasetClause, take_dataset_clause
from guidance_graph.engine.text.terms import Iri
from guidance_graph.engine.text.tokens import beside
from guidance_graph.terms.errors import (
    BackendError,
    QueryTimeoutError,
    ReleaseError,
    ResultTooLargeError,
)
from guidance_graph.terms.namespaces import DATASET, METADATA, PREFIXES, UNION

#: A graph that nobody has: the nil UUID (RFC 9562, section 5.9).
_NO_GRAPH: Final = "urn:uuid:00000000-0000-0000-0000-000000000000"

#: What the other engine takes for its dataset where it is told nothing.
_WHATEVER: Final = DatasetClause()

GRAPH_SIZES: Final = """
SELECT ?graph (COUNT(*) AS ?triples) WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph
"""
_IDENTIFIERS: Final = f"""
SELECT ?identifier WHERE {{
  GRAPH <{METADATA}> {{ <{DATASET}> <{PREFIXES["dcterms"]}identifier> ?identifier }}
}}
"""
#: Whether a release of this identifier is there.
HELD: Final = f"""
ASK {{
  GRAPH <{METADATA}> {{ <{DATASET}> <{PREFIXES["dcterms"]}identifier> ?identifier }}
  FILTER(STR(?identifier) = "%s")
}}
"""
NOT_HELD: Final = (
    "the engine behind this server does not hold this release; put it there: guidance-graph publish"
)
_SIZE: Final = "SELECT (COUNT(*) AS ?triples) WHERE { ?s ?p ?o }"
_SOME_ROWS: Final = "SELECT (1 AS ?one) WHERE { ?s ?p ?o } LIMIT %d"
_SOME_TRIPLES: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT %d"


def confirm(backend: Backend, manifest: Mapping[str, Any], limits: Limits) -> None:
    """Make sure that a release can be asked of another engine.

    Raises:
        ReleaseError: it holds another release, or part of it.
        EngineError: it cannot be asked, or cuts its answers and does not say so.
    """

    async def start_and_stop() -> None:
        engine = RemoteEngine(backend, manifest, limits, workers=1)
        await engine.start()
        await engine.close()

    asyncio.run(start_and_stop())


class RemoteEngine(Engine):
    """An engine that asks another one, as ``WorkerPool`` asks a store."""

    def __init__(
        self, backend: Backend, manifest: Mapping[str, Any], limits: Limits, workers: int
    ) -> None:
        """Take what is needed to start.

        Args:
            backend: the other engine.
            manifest: what the release says of itself, which the other engine must hold.
            limits: what a query may take here.
            workers: how many processes ask at the same time.
        """
        self._pool = WorkerPool(backend, limits, workers)
        self._limits = limits
        self._graphs = {name: graph["triples"] for name, graph in manifest["graphs"].items()}
        self._union = manifest["triples"]
        self._identifier = manifest["identifier"]
        self._own = _WHATEVER

    @property
    def processes(self) -> tuple[int, ...]:
        """The numbers of the processes that can ask, or are asking."""
        return self._pool.processes

    @property
    def state(self) -> PoolState:
        """What they do."""
        return self._pool.state

    async def start(self) -> None:
        """Start the workers, and find out how the other engine holds the release.

        Raises:
            ReleaseError: it holds another one, or part of it.
            BackendError: it cannot be asked, or cuts its answers and does not say so.
        """
        await self._pool.start()
        try:
            self._own = await self._recognise()
            await self._measure(_SOME_ROWS, JSON)
            await self._measure(_SOME_TRIPLES, N_TRIPLES)
        except QueryTimeoutError as error:
            await self._pool.close()
            raise BackendError(
                f"the engine behind this server does not say in time what it holds: {error}"
            ) from error
        except BaseException:
            await self._pool.close()
            raise

    async def ask(self, question: Question) -> Answer:
        """Answer a question; see ``Engine.ask``."""
        text, clause = await beside(take_dataset_clause, question.text)
        told = DatasetClause(
            tuple(Iri(graph).value for graph in question.default_graphs),
            tuple(Iri(graph).value for graph in question.named_graphs),
        )
        dataset = self._known(told or clause) if told or clause else self._own
        return await self._pool.ask(
            replace(
                question,
                text=text,
                default_graphs=dataset.default_graphs,
                named_graphs=dataset.named_graphs,
            )
        )

    async def retire(self) -> None:
        """Let the running and waiting queries end, then close."""
        await self._pool.retire()

    async def close(self) -> None:
        """Stop everything at once."""
        await self._pool.close()

    def _known(self, dataset: DatasetClause) -> DatasetClause:
        """Return the graphs of a dataset that are in the release; others would be empty."""
        default = tuple(graph for graph in dataset.default_graphs if graph in self._graphs)
        named = tuple(graph for graph in dataset.named_graphs if graph in self._graphs)
        return DatasetClause(default or (_NO_GRAPH,), named or (_NO_GRAPH,))

    async def _recognise(self) -> DatasetClause:
        """Return the dataset to name with each query: nothing, where it is what the engine has."""
        there = await self._rows(_IDENTIFIERS)
        if {"identifier": self._identifier} not in there:
            raise ReleaseError(NOT_HELD)
        found = {row["graph"]: int(row["triples"]) for row in await self._rows(GRAPH_SIZES)}
        for graph, triples in self._graphs.items():
            if found.get(graph, 0) != triples:
                raise ReleaseError(
                    f"the engine behind this server holds part of this release: {graph} has"
                    f" {found.get(graph, 0):,} triples there and {triples:,} here;"
                    " put it there: guidance-graph publish"
                )
        everything = tuple(self._graphs)
        ways = [DatasetClause((UNION,), everything), DatasetClause(everything, everything)]
        if found.keys() == self._graphs.keys():
            ways.insert(0, _WHATEVER)
        for way in ways:
            if await self._size(way) == self._union:
                return way
        raise ReleaseError(
            f"in the engine behind this server, all graphs as one have not the {self._union:,}"
            " triples that they have here; put the release there: guidance-graph publish"
        )

    async def _size(self, dataset: DatasetClause) -> int:
        return int((await self._rows(_SIZE, dataset))[0]["triples"])

    async def _measure(self, query: str, answer_format: Format) -> None:
        """Make sure that the engine gives as many rows as there are, or as an answer may have.

        Raises:
            BackendError: it gives fewer.
        """
        rows = min(self._union, self._limits.rows)
        try:
            answer = await self._pool.query(
                query % rows,
                answer_format=answer_format,
                default_graphs=self._own.default_graphs,
                named_graphs=self._own.named_graphs,
            )
            async with answer:
                async for _ in answer:
                    pass
        except (ResultTooLargeError, QueryTimeoutError):
            return  # it was stopped by a limit that is told
        given = 0 if answer.cost is None else answer.cost.rows
        if given != rows:
            raise BackendError(
                f"the engine behind this server gave {given:,} of {rows:,} triples, and not an"
                " error; raise its limit on answers (ResultSetMaxRows in Virtuoso)"
            )

    async def _rows(self, query: str, dataset: DatasetClause = _WHATEVER) -> list[dict[str, str]]:
        answer = await self._pool.query(
            query,
            answer_format=JSON,
            default_graphs=dataset.default_graphs,
            named_graphs=dataset.named_graphs,
        )
        bindings = json.loads(await answer.read())["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in bindings]
