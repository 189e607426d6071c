# SPDX-License-Identifier: EUPL-1.2
import pytest

from guidance_graph.engine.text.dataset_clause import DatasetClause, take_dataset_clause
from guidance_graph.terms.errors import QueryRefusedError, QuerySyntaxError

PLACES = {
    "SELECT * FROM <http://e/a> { ?s ?p ?o }": (("http://e/a",), ()),
    "SELECT * FROM NAMED <http://e/a> { ?s ?p ?o }": ((), ("http://e/a",)),
    "SELECT * from<http://e/a>from named<http://e/b>{ ?s ?p ?o }": (
        ("http://e/a",),
        ("http://e/b",),
    ),
    "PREFIX e: <http://e/> ASK FROM e:a FROM NAMED e:b\\-c { ?s ?p ?o }": (
        ("http://e/a",),
        ("http://e/b-c",),
    ),
    "BASE <http://e/x/> CONSTRUCT { ?s ?p ?o } FROM <../a> { ?s ?p ?o }": (("http://e/a",), ()),
    "BASE <http://e/> PREFIX p: <q/> DESCRIBE <x> FROM p:a": (("http://e/q/a",), ()),
}


@pytest.mark.parametrize("query", PLACES)
def test_the_graphs_are_taken_out_of_the_query(query: str) -> None:
    text, clause = take_dataset_clause(query)
    assert (clause.default_graphs, clause.named_graphs) == PLACES[query]
    assert "from" not in text.lower()
    assert len(text) == len(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p 'FROM <http://e/a>' }",
        "SELECT * { ?s <http://e/FROM> ?from } # FROM <http://e/a>",
        "SELECT * { ?s from:a 'x'@from }",
    ],
)
def test_nothing_is_taken_where_it_is_only_mentioned(query: str) -> None:
    assert take_dataset_clause(query) == (query, DatasetClause())


def test_lines_stay_where_they_are() -> None:
    text, _ = take_dataset_clause("SELECT *\nFROM\n  <http://e/a>\nWHERE { ?s ?p }")
    assert text.splitlines()[3] == "WHERE { ?s ?p }"


def test_a_clause_that_does_not_parse_stays_for_the_error_it_makes() -> None:
    assert take_dataset_clause("SELECT * FROM { }") == ("SELECT * FROM { }", DatasetClause())
    assert take_dataset_clause("ASK FROM NAMED") == ("ASK FROM NAMED", DatasetClause())


@pytest.mark.parametrize("iri", ["<http://127.0.0.1/\\u0061>", "<http://127.0.0.1/ >", "<"])
def test_no_clause_is_passed_on_that_the_backend_might_read_otherwise(iri: str) -> None:
    with pytest.raises(QuerySyntaxError, match="line 2, column 6: expected an IRI"):
        take_dataset_clause(f"SELECT *\nFROM {iri} {{ ?s ?p ?o }}")


@pytest.mark.parametrize(
    "query",
    [
        'SELECT ("\\u0022 AS ?x) FROM <http://127.0.0.1/> { ?s ?p ?o } #" AS ?x) {}',
        "SELECT * \\u0046ROM <http://127.0.0.1/> { ?s ?p ?o }",
    ],
)
def test_a_clause_that_other_engines_would_read_is_refused(query: str) -> None:
    with pytest.raises(QueryRefusedError, match="write it plainly"):
        take_dataset_clause(query)
