# SPDX-License-Identifier: EUPL-1.2
"""What a release says of itself: VoID, DCAT and service description, counted from its graphs.

It stands beside the hand-written ``data/dataset.ttl``, which says what cannot be counted (title,
publisher, licence, dates). There is no clock time in it: the same inputs give the same graph.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from rdflib import BNode, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, RDF, VOID, XSD

from guidance_graph import __version__
from guidance_graph.build.closure import INFERRED
from guidance_graph.build.oxigraph import Quad, Triple
from guidance_graph.terms import namespaces
from guidance_graph.terms.namespaces import BASE, DATASET, DUMPS, GRAPHS, PREFIXES

METADATA: Final = URIRef(namespaces.METADATA)
#: The forms of the whole dataset: suffix, media type, title.
DISTRIBUTIONS: Final = (
    ("jsonld", "application/ld+json", "JSON-LD, with named graphs"),
    ("nq", "application/n-quads", "N-Quads, with named graphs"),
    ("trig", "application/trig", "TriG, with named graphs"),
    ("ttl", "text/turtle", "Turtle, all graphs as one"),
)

#: What the data files say, without the ontology, the vocabularies and what the reasoner found.
STATED: Final = URIRef(f"{DATASET}/stated")

_DATA: Final = GRAPHS + "data/"
_SD: Final = Namespace(PREFIXES["sd"])
_DCAT_VERSION: Final = URIRef(PREFIXES["dcat"] + "version")  # of DCAT 3
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"
_IRI: Final = URIRef(DATASET)


def describe(quads: Iterable[Quad], identifier: str) -> set[Triple]:
    """The metadata of a dataset.

    Args:
        quads: every graph of it but this one, entailments included.
        identifier: what tells these from the quads of every other release, wherever they are.
    """
    named = set(quads)
    union = {(s, p, o) for s, p, o, _ in named}
    identified = (_IRI, DCTERMS.identifier, Literal(identifier))
    return {
        identified,
        *_dataset(union),
        *_partitions(_IRI, union),
        *_subsets(named),
        *_graphs(named),
        *_distributions(),
    }


def _dataset(triples: set[Triple]) -> Iterator[Triple]:
    classes = {o for _, p, o in triples if p == RDF.type}
    counts = {
        VOID.triples: len(triples),
        VOID.distinctSubjects: len({s for s, _, _ in triples}),
        VOID.distinctObjects: len({o for _, _, o in triples}),
        VOID.properties: len({p for _, p, _ in triples}),
        VOID.classes: len(classes),
    }
    yield _IRI, RDF.type, DCAT.Dataset
    yield _IRI, RDF.type, VOID.Dataset
    yield _IRI, RDF.type, _SD.Dataset
    yield _IRI, _DCAT_VERSION, Literal(__version__)
    yield _IRI, VOID.uriSpace, Literal(BASE)
    for name in sorted({str(p) for _, p, _ in triples} | {str(c) for c in classes}):
        space = max((s for s in PREFIXES.values() if name.startswith(s)), key=len, default=None)
        if space:
            yield _IRI, VOID.vocabulary, URIRef(space)
    for predicate, count in counts.items():
        yield _IRI, predicate, _count(count)


def _subsets(quads: set[Quad]) -> Iterator[Triple]:
    """What is stated and what the reasoner found, told apart and counted."""
    stated = {(s, p, o) for s, p, o, graph in quads if graph.startswith(_DATA)}
    yield STATED, RDF.type, VOID.Dataset
    yield STATED, DCTERMS.title, Literal("Guidance graph: what the data files state", lang="en")
    yield STATED, VOID.triples, _count(len(stated))
    yield from _partitions(STATED, stated)
    yield from _partitions(INFERRED, {(s, p, o) for s, p, o, graph in quads if graph == INFERRED})
    for subset in (STATED, INFERRED):
        yield _IRI, VOID.subset, subset


def _partitions(dataset: URIRef, triples: set[Triple]) -> Iterator[Triple]:
    """How often each class and each property is used in a dataset."""
    classes = Counter(o for _, p, o in triples if p == RDF.type and isinstance(o, URIRef))
    for kind, entities in classes.items():
        node = _node(dataset, VOID.classPartition, kind)
        yield dataset, VOID.classPartition, node
        yield node, VOID["class"], kind
        yield node, VOID.entities, _count(entities)
    for predicate, uses in Counter(p for _, p, _ in triples).items():
        node = _node(dataset, VOID.propertyPartition, predicate)
        yield dataset, VOID.propertyPartition, node
        yield node, VOID.property, predicate
        yield node, VOID.triples, _count(uses)


def _graphs(quads: set[Quad]) -> Iterator[Triple]:
    """Each named graph with its size; the file that it was read from is in its name."""
    for graph, size in Counter(graph for _, _, _, graph in quads).items():
        node = _node(_SD.namedGraph, graph)
        yield _IRI, _SD.namedGraph, node
        yield node, RDF.type, _SD.NamedGraph
        yield node, _SD.name, graph
        yield node, _SD.graph, graph
        yield graph, RDF.type, _SD.Graph
        yield graph, RDF.type, VOID.Dataset
        yield graph, VOID.triples, _count(size)
        yield graph, DCTERMS.isPartOf, _IRI


def _distributions() -> Iterator[Triple]:
    for suffix, media_type, title in DISTRIBUTIONS:
        node = URIRef(f"{DATASET}/{suffix}")
        url = URIRef(f"{DUMPS}guidance-graph.{suffix}")
        yield _IRI, DCAT.distribution, node
        yield _IRI, VOID.dataDump, url
        yield node, RDF.type, DCAT.Distribution
        yield node, DCTERMS.title, Literal(title, lang="en")
        yield node, DCAT.mediaType, URIRef(_MEDIA_TYPES + media_type)
        yield node, DCAT.accessURL, url
        yield node, DCAT.downloadURL, url


def _node(*parts: str) -> BNode:
    """A blank node of its own for these parts."""
    return BNode(hashlib.sha256(" ".join(parts).encode()).hexdigest())


def _count(number: int) -> Literal:
    return Literal(str(number), datatype=XSD.integer)
