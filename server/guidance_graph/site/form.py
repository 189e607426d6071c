# SPDX-License-Identifier: EUPL-1.2
"""The form to ask one's own query, filled in."""

from dataclasses import dataclass
from typing import ClassVar

from guidance_graph.engine.formats import GRAPH_FORMATS, SOLUTION_FORMATS


@dataclass(frozen=True)
class Form:
    """What stands in the form.

    Attributes:
        query: the text of the query.
        format: the value of the format that is chosen; another chooses the one that fits.
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
