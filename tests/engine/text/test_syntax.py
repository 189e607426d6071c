# SPDX-License-Identifier: EUPL-1.2
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.text.syntax import diagnose
from guidance_graph.terms.errors import QuerySyntaxError

BROKEN = {
    "SELECT * WHERE { ?s ?p }": "line 1, column 24: expected an object; found }",
    "SELECT *\nWHERE {\n  ?s ?p ?o\n": (
        "line 3, column 11: expected ',', ';', '.', a pattern, '}'; the query ends"
    ),
    "ASK {\n  ?a ex:b ?c }": (
        "line 2, column 6: the prefix ex: is not declared; add a line PREFIX ex: <…>"
    ),
    "SELECT * { ?s ?p 'abc }": "line 1, column 18: a string that begins with ' does not end",
    "SELECT { ?s ?p ?o }": (
        "line 1, column 8: expected DISTINCT, REDUCED, a variable, ( expression AS variable ), '*';"
        " found {"
    ),
    "SELECT ?x\nORDER BY ?x": (
        "line 2, column 1: expected a variable, ( expression AS variable ), FROM, WHERE,"
        " a group in { }; found ORDER"
    ),
    "SELECT (COUNT(*) ?n) {}": "line 1, column 18: expected an operator, AS; found ?n",
    "SELECT * { FILTER ?x > 3 }": "line 1, column 19: expected a condition in brackets; found ?x",
    "SELECT * { FILTER(FOO(?x)) }": "line 1, column 19: expected an expression; found FOO",
    "SELECT * { ?s ?p ?o } ORDER ?s": "line 1, column 29: expected BY; found ?s",
    "SELECT * { ?s ?p ?o } LIMIT x": "line 1, column 29: expected a number; found x",
    "PREFIX a <http://e/> ASK {}": (
        "line 1, column 8: expected PREFIX, BASE, SELECT, ASK, CONSTRUCT or DESCRIBE; found a"
    ),
    "ASK {} ASK {}": (
        "line 1, column 8: expected GROUP, HAVING, ORDER, LIMIT, OFFSET, VALUES,"
        " the end of the query; found ASK"
    ),
}

#: What follows the grammar, and yet is no query.
AGAINST_THE_RULES = {
    "SELECT ?x (COUNT(*) AS ?n) { ?x ?y ?z }": "The SELECT contains a variable that is unbound",
    "SELECT * { BIND(1 AS ?x) BIND(2 AS ?x) }": "",
    "SELECT (1 AS ?x) (2 AS ?x) {}": "",
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.items())
def test_a_broken_query_is_told_its_first_wrong_place_and_what_was_expected(
    engine: BlockingEngine, text: str, expected: str
) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        engine.query(text)
    assert str(caught.value) == expected


@pytest.mark.parametrize(("text", "reason"), AGAINST_THE_RULES.items())
def test_a_query_against_the_rules_beyond_the_grammar_is_told_so(
    engine: BlockingEngine, text: str, reason: str
) -> None:
    with pytest.raises(
        QuerySyntaxError, match=reason or "breaks a rule|already|Duplicated"
    ) as caught:
        engine.query(text)
    assert caught.value.line == 1
    assert "_]" not in caught.value.reason


WORDS = """
SELECT * WHERE { } ?s ?p ?o . ; , ( ) [ ] FILTER OPTIONAL 1 'x' <http://e/> a = AS BIND UNION LIMIT
"""


@given(st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join))
def test_whatever_the_grammar_finds_wrong_the_engine_refuses(text: str) -> None:
    found = diagnose(text)
    if found is not None:
        assert found.line == 1
        with pytest.raises(SyntaxError):
            ox.Store().query(text)


def test_a_query_nested_beyond_reason_has_no_diagnosis_and_no_crash() -> None:
    assert diagnose("SELECT * " + "{" * 5000) is None
