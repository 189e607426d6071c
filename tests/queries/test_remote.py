# SPDX-License-Identifier: EUPL-1.2
"""Every question and check has the same answer from another engine as from the store."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

import pyoxigraph as ox

from guidance_graph.build.release import Release
from guidance_graph.engine.answer import Engine, Limits
from guidance_graph.engine.formats import JSON, N_TRIPLES
from guidance_graph.engine.pool.pool import WorkerPool
from guidance_graph.engine.publication import publish
from guidance_graph.engine.remote import RemoteEngine
from guidance_graph.library.library import Library, LibraryQuery
from tests.backends import oxigraph
from tests.queries.test_golden import FILES, _question

LIMITS: Final = Limits(timeout=120)
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
NUMBERS: Final = frozenset(XSD + kind for kind in ("integer", "decimal", "double", "float"))


def term(described: Mapping[str, str]) -> tuple[object, ...]:
    """A term of an answer: numbers by their value, blank nodes without their name."""
    if described["type"] == "bnode":
        return ("bnode",)
    if described.get("datatype") in NUMBERS:
        return ("number", Decimal(described["value"]))
    return tuple(sorted(described.items()))


async def answer(engine: Engine, query: LibraryQuery, given: Mapping[str, str]) -> object:
    """An answer as a multiset of solutions, a set of triples or a boolean."""
    wanted = N_TRIPLES if query.form.gives_graph else JSON
    asked = await engine.query(
        query.text, answer_format=wanted, bindings=query.bindings(given), timeout=60
    )
    content = await asked.read()
    if wanted is N_TRIPLES:
        graph = ox.Dataset(ox.parse(content, format=ox.RdfFormat.N_TRIPLES))
        graph.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        return graph
    read = json.loads(content)
    if "boolean" in read:
        return bool(read["boolean"])
    return Counter(
        frozenset((name, term(value)) for name, value in row.items())
        for row in read["results"]["bindings"]
    )


def test_another_engine_gives_the_same_answers(
    library: Library, repository_release: Release
) -> None:
    questions = [(library[name], given) for name, given in map(_question, FILES)]
    questions += [(check, {}) for check in library.checks]
    assert len(questions) > 80

    async def scenario() -> None:
        local = WorkerPool(repository_release.store_path, LIMITS, 1)
        remote = RemoteEngine(server.backend, repository_release.manifest, LIMITS, 1)
        await local.start()
        try:
            await remote.start()
            for query, given in questions:
                expected = await answer(local, query, given)
                assert await answer(remote, query, given) == expected, (query.name, given)
        finally:
            await remote.close()
            await local.close()

    with oxigraph() as server:
        store = replace(server.backend, url=server.store)
        arrivals = publish(repository_release, store, server.backend, LIMITS)
        assert [each for each in arrivals if not each.whole] == []
        asyncio.run(scenario())
