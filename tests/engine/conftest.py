# SPDX-License-Identifier: EUPL-1.2
"""A small store with known content, and engines over it."""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from guidance_graph.engine.answer import Limits
from guidance_graph.engine.blocking import BlockingEngine

EXAMPLE = "http://example.org/"
LABEL = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
SIZE = ox.NamedNode(EXAMPLE + "size")
THINGS = 400

#: So long that no machine is too slow, so short that a test that hangs ends.
PATIENT = Limits(timeout=120, memory=512 << 20, queue=100, wait=120, heavy=0)


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 things with a label and a size: the even ones in graph ``a``, the odd ones in ``b``."""
    path = tmp_path_factory.mktemp("engine") / "store"
    store = ox.Store(str(path))
    for number in range(THINGS):
        thing = ox.NamedNode(f"{EXAMPLE}thing/{number}")
        graph = ox.NamedNode(f"{EXAMPLE}graph/{'ab'[number % 2]}")
        for predicate, value in (
            (LABEL, ox.Literal(f"thing {number}", language="en")),
            (SIZE, ox.Literal(number)),
        ):
            store.add(ox.Quad(thing, predicate, value, graph))
            store.add(ox.Quad(thing, predicate, value, ox.DefaultGraph()))
    store.flush()
    return path


@pytest.fixture(scope="session")
def engine(store_path: Path) -> Iterator[BlockingEngine]:
    """An engine with limits that no sound query reaches."""
    with BlockingEngine(store_path, PATIENT) as blocking:
        yield blocking
