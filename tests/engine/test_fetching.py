# SPDX-License-Identifier: EUPL-1.2
"""Nothing that a query names is fetched: a server that listens there sees no connection."""

import asyncio
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from guidance_graph.build.release import Release
from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.formats import CSV
from guidance_graph.engine.publication import publish
from guidance_graph.engine.remote import RemoteEngine
from guidance_graph.terms.errors import QueryRefusedError
from tests.backends import Asked, Scripted, oxigraph, response, scripted
from tests.engine.conftest import PATIENT
from tests.engine.worker.test_walls import listener, was_reached

PATTERN = "{ { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
#: Each has an answer of no rows; ``@`` is an address that something listens at.
DATASETS = [
    "SELECT * FROM <@> {pattern}",
    "SELECT * FROM NAMED <@> {pattern}",
    "SELECT * FROM <@a> FROM NAMED <@b> {pattern}",
    "PREFIX l: <@> SELECT * FROM l:a.ttl {pattern}",
    "BASE <@> SELECT * FROM <a.ttl> FROM NAMED <> {pattern}",
    "SELECT * {{ GRAPH <@> {{ ?s ?p ?o }} }}",
    "DESCRIBE <@> FROM <@>",
    "CONSTRUCT {{ ?s ?p ?o }} FROM <@> {pattern}",
]
UPDATES = [
    "LOAD <@>",
    "LOAD SILENT <@> INTO GRAPH <@g>",
    "PREFIX l: <@> LOAD l:a",
    "INSERT {{ ?s ?p ?o }} USING <@> WHERE {pattern}",
]


def written(query: str, address: str) -> str:
    return query.format(pattern=PATTERN).replace("@", address)


@pytest.mark.parametrize("query", DATASETS)
def test_the_store_fetches_no_graph(engine: BlockingEngine, query: str) -> None:
    with listener() as server:
        text = written(query, f"http://127.0.0.1:{server.getsockname()[1]}/")
        answer = engine.query(text)
        answer.read()
        assert answer.cost is not None
        assert answer.cost.rows == 0
        given = [f"http://127.0.0.1:{server.getsockname()[1]}/"]
        protocol = engine.query(f"SELECT * {PATTERN}", default_graphs=given, named_graphs=given)
        assert protocol.read().count(b'"s"') == 1
        assert not was_reached(server)


@pytest.mark.parametrize("query", DATASETS)
def test_the_store_reads_no_file(engine: BlockingEngine, query: str, tmp_path: Path) -> None:
    for name in ("", "a", "b", "a.ttl"):
        (tmp_path / f"file{name}").write_text("<a:s> <a:p> <a:secret> .")
    answer = engine.query(written(query, f"file://{tmp_path}/file"))
    assert b"secret" not in answer.read()


@pytest.mark.parametrize("query", UPDATES)
def test_an_update_is_refused_and_fetches_nothing(engine: BlockingEngine, query: str) -> None:
    with listener() as server:
        with pytest.raises(QueryRefusedError, match="is an update"):
            engine.query(written(query, f"http://127.0.0.1:{server.getsockname()[1]}/"))
        assert not was_reached(server)


@pytest.fixture(scope="module")
def backend(example_release: Release) -> Iterator[Scripted]:
    """The Oxigraph server with the example release, behind one that remembers what was asked."""
    with oxigraph() as behind:
        store = replace(behind.backend, url=behind.store)
        assert all(each.whole for each in publish(example_release, store, behind.backend, PATIENT))

        def forward(asked: Asked) -> bytes:
            headers = {name: asked.headers[name] for name in ("accept", "content-type")}
            request = urllib.request.Request(behind.query, asked.body, headers)
            with urllib.request.urlopen(request) as answer:
                return response(answer.read(), answer.headers["Content-Type"])

        with scripted(forward) as recording:
            yield recording


def test_a_backend_is_told_of_no_graph_that_it_could_fetch(
    backend: Scripted, example_release: Release, tmp_path: Path
) -> None:
    async def scenario(address: str) -> None:
        engine = RemoteEngine(backend.backend, example_release.manifest, PATIENT, 1)
        await engine.start()
        try:
            for query in DATASETS:
                for place in (address, f"file://{tmp_path}/"):
                    backend.asked.clear()
                    await (await engine.query(written(query, place))).read()
                    (asked,) = backend.asked
                    assert "FROM" not in asked.form["query"][0], query
                    graphs = asked.form.get("default-graph-uri", [])
                    graphs += asked.form.get("named-graph-uri", [])
                    assert place not in "".join(graphs), query
            backend.asked.clear()
            answer = await engine.query(
                "SELECT ?s { ?s ?p ?o }",
                answer_format=CSV,
                default_graphs=(address,),
                named_graphs=(address,),
            )
            assert await answer.read() == b"s\r\n"
            assert address not in "".join(backend.asked[0].form["default-graph-uri"])
            backend.asked.clear()
            for query in UPDATES:
                with pytest.raises(QueryRefusedError):
                    await engine.query(written(query, address))
            assert backend.asked == []
        finally:
            await engine.close()

    with listener() as server:
        asyncio.run(scenario(f"http://127.0.0.1:{server.getsockname()[1]}/"))
        assert not was_reached(server)
