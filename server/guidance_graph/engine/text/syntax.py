# SPDX-License-Identifier: EUPL-1.2
"""Say what is wrong with a query that does not parse: where, and what was expected there."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from guidance_graph.engine.text.grammar import (
    Choice,
    Node,
    Repeat,
    Sequence,
    departure,
    optional,
    rules,
)
from guidance_graph.engine.text.tokens import Token, position, tokens
from guidance_graph.terms.errors import QuerySyntaxError

#: What people call the rules and terminals of the grammar; those not here say it themselves.
_NAMES: Final = {
    "Add": "an operator",
    "And": "an operator",
    "As": "( expression AS variable )",
    "BuiltIn": "a function",
    "Compare": "an operator",
    "Constraint": "a condition in brackets",
    "Expression": "an expression",
    "Group": "a group in { }",
    "Iri": "an IRI",
    "Multiply": "an operator",
    "Objects": "an object",
    "Or": "an operator",
    "Pattern": "a pattern",
    "Predicates": "a predicate",
    "Triple": "a triple",
    "Triples": "a triple",
    "VariableOrIri": "a variable or an IRI",
    "@blank": "a blank node",
    "@end": "the end of the query",
    "@function": "a function",
    "@iri": "an IRI",
    "@language": "a language tag",
    "@name": "a name with a prefix",
    "@number": "a number",
    "@prefix": "a prefix",
    "@string": "a string",
    "@variable": "a variable",
}
_MOST_SHOWN: Final = 8


def diagnose(text: str) -> QuerySyntaxError | None:
    """Return what is wrong with a query at its first wrong place, or None if that is not known."""
    words = list(tokens(text))
    try:
        departed = departure(words)
    except RecursionError:
        return None
    known: list[tuple[Token | None, str]] = [*_undeclared(words)]
    if departed is not None:
        known.append((departed.token, _reason(departed.token, departed.expected)))
    if not known:
        return None
    token, reason = min(known, key=lambda each: len(text) if each[0] is None else each[0].start)
    line, column = position(text, len(text.rstrip()) if token is None else token.start)
    return QuerySyntaxError(reason, line, column)


def _reason(token: Token | None, expected: Iterable[Node]) -> str:
    if token is not None and token.kind == "mark" and token.text in ("'", '"'):
        return f"a string that begins with {token.text} does not end"
    shown = list(dict.fromkeys(chain.from_iterable(map(_named, expected))))
    listed = ", ".join(shown[:_MOST_SHOWN]) + (", …" if len(shown) > _MOST_SHOWN else "")
    found = "the query ends" if token is None else f"found {_shortened(token.text)}"
    return f"expected {listed}; {found}"


def _named(node: Node) -> Iterator[str]:
    """Yield how people call what a node can begin with."""
    match node:
        case str() if node in _NAMES:
            yield _NAMES[node]
        case str() if node in rules():
            yield from _named(rules()[node])
        case str():
            yield node
        case Choice(options):
            for option in options:
                yield from _named(option)
        case Repeat(part):
            yield from _named(part)
        case Sequence(parts):
            for part in parts:
                yield from _named(part)
                if not optional(part):
                    return


def _undeclared(words: list[Token]) -> Iterator[tuple[Token, str]]:
    """Yield the first name whose prefix has not been declared."""
    declared: set[str] = set()
    for before, word in zip([None, *words], words, strict=False):
        if word.kind != "name":
            continue
        prefix = word.text[: word.text.index(":")]
        if before is not None and before.keyword == "PREFIX":
            declared.add(prefix)
        elif prefix not in declared:
            yield word, f"the prefix {prefix}: is not declared; add a line PREFIX {prefix}: <…>"
            return


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
