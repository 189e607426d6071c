# SPDX-License-Identifier: EUPL-1.2
"""The two reasoners: owlrl, the reference, and reasonable, which is fast.

The only module that knows either. Both take triples and give them back together with what the
rules of OWL 2 RL (https://www.w3.org/TR/owl2-profiles/, section 4.3) derive from them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

import owlrl
import reasonable
from owlrl.Closure import ERRNS
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS

from guidance_graph.build.oxigraph import Object, Subject, Triple

#: What the rules about the schema (``scm-*``, ``cls-oo``) act on, with all of ``owl:``.
_SCHEMA: Final = frozenset(
    (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, RDF.first, RDF.rest)
)
#: What ``reasonable`` has no rule for and nothing here makes up for.
_BEYOND: Final = frozenset((OWL.hasKey, OWL.maxCardinality, OWL.maxQualifiedCardinality))
_LITERAL: Final = "urn:x-literal:"


def by_owlrl(triples: Iterable[Triple]) -> set[Triple]:
    """Every triple that owlrl holds at its fixpoint; it takes a millisecond for each and more."""
    return run_owlrl(triples)[0]


def run_owlrl(triples: Iterable[Triple]) -> tuple[set[Triple], list[str]]:
    """The same, and what owlrl says against the graph: nothing if it finds no contradiction."""
    graph = _graph(triples)
    semantics = owlrl.OWLRL_Semantics(graph, axioms=False, daxioms=False)
    semantics.closure()
    messages = set(graph.subjects(RDF.type, ERRNS.ErrorMessage))
    known = {triple for triple in graph if triple[0] not in messages}
    return known, [str(message) for message in semantics.error_messages]  # type: ignore[return-value]


def _graph(triples: Iterable[Triple]) -> Graph:
    graph = Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph


def by_reasonable(triples: Iterable[Triple]) -> set[Triple]:
    """The same by reasonable, with what it lacks made up for.

    reasonable 0.4.4 has no property chains (``prp-spo2``), of the rules about the schema only the
    transitivity of classes, and neither ``owl:oneOf`` nor ``owl:hasKey`` nor maximal
    cardinalities. So owlrl closes the schema, which is small, before; chains are composed here
    until nothing new comes; and a graph that uses one of the last goes to owlrl as a whole.
    """
    asserted = set(triples)
    if any(predicate in _BEYOND for _, predicate, _ in asserted):
        return by_owlrl(asserted)
    schema = {t for t in asserted if t[1] in _SCHEMA or t[1].startswith(str(OWL))}
    known = asserted | by_owlrl(schema)
    chains = _chains(schema)
    literals = _Literals()
    reasoner = reasonable.PyReasoner()
    new = known
    while new:
        reasoner.from_graph([literals.hide(triple) for triple in new])
        known |= {literals.show(triple) for triple in reasoner.reason()}
        new = {triple for chain in chains for triple in chain.compose(known)} - known
    return known


class _Literals:
    """Literals as IRIs and back: a term that returns from Rust would be normalised by rdflib."""

    def __init__(self) -> None:
        self.names: dict[Literal, URIRef] = {}
        self.literals: dict[URIRef, Literal] = {}

    def hide(self, triple: Triple) -> tuple[Subject, URIRef, Subject]:
        s, p, o = triple
        return self._name(s), p, self._name(o)  # a literal is a subject where sameAs makes it one

    def show(self, triple: tuple[Subject, URIRef, Subject]) -> Triple:
        s, p, o = triple
        return self.literals.get(s, s), p, self.literals.get(o, o)  # type: ignore

    def _name(self, node: Object) -> Subject:
        if not isinstance(node, Literal):
            return node
        if node not in self.names:
            name = self.names[node] = URIRef(f"{_LITERAL}{len(self.names)}")
            self.literals[name] = node
        return self.names[node]


class _Chain:
    """A property chain axiom: the property, and the steps that imply it, some of them backwards."""

    def __init__(self, whole: URIRef, steps: list[tuple[URIRef, bool]]) -> None:
        self.whole = whole
        self.steps = steps

    def compose(self, triples: Iterable[Triple]) -> Iterator[Triple]:
        """Rule ``prp-spo2``, once over all triples."""
        wanted = {step for step, _ in self.steps}
        pairs: dict[URIRef, list[tuple[Object, Object]]] = defaultdict(list)
        for s, p, o in triples:
            if p in wanted:
                pairs[p].append((s, o))
        reached: dict[Object, set[Object]] | None = None
        for step, backwards in self.steps:
            follows: dict[Object, set[Object]] = defaultdict(set)
            for start, end in pairs[step]:
                follows[end if backwards else start].add(start if backwards else end)
            if reached is None:
                reached = follows
                continue
            reached = {
                first: set().union(*(follows[middle] for middle in middles if middle in follows))
                for first, middles in reached.items()
            }
        for first, lasts in (reached or {}).items():
            for last in lasts:
                yield first, self.whole, last  # type: ignore[misc]


def _chains(schema: set[Triple]) -> list[_Chain]:
    """Every property chain axiom of the schema."""
    graph = _graph(schema)

    def step(node: Object) -> tuple[URIRef, bool]:
        inverse = graph.value(node, OWL.inverseOf) if isinstance(node, BNode) else None
        return (inverse or node, inverse is not None)  # type: ignore[return-value]

    return [
        _Chain(whole, [step(node) for node in graph.items(head)])  # type: ignore[arg-type]
        for whole, head in graph.subject_objects(OWL.propertyChainAxiom)
    ]
