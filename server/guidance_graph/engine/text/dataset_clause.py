# SPDX-License-Identifier: EUPL-1.2
"""The dataset that a query names by ``FROM`` and ``FROM NAMED``, taken out of its text.

An engine elsewhere may fetch what stands there. So the clauses are not passed on: the graphs they
name are told to it apart, as far as they are known (SPARQL 1.1 Protocol, section 2.1.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from guidance_graph.engine.text.prologue import Prologue
from guidance_graph.engine.text.service import decoded
from guidance_graph.engine.text.tokens import Token, position, tokens
from guidance_graph.terms.errors import QueryRefusedError, QuerySyntaxError

_LINE_ENDS: Final = frozenset("\r\n")


@dataclass(frozen=True)
class DatasetClause:
    """The graphs that make up the default graph, and those that ``GRAPH`` sees, by their IRIs."""

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether any graph is named, so that the dataset is no longer the engine's own."""
        return bool(self.default_graphs or self.named_graphs)


def take_dataset_clause(text: str) -> tuple[str, DatasetClause]:
    """Return a query without its dataset clauses, and what they say.

    The text keeps its length and its lines, so that errors in it have their place. A clause that
    does not parse stays, for the error that it makes.

    Raises:
        QueryRefusedError: other engines would read more clauses in it than there are.
        QuerySyntaxError: a clause names its graph by what is no plain IRI.
    """
    words = list(tokens(text))
    prologue = Prologue.of(words)
    if _clauses(words) != _clauses(list(tokens(decoded(text)))):
        raise QueryRefusedError("FROM is hidden in codepoint escapes; write it plainly")
    graphs: dict[bool, list[str]] = {False: [], True: []}
    characters = list(text)
    for index, word in enumerate(words):
        if word.keyword != "FROM":
            continue
        named = index + 1 < len(words) and words[index + 1].keyword == "NAMED"
        last = words[index + 1 + named : index + 2 + named]
        if not last or last[0].kind not in ("iri", "name"):
            if last and last[0].text == "<":
                line, column = position(text, last[0].start)
                raise QuerySyntaxError("expected an IRI, without escapes", line, column)
            continue
        graphs[named].append(prologue.iri(last[0]) or "")
        for place in range(word.start, last[0].start + len(last[0].text)):
            if characters[place] not in _LINE_ENDS:
                characters[place] = " "
    return "".join(characters), DatasetClause(tuple(graphs[False]), tuple(graphs[True]))


def _clauses(words: Sequence[Token]) -> int:
    return sum(word.keyword == "FROM" for word in words)
