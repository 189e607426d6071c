# SPDX-License-Identifier: EUPL-1.2
from collections.abc import Callable
from typing import Final

import pytest

from guidance_graph.engine.text.nesting import (
    LINKS_OF_A_LEVEL,
    MOST_LEVELS,
    PARTS_OF_A_LEVEL,
    too_deep,
)

#: Queries of a depth, in brackets.
LEVELS: Final[dict[str, Callable[[int], str]]] = {
    "groups": lambda depth: "ASK " + "{" * depth + "}" * depth,
    "brackets": lambda depth: "ASK { FILTER" + "(" * depth + "1" + ")" * depth + " }",
    "calls": lambda depth: "ASK { FILTER(" + "STR(" * depth + "1" + ")" * depth + " = 1) }",
    "EXISTS": lambda depth: "ASK {" + "FILTER EXISTS {" * depth + "}" * depth + "}",
    "OPTIONAL": lambda depth: "ASK {" + "OPTIONAL {" * depth + "}" * depth + "}",
    "subqueries": lambda depth: "ASK {" + "{ SELECT * {" * depth + "}}" * depth + "}",
    "calls in what may be an IRI": lambda depth: (
        "ASK { FILTER(?a<" + "STR(" * depth + "?x" + ")" * depth + ">1) }"
    ),
    "calls of which each other may be one": lambda depth: (
        "ASK { FILTER(" + "STR(?a<STR(?b>" * (depth // 2) + "1" + "))" * (depth // 2) + ") }"
    ),
    "calls after an IRI with an escape": lambda depth: (
        r"ASK { FILTER(<http://e/\u0027#>=" + "STR(" * depth + "1" + ")" * depth + ") }"
    ),
    "paths": lambda depth: "ASK { ?s " + "(" * depth + "<a:b>" + ")*" * depth + " ?o }",
}
#: The same of links in a chain.
CHAINS: Final[dict[str, Callable[[int], str]]] = {
    "negations": lambda length: "ASK { FILTER(" + "!" * length + "?x) }",
    "sums": lambda length: "ASK { FILTER(" + "+".join("1" * length) + " = 1) }",
    "choices": lambda length: "ASK { FILTER(" + "||".join(["?x"] * length) + ") }",
    "sequences": lambda length: "ASK { ?s " + "/".join(["<a:b>"] * length) + " ?o }",
}
#: The same of patterns in a group.
PATTERNS: Final[dict[str, Callable[[int], str]]] = {
    "UNION": lambda length: "ASK {" + " UNION ".join(["{ ?a ?b ?c }"] * length) + "}",
    "subqueries beside": lambda length: "ASK {" + "{ SELECT * { ?a ?b ?c } }" * length + "}",
    "OPTIONAL beside OPTIONAL": lambda length: "ASK {" + "OPTIONAL { ?a ?b ?c }" * length + "}",
    "BIND": lambda length: "ASK {" + "".join(f"BIND(1 AS ?v{i})" for i in range(length)) + "}",
}
#: The same of parts side by side.
PARTS: Final[dict[str, Callable[[int], str]]] = {
    "triples": lambda length: "ASK {" + "?a ?b ?c ." * length + "}",
    "predicates": lambda length: "ASK { ?a" + " ?b ?c ;" * length + "}",
    "FILTER beside FILTER": lambda length: "ASK {" + "FILTER(?a)" * length + "}",
    "elements": lambda length: "ASK { ?a ?b (" + "'a'@en 1 <a:b> true " * (length // 4) + ") }",
    "quoted triples": lambda length: (
        "ASK { ?a ?b " + "<<?a ?b " * (length // 2) + "?c" + ">>" * (length // 2) + "}"
    ),
    "nodes": lambda length: "ASK { ?a ?b (" + "[ <a:b>? 1 ]" * (length // 2) + ") }",
    "DESCRIBE": lambda length: "DESCRIBE" + " <a:b>" * length,
    "HAVING": lambda length: "SELECT ?a {} GROUP BY ?a HAVING" + "(?a)" * length,
    "columns": lambda length: (
        "SELECT" + "".join(f"(1 AS ?v{i})" for i in range(length // 3)) + "{}"
    ),
    "GROUP BY": lambda length: (
        "SELECT (1 AS ?x) {} GROUP BY" + "".join(f"(1+?a AS ?v{i})" for i in range(length // 3))
    ),
}
NESTED: Final = LEVELS | CHAINS | PATTERNS | PARTS
_LINKS: Final = MOST_LEVELS * LINKS_OF_A_LEVEL
MOST: Final = (
    dict.fromkeys(LEVELS, MOST_LEVELS)
    | dict.fromkeys(CHAINS, _LINKS)
    | dict.fromkeys(PATTERNS, _LINKS // 2)
    | dict.fromkeys(PARTS, MOST_LEVELS * PARTS_OF_A_LEVEL)
)


@pytest.mark.parametrize("kind", NESTED)
def test_what_a_person_may_write_is_not_too_deep(kind: str) -> None:
    assert too_deep(NESTED[kind](MOST[kind] * 2 // 5)) is None


@pytest.mark.parametrize("kind", NESTED)
def test_what_is_too_deep_has_the_place_from_which_it_is(kind: str) -> None:
    error = too_deep("\n" + NESTED[kind](10 * MOST[kind]))
    assert error is not None
    assert error.line == 2
    assert error.column is not None
    assert error.column < len(NESTED[kind](MOST[kind] + PARTS_OF_A_LEVEL))
    assert "nested too deeply" in error.reason


def test_a_query_that_does_not_end_is_as_deep() -> None:
    error = too_deep("ASK { FILTER" + "(" * 1000)
    assert error is not None
    assert error.column is not None
    assert MOST_LEVELS // 2 < error.column < MOST_LEVELS + LINKS_OF_A_LEVEL


def test_a_query_is_as_deep_as_what_holds_it_and_not_as_long() -> None:
    assert too_deep("ASK { VALUES (?a) {" + "(1) (<a:b>)" * 2000 + "} }") is None
    assert too_deep("ASK { " + "?a ?b 'x((((' . # ((((\n" * 1500 + "}") is None
    assert too_deep("ASK { " + "FILTER(?a + 1 = 2 || ?a * 2 = 3) " * 1500 + "}") is None
    assert too_deep("ASK { VALUES ?a {" + "<http://e/(>" * 2000 + "} }") is None
    assert too_deep("ASK { VALUES ?a {" + "<a/b/c-d_(e)> -1 " * 2000 + "} }") is None
    assert too_deep("ASK { FILTER(?a IN (" + "-1, ?b + 1, " * 2000 + "0)) }") is None
    assert too_deep("))))" + "()" * 1000) is None
