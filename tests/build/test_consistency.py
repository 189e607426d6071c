# SPDX-License-Identifier: EUPL-1.2
import pytest

from guidance_graph.build.closure import close
from guidance_graph.build.reasoning import by_owlrl, run_owlrl
from tests.build.support import told, triples

#: Turtle that contradicts itself: what is said of which resource, and whether owlrl says so too.
CASES = {
    "cax-dw": (
        ":A owl:disjointWith :B . :C rdfs:subClassOf :A . :x a :C , :B .",
        {":x": "is a <http://example.org/A> and a <http://example.org/B>, and nothing can be both"},
        True,
    ),
    "cax-adc": (
        "[] a owl:AllDisjointClasses ; owl:members (:A :B :C) . :x a :A , :C .",
        {":x": "is a <http://example.org/A> and a <http://example.org/C>, and nothing can be both"},
        True,
    ),
    "cls-com": (
        ":A owl:complementOf :B . :x a :A , :B .",
        {":x": "is a <http://example.org/A> and a <http://example.org/B>, and nothing can be both"},
        True,
    ),
    "cls-nothing2": (
        ":A rdfs:subClassOf owl:Nothing . :x a :A .",
        {":x": "is an owl:Nothing, the class that has no member"},
        True,
    ),
    "eq-diff1": (
        ":x owl:sameAs :y ; owl:differentFrom :y .",
        {":x": "is the same as <http://example.org/y>, and differs from it"},
        True,
    ),
    "eq-diff2": (
        "[] a owl:AllDifferent ; owl:distinctMembers (:x :y) . :x owl:sameAs :y .",
        {":x": "is the same as <http://example.org/y>, and differs from it"},
        False,  # owlrl 7.6 looks at all but the last of the list
    ),
    "prp-irp": (
        ":p a owl:IrreflexiveProperty . :x :p :x .",
        {":x": "has itself as its <http://example.org/p>, which is irreflexive"},
        True,
    ),
    "prp-irp by inference": (
        ":p a owl:IrreflexiveProperty , owl:TransitiveProperty . :x :p :y . :y :p :x .",
        {
            ":x": "has itself as its <http://example.org/p>, which is irreflexive",
            ":y": "has itself as its <http://example.org/p>, which is irreflexive",
        },
        True,
    ),
    "prp-asyp": (
        ":p a owl:AsymmetricProperty . :x :p :y . :y :p :x .",
        {
            ":x": "has <http://example.org/y> as its <http://example.org/p> and the other way"
            " round; the property goes one way only",
            ":y": "has <http://example.org/x> as its <http://example.org/p> and the other way"
            " round; the property goes one way only",
        },
        True,
    ),
    "prp-pdw": (
        ":p owl:propertyDisjointWith :q . :x :p :y ; :q :y .",
        {
            ":x": "has <http://example.org/y> as its <http://example.org/p> and"
            " <http://example.org/q>, which exclude each other"
        },
        True,
    ),
    "prp-adp": (
        "[] a owl:AllDisjointProperties ; owl:members (:p :q) . :x :p :y ; :q :y .",
        {
            ":x": "has <http://example.org/y> as its <http://example.org/p> and"
            " <http://example.org/q>, which exclude each other"
        },
        False,  # as with eq-diff2
    ),
    "prp-npa1": (
        "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :x ; owl:assertionProperty :p ;"
        " owl:targetIndividual :y . :x :p :y .",
        {":x": "has <http://example.org/y> as its <http://example.org/p>, and has not"},
        True,
    ),
    "prp-fp of two things": (
        ":p a owl:FunctionalProperty . :x :p :y , :z .",
        {
            ":x": "has <http://example.org/y> and <http://example.org/z> as its"
            " <http://example.org/p>; it can have but one"
        },
        False,  # to OWL they are then one thing
    ),
    "prp-fp of two literals": (
        ":p a owl:FunctionalProperty . :x :p 1 , 2 .",
        {":x": "has 1 and 2 as its <http://example.org/p>; it can have but one"},
        False,  # it compares no literals
    ),
    "prp-ifp": (
        ":p a owl:InverseFunctionalProperty . :x :p :v . :y :p :v .",
        {
            ":x": "has <http://example.org/v> as its <http://example.org/p>, and so has"
            " <http://example.org/y>; only one thing can"
        },
        False,
    ),
    "cls-maxc1": (
        ":A rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 0 ] . :x a :A ; :p :y .",
        {":x": "has <http://example.org/y> as its <http://example.org/p>, and may have none"},
        True,
    ),
    "dt-not-type": (
        ":x :p 'many'^^xsd:integer .",
        {":x": 'has "many"^^xsd:integer as its <http://example.org/p>; that is no such value'},
        True,
    ),
    "a value that the range does not take": (
        ":p rdfs:range xsd:integer . :x :p 'many' .",
        {":x": 'has "many" as its <http://example.org/p>, which takes a xsd:integer'},
        False,
    ),
}


@pytest.mark.parametrize(("turtle", "expected", "by_both"), CASES.values(), ids=CASES.keys())
def test_a_contradiction_names_the_resource_and_what_excludes_what(
    turtle: str, expected: dict[str, str], by_both: bool
) -> None:
    graph = triples(turtle)
    found = close(graph).contradictions
    said = {f":{each.resource.split('/')[-1]}": each.said for each in found}
    assert said == expected
    assert len(found) == len(expected)
    assert close(graph, by_owlrl).contradictions == found
    assert bool(run_owlrl(graph)[1]) == by_both


@pytest.mark.parametrize(
    "turtle",
    [
        ":A owl:disjointWith :B . :x a :A . :y a :B .",
        ":p a owl:FunctionalProperty . :x :p :y , :z . :z owl:sameAs :y .",
        ":p a owl:FunctionalProperty . :x :p 1 . :y :p 1 .",
        ":p rdfs:range xsd:decimal . :x :p 1 , 1.5 , '1'^^xsd:positiveInteger .",
        ":p rdfs:range rdfs:Literal . :x :p 'x'@en .",
        "[] a owl:AllDifferent ; owl:members (:x :y) . :x :p :y .",
    ],
)
def test_what_is_sound_is_left_alone(turtle: str) -> None:
    graph = triples(turtle)
    assert close(graph).contradictions == ()
    assert run_owlrl(graph)[1] == []


def test_the_closure_of_a_contradiction_has_no_error_class() -> None:
    graph = triples(":A owl:disjointWith :B . :x a :A , :B .")
    assert not [line for line in told(by_owlrl(graph)) if "rror" in line]
