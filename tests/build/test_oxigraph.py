# SPDX-License-Identifier: EUPL-1.2
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import URIRef

from guidance_graph.build.oxigraph import (
    CanonicalDataset,
    Quad,
    TurtleSyntaxError,
    parse_turtle,
    with_canonical_names,
)
from tests.build.support import triples

ONE, TWO = URIRef("http://example.org/one"), URIRef("http://example.org/two")


def quads(one: str, two: str = "") -> set[Quad]:
    return {(*t, ONE) for t in triples(one)} | {(*t, TWO) for t in triples(two, "two")}


def test_a_syntax_error_has_its_place_and_reason() -> None:
    with pytest.raises(TurtleSyntaxError) as raised:
        list(parse_turtle(b"\n  no:a a no:b .", "t"))
    assert raised.value.start == (2, 3)
    assert raised.value.end == (2, 7)
    assert raised.value.reason == "The prefix no: has not been declared"


def test_the_digest_does_not_depend_on_the_names_of_blank_nodes_nor_on_order() -> None:
    one = CanonicalDataset.of(quads("_:x :p _:y . _:y :p 1 .", ":a :b _:z ."))
    same = CanonicalDataset.of(sorted(quads("_:k :p 1 . _:j :p _:k .", ":a :b _:i .")))
    other = CanonicalDataset.of(quads("_:x :p _:y . _:y :p 2 .", ":a :b _:z ."))
    assert one.digest == same.digest
    assert one.digest != other.digest
    assert one.graphs[str(TWO)] == other.graphs[str(TWO)]
    assert one.graphs[str(ONE)].triples == 2


def test_isomorphic_graphs_get_the_same_names() -> None:
    assert with_canonical_names(triples("_:a :p _:b . _:b :q 1 .")) == with_canonical_names(
        triples("_:v :q 1 . _:u :p _:v .")
    )


def test_the_store_has_every_graph_and_their_union_as_default_graph(tmp_path: Path) -> None:
    CanonicalDataset.of(quads(":a :p 1 , 2 .", ":a :p 2 , 3 .")).write_store(tmp_path / "store")
    store = pyoxigraph.Store.read_only(str(tmp_path / "store"))
    default = store.query("SELECT ?o { ?s ?p ?o } ORDER BY ?o")
    assert [row["o"].value for row in default] == ["1", "2", "3"]  # type: ignore[union-attr]
    named = store.query("SELECT ?g ?o { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g ?o")
    assert [(row["g"].value[-3:], row["o"].value) for row in named] == [  # type: ignore[union-attr]
        ("one", "1"),
        ("one", "2"),
        ("two", "2"),
        ("two", "3"),
    ]


def test_every_dump_holds_the_dataset(tmp_path: Path) -> None:
    dataset = CanonicalDataset.of(quads(":a :p 01 , [ :q 'x'@en ] .", ":a :p 01 ."))
    dataset.write_dumps(tmp_path, "dump", {"ex": "http://example.org/"})
    canonical = set(dataset.quads)
    for suffix in ("trig", "nq", "jsonld"):
        read = pyoxigraph.Dataset(pyoxigraph.parse(path=tmp_path / f"dump.{suffix}"))
        read.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
        assert set(read) == canonical, suffix
    assert len(list(pyoxigraph.parse(path=tmp_path / "dump.ttl"))) == 3
