# SPDX-License-Identifier: EUPL-1.2
"""The ontology stays in OWL 2 RL (https://www.w3.org/TR/owl2-profiles/#OWL_2_RL)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import BNode, Graph
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS
from rdflib.term import Node

ONTOLOGY = Path(__file__).parents[2] / "ontology"
CONSTRUCTORS = (
    OWL.intersectionOf,
    OWL.unionOf,
    OWL.oneOf,
    OWL.complementOf,
    OWL.someValuesFrom,
    OWL.allValuesFrom,
    OWL.hasValue,
    OWL.maxCardinality,
    OWL.maxQualifiedCardinality,
)


@pytest.fixture(scope="module")
def ontology() -> Graph:
    graph = Graph()
    for path in [ONTOLOGY / "guidance.ttl", *sorted((ONTOLOGY / "alignments").glob("*.ttl"))]:
        graph.parse(path)
    return graph


def _constructor(graph: Graph, expression: Node) -> tuple[Node | None, Node | None]:
    """The one constructor that builds an anonymous class, and its value."""
    found = [(c, v) for c in CONSTRUCTORS for v in graph.objects(expression, c)]
    assert len(found) == 1, f"an anonymous class has the constructors {found}"
    return found[0]


def _parts(graph: Graph, value: Node | None) -> Iterator[Node]:
    assert value is not None
    yield from Collection(graph, value)


def subclass_expression(graph: Graph, expression: Node) -> bool:
    """Table 2 of the profile, left side: what may imply a class."""
    if not isinstance(expression, BNode):
        return expression != OWL.Thing
    constructor, value = _constructor(graph, expression)
    if constructor in (OWL.intersectionOf, OWL.unionOf):
        return all(subclass_expression(graph, part) for part in _parts(graph, value))
    if constructor == OWL.someValuesFrom:
        assert value is not None
        return value == OWL.Thing or subclass_expression(graph, value)
    return constructor in (OWL.hasValue, OWL.oneOf)


def superclass_expression(graph: Graph, expression: Node) -> bool:
    """Table 2 of the profile, right side: what may be implied."""
    if not isinstance(expression, BNode):
        return expression != OWL.Thing
    constructor, value = _constructor(graph, expression)
    if constructor == OWL.intersectionOf:
        return all(superclass_expression(graph, part) for part in _parts(graph, value))
    if constructor == OWL.complementOf:
        assert value is not None
        return subclass_expression(graph, value)
    if constructor == OWL.allValuesFrom:
        assert value is not None
        return superclass_expression(graph, value)
    return constructor in (OWL.hasValue, OWL.maxCardinality, OWL.maxQualifiedCardinality)


def equivalent_class_expression(graph: Graph, expression: Node) -> bool:
    """Table 2 of the profile, third column: classes, intersections and hasValue only."""
    if not isinstance(expression, BNode):
        return expression != OWL.Thing
    constructor, value = _constructor(graph, expression)
    if constructor == OWL.intersectionOf:
        return all(equivalent_class_expression(graph, part) for part in _parts(graph, value))
    return constructor == OWL.hasValue


def test_what_implies_a_class_is_a_subclass_expression(ontology: Graph) -> None:
    axioms = list(ontology.subject_objects(RDFS.subClassOf))
    assert len(axioms) > 50
    for left, right in axioms:
        assert subclass_expression(ontology, left), left
        assert superclass_expression(ontology, right), right


def test_equivalent_classes_use_intersection_and_has_value_only(ontology: Graph) -> None:
    axioms = list(ontology.subject_objects(OWL.equivalentClass))
    assert len(axioms) > 3
    for left, right in axioms:
        assert equivalent_class_expression(ontology, left), left
        assert equivalent_class_expression(ontology, right), right


def test_disjoint_classes_are_subclass_expressions(ontology: Graph) -> None:
    members = [
        part
        for axiom in ontology.subjects(RDF.type, OWL.AllDisjointClasses)
        for part in _parts(ontology, ontology.value(axiom, OWL.members))
    ]
    assert len(members) > 20
    assert all(subclass_expression(ontology, part) for part in members)


def test_domains_and_ranges_are_named(ontology: Graph) -> None:
    for predicate in (RDFS.domain, RDFS.range):
        values = set(ontology.objects(None, predicate))
        assert values
        assert not any(isinstance(value, BNode) for value in values)


def test_nothing_outside_the_profile_is_used(ontology: Graph) -> None:
    forbidden = (
        OWL.disjointUnionOf,
        OWL.hasSelf,
        OWL.minCardinality,
        OWL.cardinality,
        OWL.qualifiedCardinality,
        OWL.minQualifiedCardinality,
        OWL.onDatatype,
        OWL.datatypeComplementOf,
    )
    assert [p for p in forbidden if (None, p, None) in ontology] == []
    assert (None, RDF.type, OWL.ReflexiveProperty) not in ontology


def test_properties_that_must_be_simple_are_not_transitive_or_chained(ontology: Graph) -> None:
    composite = set(ontology.subjects(RDF.type, OWL.TransitiveProperty))
    composite |= set(ontology.subjects(OWL.propertyChainAxiom, None))
    grown = True
    while grown:
        above = {o for s, o in ontology.subject_objects(RDFS.subPropertyOf) if s in composite}
        grown = not above <= composite
        composite |= above
    for kind in (OWL.IrreflexiveProperty, OWL.AsymmetricProperty, OWL.FunctionalProperty):
        assert not composite & set(ontology.subjects(RDF.type, kind))
