# SPDX-License-Identifier: EUPL-1.2
"""How deeply a query is nested: an engine that reads it by recursion comes to the end of its stack.

Oxigraph 0.5 ends there, its whole process. On 8 MiB, as a worker has, it takes 820 levels of
``EXISTS``, 940 of calls, 2,200 of groups and 4,500 of brackets, and chains of 6,200 ``UNION``,
6,900 sums and 9,000 ``||``. On 2 MiB, as its own server has, it is a quarter of that, and 570
patterns in one group: of ``OPTIONAL``, ``MINUS``, ``BIND`` or subqueries. What stands side by side
is nested when it is planned: 2,500 expressions in ``ORDER BY`` passed and 2,999 did not, and some
thousand triples, ``FILTER``, elements of a list, columns and ``<<`` ended it.
"""

import re
from typing import Final

from guidance_graph.engine.text.service import SURELY_IRI
from guidance_graph.engine.text.tokens import position, tokens
from guidance_graph.terms.errors import QuerySyntaxError

#: More levels of brackets are too deep: on 2 MiB Oxigraph takes so many of each, of some not 300.
MOST_LEVELS: Final = 200
#: In a chain each link holds those before it; so many, or half as many patterns, are as a level.
LINKS_OF_A_LEVEL: Final = 5
#: So many parts side by side, told by what opens or ends them or stands beside it, are as a level.
PARTS_OF_A_LEVEL: Final = 10

_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
#: A codepoint escape, which may be in an IRI; or a backslash that stands for itself.
_ESCAPE: Final = re.compile(r"\\\\|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}")
_LINKS: Final = frozenset(("!", "||", "&&", "|", "/", "+", "-", "*", "^", "?"))
#: The characters of links.
_MARKS: Final = "!|&/+-*^?"
#: Outside of round brackets they belong to a number.
_SIGNS: Final = frozenset("+-")
#: What opens or ends a part; a comma does so where it parts no arguments.
_PARTING: Final = frozenset("([]<.;,")
_TERMS: Final = frozenset(("iri", "name", "variable", "string", "number", "blank", "word"))


def too_deep(text: str) -> QuerySyntaxError | None:
    """Return what is wrong with a query that an engine may not be able to read for its depth.

    What looks like an IRI may be two comparisons, so the brackets and links in it count where it
    is not one for sure.

    Args:
        text: the query.

    Returns:
        None where it is no deeper than a person writes.
    """
    if not _may_be(text):
        return None
    outer: list[tuple[str, int]] = []  # brackets that are open, and the links before each
    links = parts = 0
    data = 0  # how many brackets are open where VALUES are given, or 0
    last = ""
    for token in tokens(_ESCAPE.sub(_plain, text)):
        inner, before = outer[-1] if outer else ("", 0)
        levels, linked = len(outer), links
        if token.kind == "iri" and SURELY_IRI.match(token.text) is None:
            opened = token.text.count("(")
            levels += opened
            linked += sum(map(token.text.count, _LINKS))
            outer += [("(", links)] * (opened - token.text.count(")"))
        elif token.text in _OPENING:
            outer.append((token.text, links))
        elif token.text in _CLOSING:
            links = before + 2 * (token.text == "}")
            del outer[-1:]
        elif token.keyword == "BIND":
            links += 2
        elif token.text == "," and inner == "(":
            links = before
        elif token.text in _LINKS and (inner == "(" or token.text not in _SIGNS):
            links += 1
        if token.keyword == "VALUES":
            data = len(outer) + 1
        elif len(outer) < data and token.text == "}":
            data = 0
        elif not data:
            parts += token.text in _PARTING and not (token.text == "," and inner == "(")
            parts += inner in "(" and token.kind in _TERMS and last in _TERMS  # in a list
        last = last if token.kind == "language" else token.kind
        deep = max(levels, len(outer)) + max(linked, links) // LINKS_OF_A_LEVEL
        if deep + parts // PARTS_OF_A_LEVEL > MOST_LEVELS:
            line, column = position(text, token.start)
            return QuerySyntaxError(
                "the query is too long or nested too deeply from here on", line, column
            )
    return None


def _may_be(text: str) -> bool:
    """Whether a query has brackets, links and parts enough, wherever; most have not by far."""
    levels = sum(map(text.count, _OPENING))
    links = sum(map(text.count, _MARKS)) + 2 * (text.count("}") + text.count("("))  # with BIND
    parts = sum(map(text.count, _PARTING)) + len(text) // 2  # an element of a list has a space
    return levels + links // LINKS_OF_A_LEVEL + parts // PARTS_OF_A_LEVEL > MOST_LEVELS


def _plain(escape: re.Match[str]) -> str:
    """Return what takes as many characters as an escape, and is a part of any word."""
    return escape[0] if escape[0] == r"\\" else "x" * len(escape[0])
