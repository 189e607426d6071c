# SPDX-License-Identifier: EUPL-1.2
"""Whether the same release may answer a query in two ways, so that no answer to it is kept."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from guidance_graph.engine.service import PERHAPS, uses_service
from guidance_graph.engine.tokens import SHORT, Token, tokens

#: Functions that give another value each time they are called.
_FUNCTIONS: Final = ("BNODE", "NOW", "RAND", "STRUUID", "UUID")
_REMEMBERED: Final = 500
#: What tells that a query may have to be looked at.
_MENTIONED: Final = re.compile("|".join((*_FUNCTIONS, "CONSTRUCT")), re.IGNORECASE)
_WORD: Final = re.compile(
    rf"(?<![A-Za-z_?$:/#@%-])(?:{_MENTIONED.pattern})(?![A-Za-z_0-9])", re.IGNORECASE
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
    if uses_service(text):
        return True
    if _MENTIONED.search(text) is None:
        return False
    words = list(tokens(text))
    return any(word.keyword in _FUNCTIONS for word in words) or _makes_blank_nodes(words)


def _makes_blank_nodes(words: Iterable[Token]) -> bool:
    """Return whether there is a blank node, or what stands for one, in a template."""
    constructs, depth = False, 0
    for word in words:
        constructs = constructs or word.keyword == "CONSTRUCT"
        if not constructs:
            continue
        if depth and (word.kind == "blank" or word.text in ("[", "(")):
            return True
        depth += (word.text == "{") - (word.text == "}")
        if word.text == "}" and depth == 0:
            return False
    return False
