# SPDX-License-Identifier: EUPL-1.2
"""Contradictions: the rules of OWL 2 RL that end in *false*, over a closed graph.

owlrl reports these as text for some of the rules; here each names the resource and what excludes
what, whichever reasoner closed the graph. A test holds the two against each other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from rdflib import Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, XSD

from guidance_graph.build.naming import curie
from guidance_graph.build.oxigraph import Object, Subject, Triple

#: Each datatype and the one that it is derived from, as far as numbers go.
_DERIVED: Final = {
    XSD.integer: XSD.decimal,
    XSD.nonNegativeInteger: XSD.integer,
    XSD.nonPositiveInteger: XSD.integer,
    XSD.positiveInteger: XSD.nonNegativeInteger,
    XSD.negativeInteger: XSD.nonPositiveInteger,
    XSD.long: XSD.integer,
    XSD.int: XSD.long,
    XSD.short: XSD.int,
    XSD.byte: XSD.short,
}


@dataclass(frozen=True, order=True)
class Contradiction:
    """A resource, and what the graph says of it that cannot be true: "is a …, and a …"."""

    resource: Subject
    said: str


def contradictions(known: set[Triple], asserted: set[Triple]) -> list[Contradiction]:
    """Every contradiction in a closed graph, sorted.

    Args:
        known: all triples, asserted and entailed, anonymous classes included.
        asserted: those that were asserted; two resources may be the same only if these say so.
    """
    facts = _Facts(known, asserted)
    found = {contradiction for rule in _RULES for contradiction in rule(facts)}
    return sorted(found, key=lambda each: (str(each.resource), each.said))


class _Facts:
    """A closed graph, indexed by property."""

    def __init__(self, known: set[Triple], asserted: set[Triple]) -> None:
        self.known = known
        self.asserted = asserted
        self.pairs: dict[URIRef, list[tuple[Subject, Object]]] = defaultdict(list)
        self.members: dict[Object, set[Subject]] = defaultdict(set)
        self.firsts: dict[Object, Object] = {s: o for s, p, o in asserted if p == RDF.first}
        self.rests: dict[Object, Object] = {s: o for s, p, o in asserted if p == RDF.rest}
        for s, p, o in known:
            self.pairs[p].append((s, o))
            if p == RDF.type:
                self.members[o].add(s)

    def of(self, subject: Object, predicate: URIRef) -> list[Object]:
        return [o for s, o in self.pairs[predicate] if s == subject]

    def items(self, head: Object) -> list[Object]:
        """A list as it was asserted: sameAs puts what equals a member beside it."""
        members: list[Object] = []
        while head in self.rests:
            members.append(self.firsts[head])
            head = self.rests[head]
        return members

    def lists(self, kind: URIRef, *predicates: URIRef) -> Iterator[list[Object]]:
        for axiom in self.members[kind]:
            for predicate in predicates:
                for head in self.of(axiom, predicate):
                    yield self.items(head)

    def said_same(self, one: Object, other: Object) -> bool:
        return not {(one, OWL.sameAs, other), (other, OWL.sameAs, one)}.isdisjoint(self.asserted)


def _against(resource: Object, said: str) -> Contradiction:
    return Contradiction(resource, said)  # type: ignore[arg-type]  # no literal is a subject here


def _disjoint_classes(facts: _Facts) -> Iterator[Contradiction]:
    """Rules cax-dw, cax-adc and cls-com."""
    pairs = [*facts.pairs[OWL.disjointWith], *facts.pairs[OWL.complementOf]]
    for group in facts.lists(OWL.AllDisjointClasses, OWL.members):
        pairs += combinations(group, 2)  # type: ignore[arg-type]
    for one, other in {tuple(sorted(pair)) for pair in pairs}:
        for resource in facts.members[one] & facts.members[other]:
            classes = " and a ".join(sorted((curie(one), curie(other))))
            yield _against(resource, f"is a {classes}, and nothing can be both")


def _nothing(facts: _Facts) -> Iterator[Contradiction]:
    """Rule cls-nothing2."""
    for resource in facts.members[OWL.Nothing]:
        yield _against(resource, "is an owl:Nothing, the class that has no member")


def _differing(facts: _Facts) -> Iterator[Contradiction]:
    """Rules eq-diff1, eq-diff2 and eq-diff3."""
    pairs: list[tuple[Object, Object]] = [
        (s, o) for s, p, o in facts.asserted if p == OWL.differentFrom
    ]
    for group in facts.lists(OWL.AllDifferent, OWL.members, OWL.distinctMembers):
        pairs += combinations(group, 2)
    for one, other in {tuple(sorted(pair)) for pair in pairs}:
        if one == other or (one, OWL.sameAs, other) in facts.known:
            yield _against(one, f"is the same as {curie(other)}, and differs from it")


def _reflexive(facts: _Facts) -> Iterator[Contradiction]:
    """Rules prp-irp and prp-asyp."""
    for p in facts.members[OWL.IrreflexiveProperty]:
        for s, o in facts.pairs[p]:  # type: ignore[index]
            if s == o:
                yield _against(s, f"has itself as its {curie(p)}, which is irreflexive")
    for p in facts.members[OWL.AsymmetricProperty]:
        for s, o in facts.pairs[p]:  # type: ignore[index]
            if (o, p, s) in facts.known:
                way = f"has {curie(o)} as its {curie(p)} and the other way round"
                yield _against(s, f"{way}; the property goes one way only")


def _disjoint_properties(facts: _Facts) -> Iterator[Contradiction]:
    """Rules prp-pdw and prp-adp."""
    pairs = [*facts.pairs[OWL.propertyDisjointWith]]
    for group in facts.lists(OWL.AllDisjointProperties, OWL.members):
        pairs += combinations(group, 2)  # type: ignore[arg-type]
    for one, other in pairs:
        for s, o in facts.pairs[one]:  # type: ignore[index]
            if (s, other, o) in facts.known:
                both = f"{curie(one)} and {curie(other)}"
                yield _against(s, f"has {curie(o)} as its {both}, which exclude each other")


def _denied(facts: _Facts) -> Iterator[Contradiction]:
    """Rules prp-npa1 and prp-npa2."""
    for axiom, subject in facts.pairs[OWL.sourceIndividual]:
        targets = facts.of(axiom, OWL.targetIndividual) + facts.of(axiom, OWL.targetValue)
        for p in facts.of(axiom, OWL.assertionProperty):
            for o in targets:
                if (subject, p, o) in facts.known:
                    yield _against(subject, f"has {curie(o)} as its {curie(p)}, and has not")


def _functional(facts: _Facts) -> Iterator[Contradiction]:
    """Where rule prp-fp makes one of two: this graph calls each thing by one name."""
    for p in facts.members[OWL.FunctionalProperty]:
        values: dict[Subject, set[Object]] = defaultdict(set)
        for s, o in facts.pairs[p]:  # type: ignore[index]
            values[s].add(o)
        for s, several in values.items():
            for one, other in combinations(sorted(several), 2):
                if not facts.said_same(one, other):
                    both = f"{curie(one)} and {curie(other)}"
                    yield _against(s, f"has {both} as its {curie(p)}; it can have but one")


def _inverse_functional(facts: _Facts) -> Iterator[Contradiction]:
    """Where rule prp-ifp makes one of two."""
    for p in facts.members[OWL.InverseFunctionalProperty]:
        owners: dict[Object, set[Subject]] = defaultdict(set)
        for s, o in facts.pairs[p]:  # type: ignore[index]
            owners[o].add(s)
        for o, several in owners.items():
            for one, other in combinations(sorted(several), 2):
                if not facts.said_same(one, other):
                    has = f"has {curie(o)} as its {curie(p)}, and so has {curie(other)}"
                    yield _against(one, f"{has}; only one thing can")


def _too_many(facts: _Facts) -> Iterator[Contradiction]:
    """Rules cls-maxc1, cls-maxqc1 and cls-maxqc2: a cardinality of zero."""
    limits = [*facts.pairs[OWL.maxCardinality], *facts.pairs[OWL.maxQualifiedCardinality]]
    for restriction, limit in limits:
        if not (isinstance(limit, Literal) and limit.value == 0):
            continue
        kinds = facts.of(restriction, OWL.onClass) or [OWL.Thing]
        for p in facts.of(restriction, OWL.onProperty):
            for s, o in facts.pairs[p]:  # type: ignore[index]
                counted = any(k == OWL.Thing or o in facts.members[k] for k in kinds)
                if counted and s in facts.members[restriction]:
                    yield _against(s, f"has {curie(o)} as its {curie(p)}, and may have none")


def _datatypes(facts: _Facts) -> Iterator[Contradiction]:
    """Rule dt-not-type: a literal that is none of its datatype, or not of that of its property."""
    ranges = {p: o for p, o in facts.pairs[RDFS.range] if str(o).startswith(str(XSD))}
    for s, p, o in facts.asserted:
        if not isinstance(o, Literal):
            continue
        if o.ill_typed:
            yield _against(s, f"has {curie(o)} as its {curie(p)}; that is no such value")
        datatype = XSD.string if o.datatype is None and o.language is None else o.datatype
        if p in ranges and ranges[p] not in _with_ancestors(datatype):
            said = f"has {curie(o)} as its {curie(p)}"
            yield _against(s, f"{said}, which takes a {curie(ranges[p])}")


def _with_ancestors(datatype: URIRef | None) -> list[URIRef]:
    found = []
    while datatype is not None:
        found.append(datatype)
        datatype = _DERIVED.get(datatype)
    return found


_RULES: Final[tuple[Callable[[_Facts], Iterable[Contradiction]], ...]] = (
    _disjoint_classes,
    _nothing,
    _differing,
    _reflexive,
    _disjoint_properties,
    _denied,
    _functional,
    _inverse_functional,
    _too_many,
    _datatypes,
)
