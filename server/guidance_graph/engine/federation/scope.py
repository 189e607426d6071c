# SPDX-License-Identifier: EUPL-1.2
"""The variables that a group gives values to: those in scope at its end (section 18.2.1).

A table that stands in for the group has these columns, whatever rows it has.
"""

from collections.abc import Sequence
from typing import Final

from guidance_graph.engine.text.tokens import Token

_OPEN: Final = frozenset("({[")
_CLOSE: Final = frozenset(")}]")


def in_scope(words: Sequence[Token]) -> tuple[str, ...]:
    """Return the names of the variables in scope, without question mark, in order.

    Args:
        words: a group with its braces, which the grammar takes.
    """
    found: dict[str, None] = {}
    _collect(words, 0, len(words), found)
    return tuple(found)


def after(words: Sequence[Token], place: int) -> int:
    """Return the place after what begins with the first bracket at or after a place."""
    depth = 0
    while True:
        text = words[place].text
        depth += (text in _OPEN) - (text in _CLOSE)
        place += 1
        if depth == 0 and text in _CLOSE:
            return place


def _collect(words: Sequence[Token], place: int, end: int, found: dict[str, None]) -> None:
    while place < end:
        word = words[place]
        match word.keyword:
            case "FILTER" | "MINUS":
                place = after(words, place)
            case "BIND":
                place = after(words, place)
                found[_assigned(words, place)] = None
            case "SELECT":
                close = after(words, place - 1) - 1
                _collect_columns(words, place + 1, close, found)
                place = close
            case _:
                if word.kind == "variable":
                    found[word.text[1:]] = None
                place += 1


def _collect_columns(words: Sequence[Token], place: int, end: int, found: dict[str, None]) -> None:
    """Collect what a subquery gives: what it names, or all that is in its own scope."""
    everything = False
    while words[place].text != "{" and words[place].keyword != "WHERE":
        if words[place].text == "(":
            place = after(words, place)
            found[_assigned(words, place)] = None
            continue
        everything = everything or words[place].text == "*"
        if words[place].kind == "variable":
            found[words[place].text[1:]] = None
        place += 1
    if not everything:
        return
    close = after(words, place)
    _collect(words, place, close, found)
    while close < end:
        if words[close].keyword == "VALUES":
            _collect(words, close, end, found)
            return
        close = after(words, close) if words[close].text in _OPEN else close + 1


def _assigned(words: Sequence[Token], place: int) -> str:
    """Return the variable of ``( expression AS variable )``, from the place after it."""
    return words[place - 2].text[1:]
