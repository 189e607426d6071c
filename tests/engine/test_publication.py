# SPDX-License-Identifier: EUPL-1.2
"""A release goes into the Oxigraph server, and what did not arrive is told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from guidance_graph.build.release import Release
from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.backend.graph_store import GraphStore
from guidance_graph.engine.publication import DEFAULT, Arrival, publish, read_graphs
from guidance_graph.engine.remote import confirm
from guidance_graph.terms.errors import BackendError, ReleaseError
from guidance_graph.terms.namespaces import GRAPHS, METADATA, UNION
from tests.backends import Server, oxigraph
from tests.engine.conftest import PATIENT

POLICY = GRAPHS + "data/finland/policy"
OLD = GRAPHS + "data/atlantis/policy"
FOREIGN = "http://e/foreign"
TRIPLE = b"<http://e/s> <http://e/p> <http://e/o> .\n"


@pytest.fixture
def server() -> Iterator[Server]:
    with oxigraph() as engine:
        yield engine


def store_of(server: Server) -> Backend:
    return replace(server.backend, url=server.store)


def put(release: Release, server: Server) -> dict[str, Arrival]:
    arrivals = publish(release, store_of(server), server.backend, PATIENT)
    return {arrival.graph: arrival for arrival in arrivals}


def graphs_in(server: Server) -> set[str]:
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    headers = {"Accept": "text/csv"}
    answer = httpx.post(server.query, data={"query": query}, headers=headers)
    return set(answer.text.split()[1:])


def test_every_graph_arrives_and_all_of_them_as_the_default_graph(
    server: Server, example_release: Release
) -> None:
    arrivals = put(example_release, server)
    sizes = {name: each["triples"] for name, each in example_release.manifest["graphs"].items()}
    sizes[DEFAULT] = example_release.manifest["triples"]
    assert {name: each.sent for name, each in arrivals.items()} == sizes
    assert {name: each.found for name, each in arrivals.items()} == sizes
    assert all(each.whole for each in arrivals.values())
    assert graphs_in(server) == set(example_release.manifest["graphs"])


def test_an_engine_with_all_graphs_by_default_gets_them_as_one_graph_more(
    example_release: Release,
) -> None:
    with oxigraph("--union-default-graph") as server:
        arrivals = put(example_release, server)
        assert DEFAULT not in arrivals
        assert arrivals[UNION].found == example_release.manifest["triples"]


def test_it_can_be_repeated_and_removes_what_older_releases_left_and_nothing_else(
    server: Server, example_release: Release
) -> None:
    with GraphStore(store_of(server)) as graphs:
        for name in (OLD, POLICY, FOREIGN, None):
            graphs.put(name, TRIPLE)
    for _ in range(2):
        arrivals = put(example_release, server)
        assert all(each.whole for each in arrivals.values())
        assert graphs_in(server) == {*example_release.manifest["graphs"], FOREIGN}


@pytest.mark.parametrize(
    ("spoil", "state"),
    [
        (lambda triples: triples.split(b"\n", 1)[1], "not whole"),
        (lambda triples: triples.replace(b"Ministry", b"Monastery"), "other triples"),
        (lambda triples: b"", "missing"),
    ],
)
def test_a_graph_that_did_not_arrive_whole_is_told(
    server: Server,
    example_release: Release,
    monkeypatch: pytest.MonkeyPatch,
    spoil: "type[bytes]",
    state: str,
) -> None:
    honest = GraphStore.put

    def lossy(self: GraphStore, graph: str | None, triples: bytes) -> None:
        honest(self, graph, spoil(triples) if graph == POLICY else triples)

    monkeypatch.setattr(GraphStore, "put", lossy)
    arrivals = put(example_release, server)
    assert {name: each.state for name, each in arrivals.items() if not each.whole} == {
        POLICY: state
    }


def test_a_publication_that_fails_says_what_is_there_and_what_is_not(
    server: Server, example_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = GraphStore.put

    def failing(self: GraphStore, graph: str | None, triples: bytes) -> None:
        if graph == POLICY:
            raise BackendError("out of disk")
        honest(self, graph, triples)

    put(example_release, server)
    with GraphStore(store_of(server)) as graphs:
        graphs.put(OLD, TRIPLE)
    monkeypatch.setattr(GraphStore, "put", failing)
    arrivals = put(example_release, server)
    order = list(arrivals)
    assert arrivals[POLICY].state == "out of disk"
    assert arrivals[METADATA].state == "missing"
    assert {arrivals[name].state for name in order} == {"whole", "out of disk", "missing"}
    assert OLD in graphs_in(server)
    assert order[-1] == METADATA
    with pytest.raises(ReleaseError, match="does not hold this release"):
        confirm(server.backend, example_release.manifest, PATIENT)
    monkeypatch.undo()
    assert all(each.whole for each in put(example_release, server).values())


def test_an_engine_that_cannot_be_reached_is_an_error_at_once(example_release: Release) -> None:
    with oxigraph() as server:
        server.process.kill()
        server.process.wait()
        with pytest.raises(BackendError, match="cannot be reached"):
            put(example_release, server)


def test_a_store_that_takes_no_graphs_says_so(server: Server) -> None:
    with (
        GraphStore(server.backend) as graphs,
        pytest.raises(BackendError, match="does not PUT http://e/foreign: 4"),
    ):
        graphs.put(FOREIGN, TRIPLE)


def test_a_graph_that_is_not_there_is_empty_and_can_be_removed(server: Server) -> None:
    with GraphStore(store_of(server)) as graphs:
        assert graphs.get(FOREIGN)[0] == b""
        graphs.delete(FOREIGN)
        graphs.put(FOREIGN, TRIPLE)
        assert graphs.get(FOREIGN) == (TRIPLE, "application/n-triples")
        graphs.delete(FOREIGN)
        assert graphs.get(FOREIGN)[0] == b""


def test_the_dump_holds_the_graphs_of_the_manifest(example_release: Release) -> None:
    sizes = {name: len(lines) for name, lines in read_graphs(example_release).items()}
    graphs = example_release.manifest["graphs"]
    assert sizes == {name: each["triples"] for name, each in graphs.items()}


def test_a_release_without_a_dump_cannot_be_published(
    example_release: Release, server: Server
) -> None:
    broken = replace(example_release, path=example_release.path / "none")
    with pytest.raises(ReleaseError, match="cannot be read"):
        put(broken, server)


def test_a_release_with_a_damaged_dump_is_not_published(
    example_release: Release, server: Server, tmp_path: Path
) -> None:
    damaged = replace(example_release, path=tmp_path)
    damaged.dumps_path.mkdir()
    content = example_release.quads_path.read_bytes()
    damaged.quads_path.write_bytes(content.replace(b"e", b"f", 1))
    with pytest.raises(ReleaseError, match="is damaged"):
        put(damaged, server)
