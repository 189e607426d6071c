# SPDX-License-Identifier: EUPL-1.2
"""A query that asks a service, from the question to the bytes of its answer."""

import asyncio
import json
from pathlib import Path

import pytest

from guidance_graph.build.release import Release
from guidance_graph.engine.answer import Answer, Engine, Limits
from guidance_graph.engine.cache import CachingEngine
from guidance_graph.engine.federation.client import ServiceClient
from guidance_graph.engine.federation.engine import FederatedEngine
from guidance_graph.engine.federation.federation import Federation
from guidance_graph.engine.formats import CSV
from guidance_graph.engine.pool.pool import WorkerPool
from guidance_graph.engine.question import Question
from guidance_graph.engine.text.terms import Literal
from guidance_graph.terms.errors import QueryRefusedError, QueryTimeoutError
from tests.backends import Scripted, response, scripted
from tests.engine.conftest import EXAMPLE, PATIENT
from tests.engine.federation.test_client import anyone


class Local(Engine):
    """A pool that says which questions reach it."""

    def __init__(self, pool: WorkerPool, release: Release | None) -> None:
        self.asked: list[Question] = []
        self.release = release
        self._pool = pool

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        return await self._pool.ask(question)


def answers(
    store: Path, services: str, *questions: Question, limits: Limits = PATIENT
) -> tuple[list[bytes | Exception], list[Question]]:
    """The answer to each question, or what went wrong, and what was asked of the workers."""

    async def scenario() -> tuple[list[bytes | Exception], list[Question]]:
        pool = WorkerPool(store, PATIENT, 1)
        await pool.start()
        local = Local(pool, None)
        federation = Federation(services, client=ServiceClient(anyone))
        engine = CachingEngine(FederatedEngine(local, federation, limits), local, 1 << 20)
        given: list[bytes | Exception] = []
        try:
            for question in questions:
                try:
                    given.append(await (await engine.ask(question)).read())
                except (QueryRefusedError, QueryTimeoutError) as error:
                    given.append(error)
        finally:
            await pool.close()
        return given, local.asked

    return asyncio.run(scenario())


SIZES = response(
    json.dumps(
        {
            "results": {
                "bindings": [{"size": {"type": "literal", "value": str(n)}} for n in (3, 999)]
            }
        }
    ).encode()
)


def question(endpoint: Scripted, word: str = "SERVICE", timeout: float | None = None) -> Question:
    text = f"""PREFIX e: <{EXAMPLE}>
SELECT ?thing {{
  {word} <{endpoint.url}> {{ ?any e:label ?label ; e:size ?size }}
  ?thing e:size ?number FILTER(STR(?number) = ?size)
}}"""
    bindings = {"label": Literal('" } SERVICE ?x { "', language="en")}
    return Question(text, CSV, bindings=bindings, timeout=timeout, trusted=True)


def test_what_a_service_gives_is_joined_with_what_is_here(store_path: Path) -> None:
    with scripted(lambda _: SIZES) as endpoint:
        given, asked = answers(store_path, endpoint.url, *[question(endpoint, timeout=60)] * 2)
    found = f"thing\r\n{EXAMPLE}thing/3\r\n".encode()
    assert given == [found, found]
    assert '?any e:label "\\" } SERVICE ?x { \\""@en ;' in endpoint.asked[0].form["query"][0]
    assert all("SERVICE <" not in each.text for each in asked)
    assert [(each.bindings, each.trusted) for each in asked] == [({}, False)] * 2
    assert all(each.timeout is not None and 0 < each.timeout < 60 for each in asked)


def test_a_question_without_a_service_goes_on_as_it_is(store_path: Path) -> None:
    one = Question("SELECT ?s { ?s ?p 'SERVICE <http://e/> {}' }", CSV, trusted=True)
    other = Question("SELECT ?s { ?s ?p ?o FILTER(?o = 3) }", CSV, timeout=60)
    with scripted(lambda _: SIZES) as endpoint:
        given, asked = answers(store_path, endpoint.url, one, other)
    assert given == [b"s\r\n", f"s\r\n{EXAMPLE}thing/3\r\n".encode()]
    assert asked == [one, other]
    assert endpoint.asked == []


@pytest.mark.parametrize("word", ["SERVICE", "SERVICE SILENT"])
def test_a_service_that_is_not_listed_is_refused(store_path: Path, word: str) -> None:
    with scripted(lambda _: SIZES) as endpoint:
        for listed in ("", "http://other.example/"):
            (error,), _ = answers(store_path, listed, question(endpoint, word))
            assert isinstance(error, QueryRefusedError)
            assert "line 3, column 3: SERVICE" in str(error)
    assert endpoint.asked == []


def test_a_service_takes_of_the_time_of_its_query(store_path: Path) -> None:
    with scripted() as endpoint:
        short = Limits(timeout=0.4)
        (error, other), _ = answers(
            store_path,
            endpoint.url,
            question(endpoint),
            question(endpoint, timeout=0.2),
            limits=short,
        )
        assert isinstance(error, QueryTimeoutError)
        assert isinstance(other, QueryTimeoutError)
