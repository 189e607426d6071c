# SPDX-License-Identifier: EUPL-1.2
"""The columns of a table that stands for a group are those that Oxigraph has for it."""

import pyoxigraph as ox
import pytest

from guidance_graph.engine.federation.scope import in_scope
from guidance_graph.engine.text.tokens import tokens

GROUPS = {
    "{}": (),
    "{ <a:s> <a:p> 1 }": (),
    "{ ?s $p ?o }": ("s", "p", "o"),
    "{ ?s <a:p>/^<a:q>* _:b . [] ?p ( ?x [ <a:r> ?y ] ) }": ("s", "p", "x", "y"),
    "{ ?s ?p ?o FILTER(?x > ?y) ?a ?b ?c }": ("s", "p", "o", "a", "b", "c"),
    "{ ?s ?p ?o FILTER EXISTS { ?a ?b ?c FILTER(?d) } }": ("s", "p", "o"),
    "{ ?s ?p ?o FILTER NOT EXISTS { ?a ?b ?c } FILTER STRSTARTS(?x, STR(?y)) }": ("s", "p", "o"),
    "{ ?s ?p ?o FILTER <http://www.w3.org/2001/XMLSchema#integer>(?x) }": ("s", "p", "o"),
    "{ ?s ?p ?o MINUS { ?a ?p ?c { ?d ?e ?f } } }": ("s", "p", "o"),
    "{ ?s ?p ?o OPTIONAL { ?a ?p ?c } { ?d ?e ?f } UNION { ?g ?h ?i } }": tuple("spoacdefghi"),
    "{ BIND(CONCAT(?a, STR(?b)) AS ?c) ?s ?p 1 }": ("c", "s", "p"),
    "{ ?s ?p ?o BIND(EXISTS { ?a ?b ?c BIND(1 AS ?d) } AS ?e) }": ("s", "p", "o", "e"),
    "{ GRAPH ?g { ?s ?p ?o } }": ("g", "s", "p", "o"),
    "{ GRAPH <a:g> { ?s <a:p> 'FILTER(' } }": ("s",),
    "{ VALUES ?a { 1 } VALUES (?b ?c) { (UNDEF '}') } }": ("a", "b", "c"),
    "{ VALUES () { () } }": (),
    "{ SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?s HAVING(COUNT(?p) > 1) }": ("s", "n"),
    "{ SELECT DISTINCT * WHERE { ?s ?p ?o FILTER(?x) } ORDER BY ?z LIMIT 1 VALUES ?v { 1 } }": (
        ("s", "p", "o", "v")
    ),
    "{ SELECT * { ?s ?p ?o } ORDER BY (EXISTS { VALUES ?w { 1 } }) VALUES ?v { 1 } }": tuple(
        "spov"
    ),
    "{ ?a ?b ?c { SELECT ?s { ?s ?p ?o } } ?d ?e ?f }": tuple("abcsdef"),
    "{ { SELECT * { ?s ?p ?o { SELECT (1 AS ?x) { ?y ?z 1 } } } } ?d ?e ?f }": tuple("spoxdef"),
}


@pytest.mark.parametrize("group", GROUPS)
def test_the_variables_in_scope(group: str) -> None:
    assert in_scope(list(tokens(group))) == GROUPS[group]
    solutions = ox.Store().query(f"SELECT * WHERE {group}")
    assert isinstance(solutions, ox.QuerySolutions)
    assert {variable.value for variable in solutions.variables} == set(GROUPS[group])
