# SPDX-License-Identifier: EUPL-1.2
"""The dataset as CSV tables, one a class of ours, for people who want a spreadsheet."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS

from guidance_graph.build.oxigraph import Object, Subject, Triple
from guidance_graph.terms.namespaces import SEGMENTS, TERMS, THINGS

COLUMNS: Final = ("iri", "label_en", "label_nl", "type", "system", "sources")
_LABELS: Final = (RDFS.label, SKOS.prefLabel, DCTERMS.title)


def tables(triples: Iterable[Triple]) -> dict[str, str]:
    """A CSV text for each class of our ontology that has members with an IRI, by its name.

    The name is that of the class in kebab-case (``qualification-requirement``). A row is a member,
    inferred ones included; ``type`` names its most specific classes and ``sources`` the locators
    of the segments it cites, both separated by spaces.
    """
    said: dict[Subject, dict[URIRef, set[Object]]] = defaultdict(lambda: defaultdict(set))
    for s, p, o in triples:
        said[s][p].add(o)
    members: dict[URIRef, list[URIRef]] = defaultdict(list)
    for node, properties in said.items():
        for kind in properties[RDF.type]:
            if isinstance(node, URIRef) and isinstance(kind, URIRef) and kind.startswith(TERMS):
                members[kind].append(node)
    above = {
        kind: said[kind][RDFS.subClassOf] | said[kind][OWL.equivalentClass] for kind in members
    }
    return {
        _kebab(kind.removeprefix(TERMS)): _table(sorted(members[kind]), said, above)
        for kind in sorted(members)
    }


def _table(
    nodes: list[URIRef],
    said: dict[Subject, dict[URIRef, set[Object]]],
    above: dict[URIRef, set[Object]],
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for node in nodes:
        kinds = {kind for kind in above if kind in said[node][RDF.type]}
        lowest = {kind for kind in kinds if not any(kind in above[other] for other in kinds)}
        system = node.removeprefix(THINGS).split("/")[0] if node.startswith(THINGS) else ""
        writer.writerow(
            (
                node,
                _label(said[node], "en"),
                _label(said[node], "nl"),
                " ".join(sorted(kind.removeprefix(TERMS) for kind in lowest or kinds)),
                system,
                " ".join(sorted(s.removeprefix(SEGMENTS) for s in said[node][DCTERMS.source])),
            )
        )
    return text.getvalue()


def _label(properties: dict[URIRef, set[Object]], language: str) -> str:
    for predicate in _LABELS:
        texts = (o for o in properties[predicate] if isinstance(o, Literal))
        named = sorted(str(text) for text in texts if text.language == language)
        if named:
            return named[0]
    return ""


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
