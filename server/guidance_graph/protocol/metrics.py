# SPDX-License-Identifier: EUPL-1.2
"""``/metrics`` for Prometheus: what was asked and how it ended, and how the server is.

What happens is counted when a request has ended; what is, is read when it is asked for. No label
has a value that a client makes up, and none tells who asked or what.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder

from guidance_graph.engine.cache import CachingEngine
from guidance_graph.protocol.gauges import PREFIX, EngineCollector, Workers, memory
from guidance_graph.protocol.headers import header
from guidance_graph.protocol.record import Outcome, Record

_OPEN_METRICS: Final = "application/openmetrics-text"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ROWS: Final = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
_BYTES: Final = (1 << 10, 1 << 13, 1 << 16, 1 << 19, 1 << 22, 1 << 25, 1 << 28)
#: Seconds for which memory is not measured again, whoever asks.
_MEASURED_FOR: Final = 1.0


class Metrics:
    """The numbers of one server.

    Attributes:
        registry: all of them, for Prometheus.
    """

    def __init__(
        self,
        engine: Workers,
        answers: CachingEngine,
        cache_limit: int,
        ready: Callable[[], bool],
    ) -> None:
        """Take what is read at every scrape.

        Args:
            engine: what answers.
            answers: the memory before it.
            cache_limit: bytes that this memory may hold.
            ready: whether the server can answer.
        """
        self.registry = CollectorRegistry()
        own: dict[str, Any] = {"namespace": PREFIX, "registry": self.registry}
        self._requests = Counter("http_requests", "Requests.", ("route", "method", "status"), **own)
        self._counters: dict[tuple[str, str, str], tuple[Counter, Histogram, Counter]] = {}
        self._seconds = Histogram(
            "http_request_seconds",
            "Seconds from a request to the last byte of its response.",
            ("route",),
            buckets=_SECONDS,
            **own,
        )
        self._sent = Counter(
            "http_response_bytes", "Bytes of bodies, as they were sent.", ("route",), **own
        )
        queries = Counter("queries", "Queries, by how they ended.", ("outcome",), **own)
        self._ends = {outcome: queries.labels(outcome.value) for outcome in Outcome}
        self._engine_seconds = Histogram(
            "query_seconds",
            "Seconds in the engine of queries that were run and answered whole.",
            buckets=_SECONDS,
            **own,
        )
        self._rows = Histogram(
            "answer_rows", "Rows or triples of these answers.", buckets=_ROWS, **own
        )
        self._bytes = Histogram(
            "answer_bytes", "Bytes of these answers, not compressed.", buckets=_BYTES, **own
        )
        limit = Gauge("cache_limit_bytes", "Bytes that answers in memory may take.", **own)
        limit.set(cache_limit)
        Gauge("ready", "Whether the server can answer.", **own).set_function(ready)
        self.registry.register(EngineCollector(engine, answers))
        ProcessCollector(registry=self.registry)
        self._memory = Gauge(
            "memory_bytes",
            "Memory of the server and of its workers: their share of it (pss), where the system"
            " tells, else all they have (rss).",
            ("process", "measure"),
            **own,
        )
        self._measured = -_MEASURED_FOR
        self._measuring = asyncio.Lock()

    def count(self, record: Record) -> None:
        """Count a request that has ended."""
        key = record.route, record.verb, str(record.status or "none")
        counters = self._counters.get(key)
        if counters is None:  # looking them up by their labels each time would cost as much again
            counters = self._counters[key] = (
                self._requests.labels(*key),
                self._seconds.labels(key[0]),
                self._sent.labels(key[0]),
            )
        requests, seconds, sent = counters
        requests.inc()
        seconds.observe(record.seconds)
        sent.inc(record.size)
        outcome = record.outcome
        if outcome is None:
            return
        self._ends[outcome].inc()
        answer = record.answer
        cost = None if answer is None or answer.kept else answer.cost
        if cost is not None:
            self._engine_seconds.observe(cost.seconds)
            self._rows.observe(cost.rows)
            self._bytes.observe(cost.size)

    async def measure_memory(self) -> None:
        """Measure the memory of all processes, if that was not just done."""
        async with self._measuring:
            if time.monotonic() - self._measured < _MEASURED_FOR:
                return
            measure, server, workers = await asyncio.to_thread(memory)
            self._measured = time.monotonic()
            self._memory.clear()
            self._memory.labels("server", measure).set(server)
            self._memory.labels("workers", measure).set(workers)


def metrics_router(metrics: Metrics, bring: Callable[[], None]) -> APIRouter:
    """Return the route that Prometheus asks.

    Args:
        metrics: what is told.
        bring: has all counted that has ended.
    """
    router = APIRouter()

    @router.api_route("/metrics", methods=["GET", "HEAD"])
    async def scrape(request: Request) -> Response:
        """Answer in the format of OpenMetrics for whoever takes it, else in that of Prometheus."""
        # the version a client names is left out: the library compares it unread
        takes = _OPEN_METRICS in (header(request, b"accept") or "")
        encode, content_type = choose_encoder(_OPEN_METRICS if takes else "")
        await metrics.measure_memory()
        bring()
        headers = {"Content-Type": content_type, "Cache-Control": "no-store", "Vary": "Accept"}
        return Response(encode(metrics.registry), headers=headers)

    return router
