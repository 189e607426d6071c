# SPDX-License-Identifier: EUPL-1.2
"""Grown releases, as a server takes them."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from guidance_graph.build.release import Release, current_release, is_current
from guidance_graph.terms.settings import Settings
from tests.bench.releases import Graph, NoRoomError, base_graph, grown_graph
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def base(repository_release: Release, work: Path) -> Graph:
    return base_graph(work, Settings(root=REPOSITORY, releases=repository_release.path.parent))


@pytest.fixture(scope="module")
def grown(base: Graph, work: Path) -> Graph:
    return grown_graph(base, 2, work)


def test_the_base_is_the_release_itself(base: Graph, repository_release: Release) -> None:
    assert base.release.digest == repository_release.digest
    assert base.release.path != repository_release.path
    assert is_current(base.settings)


def test_a_grown_release_is_taken_as_current(grown: Graph, base: Graph) -> None:
    assert is_current(grown.settings)
    release = current_release(grown.settings)
    assert release.path == grown.release.path
    assert release.digest != base.release.digest
    assert 1.6 < grown.quads / base.quads < 2.4


def test_its_store_has_the_form_of_one_that_was_built(grown: Graph) -> None:
    """Every named graph, and their union as the default graph; all as the manifest says."""
    store = ox.Store.read_only(str(grown.release.store_path))
    named, union = set[ox.Triple](), set[ox.Triple]()
    sizes: dict[str, int] = {}
    for quad in store:
        if isinstance(quad.graph_name, ox.NamedNode):
            sizes[quad.graph_name.value] = sizes.get(quad.graph_name.value, 0) + 1
            named.add(quad.triple)
        else:
            union.add(quad.triple)
    assert named == union
    assert sum(sizes.values()) == grown.quads
    manifest = grown.release.manifest
    assert manifest["graphs"].keys() == sizes.keys()
    assert manifest["triples"] == pytest.approx(len(union), rel=0.001)
    dump = (grown.release.dumps_path / "guidance-graph.nq").read_bytes()
    assert dump.count(b"\n") == grown.quads


def test_a_grown_release_answers_for_more_countries(grown: Graph, base: Graph) -> None:
    text = (grown.settings.root / "queries/comparison/what-each-country-holds.rq").read_text()
    rows = []
    for graph in (base, grown):
        result = ox.Store.read_only(str(graph.release.store_path)).query(text)
        assert isinstance(result, ox.QuerySolutions)
        rows.append({row["country"].value: row["resources"].value for row in result})
    before, after = rows
    assert before.items() <= after.items()
    assert after["Finland-1"] == after["Finland"]
    assert len(after) == len(before) + 8


def test_a_grown_release_that_is_there_is_used_again(grown: Graph, base: Graph, work: Path) -> None:
    store = grown.release.store_path
    before = store.stat().st_mtime_ns
    assert grown_graph(base, 2, work) == grown
    assert store.stat().st_mtime_ns == before


def test_a_graph_that_the_disk_cannot_hold_is_not_begun(base: Graph, work: Path) -> None:
    with pytest.raises(NoRoomError, match="GiB are free"):
        grown_graph(base, 10**7, work)
