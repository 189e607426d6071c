# SPDX-License-Identifier: EUPL-1.2
"""Each constraint of the shapes rejects its invalid file, and nothing else does.

``valid.ttl`` is a small world that conforms. Each file of ``invalid/`` bears the name of the
constraint that it breaks and adds resources of its own to that world, so that all files can be
validated in one go and each result be told by its focus node.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SH, SKOS
from rdflib.term import Node

from guidance_graph.build.closure import close
from guidance_graph.build.reading import Source, Sources, merged, read_file
from guidance_graph.build.validation import Report, validate
from guidance_graph.terms.namespaces import PREFIXES, REPORT, SHAPES, TERMS, VOCABULARIES
from tests.conftest import REPOSITORY

FOLDER: Final = Path(__file__).parent
INVALID: Final = sorted((FOLDER / "invalid").glob("*.ttl"))
ONTOLOGY: Final = sorted((REPOSITORY / "ontology").rglob("*.ttl"))
CODE_LIST: Final = URIRef(TERMS + "codeList")
DESCRIBED: Final = URIRef(TERMS + "DescribedResource")

_TARGETS: Final = (SH.target, SH.targetClass, SH.targetObjectsOf, SH.targetSubjectsOf)
#: What is said of a shape without constraining anything.
_PLAIN: Final = frozenset({RDF.type, SH.message, SH.path, SH.property, SH.severity, *_TARGETS})
#: Literals that are of no use anywhere.
_JUNK: Final = ('"x"^^xsd:integer', '"20x5"^^xsd:gYear', '"NaN"^^xsd:double', '"7,5"^^xsd:decimal')


@pytest.fixture(scope="module")
def ontology() -> tuple[Source, ...]:
    """The ontology, its vocabularies and its shapes."""
    return tuple(read_file(path, REPOSITORY) for path in ONTOLOGY)


@pytest.fixture(scope="module")
def terms(ontology: tuple[Source, ...]) -> Graph:
    """The ontology and its vocabularies."""
    return merged(file.triples for file in ontology if not file.is_shapes)


@pytest.fixture(scope="module")
def shapes(ontology: tuple[Source, ...]) -> Graph:
    """The shapes."""
    return merged(file.triples for file in ontology if file.is_shapes)


@pytest.fixture(scope="module")
def valid() -> Source:
    """The world that conforms."""
    return read_file(FOLDER / "valid.ttl", REPOSITORY)


@pytest.fixture(scope="module")
def invalid() -> dict[str, Source]:
    """The files that do not, by the constraint they are named after."""
    return {path.stem: read_file(path, REPOSITORY) for path in INVALID}


@pytest.fixture(scope="module")
def broken(
    ontology: tuple[Source, ...], valid: Source, invalid: dict[str, Source]
) -> dict[str, set[str]]:
    """The constraints that each invalid file breaks; ``""`` for what no file answers for."""
    report = validated(*ontology, valid, *invalid.values())
    file_of = {subject: name for name, file in invalid.items() for subject in subjects(file)}
    found: dict[str, set[str]] = defaultdict(set)
    for focus, shape in results(report):
        found[file_of.get(focus, "")].add(shape)
    return found


def validated(*files: Source) -> Report:
    """The report on these files as validation sees them.

    Domains and ranges take no part in the closure: they would give what stands at the wrong end of
    a relation the class that it lacks.
    """
    sources = Sources(files)
    unjudged = (t for t in sources.knowledge() if t[1] not in (RDFS.domain, RDFS.range))
    return validate(sources, close(unjudged))


def results(report: Report) -> set[tuple[Node, str]]:
    """Focus node and constraint of each result; not of the details within one."""
    return {
        (focus, local(shape))
        for result in report.graph.objects(None, SH.result)
        for focus in report.graph.objects(result, SH.focusNode)
        for shape in report.graph.objects(result, SH.sourceShape)
    }


def subjects(file: Source) -> set[Node]:
    return {subject for subject, _, _ in file.triples}


def local(shape: Node) -> str:
    assert isinstance(shape, URIRef), "a constraint without a name"
    return shape.removeprefix(SHAPES)


def constraints(shapes: Graph) -> set[URIRef]:
    """The shapes that have a target, or stand by ``sh:property`` in one that has, and constrain."""
    targeted = {shape for target in _TARGETS for shape in shapes.subjects(target)}
    held = {held for shape in targeted for held in shapes.objects(shape, SH.property)}
    return {
        shape
        for shape in targeted | held
        if isinstance(shape, URIRef) and not set(shapes.predicates(shape)) <= _PLAIN
    }


def iris(shapes: Graph, namespace: str) -> set[URIRef]:
    """Every IRI below the namespace that stands in the shapes, their queries or their messages."""
    nodes = {node for triple in shapes for node in triple}
    texts = [str(node) for node in nodes if isinstance(node, Literal)]
    prefixes = {p: space for p, space in PREFIXES.items() if space.startswith(namespace)}
    named = re.compile(rf"\b({'|'.join(map(re.escape, prefixes))}):([A-Za-z][\w-]*)")
    told = {
        URIRef(prefixes[match[1]] + match[2]) for text in texts for match in named.finditer(text)
    }
    below = {node for node in nodes if isinstance(node, URIRef) and node.startswith(namespace)}
    return told | below


def test_the_world_of_the_tests_conforms_without_a_warning(
    ontology: tuple[Source, ...], valid: Source
) -> None:
    report = validated(*ontology, valid)
    assert results(report) == set()
    assert report.results == ()


def test_each_constraint_has_one_invalid_file_and_each_file_a_constraint(shapes: Graph) -> None:
    assert {local(shape) for shape in constraints(shapes)} == {path.stem for path in INVALID}


def test_there_are_as_many_constraints_as_were_thought_of() -> None:
    assert len(INVALID) == 351


@pytest.mark.parametrize("name", [path.stem for path in INVALID])
def test_an_invalid_file_breaks_the_constraint_it_is_named_after_and_no_other(
    name: str, broken: Mapping[str, set[str]]
) -> None:
    assert broken[name] == {name}


def test_nothing_else_is_broken(broken: Mapping[str, set[str]]) -> None:
    assert broken.get("", set()) == set()


def test_no_invalid_file_touches_another_or_the_valid_world(
    valid: Source, invalid: Mapping[str, Source]
) -> None:
    described = {"valid": subjects(valid), **{n: subjects(file) for n, file in invalid.items()}}
    shared = {
        (one, other): found
        for (one, first), (other, second) in combinations(described.items(), 2)
        if (found := first & second)
    }
    assert shared == {}


def test_each_constraint_says_in_english_what_to_do(shapes: Graph) -> None:
    for shape in constraints(shapes):
        messages = list(shapes.objects(shape, SH.message))
        assert len(messages) == 1, shape
        assert isinstance(messages[0], Literal)
        assert messages[0].language == "en", shape
        assert re.fullmatch(r"\S.*[.]", str(messages[0])), shape


def test_only_advice_is_a_warning(ontology: tuple[Source, ...]) -> None:
    for file in ontology:
        if not file.is_shapes:
            continue
        severity = SH.Warning if file.path.stem == "advice" else SH.Violation
        graph = merged([file.triples])
        chosen = {s: set(graph.objects(s, SH.severity)) for s in constraints(graph)}
        assert chosen == {shape: {severity} for shape in chosen}, file.path


def test_every_shape_has_an_iri(shapes: Graph) -> None:
    for kind in (SH.NodeShape, SH.PropertyShape, SH.SPARQLConstraint, SH.SPARQLTarget):
        for shape in shapes.subjects(RDF.type, kind):
            assert isinstance(shape, URIRef), kind
            assert re.fullmatch(rf"{SHAPES}[A-Z]\w*(-\w+)*", shape), shape
    for predicate in (SH.property, SH.node, SH.qualifiedValueShape, SH.sparql, SH.target):
        for shape in shapes.objects(None, predicate):
            assert (shape, RDF.type, None) in shapes, shape


def test_every_term_of_ours_in_the_shapes_is_declared(shapes: Graph, terms: Graph) -> None:
    named = iris(shapes, TERMS)
    assert len(named) > 100
    assert {term for term in named if (term, RDF.type, None) not in terms} == set()


def test_every_concept_in_the_shapes_exists(shapes: Graph, terms: Graph) -> None:
    named = iris(shapes, VOCABULARIES)
    assert len(named) > 30
    assert {term for term in named if (term, RDF.type, None) not in terms} == set()


def test_every_end_of_every_property_is_checked(shapes: Graph, terms: Graph) -> None:
    """At the property, at one above it, or by way of its inverse."""
    for kind in (OWL.ObjectProperty, OWL.DatatypeProperty):
        for prop in set(terms.subjects(RDF.type, kind)):
            if is_derived(prop, terms):
                continue
            for end in (RDFS.domain, RDFS.range):
                for wanted in terms.objects(prop, end):
                    assert is_checked(prop, end, wanted, shapes, terms), (prop, end)


def is_derived(prop: Node, terms: Graph) -> bool:
    """Whether nobody writes the property: the reasoner finds it, or it turns round one it finds."""
    known = {prop, *terms.subjects(OWL.inverseOf, prop)}
    definitions = (text for term in known for text in terms.objects(term, SKOS.definition))
    return any("found by the reasoner" in str(definition) for definition in definitions)


def is_checked(prop: Node, end: Node, wanted: Node, shapes: Graph, terms: Graph) -> bool:
    """Whether the closure takes the end to where a shape demands the class, scheme or datatype."""
    other = RDFS.range if end == RDFS.domain else RDFS.domain
    ways = {(prop, end), *((inverse, other) for inverse in terms.subjects(OWL.inverseOf, prop))}
    if (prop, RDF.type, OWL.SymmetricProperty) in terms:
        ways.add((prop, other))
    return any(
        demands(above, place, wanted, shapes, terms)
        for written, place in ways
        for above in terms.transitive_objects(written, RDFS.subPropertyOf)
        if above is not None
    )


def demands(prop: Node, end: Node, wanted: Node, shapes: Graph, terms: Graph) -> bool:
    """Whether a shape demands this of the subjects or the values of the property."""
    if end == RDFS.domain:
        on_subjects = shapes.subjects(SH.targetSubjectsOf, prop)
        return any((shape, SH["class"], wanted) in shapes for shape in on_subjects)
    on_values = set(shapes.subjects(SH.path, prop))
    if scheme := terms.value(prop, CODE_LIST):
        return any(scheme in schemes(shape, shapes) for shape in on_values)
    return any(
        (shape, SH["class"], wanted) in shapes
        or (shape, SH.datatype, wanted) in shapes
        or (wanted == RDF.langString and (shape, SH.languageIn, None) in shapes)
        for shape in on_values
    )


def schemes(path: Node, shapes: Graph) -> set[Node]:
    """The concept schemes from which a property shape demands its values."""
    nodes = shapes.objects(path, SH.node)
    inner = (found for node in nodes for found in shapes.objects(node, SH.property))
    return {scheme for found in inner for scheme in shapes.objects(found, SH.hasValue)}


def test_every_described_resource_but_a_system_belongs_to_one(shapes: Graph, terms: Graph) -> None:
    direct = set(terms.subjects(RDFS.subClassOf, DESCRIBED))
    free = {URIRef(TERMS + "GuidanceSystem"), URIRef(TERMS + "StatedAbsence")}
    named = {node for node in direct if isinstance(node, URIRef)}
    targets = set(shapes.objects(URIRef(SHAPES + "ElementShape"), SH.targetClass))
    assert targets == named - free


def test_no_literal_is_too_wrong_to_be_reported(
    ontology: tuple[Source, ...], valid: Source, tmp_path: Path
) -> None:
    """pySHACL raises where rdflib cannot compare two literals; the shapes keep clear of that."""
    with_text = {(s, p) for s, p, o in valid.triples if isinstance(o, Literal)}
    lines = (f"<{s}> <{p}> {', '.join(_JUNK)} ." for s, p in sorted(with_text))
    path = tmp_path / "junk.ttl"
    path.write_text("\n".join([f"PREFIX xsd: <{PREFIXES['xsd']}>", *lines]))
    report = validated(*ontology, valid, read_file(path, REPOSITORY))
    told = {focus for focus, _ in results(report)}
    assert told >= {subject for subject, _ in with_text if subject != URIRef(REPORT)}
