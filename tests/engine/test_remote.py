# SPDX-License-Identifier: EUPL-1.2
"""The release in the Oxigraph server gives the answers that its own store gives."""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pyoxigraph as ox
import pytest

from guidance_graph.build.pipeline import build
from guidance_graph.build.release import Release
from guidance_graph.engine.answer import Engine, Limits
from guidance_graph.engine.current import CurrentEngine
from guidance_graph.engine.formats import CSV, N_TRIPLES, Format, QueryForm, formats_of
from guidance_graph.engine.pool.pool import WorkerPool
from guidance_graph.engine.publication import publish
from guidance_graph.engine.remote import RemoteEngine, confirm
from guidance_graph.engine.text.terms import Iri
from guidance_graph.engine.text.tokens import query_form
from guidance_graph.terms.errors import (
    BackendError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTimeoutError,
    ReleaseError,
)
from guidance_graph.terms.namespaces import GRAPHS, UNION
from guidance_graph.terms.settings import Settings
from tests.backends import Server, oxigraph, scripted
from tests.engine.conftest import PATIENT
from tests.engine.pool.test_pool import RUNAWAY
from tests.engine.text.test_nesting import MOST, NESTED

POLICY = GRAPHS + "data/finland/policy"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
QUERIES = [
    COUNT,
    "SELECT * { ?s ?p ?o }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    f"SELECT * FROM <{POLICY}> {{ ?s ?p ?o }}",
    f"SELECT * FROM <{POLICY}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    f"SELECT * FROM NAMED <{POLICY}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    f"SELECT * FROM NAMED <{POLICY}> {{ ?s ?p ?o }}",
    "SELECT * FROM <http://127.0.0.1:1/> { ?s ?p ?o }",
    f"SELECT * FROM NAMED <http://127.0.0.1:1/> FROM <{POLICY}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "SELECT * FROM <graph/data/finland/policy> { ?s ?p ?o }",
    "PREFIX : <id/> SELECT (<a> AS ?a) (:b AS ?b) (<> AS ?c) (<#d> AS ?d) (<//e/f> AS ?e) {}",
    "SELECT (IRI('a') AS ?a) (URI('//b/c') AS ?b) {}",
    "BASE <id/> SELECT (<a> AS ?a) (IRI('b') AS ?b) {}",
    "ASK { ?s ?p ?o }",
    "ASK { ?s ?s ?s }",
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(!ISBLANK(?s) && !ISBLANK(?o)) }",
]


@pytest.fixture(scope="module")
def server(example_release: Release) -> Iterator[Server]:
    """The Oxigraph server with the example release."""
    with oxigraph() as engine:
        put(example_release, engine)
        yield engine


def put(release: Release, engine: Server) -> None:
    arrivals = publish(release, replace(engine.backend, url=engine.store), engine.backend, PATIENT)
    assert [arrival for arrival in arrivals if not arrival.whole] == []


@contextlib.asynccontextmanager
async def asking(
    server: Server, release: Release, limits: Limits = PATIENT
) -> AsyncIterator[RemoteEngine]:
    engine = RemoteEngine(server.backend, release.manifest, limits, 1)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


async def answer(
    engine: Engine, query: str, answer_format: Format | None = None
) -> Counter[object]:
    """The lines or the triples of an answer, but for the names of blank nodes."""
    graph = query_form(query).gives_graph
    wanted = answer_format or (N_TRIPLES if graph else CSV)
    content = await (await engine.query(query, answer_format=wanted)).read()
    if graph:
        rdf = ox.RdfFormat.from_media_type(wanted.media_type)
        return Counter(str(quad.triple) for quad in ox.parse(content, format=rdf))
    return Counter(re.sub(rb"_:\w+", b"_:x", content).splitlines())


def test_answers_are_those_of_the_store(server: Server, example_release: Release) -> None:
    async def scenario() -> None:
        local = WorkerPool(example_release.store_path, PATIENT, 1)
        await local.start()
        try:
            async with asking(server, example_release) as remote:
                for query in QUERIES:
                    expected = await answer(local, query)
                    assert await answer(remote, query) == expected, query
        finally:
            await local.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("form", QueryForm)
def test_every_form_has_every_format(
    server: Server, example_release: Release, form: QueryForm
) -> None:
    bodies = {
        QueryForm.SELECT: "SELECT ?p { ?s ?p ?o } ORDER BY ?p LIMIT 3",
        QueryForm.ASK: "ASK { ?s ?p ?o }",
        QueryForm.CONSTRUCT: f"CONSTRUCT {{ <{POLICY}> ?p ?o }} {{ <{POLICY}> ?p ?o }}",
        QueryForm.DESCRIBE: f"DESCRIBE <{POLICY}>",
    }
    query = bodies[form]

    async def scenario() -> None:
        local = WorkerPool(example_release.store_path, PATIENT, 1)
        await local.start()
        try:
            async with asking(server, example_release) as remote:
                for each in formats_of(form):
                    expected = await answer(local, query, each)
                    assert expected
                    assert await answer(remote, query, each) == expected, each.title
        finally:
            await local.close()

    asyncio.run(scenario())


def test_a_dataset_of_the_protocol_goes_before_that_of_the_query(
    server: Server, example_release: Release
) -> None:
    triples = example_release.manifest["graphs"][POLICY]["triples"]

    async def scenario() -> None:
        async with asking(server, example_release) as engine:
            told = await engine.query(
                f"SELECT (COUNT(*) AS ?n) FROM <{UNION}> {{ ?s ?p ?o }}",
                answer_format=CSV,
                default_graphs=[POLICY, "http://127.0.0.1:1/"],
            )
            assert await told.read() == f"n\r\n{triples}\r\n".encode()

    asyncio.run(scenario())


def test_values_are_bound(server: Server, example_release: Release) -> None:
    async def scenario() -> bytes:
        async with asking(server, example_release) as engine:
            bound = await engine.query(
                "SELECT ?kind { ?thing a ?kind } ORDER BY ?kind LIMIT 1",
                answer_format=CSV,
                bindings={"thing": Iri("https://w3id.org/guidance-graph/id/fi/unit")},
            )
            return await bound.read()

    assert b"ontology#Actor" in asyncio.run(scenario())


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", QueryRefusedError),
        ("DROP ALL", QueryRefusedError),
        ("SELECT * \\u0046ROM <http://127.0.0.1/> {}", QueryRefusedError),
        ("SELECT * { ?s }", QuerySyntaxError),
    ],
)
def test_the_walls_are_those_of_the_store(
    server: Server, example_release: Release, query: str, error: type[Exception]
) -> None:
    async def scenario() -> None:
        async with asking(server, example_release) as engine:
            with pytest.raises(error):
                await engine.query(query)

    asyncio.run(scenario())


def test_a_runaway_query_is_stopped_and_the_next_one_answers(
    example_release: Release,
) -> None:
    async def scenario(server: Server) -> None:
        async with asking(server, example_release) as engine:
            with pytest.raises(QueryTimeoutError, match=r"stopped after 0\.5 s"):
                await engine.query(RUNAWAY, timeout=0.5)
            assert await answer(engine, "ASK { ?s ?p ?o }") == Counter([b"true"])

    with oxigraph("--timeout-s", "2") as server:
        put(example_release, server)
        asyncio.run(scenario(server))


def test_a_query_nested_too_deeply_does_not_come_to_the_engine(example_release: Release) -> None:
    """Oxigraph would end with it: its threads have a quarter of the stack of a worker."""

    async def scenario(server: Server) -> None:
        async with asking(server, example_release) as engine:
            for text in (NESTED["calls"](400), NESTED["EXISTS"](5000), NESTED["BIND"](900)):
                with pytest.raises(QuerySyntaxError, match=r"line 1, column .* nested too deeply"):
                    await engine.query(text)
            for kind in ("calls", "EXISTS", "BIND"):
                assert await answer(engine, NESTED[kind](MOST[kind] * 2 // 5))

    with oxigraph() as server:
        put(example_release, server)
        asyncio.run(scenario(server))
        assert server.process.poll() is None


def test_an_engine_with_another_release_is_not_asked(example_release: Release) -> None:
    with oxigraph() as server:
        with pytest.raises(ReleaseError, match="does not hold this release"):
            confirm(server.backend, example_release.manifest, PATIENT)
        put(example_release, server)
        confirm(server.backend, example_release.manifest, PATIENT)
        address = httpx.URL(server.store).copy_set_param("graph", POLICY)
        content = b"<http://e/s> <http://e/p> 1 ."
        headers = {"Content-Type": "text/turtle"}
        httpx.post(address, content=content, headers=headers).raise_for_status()
        with pytest.raises(ReleaseError, match=r"part of this release: .*finland/policy has"):
            confirm(server.backend, example_release.manifest, PATIENT)


def test_what_else_an_engine_holds_is_in_no_answer(example_release: Release) -> None:
    """Oxigraph with all graphs for its default graph, as Virtuoso and others have it."""

    async def scenario(server: Server) -> Counter[object]:
        async with asking(server, example_release) as engine:
            return await answer(engine, COUNT) + await answer(engine, QUERIES[2])

    with oxigraph("--union-default-graph") as server:
        put(example_release, server)
        before = asyncio.run(scenario(server))
        address = httpx.URL(server.store).copy_set_param("graph", "http://e/foreign")
        content = b"<http://e/s> <http://e/p> 1 ."
        headers = {"Content-Type": "text/turtle"}
        httpx.put(address, content=content, headers=headers).raise_for_status()
        assert asyncio.run(scenario(server)) == before
        assert str(example_release.manifest["triples"]).encode() in before
        assert not [line for line in before if UNION in str(line)]


def test_a_server_moves_to_a_new_release_once_the_engine_holds_it(
    example_release: Release, example_settings: Settings
) -> None:
    unit = "<https://w3id.org/guidance-graph/id/fi/unit>"
    file = example_settings.root / "data" / "finland" / "policy.ttl"
    file.write_text(file.read_text().replace('"Unit"@en', '"Section"@en'))
    newer = build(example_settings)
    assert newer.digest != example_release.digest
    current = [example_release]

    async def scenario(server: Server) -> None:
        engine = CurrentEngine(lambda: current[0], PATIENT, 1, server.backend)
        query = f"SELECT ?l {{ {unit} ?p ?l FILTER(LANG(?l) = 'en') }} ORDER BY ?l LIMIT 1"
        try:
            assert await engine.refresh()
            before = await answer(engine, query)
            current[0] = newer
            with pytest.raises(ReleaseError, match="guidance-graph publish"):
                await engine.refresh()
            assert engine.release is example_release
            await asyncio.to_thread(put, newer, server)
            assert await engine.refresh()
            assert engine.release is newer
            assert before != await answer(engine, query)
        finally:
            await engine.close()

    with oxigraph() as server:
        put(example_release, server)
        asyncio.run(scenario(server))


def test_an_engine_that_is_down_is_told(example_release: Release) -> None:
    with oxigraph() as server:
        server.process.kill()
        server.process.wait()
        with pytest.raises(BackendError, match="cannot be reached"):
            confirm(server.backend, example_release.manifest, PATIENT)


def test_an_engine_that_does_not_answer_in_time_is_told(example_release: Release) -> None:
    limits = Limits(timeout=0.5)
    with scripted() as engine, pytest.raises(BackendError, match="does not say in time what"):
        confirm(engine.backend, example_release.manifest, limits)
