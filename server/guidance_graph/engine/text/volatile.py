# SPDX-License-Identifier: EUPL-1.2
"""Whether the same release may answer a query in two ways, so that no answer to it is kept."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from guidance_graph.engine.text.service import PERHAPS, decoded, uses_service
from guidance_graph.engine.text.tokens import SHORT, Token, tokens

#: Functions that give another value each time they are called.
_FUNCTIONS: Final = ("BNODE", "NOW", "RAND", "STRUUID", "UUID")
_REMEMBERED: Final = 500
#: What stands for a blank node in a template, in part or whole: those of RDF 1.2 too.
_BLANK: Final = frozenset("[(<~|")
#: What tells that a query may have to be looked at.
_MENTIONED: Final = re.compile("|".join((*_FUNCTIONS, "CONSTRUCT")), re.IGNORECASE)
_CALL: Final = re.compile(rf"(?:{'|'.join(_FUNCTIONS)})\s*[(#]", re.IGNORECASE)
_WORD: Final = re.compile(
    rf"(?<![A-Za-z_?$:/#@%-])(?:{_MENTIONED.pattern})(?![A-Za-z_0-9])"
    rf"|{_CALL.pattern}",
    re.IGNORECASE,
)


def is_volatile(text: str, *, trusted: bool = False) -> bool:
    """Return whether a query may have another answer when it is asked again.

    That is so where another endpoint is asked, a function gives something new each time, or the
    template of a CONSTRUCT makes blank nodes. A long text of a client is not read for it: there any
    mention counts, and every CONSTRUCT.

    Args:
        text: the query.
        trusted: whether this project wrote it, as it wrote some long ones that are asked often.
    """
    if len(text) > SHORT and not trusted:
        return PERHAPS.search(text) is not None or _WORD.search(text) is not None
    return _is_volatile(text)


@lru_cache(_REMEMBERED)
def _is_volatile(text: str) -> bool:
    readings = {text, decoded(text)}  # by one a comment may begin where by the other an IRI goes on
    return any(map(uses_service, readings)) or any(map(_is_volatile_as_read, readings))


def _is_volatile_as_read(text: str) -> bool:
    if _MENTIONED.search(text) is None:
        return False
    words = list(tokens(text))
    return any(map(_calls, words, words[1:])) or _makes_blank_nodes(words)


def _calls(word: Token, after: Token) -> bool:
    """Return whether one of the functions is called.

    Oxigraph reads characters, not words: it takes ``FILTERRAND()`` for a keyword and a call,
    ``x:FILTERRAND()`` for a name before them where ``x:`` alone is an IRI, and ``?a<?b&&NOW()>?c``
    for comparisons, in which these tokens have an IRI.
    """
    if word.kind == "iri":
        return _CALL.search(word.text) is not None
    ends = word.kind in ("word", "name") and word.text.upper().endswith(_FUNCTIONS)
    return ends and after.text == "("


def _makes_blank_nodes(words: Iterable[Token]) -> bool:
    """Return whether there is a blank node, or what stands for one, in a template."""
    constructs, depth = False, 0
    for word in words:
        constructs = constructs or word.keyword == "CONSTRUCT"
        if not constructs:
            continue
        if depth and (word.kind == "blank" or word.text in _BLANK):
            return True
        depth += (word.text == "{") - (word.text == "}")
        if word.text == "}" and depth == 0:
            return False
    return False
