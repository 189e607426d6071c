# SPDX-License-Identifier: EUPL-1.2
import pytest
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import XSD

from guidance_graph.build.naming import Names, curie
from guidance_graph.terms.namespaces import PREFIXES
from tests.build.support import triples

A = URIRef(PREFIXES["fi"] + "a")


@pytest.mark.parametrize(
    ("node", "name"),
    [
        (A, "fi:a"),
        (URIRef(PREFIXES["src"] + "2.1/p1"), "src:2.1/p1"),
        (URIRef("http://example.org/x"), "<http://example.org/x>"),
        (BNode("b"), "a blank node"),
        (Literal("x", lang="en"), '"x"@en'),
        (Literal("-3", datatype=XSD.integer), "-3"),
        (Literal("x", datatype=XSD.date, normalize=False), '"x"^^xsd:date'),
    ],
)
def test_a_node_is_named_for_people(node: URIRef, name: str) -> None:
    assert curie(node) == name


@pytest.mark.parametrize(
    ("turtle", "name"),
    [
        ('fi:a rdfs:label "zwei"@de , "two"@en , "deux"@fr .', "fi:a (two)"),
        ('fi:a rdfs:label "twee"@nl .', "fi:a (twee)"),
        ('fi:a skos:prefLabel "two"@en ; rdfs:label "twee"@nl .', "fi:a (two)"),
        ("fi:a a gg:Actor .", "fi:a"),
    ],
)
def test_a_name_has_the_label_in_english_if_there_is_one(turtle: str, name: str) -> None:
    assert Names(triples(turtle)).name(A) == name
