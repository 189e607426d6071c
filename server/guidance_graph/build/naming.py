# SPDX-License-Identifier: EUPL-1.2
"""Names for people: a resource by its short IRI and its label."""

from collections.abc import Iterable

from rdflib import BNode, Literal, URIRef
from rdflib.namespace import DCTERMS, RDFS, SKOS

from guidance_graph.build.oxigraph import Object, Triple
from guidance_graph.build.turtle import shorten, write_literal


def curie(node: Object) -> str:
    """``fi:ohjaamo``, or the whole IRI where no prefix is registered; literals as Turtle."""
    if isinstance(node, URIRef):
        short = shorten(str(node))
        return short.replace("\\", "") if short else f"<{node}>"
    return "a blank node" if isinstance(node, BNode) else write_literal(node, curie)


class Names:
    """The English labels of a graph, or what it has in their place."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        order = {RDFS.label: 0, SKOS.prefLabel: 1, DCTERMS.title: 2}
        self._labels: dict[Object, tuple[tuple[bool, int, str], str]] = {}
        for s, p, o in triples:
            if p in order and isinstance(o, Literal):
                candidate = ((o.language != "en", order[p], str(o)), str(o))
                self._labels[s] = min(self._labels.get(s, candidate), candidate)

    def label(self, node: Object) -> str | None:
        """The label, in English if there is one."""
        return self._labels[node][1] if node in self._labels else None

    def name(self, node: Object) -> str:
        """``fi:ohjaamo (One-Stop Guidance Centres)``."""
        label = self.label(node)
        return f"{curie(node)} ({label})" if label else curie(node)
