# SPDX-License-Identifier: EUPL-1.2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.formats import CSV
from guidance_graph.engine.text.bindings import bind
from guidance_graph.engine.text.service import decoded
from guidance_graph.engine.text.terms import XSD, Iri, Literal, Term
from guidance_graph.engine.text.tokens import tokens
from guidance_graph.terms.errors import QuerySyntaxError

SEVEN = Literal("7", XSD + "integer")
THING = Iri("http://example.org/thing/7")
PREFIX = "PREFIX ex: <http://example.org/> "


def rows(engine: BlockingEngine, text: str, **bindings: Term) -> list[str]:
    answer = engine.query(PREFIX + text, answer_format=CSV, bindings=bindings)
    return answer.read().decode().split("\r\n")[1:-1]


def test_a_bound_variable_need_not_be_projected(engine: BlockingEngine) -> None:
    assert rows(engine, "SELECT ?size { ?thing ex:size ?size }", thing=THING) == ["7"]


def test_a_bound_variable_that_is_projected_keeps_its_column(engine: BlockingEngine) -> None:
    query = "SELECT ?thing ?size { ?thing ex:size ?size }"
    assert rows(engine, query, thing=THING) == ["http://example.org/thing/7,7"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?s { ?s ex:size ?n FILTER(?n = ?x) }", ["http://example.org/thing/7"]),
        ("SELECT ?s { { ?s ex:size ?x } UNION { ?s ex:none ?x } }", ["http://example.org/thing/7"]),
        ("SELECT ?s { { SELECT ?s { ?s ex:size ?x } } }", ["http://example.org/thing/7"]),
        ("SELECT (COUNT(*) AS ?n) { ?s ex:size ?m FILTER NOT EXISTS { ?s ex:size ?x } }", ["399"]),
        ("SELECT (SUM(?n) AS ?sum) ?x { ?s ex:size ?n FILTER(?n < ?x) } GROUP BY ?x", ["21,7"]),
        ("SELECT ?s { ?s ex:size $x } ORDER BY ?x", ["http://example.org/thing/7"]),
        ("SELECT ?s { ?s ex:size 7 FILTER(!BOUND(?x) || ?x = 7) }", ["http://example.org/thing/7"]),
        ("SELECT ?y { BIND(COALESCE(?x, 5) AS ?y) }", ["7"]),
        ("SELECT ?y { BIND('?x' AS ?y) } # ?x", ["?x"]),
        ("SELECT ?xx { BIND(1 AS ?xx) FILTER(?x = 7) }", ["1"]),
    ],
)
def test_a_value_reaches_every_place_of_a_variable(
    engine: BlockingEngine, query: str, expected: list[str]
) -> None:
    assert rows(engine, query, x=SEVEN) == expected


def test_a_variable_without_a_value_stays_free(engine: BlockingEngine) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?thing ex:size ?size FILTER(!BOUND(?x) || ?size < ?x) }"
    assert rows(engine, query) == ["400"]
    assert rows(engine, query, x=SEVEN) == ["7"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { BIND(1 AS ?x) }",
        "SELECT * { VALUES ?x { 1 } }",
        "SELECT * { VALUES (?y ?x) { (1 2) } }",
    ],
)
def test_a_variable_that_the_query_itself_sets_cannot_be_bound(query: str) -> None:
    with pytest.raises(QuerySyntaxError, match=r"\?x is given a value here"):
        bind(query, {"x": SEVEN})


ATTACKS = [
    '" } #',
    "' } #",
    '"""',
    '\\" } UNION { ?s ?p ?o } #',
    "> } UNION { ?s ?p ?o } #",
    "\n} # \r\n",
    "x\\",
    "?s",
    "\u0000",
    '"@en } SERVICE <http://127.0.0.1/> { ?s ?p ?o } #',
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_value_ever_becomes_query(engine: BlockingEngine, attack: str) -> None:
    assert rows(engine, "SELECT (COUNT(*) AS ?n) { ?s ?p ?x }", x=Literal(attack)) == ["0"]
    asked = engine.query(
        "ASK { FILTER(?x = ?y) }", bindings={"x": Literal(attack), "y": Literal(attack)}
    )
    assert b"true" in asked.read()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_text_at_all_changes_the_rest_of_a_query(text: str) -> None:
    term = str(Literal(text))
    assert bind("ASK { ?s ?p ?x . ?s ?p 'end' }", {"x": Literal(text)}) == (
        f"ASK {{ ?s ?p {term} . ?s ?p 'end' }}"
    )
    for reading in (term, decoded(term)):
        assert [token.text for token in tokens(reading)] == [reading]
