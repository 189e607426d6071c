# SPDX-License-Identifier: EUPL-1.2
"""The first wall against ``SERVICE``, which would have this server ask another one.

It reads the query. The second wall needs no reading: a worker can open no socket
(``worker.seccomp``, and ``no_more_files`` of ``worker.walls``).
"""

import re
from typing import Final

from guidance_graph.engine.text.tokens import Token, position, remembered, tokens
from guidance_graph.terms.errors import QueryRefusedError

_CODEPOINT: Final = re.compile(r"\\u[0-9A-Fa-f]{4}|\\U000[0-9A-Fa-f]{5}|\\U0010[0-9A-Fa-f]{4}")

#: Where the word may be one by itself; most queries that mention it have it in a name.
PERHAPS: Final = re.compile(r"(?<![A-Za-z_?$:/#@%-])service(?![A-Za-z_0-9])", re.IGNORECASE)

#: What begins so is an IRI in every reading: after ``<http:``, no expression goes on with ``//``.
SURELY_IRI: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")

#: What ends within its authority: a name that begins with it may be no IRI, and then Oxigraph takes
#: what follows the colon for words of their own.
_CUT_SHORT: Final = re.compile(r"<(?:[^>]*:)?//[^/?#>]*>")

#: Where an IRI stands that is no service, though a group may follow it.
_NAMES_A_GRAPH: Final = frozenset(("GRAPH", "FROM", "NAMED", "DESCRIBE"))


@remembered
def refuse_service(text: str) -> None:
    """Refuse a query that would have another endpoint asked.

    Oxigraph reads characters, not words: it takes ``SERVICE:x``, ``SERVICEex:x`` and
    ``trueSERVICE<…>`` for the keyword, and ``?a<?b)SERVICE?c#>`` for a comparison, where the
    grammar has one word or one IRI; and ``x:SERVICE<…>`` for a name and the keyword, where the
    prefix is ``<http://e:>``, which goes on with letters in no IRI. So these are refused too, even
    where they would mean something else, and so is the word written with the codepoint escapes that
    other engines decode first (section 19.2).

    Raises:
        QueryRefusedError: with the line of the word.
    """
    for reading in {text, decoded(text)}:
        if "service" in reading.lower():
            _refuse_service_in(reading)


@remembered
def uses_service(text: str) -> bool:
    """Whether a query has a ``SERVICE`` clause, so that its answer depends on other endpoints.

    What Oxigraph alone reads as one counts for nothing here; ``refuse_service`` refuses it.
    """
    if PERHAPS.search(text) is None:
        return False
    return any(token.keyword == "SERVICE" for token in tokens(text))


def decoded(text: str) -> str:
    """Return the query as engines read it that decode codepoint escapes first (section 19.2)."""
    return _CODEPOINT.sub(lambda match: chr(int(match[0][2:], 16)), text)


def _refuse_service_in(text: str) -> None:
    before, open_name = "", None
    declaring = cut_short = False
    for token in tokens(text):
        lower = token.text.lower()
        doubtful = token.kind == "iri" and SURELY_IRI.match(lower) is None
        hidden = doubtful and "service" in lower[lower.find(")") :] and ")" in lower
        split = cut_short and token.kind == "name" and "service" in lower
        if "service" in token.keyword.lower() or hidden or split:
            raise _refused_service(text, token)
        if open_name is not None and token.text == "{":
            raise _refused_service(text, open_name)
        suspect = token.kind == "name" and "service" in lower[: lower.find(":")]
        open_name = token if suspect and before not in _NAMES_A_GRAPH else None
        before = token.keyword
        if declaring and token.kind == "iri":
            cut_short = cut_short or _CUT_SHORT.fullmatch(token.text) is not None
        declaring = before in ("PREFIX", "BASE") or (declaring and token.kind == "name")


def _refused_service(text: str, token: Token) -> QueryRefusedError:
    line, column = position(text, token.start)
    return QueryRefusedError(
        f"line {line}, column {column}: SERVICE is refused; this endpoint asks no other endpoint"
    )
