# SPDX-License-Identifier: EUPL-1.2
import pytest

from guidance_graph.engine.federation.clauses import MOST_TEXT, find_clauses
from guidance_graph.engine.text.service import uses_service
from guidance_graph.terms.errors import QueryRefusedError, QuerySyntaxError
from guidance_graph.terms.namespaces import BASE

SPELLINGS = [
    "SELECT * { SERVICE <http://e/> { ?s ?p ?o } }",
    "SELECT * { service<http://e/>{ ?s ?p ?o }}",
    "SELECT * { ?a ?b 1SERVICE <http://e/> { ?s ?p ?o } }",
    "SELECT * { ?a ?b ?c.SeRvIcE\n<http://e/>\t{ ?s ?p ?o }.}",
    "SELECT * { ?a ?b 'x'SERVICE <http://e/> { ?s ?p ?o } }",
    "SELECT * { ?a ?b 'x'@en SERVICE <http://e/> { ?s ?p ?o } }",
    "SELECT * { ?a ?b <a:b>SERVICE <http://e/> { ?s ?p ?o } }",
    "SELECT * { ?a ?b ?c FILTER(?c)SERVICE <http://e/> { ?s ?p ?o } }",
    "SELECT * { {}SERVICE <http://e/> { ?s ?p ?o }{} }",
    "SELECT * { ?a ?b []SERVICE <http://e/> { ?s ?p ?o } }",
    "SELECT * { # }\n SERVICE # {\n <http://e/> # <http://f/>\n { # }\n ?s ?p ?o } }",
    "PREFIX e: <http://e/> SELECT * { SERVICE e: { ?s ?p ?o } }",
    "PREFIX : <http://e/> SELECT * { SERVICE : { ?s ?p ?o } }",
    "BASE <http://e/x/> SELECT * { SERVICE <..> { ?s ?p ?o } }",
    "PREFIX service: <http://e/> SELECT * { SERVICE service: { ?s ?p ?o } }",
    "SELECT ?s { { SELECT * { SERVICE <http://e/> { ?s ?p ?o } } } }",
    "ASK { ?a ?b ?c FILTER NOT EXISTS { SERVICE <http://e/> { ?s ?p ?o } } }",
    "SELECT * { ?a ?b '}' OPTIONAL { SERVICE <http://e/> { ?s ?p ?o } } }",
    "CONSTRUCT { ?s ?p ?o } { ?a ?b ?c MINUS { SERVICE <http://e/> { ?s ?p ?o } } }",
    "DESCRIBE ?s { GRAPH ?g { SERVICE <http://e/> { ?s ?p ?o } } }",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_clause_is_found_however_it_is_written(text: str) -> None:
    assert uses_service(text)
    (clause,) = find_clauses(text)
    assert clause.service == "http://e/"
    assert not clause.silent
    assert clause.variables == ("s", "p", "o")
    assert text[clause.start : clause.start + 7].upper() == "SERVICE"
    assert text[clause.end - 1] == "}"
    assert "SELECT * WHERE {" in clause.query
    assert clause.query.endswith("?s ?p ?o }")


def test_what_is_sent_has_the_prologue_and_the_group_as_it_is_written() -> None:
    (clause,) = find_clauses("""BASE <http://b/> # one
PREFIX e: <http://e/>
SELECT * { SERVICE SILENT e:sparql {
  ?s e:p -5, "}" . # } here
  FILTER(?s < 3) } }""")
    assert clause.silent
    assert clause.service == "http://e/sparql"
    assert clause.place == "line 3, column 12"
    assert (
        clause.query
        == """BASE <http://b/> PREFIX e: <http://e/> SELECT * WHERE {
  ?s e:p -5, "}" . # } here
  FILTER(?s < 3) }"""
    )


def test_what_is_sent_is_relative_to_the_same_as_here() -> None:
    (clause,) = find_clauses("SELECT * { SERVICE <http://e/> { <a> ?p ?o } }")
    assert clause.query == f"BASE <{BASE}> SELECT * WHERE {{ <a> ?p ?o }}"


def test_clauses_come_in_their_order() -> None:
    clauses = find_clauses("ASK { SERVICE <http://e/1> {} { SERVICE <http://e/2> { ?a ?b 1 } } }")
    assert [clause.service for clause in clauses] == ["http://e/1", "http://e/2"]
    assert [clause.variables for clause in clauses] == [(), ("a", "b")]


NO_CLAUSE = [
    "SELECT * { ?s ?p 'SERVICE <http://e/> {' }",
    "SELECT ?service { ?service ?p $SERVICE } # SERVICE <http://e/> {}",
]


@pytest.mark.parametrize("text", NO_CLAUSE)
def test_a_mention_is_no_clause(text: str) -> None:
    assert find_clauses(text) == []


REFUSED = {
    "a variable": "SELECT * { ?s ?p ?c SERVICE ?c { ?s ?p ?o } }",
    "a silent variable": "SELECT * { ?s ?p ?c SERVICE SILENT $c { ?s ?p ?o } }",
    "nested": "ASK { SERVICE <http://e/> { SERVICE <http://e/> { ?s ?p ?o } } }",
    "nested in EXISTS": "ASK { SERVICE <http://e/> { FILTER EXISTS { SERVICE ?x { ?s ?p ?o } } } }",
    "nested in a subquery": "ASK { SERVICE <http://e/> { SELECT * { SERVICE <http://e/> {} } } }",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_no_list_can_allow_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(QueryRefusedError, match=r"line 1, column \d+: .*SERVICE.* is refused"):
        find_clauses(text)


NO_QUERY = {
    "no group": "SELECT * { SERVICE <http://e/> }",
    "no address": "SELECT * { SERVICE { ?s ?p ?o } }",
    "a text as address": "SELECT * { SERVICE 'http://e/' { ?s ?p ?o } }",
    "no end": "SELECT * { SERVICE <http://e/> { ?s ?p ?o ",
    "one brace too many": "SELECT * { SERVICE <http://e/> { ?s ?p ?o } } }",
    "an escaped word": "SELECT * { \\u0053ERVICE <http://e/> {} SERVICE <http://e/> {} }",
    "an escaped address": "SELECT * { SERVICE <http://\\u0065/> { ?s ?p ?o } }",
    "a prefix that is not declared": "SELECT * { SERVICE e:x { ?s ?p ?o } }",
    "one inside": "SELECT * { SERVICE <http://e/> { ?s e:p ?o } }",
    "what only Oxigraph reads": "SELECT * { SERVICE <http://e/> {FILTER(?a<?b&&?c>?d)} }",
    "a brace that only Oxigraph sees": "ASK { SERVICE <http://e/> { FILTER(?a<?b}#>\n) } }",
    "the word alone": "SERVICE",
    "too deep": f"ASK {{ SERVICE <http://e/> {{ {'{' * 5000}{'}' * 5000} }} }}",
}


@pytest.mark.parametrize("text", NO_QUERY.values(), ids=NO_QUERY)
def test_what_does_not_follow_the_grammar_is_no_query(text: str) -> None:
    with pytest.raises(QuerySyntaxError):
        find_clauses(text)


def test_a_long_query_is_refused_before_it_is_read() -> None:
    with pytest.raises(QueryRefusedError, match="65,536 characters"):
        find_clauses(f"ASK {{ SERVICE <http://e/> {{}} }} #{'x' * MOST_TEXT}")
