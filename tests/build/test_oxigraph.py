# SPDX-License-Identifier: EUPL-1.2
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import URIRef

from guidance_graph.build.oxigraph import (
    CanonicalDataset,
    GraphSummary,
    Quad,
    TurtleSyntaxError,
    parse_turtle,
    summary_by_value,
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("01", "1"),
        ('"-3"^^xsd:negativeInteger', "-3"),
        ("1.50", "1.5"),
        ("2.0", "2"),
        ("1.0E6", '"1000000"^^xsd:double'),
        ('"1"^^xsd:boolean', "true"),
        ('"2024-01-01T00:00:00Z"^^xsd:dateTime', '"2024-01-01T01:00:00+01:00"^^xsd:dateTime'),
        ("'a'@nl-BE", "'a'@nl-be"),
        ("[ :q 1 ]", "_:b . _:b :q 1"),
        ("'no number'^^xsd:integer", "'no number'^^xsd:integer"),
    ],
)
def test_a_graph_counts_by_its_values_however_they_are_written(one: str, other: str) -> None:
    assert _by_value(one) == _by_value(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "2"),
        ("'1'", "1"),
        ("1.0000000000000000000000000000001", "1.0"),
        ("'a'@nl", "'a'@en"),
        ("'a'", "'a'@en"),
        ("[ :q 1 ]", "[ :q 2 ]"),
        ('"2024-01-01T00:00:00"^^xsd:dateTime', '"2024-01-01T00:00:00Z"^^xsd:dateTime'),
        ("1.0e0", "1.0"),
    ],
)
def test_graphs_with_other_values_are_others(one: str, other: str) -> None:
    assert _by_value(one) != _by_value(other)


def _by_value(value: str) -> GraphSummary:
    prefixes = "@prefix : <http://e/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . "
    return summary_by_value(f"{prefixes} :s :p {value} .".encode(), "text/turtle")
