# SPDX-License-Identifier: EUPL-1.2
from pathlib import Path

import pyoxigraph as ox
import pytest

from guidance_graph.engine.text.grammar import FUNCTIONS, Choice, departure, first, optional, rules
from guidance_graph.engine.text.tokens import tokens

LIBRARY = sorted((Path(__file__).parents[3] / "queries").rglob("*.rq"))

VALID = [
    "ASK {}",
    "BASE <http://e/> PREFIX : <x> PREFIX a.b: <y> SELECT DISTINCT ?x (1 AS ?y) { ?x a a.b:c }",
    "SELECT REDUCED * FROM <http://e/> FROM NAMED <http://f/> WHERE { ?s ?p ?o . }",
    "SELECT (COUNT(DISTINCT ?s) AS ?n) (GROUP_CONCAT(?s; SEPARATOR=', ') AS ?g) { ?s ?p ?o }"
    " GROUP BY ?p (STR(?o) AS ?t) HAVING (COUNT(*) > 1) ORDER BY DESC(?n) ?p LIMIT 5 OFFSET 2",
    "CONSTRUCT WHERE { ?s ?p ?o }",
    "CONSTRUCT { ?s ?p [ a <http://e/> ; ?p 1, 'x'@en, 1.5, -2e3, true ] } WHERE { ?s ?p ( 1 2 ) }",
    "DESCRIBE <http://e/> ?x WHERE { ?x ?p ?o }",
    "DESCRIBE *  { ?s ?p ?o }",
    "SELECT * { { ?a ?b ?c } UNION { ?d ?e ?f } OPTIONAL { ?a ?b ?g } MINUS { ?a ?b 3 } }",
    "SELECT * { GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p 1 } FILTER(EXISTS { ?s ?p 2 }) }",
    "SELECT * { ?s ?p ?o BIND(?o + -1 * 2 AS ?x) VALUES (?a ?b) { (1 UNDEF) ('x' <http://e/>) } }",
    "SELECT * { VALUES ?x { 1 2 } } VALUES ?y { 3 }",
    "PREFIX : <http://e/> SELECT * { ?s (:a|^:b)/:c*/(!(:d|^a))?/:e+ ?o ; a :C, :D ; . ?s !a ?x }",
    "SELECT * { { SELECT ?x { ?x ?y ?z } LIMIT 3 } ?x ?p ?o }",
    "PREFIX x: <http://www.w3.org/2001/XMLSchema#> SELECT * { ?s ?p ?o"
    " FILTER(x:integer(?o) = 1 || ?s IN (1, 2) && ?o NOT IN ()) FILTER x:boolean(?o) }",
    "SELECT * { ?s ?p ?o FILTER(!BOUND(?x) && IF(?o < 2, true, COALESCE(?x, 'x'^^<http://e/>))) }",
    "SELECT * { [] ?p [] . [ ?p 1 ] . ( 1 ) ?p () . _:b ?p '''x''' }",
    "SELECT * { FILTER REGEX(?x, 'a', 'i') } ORDER BY (?x) ASC(?y) STR(?z)",
    "select * where { ?s ?p ?o filter (?o >= 1 && ?o != 2) } order by ?o",
]


def departs(text: str) -> bool:
    return departure(list(tokens(text))) is not None


@pytest.mark.parametrize("text", VALID)
def test_what_is_a_query_to_the_engine_is_one_to_the_grammar(text: str) -> None:
    ox.Store().query(text)
    assert not departs(text)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_every_query_of_the_library_follows_the_grammar(path: Path) -> None:
    assert not departs(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", VALID)
def test_a_query_cut_short_departs_where_it_ends(text: str) -> None:
    words = list(tokens(text))
    for end in range(1, len(words)):
        found = departure(words[:end])
        assert found is None or found.token is None


def test_one_token_ahead_always_decides() -> None:
    def choices(node: object) -> list[Choice]:
        if isinstance(node, Choice):
            return [node, *(found for option in node.options for found in choices(option))]
        parts = getattr(node, "parts", ()) or ((node.part,) if hasattr(node, "part") else ())
        return [found for part in parts for found in choices(part)]

    found = [choice for rule in rules().values() for choice in choices(rule)]
    assert len(found) > 30
    for choice in found:
        begins = [first(option) for option in choice.options]
        assert sum(map(len, begins)) == len(frozenset().union(*begins)), choice


def test_every_rule_that_is_used_is_there_and_the_other_way_round() -> None:
    used = {"Query"}
    for rule in rules().values():
        stack: list[object] = [rule]
        while stack:
            node = stack.pop()
            if isinstance(node, str):
                used.add(node)
            else:
                stack += getattr(node, "parts", ()) or getattr(node, "options", ())
                stack += [node.part] if hasattr(node, "part") else []
    names = {name for name in used if name[0].isupper() and not name.isupper()}
    assert names == set(rules())
    assert not optional("Query")


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_is_one_of_the_engine(name: str) -> None:
    calls = [f"{name}({', '.join(['?x'] * count)})" for count in range(5)]
    accepted = []
    for call in calls:
        try:
            ox.Store().query(f"SELECT ({call} AS ?y) {{}}")
        except SyntaxError:
            continue
        accepted.append(call)
    assert accepted
