# SPDX-License-Identifier: EUPL-1.2
"""Put a release into an engine elsewhere, and find out whether it arrived whole.

Each named graph is put in place of what has its name; graphs of an older release are removed. All
graphs as one become the default graph, or, in an engine whose default graph is what all its graphs
hold, a graph of their own that no query sees unless it is named. Then each graph is brought back
and compared. All of it can be done again at any time, with the same end.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from guidance_graph.build.oxigraph import GraphSummary, summary_by_value
from guidance_graph.build.release import QUADS, Release, is_as_made
from guidance_graph.engine.answer import Limits
from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.backend.graph_store import GraphStore
from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.remote import GRAPH_SIZES
from guidance_graph.terms.errors import BackendError, EngineError, ReleaseError
from guidance_graph.terms.namespaces import GRAPHS, METADATA, UNION

DEFAULT: Final = "default graph"
_PROBE: Final = GRAPHS + "probe"


@dataclass(frozen=True)
class Arrival:
    """What became of a graph.

    Attributes:
        graph: its IRI, or ``DEFAULT``.
        sent: triples that it has in the release.
        found: triples that it has in the engine, or None where it could not be looked at.
        state: ``whole``, or what is wrong.
    """

    graph: str
    sent: int
    found: int | None
    state: str = "whole"

    @property
    def whole(self) -> bool:
        """Whether the engine has the very graph."""
        return self.state == "whole"


def publish(
    release: Release,
    store: Backend,
    endpoint: Backend,
    limits: Limits,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Arrival]:
    """Put a release into an engine, and look at what arrived.

    Args:
        release: the release.
        store: where the engine takes graphs.
        endpoint: where it takes queries.
        limits: what a query of it may take.
        tell: is told what is being done.

    Returns:
        What became of each graph, also where something went wrong on the way.

    Raises:
        BackendError: the engine cannot be asked anything.
        ReleaseError: the release cannot be read.
    """
    with GraphStore(store) as graphs, BlockingEngine(endpoint, limits) as engine:
        publication = _Publication(graphs, engine, tell)
        named = read_graphs(release)
        union = b"".join(sorted({line for lines in named.values() for line in lines}))
        sent: dict[str | None, bytes] = {name: b"".join(lines) for name, lines in named.items()}
        sent[publication.place_of_union()] = union
        sent[METADATA] = sent.pop(
            METADATA
        )  # it says which release this is: last, when all is there
        graphs.delete(METADATA)
        failed = publication.send(sent)
        if not failed:
            publication.remove_others({name for name in sent if name is not None})
        return list(publication.compare(sent, failed))


def read_graphs(release: Release) -> dict[str, list[bytes]]:
    """Return the named graphs of a release, as lines of N-Triples.

    Raises:
        ReleaseError: the dump of the release cannot be read, or is no more what it was.
    """
    path = release.quads_path
    graphs: dict[str, list[bytes]] = {}
    try:
        if not is_as_made(release, QUADS):
            raise ReleaseError(f"{path} is damaged; build it anew: guidance-graph build")
        with path.open("rb") as dump:
            for line in dump:
                triple, graph, _ = line.rsplit(b" ", 2)
                graphs.setdefault(graph[1:-1].decode(), []).append(triple + b" .\n")
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{path} cannot be read: {error}") from error
    return graphs


class _Publication:
    """The steps of one publication."""

    def __init__(
        self, graphs: GraphStore, engine: BlockingEngine, tell: Callable[[str], None]
    ) -> None:
        self._graphs = graphs
        self._engine = engine
        self._tell = tell

    def place_of_union(self) -> str | None:
        """Return the graph for all graphs as one: None for the default graph, if it is one apart.

        A triple is put into a graph of its own for a moment, to see whether queries without
        ``GRAPH`` find it.
        """
        self._tell("Looking at the default graph")
        mark = f"<{uuid4().urn}>"
        self._graphs.put(_PROBE, f"{mark} {mark} {mark} .\n".encode())
        try:
            answer = json.loads(self._engine.query(f"ASK {{ {mark} ?p ?o }}").read())
        finally:
            self._graphs.delete(_PROBE)
        return UNION if answer["boolean"] else None

    def send(self, graphs: dict[str | None, bytes]) -> dict[str | None, str]:
        """Send the graphs, up to the first that fails; return which that was, and why."""
        for number, (name, triples) in enumerate(graphs.items(), start=1):
            self._tell(f"Sending graph {number} of {len(graphs)}: {_shown(name)}")
            try:
                self._graphs.put(name, triples)
            except BackendError as error:
                return {name: str(error)}
        return {}

    def remove_others(self, kept: Iterable[str]) -> None:
        """Remove the graphs of ours that this release does not have."""
        self._tell("Removing graphs of older releases")
        content = json.loads(self._engine.query(GRAPH_SIZES).read())
        names = {row["graph"]["value"] for row in content["results"]["bindings"]}
        for name in sorted(names - set(kept)):
            if name.startswith(GRAPHS):
                self._graphs.delete(name)

    def compare(
        self, graphs: dict[str | None, bytes], failed: dict[str | None, str]
    ) -> Iterator[Arrival]:
        """Yield for each graph whether the engine has it."""
        for number, (name, triples) in enumerate(graphs.items(), start=1):
            self._tell(f"Comparing graph {number} of {len(graphs)}: {_shown(name)}")
            ours = summary_by_value(triples, "application/n-triples")
            try:
                there = summary_by_value(*self._graphs.get(name))
            except (EngineError, ValueError) as error:
                yield Arrival(_shown(name), ours.triples, None, failed.get(name, str(error)))
                continue
            state = failed.get(name) or _difference(ours, there)
            yield Arrival(_shown(name), ours.triples, there.triples, state)


def _difference(ours: GraphSummary, there: GraphSummary) -> str:
    if ours == there:
        return "whole"
    if there.triples == 0:
        return "missing"
    return "other triples" if ours.triples == there.triples else "not whole"


def _shown(name: str | None) -> str:
    return DEFAULT if name is None else name
