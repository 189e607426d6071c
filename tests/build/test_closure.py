# SPDX-License-Identifier: EUPL-1.2
import pytest

from guidance_graph.build.closure import close, worth_telling
from guidance_graph.build.reading import read_sources
from tests.build.support import told, triples
from tests.conftest import EXAMPLE


def test_the_closure_of_the_example_is_what_its_axioms_say() -> None:
    closure = close(read_sources(EXAMPLE).knowledge())
    assert told(closure.entailments) == {
        "fi:advice rdf:type gg:PilotService",
        "fi:advice gg:providedBy fi:ministry",
        "fi:agency rdf:type gg:Actor",
        "fi:agency gg:partnerOf fi:ministry",
        "fi:ministry rdf:type gg:Actor",
        "fi:ministry rdf:type gg:Provider",
        "fi:ministry gg:coordinates fi:system",
        "fi:ministry gg:involvedWith fi:system",
        "fi:unit rdf:type gg:Actor",
        "fi:unit gg:partOf fi:ministry",
        "gg:PilotService rdfs:subClassOf gg:Service",
    }
    assert closure.contradictions == ()


def test_nothing_asserted_is_inferred_again() -> None:
    graph = read_sources(EXAMPLE).knowledge()
    assert close(graph).entailments.isdisjoint(graph)


@pytest.mark.parametrize(
    "noise",
    [
        ":a owl:sameAs :a",
        ":A rdfs:subClassOf :A",
        ":p owl:equivalentProperty :p",
        ":a a owl:Thing",
        ":A rdfs:subClassOf owl:Thing",
        ":a a rdfs:Resource",
        "rdfs:label a owl:AnnotationProperty",
        "xsd:integer a rdfs:Datatype",
        "owl:Nothing rdfs:subClassOf :A",
        ":p rdfs:domain :Super",
        ":p rdfs:range :Super",
        ":a a [ owl:unionOf ( :A ) ]",
        "[ owl:onProperty :p ] rdfs:subClassOf :A",
    ],
)
def test_noise_is_dropped(noise: str) -> None:
    known = triples(f"{noise} . :a a :A .")
    asserted = {t for t in known if "unionOf" in t[1] or "onProperty" in t[1] or "#first" in t[1]}
    assert {line for line in told(worth_telling(known, asserted)) if "rest" not in line} == {
        ":a rdf:type :A"
    }


def test_what_looks_like_noise_but_says_something_is_kept() -> None:
    known = triples(":a :partOf :a . :a owl:sameAs :b . :a a owl:Nothing . [] a :A .")
    assert worth_telling(known, set()) == known
