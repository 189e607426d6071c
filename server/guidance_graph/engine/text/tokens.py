# SPDX-License-Identifier: EUPL-1.2
"""The words of a SPARQL query: told apart without parsing what they say.

Strings, IRIs and comments are told from keywords by the terminals of the SPARQL 1.1 grammar
(section 19.8), so that nothing is found where it is only mentioned. What the query says as a whole
is for the engine's own parser.

Whatever the text, reading it takes time by its length: where a string or a name turned out not to
end, what lies before that place is not looked through for the same end again.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from typing import Final, NamedTuple, TypeVar

from guidance_graph.engine.formats import QueryForm
from guidance_graph.terms.errors import QuerySyntaxError, UpdateRefusedError

_LETTER = r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D"
_LETTER += r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
_VARIABLE_CHARACTER = rf"{_LETTER}_0-9\u00B7\u0300-\u036F\u203F\u2040"
_CHARACTER = rf"{_VARIABLE_CHARACTER}\-"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_DOTTED = rf"(?:[{_CHARACTER}]++|\.++(?=[{_CHARACTER}]))*+"  # dots, but none at the end
_PREFIX = rf"[{_LETTER}]{_DOTTED}"
_LOCAL = rf"(?:[{_LETTER}_:0-9]|{_ESCAPED})"
_LOCAL += rf"(?:[{_CHARACTER}:]++|{_ESCAPED}|\.++(?=[{_CHARACTER}:]|{_ESCAPED}))*+"

_TERMINALS: Final = {
    "space": r"[ \t\r\n]+",
    "comment": r"\#[^\r\n]*",
    "iri": r"<[^\x00-\x20<>\"{}|^`\\]*>",
    "variable": rf"[?$][{_VARIABLE_CHARACTER}]+",
    "language": r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*",
    "blank": rf"_:[{_LETTER}_0-9]{_DOTTED}",
    "name": rf"(?:{_PREFIX})?:(?:{_LOCAL})?",
    "number": r"(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+",
    "word": r"[A-Za-z_][A-Za-z_0-9]*",
    "mark": r"\^\^|&&|\|\||!=|<=|>=|.",
}


def _one_of(terminals: dict[str, str]) -> re.Pattern[str]:
    patterns = (f"(?P<{kind}>{pattern})" for kind, pattern in terminals.items())
    return re.compile("|".join(patterns), re.DOTALL)


_TOKEN: Final = _one_of(_TERMINALS)
#: The same where no name can begin, for the run of characters that it would begin with has no end.
_NO_NAME: Final = _one_of({kind: _TERMINALS[kind] for kind in _TERMINALS if kind != "name"})
_RUN: Final = re.compile(rf"[{_LETTER}][{_CHARACTER}.]*")

_BETWEEN: Final = f"{_TERMINALS['space']}|{_TERMINALS['comment']}"
_DECLARING: Final = r"(?ai:PREFIX|BASE)(?![A-Za-z_0-9])"
#: What stands before the form of a query; the same as token by token, in a tenth of the time.
_PROLOGUE: Final = re.compile(
    rf"(?:{_BETWEEN})*+(?:(?!{_TERMINALS['name']}){_DECLARING}"
    rf"(?:{_BETWEEN}|{_TERMINALS['iri']}|{_TERMINALS['name']}|{_DECLARING})*+)?"
)

#: A string by how it begins, which is also how it ends, up to there; the longer first.
_STRINGS: Final = {
    "'''": re.compile(r"'''(?:'{0,2}(?:[^'\\]|\\.))*", re.DOTALL),
    '"""': re.compile(r'"""(?:"{0,2}(?:[^"\\]|\\.))*', re.DOTALL),
    "'": re.compile(r"'(?:[^'\\\n\r]|\\.)*", re.DOTALL),
    '"': re.compile(r'"(?:[^"\\\n\r]|\\.)*', re.DOTALL),
}

#: Characters that are read in some milliseconds, whatever they are.
SHORT: Final = 1 << 13
#: What is read of so many queries that are short is remembered: most are asked again, each step on
#: the way of a query reads it, and this many take some mebibytes.
_REMEMBERED: Final = 500

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


def tokens(text: str, place: int = 0) -> Iterator[Token]:
    """Yield the tokens of a query from a place on, without white space and comments."""
    nameless = 0
    endless: dict[str, int] = {}
    while place < len(text):
        match = (_TOKEN if place >= nameless else _NO_NAME).match(text, place)
        if match is None:  # the last terminal is any character
            return
        kind, end = match.lastgroup or "mark", match.end()
        if kind == "mark" and text[place] in "'\"":
            closed = _end_of_string(text, place, endless)
            kind, end = ("mark", end) if closed is None else ("string", closed)
        elif kind in ("word", "mark") and place >= nameless and _goes_on(text, place, end):
            run = _RUN.match(text, place)
            nameless = run.end() if run else nameless
        if kind not in ("space", "comment"):
            yield Token(kind, text[place:end], place)
        place = end


def _goes_on(text: str, place: int, end: int) -> bool:
    """Whether a token may be the begin of a longer run that a name could have begun with."""
    return text[place] > "\x7f" or text[end : end + 1] in ("-", ".") or text[end : end + 1] > "\x7f"


def _end_of_string(text: str, place: int, endless: dict[str, int]) -> int | None:
    """Return where the string ends that begins at a quotation mark, or None where none does.

    Args:
        text: the query.
        place: of the mark.
        endless: up to where no string ends that begins so, by how it begins; what is found is
            noted here. All such marks up to there are escaped, seen from the first, and so seen
            from each other.
    """
    for mark, up_to in _STRINGS.items():
        if text.startswith(mark, place) and place >= endless.get(mark, 0):
            inner = up_to.match(text, place)
            end = inner.end() if inner else place
            if text.startswith(mark, end):
                return end + len(mark)
            endless[mark] = end
    return None


#: Comments before the first word, which are comments in every reading.
HEADER: Final = re.compile(r"(?:\s*#[^\r\n]*[\r\n])*")


def without_header(text: str) -> str:
    """Return a query without the comments before its first word; its words stay in their lines."""
    header = HEADER.match(text)
    end = header.end() if header else 0
    return "\n" * text.count("\n", 0, end) + text[end:] if end else text


def position(text: str, index: int) -> tuple[int, int]:
    """Return the line and column, both from 1, of the character at an index of the text."""
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def remembered(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """Have what is read of a query remembered, where that is short; an error is raised anew."""
    known = lru_cache(_REMEMBERED)(read)

    @wraps(read)
    def reading(text: str) -> Read:
        return known(text) if len(text) <= SHORT else read(text)

    return reading


def query_form(text: str) -> QueryForm:
    """Return the form of a query, read off the keyword that follows its prologue.

    Each step on the way of a query asks for it, and a prologue may be long; so it is remembered.

    Raises:
        UpdateRefusedError: it is an update.
        QuerySyntaxError: it is neither a query nor an update.
    """
    return _form_of_short(text) if len(text) <= SHORT else _form_of_long(text)


def _read_form(text: str) -> QueryForm:
    prologue = _PROLOGUE.match(text)
    for token in tokens(text, prologue.end() if prologue else 0):
        if token.keyword in QueryForm.__members__:
            return QueryForm(token.keyword)
        if token.keyword in _UPDATES:
            raise UpdateRefusedError(
                f"{token.keyword} is an update; this endpoint only answers queries"
            )
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


_form_of_short = lru_cache(_REMEMBERED)(_read_form)
_form_of_long = lru_cache(maxsize=16)(_read_form)


async def beside(read: Callable[[str], Read], text: str) -> Read:
    """Read a query, in a thread where it is so long that others would wait for it.

    What a service has given may make a query of megabytes.
    """
    return await asyncio.to_thread(read, text) if len(text) > SHORT else read(text)
