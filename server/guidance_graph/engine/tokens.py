# SPDX-License-Identifier: EUPL-1.2
"""The words of a SPARQL query: told apart without parsing what they say.

Strings, IRIs and comments are told from keywords by the terminals of the SPARQL 1.1 grammar
(section 19.8), so that nothing is found where it is only mentioned. What the query says as a whole
is for the engine's own parser.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from typing import Final, NamedTuple, TypeVar

from guidance_graph.engine.formats import QueryForm
from guidance_graph.terms.errors import QueryRefusedError, QuerySyntaxError

_LETTER = r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D"
_LETTER += r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
_VARIABLE_CHARACTER = rf"{_LETTER}_0-9\u00B7\u0300-\u036F\u203F\u2040"
_CHARACTER = rf"{_VARIABLE_CHARACTER}\-"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_PREFIX = rf"[{_LETTER}](?:[{_CHARACTER}.]*[{_CHARACTER}])?"
_LOCAL = rf"(?:[{_LETTER}_:0-9]|{_ESCAPED})"
_LOCAL += rf"(?:(?:[{_CHARACTER}.:]|{_ESCAPED})*(?:[{_CHARACTER}:]|{_ESCAPED}))?"

_TERMINALS: Final = {
    "space": r"[ \t\r\n]+",
    "comment": r"\#[^\r\n]*",
    "iri": r"<[^\x00-\x20<>\"{}|^`\\]*>",
    "string": r"'''(?:'{0,2}(?:[^'\\]|\\.))*'''"
    r'|"""(?:"{0,2}(?:[^"\\]|\\.))*"""'
    r"|'(?:[^'\\\n\r]|\\.)*'"
    r'|"(?:[^"\\\n\r]|\\.)*"',
    "variable": rf"[?$][{_VARIABLE_CHARACTER}]+",
    "language": r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*",
    "blank": rf"_:[{_LETTER}_0-9](?:[{_CHARACTER}.]*[{_CHARACTER}])?",
    "name": rf"(?:{_PREFIX})?:(?:{_LOCAL})?",
    "number": r"(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+",
    "word": r"[A-Za-z_][A-Za-z_0-9]*",
    "mark": r"\^\^|&&|\|\||!=|<=|>=|.",
}
_TOKEN: Final = re.compile(
    "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _TERMINALS.items()), re.DOTALL
)

#: Characters that are read in some milliseconds.
_LONG: Final = 1 << 16
#: What is read of so many queries, of so many characters at most, is remembered: most are asked
#: again, each step on the way of a query reads it, and this many take some mebibytes.
_REMEMBERED: Final = 500
_SHORT: Final = 1 << 13

Read = TypeVar("Read")

_UPDATES: Final = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
)


class Token(NamedTuple):
    """A word of a query: its kind (a key of the terminals), its text, and where it starts."""

    kind: str
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """The word in capitals, or nothing where the token is no word."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a query, without white space and comments."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind is not None and kind not in ("space", "comment"):
            yield Token(kind, match[0], match.start())


#: Comments before the first word, which are comments in every reading.
HEADER: Final = re.compile(r"(?:\s*#[^\r\n]*[\r\n])*")


def without_header(text: str) -> str:
    """Return a query without the comments before its first word; its words stay in their lines."""
    header = HEADER.match(text)
    end = header.end() if header else 0
    return "\n" * (position(text, end)[0] - 1) + text[end:] if end else text


def position(text: str, index: int) -> tuple[int, int]:
    """Return the line and column, both from 1, of the character at an index of the text."""
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def remembered(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """Have what is read of a query remembered, where that is short; an error is raised anew."""
    known = lru_cache(_REMEMBERED)(read)

    @wraps(read)
    def reading(text: str) -> Read:
        return known(text) if len(text) <= _SHORT else read(text)

    return reading


@lru_cache(maxsize=16)
def query_form(text: str) -> QueryForm:
    """Return the form of a query, read off the keyword that follows its prologue.

    Each step on the way of a query asks for it, and a prologue may be long; so it is remembered.

    Raises:
        QueryRefusedError: it is an update.
        QuerySyntaxError: it is neither a query nor an update.
    """
    prologue = False
    for token in tokens(text):
        if token.keyword in QueryForm.__members__:
            return QueryForm(token.keyword)
        if token.keyword in _UPDATES:
            raise QueryRefusedError(
                f"{token.keyword} is an update; this endpoint only answers queries"
            )
        if token.keyword in ("PREFIX", "BASE"):
            prologue = True
        elif prologue and token.kind in ("name", "iri"):
            continue
        else:
            line, column = position(text, token.start)
            raise QuerySyntaxError(
                f"expected PREFIX, BASE, SELECT, ASK, CONSTRUCT or DESCRIBE; found {token.text}",
                line,
                column,
            )
    line, column = position(text, len(text))
    raise QuerySyntaxError(
        "the query is empty; expected SELECT, ASK, CONSTRUCT or DESCRIBE", line, column
    )


async def beside(read: Callable[[str], Read], text: str) -> Read:
    """Read a query, in a thread where it is so long that others would wait for it.

    What a service has given may make a query of megabytes.
    """
    return await asyncio.to_thread(read, text) if len(text) > _LONG else read(text)
