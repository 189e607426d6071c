# SPDX-License-Identifier: EUPL-1.2
"""The form to ask one's own query, filled in."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final

from guidance_graph.engine.formats import (
    GRAPH_FORMATS,
    SOLUTION_FORMATS,
    QueryForm,
    format_named,
)
from guidance_graph.engine.text.tokens import query_form
from guidance_graph.terms.errors import QueryError
from guidance_graph.terms.namespaces import PREFIXES

#: What stands in the form before anybody has written in it.
FIRST_QUERY: Final = f"""\
PREFIX gg: <{PREFIXES["gg"]}>
PREFIX skos: <{PREFIXES["skos"]}>

SELECT ?class (COUNT(?thing) AS ?things)
WHERE {{
  ?thing a ?class .
  FILTER(STRSTARTS(STR(?class), STR(gg:)))
}}
GROUP BY ?class
ORDER BY DESC(?things)
"""


@dataclass(frozen=True)
class Form:
    """What stands in the form.

    Attributes:
        query: the text of the query.
        format: the format that is asked for, by any of its names; empty for the one that fits.
        others: further parameters of the SPARQL 1.1 Protocol, each with a field.
        formats: titles by value, for each kind of query.
    """

    query: str
    format: str = ""
    others: tuple[tuple[str, str], ...] = ()

    formats: ClassVar = {
        "SELECT and ASK": {each.name: each.title for each in SOLUTION_FORMATS},
        "CONSTRUCT and DESCRIBE": {each.media_type: each.title for each in GRAPH_FORMATS},
    }

    @cached_property
    def chosen(self) -> str:
        """The value of the format that is asked for; as it was given, where that is none here."""
        kinds = [QueryForm.SELECT, QueryForm.CONSTRUCT]
        if self._gives_graph():
            kinds.reverse()
        for kind in kinds:
            if (found := format_named(self.format, kind)) is not None:
                return found.media_type if kind.gives_graph else found.name
        return self.format

    @property
    def is_listed(self) -> bool:
        """Whether what is chosen is among the formats, or nothing is."""
        return not self.chosen or any(self.chosen in each for each in self.formats.values())

    def _gives_graph(self) -> bool:
        """Whether the query asks for a graph, as far as it can be told of a broken one."""
        try:
            return query_form(self.query).gives_graph
        except QueryError:
            return False
