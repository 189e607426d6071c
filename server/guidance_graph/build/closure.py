# SPDX-License-Identifier: EUPL-1.2
"""The OWL 2 RL closure of a graph: what follows from it, without what nobody asks for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from rdflib import BNode, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, XSD

from guidance_graph.build.consistency import Contradiction, contradictions
from guidance_graph.build.oxigraph import Triple
from guidance_graph.build.reasoning import by_reasonable
from guidance_graph.terms.namespaces import GRAPHS

INFERRED: Final = URIRef(GRAPHS + "inferred")

_STANDARDS: Final = tuple(str(space) for space in (RDF, RDFS, OWL, XSD))
_REFLEXIVE: Final = frozenset(
    (
        OWL.sameAs,
        OWL.equivalentClass,
        OWL.equivalentProperty,
        RDFS.subClassOf,
        RDFS.subPropertyOf,
    )
)
_EVERYTHING: Final = frozenset((OWL.Thing, RDFS.Resource))
_ANONYMOUS: Final = frozenset(
    (
        RDF.first,
        OWL.onProperty,
        OWL.intersectionOf,
        OWL.unionOf,
        OWL.complementOf,
        OWL.oneOf,
        OWL.members,
        OWL.inverseOf,
    )
)


@dataclass(frozen=True)
class Closure:
    """What follows from a graph, and what in it contradicts itself."""

    entailments: frozenset[Triple]
    contradictions: tuple[Contradiction, ...]


def close(
    asserted: Iterable[Triple],
    reasoner: Callable[[Iterable[Triple]], set[Triple]] = by_reasonable,
) -> Closure:
    """Reason over a graph.

    Args:
        asserted: ontology and data together.
        reasoner: one of those in ``reasoning``; a test holds that they give the same.
    """
    stated = set(asserted)
    known = reasoner(stated)
    return Closure(frozenset(worth_telling(known, stated)), tuple(contradictions(known, stated)))


def worth_telling(known: set[Triple], asserted: set[Triple]) -> set[Triple]:
    """The entailments that a release keeps.

    Dropped, since they say nothing, cannot be said in RDF, or mislead:

    - what is asserted already;
    - literals as subjects and blank nodes as predicates, which are no RDF 1.1;
    - triples about the terms of RDF, RDFS, OWL and XSD, the axioms of those languages;
    - that everything is an ``owl:Thing``, and is, subsumes or equals itself;
    - membership and subsumption of anonymous class expressions, and lists: nobody can name them,
      and each that matters is also told of the class that it defines;
    - derived domains and ranges: weaker than the asserted one, and easily taken for it.
    """
    anonymous = {s for s, p, _ in known if p in _ANONYMOUS and isinstance(s, BNode)}

    def kept(triple: Triple) -> bool:
        s, p, o = triple
        return not (
            isinstance(s, Literal)
            or not isinstance(p, URIRef)
            or (isinstance(s, URIRef) and str(s).startswith(_STANDARDS))
            or o in _EVERYTHING
            or (s == o and p in _REFLEXIVE)
            or s in anonymous
            or o in anonymous
            or p in (RDFS.domain, RDFS.range)
        )

    return {triple for triple in known - asserted if kept(triple)}
