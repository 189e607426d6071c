# SPDX-License-Identifier: EUPL-1.2
"""A query with all that its answer depends on, and who asks it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from guidance_graph.engine.formats import Format
from guidance_graph.engine.text.terms import Term
from guidance_graph.engine.text.volatile import is_volatile


@dataclass(frozen=True)
class Question:
    """What an engine is asked.

    Attributes:
        text: the query, in SPARQL 1.1.
        format: what the answer is to be written in; one of the formats of the query's form.
        default_graphs: IRIs of the graphs that make up the default graph, in place of those the
            query names.
        named_graphs: IRIs of the graphs that ``GRAPH`` sees; the default graph is then empty unless
            ``default_graphs`` says otherwise.
        bindings: values for variables of the query, by name.
        timeout: seconds; it shortens the engine's own limit and never lengthens it. A whole answer
            does not depend on it.
        client: who asks, as far as one client is told from another; empty for this program itself.
        trusted: whether the query was written by this project and not by the client.
    """

    text: str
    format: Format
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    bindings: Mapping[str, Term] = field(default_factory=dict)
    timeout: float | None = None
    client: str = ""
    trusted: bool = False

    @cached_property
    def volatile(self) -> bool:
        """Whether the same release may answer it in two ways."""
        return is_volatile(self.text, trusted=self.trusted)

    @cached_property
    def digest(self) -> str:
        """A name for all that its answer depends on, but for the release."""
        parts = (
            self.text,
            self.format.name,
            self.default_graphs,
            self.named_graphs,
            sorted((name, str(term)) for name, term in self.bindings.items()),
        )
        return hashlib.sha256(ascii(parts).encode()).hexdigest()
