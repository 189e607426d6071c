# SPDX-License-Identifier: EUPL-1.2
"""The two reasoners give the same entailments, axiom by axiom and on the whole graph."""

from pathlib import Path

import pytest
from rdflib.namespace import OWL, RDF, RDFS

from guidance_graph.build.closure import close, worth_telling
from guidance_graph.build.oxigraph import Triple
from guidance_graph.build.reading import read_sources
from guidance_graph.build.reasoning import by_owlrl, by_reasonable, run_owlrl
from tests.build.support import told, triples
from tests.conftest import EXAMPLE, REPOSITORY

STANDARDS = (str(OWL), str(RDF), str(RDFS))
TRAITS = frozenset(
    (
        OWL.FunctionalProperty,
        OWL.InverseFunctionalProperty,
        OWL.SymmetricProperty,
        OWL.TransitiveProperty,
    )
)
RESTRICTION = "a owl:Restriction ; owl:onProperty :p"
CASES = {
    "inverse": (":p owl:inverseOf :q . :a :p :b . :c :q :d .", {":b :q :a", ":d :p :c"}),
    "transitive": (
        ":p a owl:TransitiveProperty . :a :p :b . :b :p :c . :c :p :d .",
        {":a :p :c", ":b :p :d", ":a :p :d"},
    ),
    "symmetric": (":p a owl:SymmetricProperty . :a :p :b .", {":b :p :a"}),
    "chain of two": (":p owl:propertyChainAxiom (:q :r) . :a :q :b . :b :r :c .", {":a :p :c"}),
    "chain of three, branching": (
        ":p owl:propertyChainAxiom (:q :r :s) . :a :q :b . :b :r :c, :d . :c :s :e . :d :s :f .",
        {":a :p :e", ":a :p :f"},
    ),
    "chain through itself": (
        ":p owl:propertyChainAxiom (:p :q) . :a :p :b . :b :q :c . :c :q :d .",
        {":a :p :c", ":a :p :d"},
    ),
    "chain with an anonymous inverse": (
        ":p owl:propertyChainAxiom ([ owl:inverseOf :q ] :r) . :b :q :a . :b :r :c .",
        {":a :p :c"},
    ),
    "chain that feeds a domain and a sub-property": (
        ":p owl:propertyChainAxiom (:q :r) ; rdfs:subPropertyOf :s ; rdfs:domain :C ."
        " :a :q :b . :b :r :c .",
        {":a :p :c", ":a :s :c", ":a rdf:type :C"},
    ),
    "chain that starts from an inferred triple": (
        ":p owl:propertyChainAxiom (:q :r) . :qi owl:inverseOf :q . :b :qi :a . :b :r :c .",
        {":a :q :b", ":a :p :c"},
    ),
    "hasValue": (
        f":C owl:equivalentClass [ {RESTRICTION} ; owl:hasValue :v ] . :a :p :v . :b a :C .",
        {":a rdf:type :C", ":b :p :v"},
    ),
    "hasValue of a literal": (
        f":C owl:equivalentClass [ {RESTRICTION} ; owl:hasValue 01 ] . :a :p 01 . :b :p 1 .",
        {":a rdf:type :C"},
    ),
    "someValuesFrom as a subclass": (
        f"[ {RESTRICTION} ; owl:someValuesFrom :D ] rdfs:subClassOf :C . :a :p :b . :b a :D .",
        {":a rdf:type :C"},
    ),
    "someValuesFrom anything": (
        f"[ {RESTRICTION} ; owl:someValuesFrom owl:Thing ] rdfs:subClassOf :C . :a :p :b .",
        {":a rdf:type :C"},
    ),
    "allValuesFrom": (
        f":C rdfs:subClassOf [ {RESTRICTION} ; owl:allValuesFrom :D ] . :a a :C ; :p :b .",
        {":b rdf:type :D"},
    ),
    "intersection": (
        f":C owl:equivalentClass [ owl:intersectionOf (:D [ {RESTRICTION} ; owl:hasValue :v ]) ] ."
        " :a a :D ; :p :v . :b a :C . :c a :D .",
        {":a rdf:type :C", ":b rdf:type :D", ":b :p :v", ":C rdfs:subClassOf :D"},
    ),
    "union": (
        ":C owl:equivalentClass [ owl:unionOf (:D :E) ] . :a a :D .",
        {":a rdf:type :C", ":D rdfs:subClassOf :C", ":E rdfs:subClassOf :C"},
    ),
    "oneOf": (":C owl:oneOf (:a :b) .", {":a rdf:type :C", ":b rdf:type :C"}),
    "domain and range": (
        ":p rdfs:domain :C ; rdfs:range :D . :C rdfs:subClassOf :E . :a :p :b .",
        {":a rdf:type :C", ":a rdf:type :E", ":b rdf:type :D"},
    ),
    "domain of a union": (
        ":p rdfs:domain [ owl:unionOf (:C :D) ] . :C rdfs:subClassOf :E . :a :p :b .",
        set(),
    ),
    "sub-properties": (
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r . :r owl:inverseOf :i . :a :p :b .",
        {":a :q :b", ":a :r :b", ":b :i :a", ":p rdfs:subPropertyOf :r"},
    ),
    "sub-property of literals as they are written": (
        ":p rdfs:subPropertyOf :q . :a :p 01 , 'x'@en-GB , '1.50'^^xsd:decimal .",
        {":a :q 01", ':a :q "x"@en-gb', ":a :q 1.50"},
    ),
    "sub-classes": (
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :C . :a a :A .",
        {":a rdf:type :B", ":a rdf:type :C", ":A rdfs:subClassOf :C"},
    ),
    "equivalent classes": (
        ":A owl:equivalentClass :B . :a a :A .",
        {
            ":a rdf:type :B",
            ":B owl:equivalentClass :A",
            ":A rdfs:subClassOf :B",
            ":B rdfs:subClassOf :A",
        },
    ),
    "equivalent properties": (
        ":p owl:equivalentProperty :q . :a :q :b .",
        {
            ":a :p :b",
            ":q owl:equivalentProperty :p",
            ":p rdfs:subPropertyOf :q",
            ":q rdfs:subPropertyOf :p",
        },
    ),
    "classes defined by a value of a sub-property": (
        ":p rdfs:subPropertyOf :q . :v a :V ."
        f":C owl:equivalentClass [ {RESTRICTION} ; owl:hasValue :v ] ."
        " :D owl:equivalentClass [ a owl:Restriction ; owl:onProperty :q ; owl:hasValue :v ] .",
        {":C rdfs:subClassOf :D"},
    ),
    "sameAs": (
        ":a owl:sameAs :b . :b :p :c .",
        {":b owl:sameAs :a", ":a :p :c"},
    ),
    "functional": (
        ":p a owl:FunctionalProperty . :a :p :b , :c . :b :q :d .",
        {":b owl:sameAs :c", ":c owl:sameAs :b", ":c :q :d"},
    ),
    "inverse functional": (
        ":p a owl:InverseFunctionalProperty . :a :p :b . :c :p :b .",
        {":a owl:sameAs :c", ":c owl:sameAs :a"},
    ),
    "a key, which goes to owlrl": (
        ":C owl:hasKey (:p) . :a a :C ; :p 1 . :b a :C ; :p 1 .",
        {":a owl:sameAs :b", ":b owl:sameAs :a"},
    ),
    "a cardinality, which goes to owlrl": (
        f":C rdfs:subClassOf [ {RESTRICTION} ; owl:maxCardinality 1 ] . :a a :C ; :p :b , :c .",
        {":b owl:sameAs :c", ":c owl:sameAs :b"},
    ),
}


@pytest.mark.parametrize(("turtle", "expected"), CASES.values(), ids=CASES.keys())
def test_both_reasoners_give_what_the_axiom_entails(turtle: str, expected: set[str]) -> None:
    graph = triples(turtle)
    fast, reference = close(graph), close(graph, by_owlrl)
    assert told(fast.entailments) == expected
    assert fast.entailments == reference.entailments
    assert fast.contradictions == reference.contradictions


def without_idle_triples(graph: set[Triple]) -> set[Triple]:
    """The graph without what no axiom speaks of: owlrl's time grows with each triple."""
    axioms = {t for t in graph if str(t[1]).startswith(STANDARDS) and t[1] != RDF.type}
    traits = {s for s, p, o in graph if p == RDF.type and o in TRAITS}
    spoken_of = traits | {term for s, _, o in axioms for term in (s, o)}
    assert not any(p in (OWL.sameAs, OWL.hasKey) for _, p, _ in axioms), "it would copy any triple"
    return {t for t in graph if t in axioms or t[1] == RDF.type or t[1] in spoken_of}


@pytest.mark.parametrize("root", [EXAMPLE, REPOSITORY], ids=["example", "repository"])
def test_both_reasoners_give_the_same_on_a_whole_graph(root: Path) -> None:
    graph = read_sources(root).knowledge()
    fast = close(graph)
    assert len(fast.entailments) > 10
    fewer = without_idle_triples(graph)
    assert close(fewer).entailments == fast.entailments
    known, messages = run_owlrl(fewer)
    assert worth_telling(known, fewer) == fast.entailments
    assert messages == []
    assert fast.contradictions == ()


def test_the_reasoners_keep_what_they_were_given() -> None:
    graph = triples(
        ":a :p 01 , '2020'^^xsd:gYear , 'x'@nl , [ :q 1.50 ] . :p rdfs:subPropertyOf :r ."
    )
    assert graph <= by_reasonable(graph)
    assert graph <= by_owlrl(graph)
