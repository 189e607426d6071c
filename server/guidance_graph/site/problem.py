# SPDX-License-Identifier: EUPL-1.2
"""The page of a problem: what is wrong and where, what to do, and the query to mend."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Self

from fastapi import Request

from guidance_graph.protocol.request import parameters
from guidance_graph.site.form import Form
from guidance_graph.site.templates import Pages
from guidance_graph.terms.errors import (
    QueryError,
    QueryMemoryError,
    ResultTooLargeError,
    UpdateRefusedError,
)

#: So many characters of a line are shown on either side of a place.
_AROUND: Final = 80
#: An IRI, a string, a word or a sign; what is open at the end of its line is a sign.
_WORD: Final = re.compile(
    r"""<[^<>"{}|^`\\\s]*>|(\"{3}|'{3}|["'])(?:\\.|(?!\1)[^\\])*\1|[\w:?$@-]+|\S|$"""
)


@dataclass(frozen=True)
class Words:
    """What is said of a problem of a kind, in English and Dutch: what it is, and what to do."""

    heading: str
    heading_nl: str
    advice: str
    advice_nl: str


_SYNTAX: Final = Words(
    "The query does not parse",
    "De query is niet te lezen",
    "Mend the first wrong place and run the query again.",
    "Herstel de eerste foute plek en voer de query opnieuw uit.",
)
_UPDATE: Final = Words(
    "Nothing is changed here",
    "Hier wordt niets gewijzigd",
    "Ask a query: SELECT, ASK, CONSTRUCT or DESCRIBE.",
    "Stel een vraag: SELECT, ASK, CONSTRUCT of DESCRIBE.",
)
_LIMIT: Final = Words(
    "The query reached a limit",
    "De query bereikte een grens",
    "Ask for less: with LIMIT, for fewer columns, or in another format.",
    "Vraag om minder: met LIMIT, om minder kolommen, of in een ander formaat.",
)
#: By status; one that is not listed is called by its own name.
_WORDS: Final = {
    HTTPStatus.BAD_REQUEST: Words(
        "There is a mistake in what is asked",
        "Er zit een fout in wat gevraagd wordt",
        "Change what is named here, and ask again.",
        "Verander wat hier genoemd is en vraag het opnieuw.",
    ),
    HTTPStatus.FORBIDDEN: Words(
        "This is not done here",
        "Dat wordt hier niet gedaan",
        "Leave that part out, and run the rest.",
        "Laat dat deel weg en voer de rest uit.",
    ),
    HTTPStatus.NOT_FOUND: Words(
        "This address leads nowhere",
        "Dit adres leidt nergens heen",
        "Look at the address again, or begin with the questions.",
        "Kijk het adres na, of begin bij de vragen.",
    ),
    HTTPStatus.NOT_ACCEPTABLE: Words(
        "This answer does not come in that format",
        "Dit antwoord is er niet in dat formaat",
        "Choose another format.",
        "Kies een ander formaat.",
    ),
    HTTPStatus.TOO_MANY_REQUESTS: Words(
        "Too many queries at once",
        "Te veel query's tegelijk",
        "Let the others end first.",
        "Laat eerst de andere aflopen.",
    ),
    HTTPStatus.BAD_GATEWAY: Words(
        "Another server gave no answer",
        "Een andere server gaf geen antwoord",
        "Try again later, or ask without that server.",
        "Probeer het later opnieuw, of vraag het zonder die server.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: Words(
        "There is no answer now",
        "Er is nu geen antwoord",
        "Try again later.",
        "Probeer het later opnieuw.",
    ),
    HTTPStatus.GATEWAY_TIMEOUT: Words(
        "The query took too long",
        "De query duurde te lang",
        "Ask for less: name a system or a class, or count in place of listing.",
        "Vraag om minder: noem een stelsel of een klasse, of tel in plaats van op te sommen.",
    ),
}


@dataclass(frozen=True)
class Place:
    """A place in a query: its line, with the word that stands there."""

    line: int
    before: str
    word: str
    after: str

    @classmethod
    def of(cls, query: str, line: int, column: int) -> Self | None:
        """Return the place at a line and column, both from 1; None where the query has no such."""
        lines = query.split("\n")
        if not (1 <= line <= len(lines) and column >= 1):
            return None
        text = lines[line - 1].rstrip()
        word = _WORD.search(text, column - 1)
        start, end = word.span() if word else (len(text), len(text))
        end = min(end, start + _AROUND)
        first, last = max(start - _AROUND, 0), end + _AROUND
        return cls(
            line,
            "…" * (first > 0) + text[first:start],
            text[start:end],
            text[end:last] + "…" * (last < len(text)),
        )


def problem_page(
    pages: Pages,
    request: Request,
    error: Exception,
    problem: Mapping[str, Any],
    wait: str | None,
) -> str:
    """Return the page of a problem.

    Args:
        pages: what renders it.
        request: what was asked.
        error: what was raised.
        problem: the members of the problem document.
        wait: seconds after which it may be tried again.
    """
    form = _form(request)
    status, phrase = problem["status"], problem["title"]
    words, place = _WORDS.get(status, Words(phrase, "", "", "")), None
    if "column" in problem:
        words = _SYNTAX
        place = form and Place.of(form.query, problem["line"], problem["column"])
    elif isinstance(error, UpdateRefusedError):
        words = _UPDATE
    elif isinstance(error, QueryMemoryError | ResultTooLargeError):
        words, wait = _LIMIT, None
    values = {"problem": problem, "words": words, "wait": wait, "form": form, "place": place}
    return pages.render("problem.html", values | {"back": _back(request, status)})


def _form(request: Request) -> Form | None:
    """Return the form as it was sent; None where no form with one query was."""
    if request.scope["path"] != "/sparql" or request.method == "POST":
        return None
    try:
        given = parameters(request)
    except QueryError:
        return None
    queries = [value for name, value in given if name == "query"]
    if len(queries) != 1:
        return None
    chosen = next((value for name, value in given if name == "format"), "")
    others = tuple(each for each in given if each[1] and each[0] not in ("query", "format"))
    return Form(queries[0], chosen, others)


def _back(request: Request, status: int) -> str:
    """Return the place of the start page that a request came from, as far as that is known."""
    question = request.scope.get("path_params", {})
    if status != HTTPStatus.NOT_FOUND and {"topic", "question"} <= question.keys():
        return "{topic}/{question}".format_map(question)
    return "ask" if request.scope["path"] == "/sparql" else "questions"
