# SPDX-License-Identifier: EUPL-1.2
"""What every client asks of the example, one query for each form, and what it must understand."""

from typing import Final

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDFS

MINISTRY: Final = URIRef("https://w3id.org/guidance-graph/id/fi/ministry")
GRAPH: Final = "https://w3id.org/guidance-graph/graph/data/finland/policy"
LABELS: Final = frozenset(
    (Literal("Ministry", "en"), Literal("Ministeriö", "fi"), Literal("Ministerie", "nl"))
)
TRIPLES: Final = frozenset((MINISTRY, RDFS.label, label) for label in LABELS)

SELECT: Final = f"SELECT ?label WHERE {{ {MINISTRY.n3()} {RDFS.label.n3()} ?label }}"
ASK: Final = f"ASK {{ {MINISTRY.n3()} {RDFS.label.n3()} 'Ministeriö'@fi }}"
ASK_FALSE: Final = f"ASK {{ {MINISTRY.n3()} {RDFS.label.n3()} 'Ministeriö'@sv }}"
CONSTRUCT: Final = (
    f"CONSTRUCT {{ ?s {RDFS.label.n3()} ?o }} WHERE"
    f" {{ ?s {RDFS.label.n3()} ?o FILTER(?s = {MINISTRY.n3()}) }}"
)
DESCRIBE: Final = f"DESCRIBE {MINISTRY.n3()}"
IN_GRAPH: Final = (
    f"SELECT ?label WHERE {{ GRAPH <{GRAPH}> {{ {MINISTRY.n3()} {RDFS.label.n3()} ?label }} }}"
)


def longer(query: str, size: int = 5000) -> str:
    """The same query with a comment that makes it so many characters longer.

    Clients that send a short query by GET send such a one by POST.
    """
    return f"{query}\n#{'x' * size}"


def service(endpoint: str) -> str:
    """The same query, asked of an endpoint by another one."""
    where = f"{MINISTRY.n3()} {RDFS.label.n3()} ?label"
    return f"SELECT ?label WHERE {{ SERVICE <{endpoint}> {{ {where} }} }}"


def holds_labels(graph: Graph) -> bool:
    """Whether a description or a graph has the labels, with their languages."""
    return set(graph) >= TRIPLES
