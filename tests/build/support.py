# SPDX-License-Identifier: EUPL-1.2
"""Turtle for tests, without its prefixes."""

from pathlib import Path

from guidance_graph.build.naming import curie
from guidance_graph.build.oxigraph import Triple, parse_turtle
from guidance_graph.terms.namespaces import PREFIXES

PROLOGUE = "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in PREFIXES.items())
PROLOGUE += "PREFIX : <http://example.org/>\n"


def triples(turtle: str, scope: str = "t") -> set[Triple]:
    """The triples of Turtle that uses the registered prefixes and ``:`` for examples."""
    return set(parse_turtle((PROLOGUE + turtle).encode(), scope))


def told(some: object) -> set[str]:
    """Triples as people write them: ``:a :p :b``."""
    lines = (" ".join(curie(term) for term in triple) for triple in some)  # type: ignore[attr-defined]
    return {line.replace("<http://example.org/", ":").replace(">", "") for line in lines}


def append(path: Path, turtle: str) -> int:
    """Add statements to a file; returns the number of the line at which they begin."""
    text = path.read_text()
    path.write_text(text + turtle)
    return text.count("\n") + 1
