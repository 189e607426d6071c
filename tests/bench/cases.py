# SPDX-License-Identifier: EUPL-1.2
"""What is asked: every question of the library, as its golden answer has it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from guidance_graph.engine.formats import JSON, N_TRIPLES
from guidance_graph.engine.text.bindings import bind
from guidance_graph.library.library import Library, LibraryQuery

#: A question with this parameter is also asked of one country: its answer has then one size,
#: however many countries there are.
_SYSTEM: Final = "system"
_COUNTRY: Final = "fi"
#: The tag of questions whose answer is counts.
_COUNTS: Final = "counts"
#: What counts while it is asked, and does not read what was counted before.
_COUNT: Final = "COUNT("


@dataclass(frozen=True)
class Case:
    """One query to be sent.

    Attributes:
        name: the name of the question; ``@parameter=value`` follows where one is given.
        text: the query, its parameters bound.
        graph: whether the answer is RDF.
        counts: whether the answer is counts of what the whole graph holds, made when it is asked.
    """

    name: str
    text: str
    graph: bool = False
    counts: bool = False

    @property
    def accept(self) -> str:
        """The media type to ask for."""
        return N_TRIPLES.media_type if self.graph else JSON.media_type


def library_cases(folder: Path) -> tuple[Case, ...]:
    """Return the whole library, parameters at their defaults and left free where they are optional.

    Args:
        folder: where the ``.rq`` files are.
    """
    return tuple(_case(query, {}) for query in Library.load(folder))


def country_cases(folder: Path) -> tuple[Case, ...]:
    """Return the questions that can be asked of one country, asked of Finland."""
    value = f"{_COUNTRY}:guidance-system"
    return tuple(
        _case(query, {_SYSTEM: value}, f"@{_SYSTEM}={_COUNTRY}")
        for query in Library.load(folder)
        if any(parameter.name == _SYSTEM for parameter in query.parameters)
    )


def _case(query: LibraryQuery, given: dict[str, str], suffix: str = "") -> Case:
    return Case(
        query.name + suffix,
        bind(query.text, query.bindings(given)),
        query.form.gives_graph,
        counts=not given and _COUNTS in query.tags and _COUNT in query.text,
    )
