# SPDX-License-Identifier: EUPL-1.2
"""Give variables of a query a value: each occurrence of the variable becomes the term.

Oxigraph's own ``substitutions`` take only variables that a SELECT projects, and leave out nested
groups (pyoxigraph 0.5.13), so the terms are put in before, word by word: what stands in a string,
an IRI or a comment is left alone.
"""

from collections.abc import Callable, Mapping
from itertools import chain

from guidance_graph.engine.text.terms import Term
from guidance_graph.engine.text.tokens import Token, position, tokens
from guidance_graph.terms.errors import QuerySyntaxError


def bind(text: str, bindings: Mapping[str, Term]) -> str:
    """Return the query with its variables bound.

    ``BOUND(?x)`` of a bound variable becomes ``true``, and a SELECT that lists it still has its
    column.

    Args:
        text: the query.
        bindings: a term for each name of a variable, without question mark.

    Raises:
        QuerySyntaxError: a bound variable stands where the query itself gives it a value.
    """
    if not bindings:
        return text
    pieces: list[str] = []
    copied = 0
    words = list(tokens(text))
    projected, bare = _projected(words), _modifying(words)
    for index, token in enumerate(words):
        name = token.text[1:]
        if token.kind != "variable" or name not in bindings:
            continue
        around = [word.text.upper() for word in words[max(index - 2, 0) : index + 2]]
        start, end, written = token.start, token.start + len(token.text), str(bindings[name])
        if around[-2] == token.text.upper() and around[:2] == ["BOUND", "("] and around[-1] == ")":
            start, end, written = words[index - 2].start, words[index + 1].start + 1, "true"
        elif words[index - 1].keyword == "AS" or _is_data(words, index):
            line, column = position(text, token.start)
            raise QuerySyntaxError(
                f"{token.text} is given a value here, and so cannot be bound", line, column
            )
        elif index in projected:
            written = f"({written} AS {token.text})"
        elif index in bare:
            written = f"({written})"
        pieces += text[copied:start], written
        copied = end
    return "".join(chain(pieces, (text[copied:],)))


def _projected(words: list[Token]) -> set[int]:
    """Return where a SELECT, also of a subquery, names a variable to give as a column."""
    return _variables_after(
        words,
        opens=lambda index: words[index].keyword == "SELECT",
        closes=lambda index: words[index].keyword in ("WHERE", "FROM") or words[index].text == "{",
    )


def _modifying(words: list[Token]) -> set[int]:
    """Return where GROUP BY or ORDER BY names a variable, which is no place for a term as it is."""
    return _variables_after(
        words,
        opens=lambda index: (
            words[index].keyword == "BY" and words[index - 1].keyword in ("GROUP", "ORDER")
        ),
        closes=lambda index: (
            words[index].keyword in ("HAVING", "LIMIT", "OFFSET", "VALUES")
            or words[index].text == "}"
        ),
    )


def _variables_after(
    words: list[Token], opens: Callable[[int], bool], closes: Callable[[int], bool]
) -> set[int]:
    """Return where a variable stands in a clause, outside brackets."""
    places: set[int] = set()
    depth, inside = 0, False
    for index, word in enumerate(words):
        if opens(index):
            inside, depth = True, 0
        elif closes(index):
            inside = False
        elif word.text in ("(", ")"):
            depth += 1 if word.text == "(" else -1
        elif inside and depth == 0 and word.kind == "variable":
            places.add(index)
    return places


def _is_data(words: list[Token], index: int) -> bool:
    """Whether the variable at an index heads a VALUES block."""
    start = index
    while start > 0 and (words[start].kind == "variable" or words[start].text == "("):
        start -= 1
    return words[start].keyword == "VALUES"
