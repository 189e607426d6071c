# SPDX-License-Identifier: EUPL-1.2
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import RDF, XSD

from guidance_graph.build.oxigraph import Triple, parse_turtle, with_canonical_names
from guidance_graph.build.turtle import shorten, write_turtle
from guidance_graph.terms.namespaces import PREFIXES
from tests.build.support import triples

SRC = PREFIXES["src"]


def reread(text: str) -> set[Triple]:
    return set(parse_turtle(text.encode(), "again"))


def canonical(graph: set[Triple]) -> set[Triple]:
    return with_canonical_names(graph)


def test_the_form_is_that_of_the_house() -> None:
    graph = triples(
        """
        fi:b a gg:Service ; rdfs:label "twee"@nl , "two"@en ; gg:order 2 .
        fi:a gg:link fi:b ; a gg:Service ; dcterms:source src:2.1\\/p10 , src:2.1\\/p2 ;
            rdfs:subClassOf [ owl:onProperty gg:link ; a owl:Restriction ] , fi:c ;
            owl:unionOf ( fi:z fi:y ) .
        """
    )
    assert (
        write_turtle(graph)
        == """\
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX fi: <https://w3id.org/guidance-graph/id/fi/>
PREFIX gg: <https://w3id.org/guidance-graph/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX src: <https://w3id.org/guidance-graph/source/mapping/>

fi:a
    a gg:Service ;
    dcterms:source
        src:2.1\\/p2 ,
        src:2.1\\/p10 ;
    gg:link fi:b ;
    owl:unionOf (
        fi:z
        fi:y
    ) ;
    rdfs:subClassOf
        fi:c ,
        [
            a owl:Restriction ;
            owl:onProperty gg:link ;
        ] ;
.

fi:b
    a gg:Service ;
    gg:order 2 ;
    rdfs:label
        "two"@en ,
        "twee"@nl ;
.
"""
    )


@pytest.mark.parametrize(
    ("iri", "written"),
    [
        (SRC + "2.1/p1", "src:2.1\\/p1"),
        (SRC + "2.1", "src:2.1"),
        (SRC + "end.", "src:end\\."),
        (SRC + "-x", "src:\\-x"),
        (SRC + "a%20b", "src:a%20b"),
        (SRC + "a(b)", "src:a\\(b\\)"),
        (SRC, None),
        (SRC + "a°b", None),
        ("http://example.org/x", None),
        (PREFIXES["fi"] + "ohjaamo", "fi:ohjaamo"),
        (PREFIXES["no"] + "utdanning.no", "no:utdanning.no"),
    ],
)
def test_an_iri_is_shortened_where_turtle_allows_it(iri: str, written: str | None) -> None:
    assert shorten(iri) == written
    node = URIRef(iri)
    assert reread(write_turtle([(node, RDF.type, node)])) == {(node, RDF.type, node)}


def test_only_prefixes_in_use_are_declared_and_no_default_one() -> None:
    text = write_turtle(triples(":a :p fi:x ."))
    assert [line for line in text.splitlines() if line.startswith("PREFIX")] == [
        "PREFIX fi: <https://w3id.org/guidance-graph/id/fi/>"
    ]
    assert "<http://example.org/a>" in text


@pytest.mark.parametrize(
    ("turtle", "held"),
    [
        (":a :p true , 01 , 1.50 , 1e6 .", ["true", "01", "1.50", "1e6"]),
        (":a :p 'x'^^xsd:integer , '2020'^^xsd:gYear .", ['"x"^^xsd:integer', '"2020"^^xsd:gYear']),
        (":a :p '''two\nlines \"quoted\"''' .", ['"""two\nlines "quoted\\""""']),
        (":a :p 'say \"so\"\\t\\\\' .", ['"say \\"so\\"\\t\\\\"']),
    ],
)
def test_literals_are_written_as_they_are(turtle: str, held: list[str]) -> None:
    graph = triples(turtle)
    text = write_turtle(graph)
    for part in held:
        assert part in text
    assert reread(text) == graph


@pytest.mark.parametrize(
    "turtle",
    [
        "_:a :p _:b . _:b :p _:a .",  # a circle
        ":x :p _:a . :y :p _:a . _:a :q 1 .",  # shared
        "_:a :p _:a .",  # itself
        ":x :p ( 1 ( 2 [ :q 3 ] ) () ) .",
        ":x :p _:l . :y :p _:l . _:l rdf:first 1 ; rdf:rest () .",  # a shared list
        ":x :p [ rdf:first 1 , 2 ; rdf:rest () ] .",  # no proper list
        ":x :p [ rdf:first 1 ; rdf:rest [ rdf:first 2 ; rdf:rest :end ] ] .",
        ":x :p [ rdf:first 1 ; rdf:rest () ; :q 2 ] .",
        "_:l rdf:first 1 ; rdf:rest _:l .",  # a list without end
        "[] :p [] , [] . [] :p 2 .",
        ":x :p [ :q [ :r _:deep ] ] . _:deep :s _:deep2 . _:deep2 :s _:deep .",
        "() :p 1 .",
    ],
)
def test_blank_nodes_and_lists_survive(turtle: str) -> None:
    graph = triples(turtle)
    text = write_turtle(graph)
    assert canonical(reread(text)) == canonical(graph)
    assert write_turtle(reread(text)) == text


locals_ = st.text("aZ0._-~!$&'()*+,;=/?@:é°", min_size=1, max_size=6)
iris = st.one_of(
    st.builds(lambda s, local: URIRef(s + local), st.sampled_from([*PREFIXES.values()]), locals_),
    st.builds(lambda local: URIRef(f"{SRC}{local}%41#{local}"), locals_),
)
blanks = st.integers(0, 5).map(lambda n: BNode(f"n{n}"))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
literals = st.one_of(
    texts.map(Literal),
    st.builds(
        lambda text, language: Literal(text, lang=language), texts, st.sampled_from(["en", "en-gb"])
    ),
    st.builds(
        lambda text, kind: Literal(text, datatype=kind, normalize=False),
        st.one_of(texts, st.from_regex(r"\A[+-]?[0-9]*\.?[0-9]*(e[0-9]+)?\Z")),
        st.sampled_from([XSD.integer, XSD.decimal, XSD.double, XSD.boolean, XSD.date]),
    ),
)
predicates = st.one_of(st.sampled_from([RDF.type, RDF.first, RDF.rest]), iris)
objects = st.one_of(iris, blanks, literals, st.just(RDF.nil))
graphs = st.sets(st.tuples(st.one_of(iris, blanks), predicates, objects), max_size=14)


@given(graphs, st.randoms(use_true_random=False))
def test_what_is_written_is_the_graph_and_one_text_for_all_its_copies(
    graph: set[Triple], chance: random.Random
) -> None:
    text = write_turtle(graph)
    assert canonical(reread(text)) == canonical(graph)
    assert write_turtle(reread(text)) == text
    renamed = [f"m{n}" for n in range(6)]
    chance.shuffle(renamed)
    copy = {
        tuple(BNode(renamed[int(n[1:])]) if isinstance(n, BNode) else n for n in triple)
        for triple in graph
    }
    assert write_turtle(copy) == text  # type: ignore[arg-type]
