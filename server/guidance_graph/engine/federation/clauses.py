# SPDX-License-Identifier: EUPL-1.2
"""Find the ``SERVICE`` clauses of a query: what each asks, of whom, and which variables it gives.

A clause is looked for in the tokens of a query that follows the grammar as these tokens say it.
Oxigraph reads some texts in another way (see ``text.service``); with ``SERVICE``, they are no
queries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from guidance_graph.engine.federation.scope import after, in_scope
from guidance_graph.engine.text.grammar import departure
from guidance_graph.engine.text.prologue import Prologue, anchored
from guidance_graph.engine.text.syntax import diagnose
from guidance_graph.engine.text.tokens import Token, position, tokens
from guidance_graph.terms.errors import QueryRefusedError, QuerySyntaxError

#: Characters of a query with SERVICE: reading it by the grammar takes a second for each 300,000.
MOST_TEXT: Final = 1 << 16


@dataclass(frozen=True)
class Clause:
    """A ``SERVICE`` clause.

    Attributes:
        start: where it starts in the text of the query.
        end: where it ends.
        place: the same for a person: ``line 1, column 1``.
        service: the IRI of the endpoint.
        silent: whether its failure is to be passed over.
        query: the query that asks for its solutions.
        variables: those that it gives values to, without question mark.
    """

    start: int
    end: int
    place: str
    service: str
    silent: bool
    query: str
    variables: tuple[str, ...]


def find_clauses(text: str) -> list[Clause]:
    """Return the clauses of a query, in order.

    Raises:
        QuerySyntaxError: the query does not follow the grammar.
        QueryRefusedError: it is too long, a service is a variable, or one is inside another.
    """
    if len(text) > MOST_TEXT:
        raise QueryRefusedError(f"a query with SERVICE may have {MOST_TEXT:,} characters")
    words = list(tokens(text))
    prologue = Prologue.of(words)
    _must_parse(text, words, prologue)
    clauses, place = [], 0
    while place < len(words):
        if words[place].keyword != "SERVICE":
            place += 1
            continue
        end = after(words, place)
        clauses.append(_clause(text, prologue, words[place:end]))
        place = end
    return clauses


def _clause(text: str, prologue: Prologue, words: Sequence[Token]) -> Clause:
    """Return the clause that some words are, from ``SERVICE`` to the closing brace."""
    silent = words[1].keyword == "SILENT"
    named, group = words[1 + silent], words[2 + silent :]
    if named.kind == "variable":
        _refuse(text, named, "a variable as SERVICE is refused; name the endpoint")
    for word in group:
        if word.keyword == "SERVICE":
            _refuse(text, word, "SERVICE inside SERVICE is refused")
    line, column = position(text, words[0].start)
    end = words[-1].start + 1
    return Clause(
        start=words[0].start,
        end=end,
        place=f"line {line}, column {column}",
        service=prologue.iri(named) or "",
        silent=silent,
        query=anchored(f"{prologue} SELECT * WHERE {text[group[0].start : end]}".lstrip()),
        variables=in_scope(group),
    )


def _must_parse(text: str, words: list[Token], prologue: Prologue) -> None:
    """Make sure that the tokens are a query.

    Raises:
        QuerySyntaxError: they are not, or a prefix is not declared.
    """
    try:
        departed = departure(words)
    except RecursionError:
        raise QuerySyntaxError("a query with SERVICE is nested too deeply") from None
    undeclared = any(word.kind == "name" and prologue.iri(word) is None for word in words)
    if departed is not None or undeclared:
        raise diagnose(text) or QuerySyntaxError("the query does not parse")


def _refuse(text: str, word: Token, reason: str) -> NoReturn:
    line, column = position(text, word.start)
    raise QueryRefusedError(f"line {line}, column {column}: {reason}")
