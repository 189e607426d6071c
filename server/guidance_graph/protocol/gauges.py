# SPDX-License-Identifier: EUPL-1.2
"""What is read at every scrape: the engine, the answers in memory, the memory of processes."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, NamedTuple, Protocol

import psutil
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from guidance_graph import __version__
from guidance_graph.engine.cache import CachingEngine
from guidance_graph.engine.current import Release

#: In front of the name of every metric of ours.
PREFIX: Final = "guidance_graph"


class Workers(Protocol):
    """What is asked of the engine at every scrape; ``_READINGS`` says what it may have beside."""

    @property
    def release(self) -> Release | None:
        """The release that new queries are asked of; None before the start."""
        ...

    @property
    def processes(self) -> tuple[int, ...]:
        """The numbers of the processes that answer new queries."""
        ...


class _Reading(NamedTuple):
    """A metric that is read from the ``state`` of the engine.

    Attributes:
        family: what kind of metric it is.
        name: what it is called.
        says: what it means.
        attributes: of the state, by the lane they are of; by "" where they are of none.
    """

    family: type[GaugeMetricFamily] | type[CounterMetricFamily]
    name: str
    says: str
    attributes: Mapping[str, str]


#: Read where the engine has a ``state``, and this the attribute: one more line, one more metric.
_READINGS: Final = (
    _Reading(
        GaugeMetricFamily,
        "queries_running",
        "Queries that are running.",
        {"light": "light", "heavy": "heavy"},
    ),
    _Reading(
        GaugeMetricFamily,
        "queries_waiting",
        "Queries that wait for their turn.",
        {"light": "light_waiting", "heavy": "heavy_waiting"},
    ),
    _Reading(
        CounterMetricFamily,
        "queries_demoted",
        "Queries that made room for others and went on as heavy ones.",
        {"": "demoted"},
    ),
    _Reading(
        CounterMetricFamily,
        "workers_started",
        "Worker processes started, those in place of lost ones included.",
        {"": "started"},
    ),
)


class EngineCollector(Collector):
    """Reads the engine and the memory before it, at every scrape."""

    def __init__(self, engine: Workers, answers: CachingEngine) -> None:
        self._engine = engine
        self._answers = answers

    def describe(self) -> list[Metric]:
        """Say nothing beforehand, so that nothing is read when it is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read."""
        answers = self._answers
        yield _family(CounterMetricFamily, "cache_hits", "Answers given from memory.", answers.hits)
        yield _family(CounterMetricFamily, "cache_misses", "Answers not in memory.", answers.misses)
        yield _family(GaugeMetricFamily, "cache_bytes", "Bytes of answers in memory.", answers.size)
        workers = len(self._engine.processes)
        yield _family(GaugeMetricFamily, "workers", "Workers that live.", workers)
        state = getattr(self._engine, "state", None)
        for reading in _READINGS:
            if state is not None and all(map(partial(hasattr, state), reading.attributes.values())):
                yield _reading(reading, state)
        if (release := self._engine.release) is not None:
            told = {"version": __version__, "digest": str(release.manifest["digest"])}
            yield InfoMetricFamily(f"{PREFIX}_release", "What is served.", told)
            yield _family(
                GaugeMetricFamily,
                "release_triples",
                "Triples of the release, all graphs as one.",
                release.manifest["triples"],
            )


def _reading(reading: _Reading, state: object) -> Metric:
    """Return a metric with its values now."""
    labels = [name for name in ("lane",) if "" not in reading.attributes]
    family = reading.family(f"{PREFIX}_{reading.name}", reading.says, labels=labels)
    for lane, attribute in reading.attributes.items():
        family.add_metric([lane] if labels else [], getattr(state, attribute))
    return family


def _family(kind: Callable[..., Metric], name: str, says: str, value: float) -> Metric:
    return kind(f"{PREFIX}_{name}", says, value=value)


def memory() -> tuple[str, int, int]:
    """Return how memory was measured, and the bytes of this process and of all it has started."""
    server = psutil.Process()
    workers = server.children(recursive=True)
    shares = [_share(each) for each in (server, *workers)]
    if None not in shares:
        own, *theirs = (share or 0 for share in shares)
        return "pss", own, sum(theirs)
    own, *theirs = (_resident(each) for each in (server, *workers))
    return "rss", own, sum(theirs)


def _share(process: psutil.Process) -> int | None:
    """Return the bytes of a process, what it shares divided; 0 once it is gone, None if untold."""
    try:
        share: int | None = getattr(process.memory_full_info(), "pss", None)
    except psutil.NoSuchProcess:
        return 0
    except psutil.AccessDenied:
        return None
    return share


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0
