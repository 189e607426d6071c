# SPDX-License-Identifier: EUPL-1.2
from pathlib import Path

import pytest
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import XSD

from guidance_graph.build.oxigraph import Triple
from guidance_graph.build.reading import graph_of, merged, read_file, read_sources
from guidance_graph.terms.errors import SourceError
from guidance_graph.terms.namespaces import GRAPHS
from tests.build.support import append

PREFIX = "PREFIX ex: <http://example.org/>\n"


def read(root: Path, turtle: str | bytes) -> tuple[Triple, ...]:
    path = root / "data" / "finland" / "new.ttl"
    path.write_bytes(turtle if isinstance(turtle, bytes) else (PREFIX + turtle).encode())
    return read_file(path, root).triples


def test_each_file_is_a_named_graph(example_root: Path) -> None:
    sources = read_sources(example_root)
    assert [str(file.graph).removeprefix(GRAPHS) for file in sources.files] == [
        "data/finland/policy",
        "data/source",
        "ontology/guidance",
        "ontology/shapes/records",
        "ontology/vocabularies/status",
    ]
    assert [file.path.as_posix() for file in sources.files if file.is_shapes] == [
        "ontology/shapes/records.ttl"
    ]


def test_every_triple_stands_in_the_graph_of_its_file(example_root: Path) -> None:
    sources = read_sources(example_root)
    unit = URIRef("https://w3id.org/guidance-graph/id/fi/unit")
    graphs = {str(graph) for s, _, _, graph in sources.quads() if s == unit}
    assert graphs == {GRAPHS + "data/finland/policy"}
    assert len(set(sources.quads())) == sum(len(file.triples) for file in sources.files)


def test_shapes_are_no_knowledge(example_root: Path) -> None:
    sources = read_sources(example_root)
    shapes = set(sources.shapes())
    assert shapes
    assert sources.knowledge().isdisjoint(shapes)
    assert len(sources.knowledge()) + len(shapes) == len(set(sources.quads()))


def test_blank_nodes_of_two_files_stay_apart(example_root: Path) -> None:
    for name in ("one", "two"):
        path = example_root / "data" / f"{name}.ttl"
        path.write_text(PREFIX + f'_:same ex:name "{name}" . [] ex:name "{name}" .')
    sources = read_sources(example_root)
    added = [file for file in sources.files if file.path.stem in ("one", "two")]
    nodes = {s for file in added for s, _, _ in file.triples if isinstance(s, BNode)}
    assert len(nodes) == 4
    assert len(merged(file.triples for file in added)) == 4


def test_literals_keep_their_lexical_form(example_root: Path) -> None:
    objects = {o for _, _, o in read(example_root, "ex:a ex:p 01, +2, 1.50, 'x'^^<http://t> .")}
    assert {(str(o), getattr(o, "datatype", None)) for o in objects} == {
        ("01", XSD.integer),
        ("+2", XSD.integer),
        ("1.50", XSD.decimal),
        ("x", URIRef("http://t")),
    }


def test_a_plain_string_and_one_typed_as_string_are_the_same(example_root: Path) -> None:
    assert {o for _, _, o in read(example_root, "ex:a ex:p 'x', 'x'^^<%s> ." % XSD.string)} == {  # noqa: UP031
        Literal("x")
    }


@pytest.mark.parametrize(
    ("turtle", "line", "said"),
    [
        ("ex:a ex:p 1\nex:b ex:p 2 .", 3, ["column 1", "'ex:b'", "must end with '.'"]),
        ("ex:a ex:p 1 ;\n  ex:q", 3, ["ends inside a statement"]),
        ("ex:a ex:p <rel> .", 2, ["'<rel>'", "relative IRI"]),
        ("ex:a ex:p <http://e/a b> .", 2, ["'<http://e/a b>'", "Invalid IRI"]),
        ("\n\nno:a ex:p 1 .", 4, ["'no:a'", "prefix no: has not been declared"]),
        ('ex:a ex:p "open .\n', 2, ["'\"open .'", "never closed"]),
        ("ex:a ex:p (1 2 .", 2, ["column 16", "not a valid RDF object"]),
        ("ex:a ex:p 'x'@en-waytoolongsubtag .", 2, ["'en-waytoolongsubtag'", "eight characters"]),
    ],
)
def test_a_syntax_error_tells_file_line_and_what_was_found(
    example_root: Path, turtle: str, line: int, said: list[str]
) -> None:
    with pytest.raises(SourceError) as raised:
        read(example_root, turtle)
    assert raised.value.path == Path("data/finland/new.ttl")
    assert raised.value.line == line
    assert str(raised.value).startswith(f"data/finland/new.ttl:{line}: ")
    for part in said:
        assert part in str(raised.value)


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(example_root: Path) -> None:
    with pytest.raises(SourceError, match=r"new\.ttl:2: not UTF-8"):
        read(example_root, "# a\n# ministeri\xf6\n".encode("latin-1"))


def test_what_cannot_be_described_is_told_with_what_was_expected(example_root: Path) -> None:
    with pytest.raises(SourceError, match=r"new\.ttl:\d+: column 1, at 'x': expected a resource"):
        read(example_root, "x y")


def test_rdf_1_2_is_refused(example_root: Path) -> None:
    with pytest.raises(SourceError, match=r"RDF 1\.2"):
        read(example_root, "ex:a ex:p <<( ex:s ex:p ex:o )>> .")


def test_a_missing_file_is_told(example_root: Path) -> None:
    with pytest.raises(SourceError, match=r"^data/none\.ttl: no such file$"):
        read_file(example_root / "data" / "none.ttl", example_root)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="ontology: no Turtle file"):
        read_sources(tmp_path)


@pytest.mark.parametrize("name", ["data/Finland.ttl", "data/a b.ttl", "data/a.b.ttl", "data/é.ttl"])
def test_a_name_that_cannot_stand_in_an_iri_is_refused(name: str) -> None:
    with pytest.raises(SourceError, match="name the file in small letters"):
        graph_of(Path(name))


def test_a_file_from_elsewhere_is_added_and_one_of_the_dataset_replaced(
    example_root: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "My policy.ttl"
    outside.write_text(PREFIX + "ex:a ex:p 1 .")
    sources = read_sources(example_root)
    policy = example_root / "data" / "finland" / "policy.ttl"
    append(policy, "\n<http://example.org/new> a <http://example.org/Thing> .\n")
    more = sources.with_files([outside, policy], example_root)
    assert len(more.files) == len(sources.files) + 1
    assert len(set(more.quads())) == len(set(sources.quads())) + 2


def test_the_line_of_a_subject_is_that_of_its_block(example_root: Path) -> None:
    path = example_root / "data" / "finland" / "policy.ttl"
    file = read_file(path, example_root)
    line = file.line_of(URIRef("https://w3id.org/guidance-graph/id/fi/unit"))
    assert line is not None
    assert path.read_text().splitlines()[line - 1] == "fi:unit"
    assert file.line_of(URIRef("https://w3id.org/guidance-graph/id/fi/nowhere")) is None
