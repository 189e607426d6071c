# SPDX-License-Identifier: EUPL-1.2
"""What Prometheus reads of a real server."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from guidance_graph import __version__
from guidance_graph.app import create_app
from guidance_graph.build.release import Release
from guidance_graph.protocol.record import Outcome
from guidance_graph.terms.settings import Settings
from tests.serving import LONG, RUNAWAY, serving

#: The name of a series and its labels.
Series = tuple[str, frozenset[tuple[str, str]]]


@pytest.fixture(scope="module")
def settings(root: Path, example_release: Release) -> Settings:
    return Settings(
        root=root,
        releases=example_release.path.parent,
        workers=2,
        query_timeout=120,
        queue_wait=120,
        result_size=1,
        cache_size=3,
    )


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[httpx.Client]:
    """A client of a server that nobody else asks."""
    with serving(settings) as base, httpx.Client(base_url=base, timeout=120) as http:
        yield http


def read(text: str) -> dict[Series, float]:
    return {
        (sample.name.removeprefix("guidance_graph_"), frozenset(sample.labels.items())): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(client: httpx.Client) -> dict[Series, float]:
    response = client.get("/metrics")
    assert response.status_code == 200
    return read(response.text)


def series(name: str, **labels: str) -> Series:
    return name, frozenset(labels.items())


def grown(client: httpx.Client, before: Mapping[Series, float], *expected: Series) -> set[Series]:
    """Which of some series have grown by 1; those of a request that is not counted yet may come."""
    deadline = time.monotonic() + 30
    while True:
        after = scrape(client)
        found = {each for each in expected if after.get(each, 0) == before.get(each, 0) + 1}
        if found == set(expected) or time.monotonic() > deadline:
            return found
        time.sleep(0.02)


def test_every_query_is_counted_by_how_it_ended(server: httpx.Client) -> None:
    def ask(query: str, headers: dict[str, str] | None = None, **more: str) -> httpx.Response:
        return server.get("/sparql", params={"query": query, **more}, headers=headers)

    def broken_off() -> None:
        with pytest.raises(httpx.RemoteProtocolError):
            ask(LONG)

    def left() -> None:
        with pytest.raises(httpx.ReadTimeout):
            server.get("/sparql", params={"query": RUNAWAY}, timeout=0.3)

    ask_all = "SELECT * { ?s ?p ?o } LIMIT 7"
    tag = ask(ask_all + " OFFSET 1").headers["etag"]
    for outcome, act in (
        (Outcome.ANSWERED, lambda: ask(ask_all)),
        (Outcome.CACHED, lambda: ask(ask_all)),
        (Outcome.NOT_MODIFIED, lambda: ask(ask_all + " OFFSET 1", {"if-none-match": tag})),
        (Outcome.SYNTAX, lambda: ask("SELECT")),
        (Outcome.REFUSED, lambda: server.post("/sparql", data={"update": "CLEAR ALL"})),
        (Outcome.INVALID, lambda: ask("ASK {}", timeout="soon")),
        (Outcome.TIMEOUT, lambda: ask(RUNAWAY, timeout="0.3")),
        (Outcome.BROKEN_OFF, broken_off),
        (Outcome.LEFT, left),
    ):
        before = scrape(server)
        act()
        expected = series("queries_total", outcome=outcome.value)
        assert grown(server, before, expected) == {expected}, outcome
        others = [series("queries_total", outcome=each.value) for each in Outcome]
        after = scrape(server)
        assert sum(after[each] for each in others) == sum(before[each] for each in others) + 1


def test_what_a_query_took_is_counted_once_and_not_again_from_memory(server: httpx.Client) -> None:
    before = scrape(server)
    for _ in range(3):
        assert len(server.get("/sparql", params={"query": TWELVE}).json()["results"]) == 1
    taken = [
        series("query_seconds_count"),
        series("answer_rows_count"),
        series("cache_misses_total"),
    ]
    assert grown(server, before, *taken) == set(taken)
    after = scrape(server)
    assert after[series("answer_rows_sum")] == before[series("answer_rows_sum")] + 12
    assert after[series("answer_bytes_sum")] > before[series("answer_bytes_sum")] + 12
    assert after[series("cache_hits_total")] == before[series("cache_hits_total")] + 2


TWELVE = "SELECT ?p { ?s ?p ?o } LIMIT 12"


def test_no_client_makes_up_a_label(server: httpx.Client) -> None:
    for path in ("/secret-1", "/secret-2", "/sparql/secret-3", "/graph/secret-4", "/queries/a/b-5"):
        server.get(path)
    for method in ("PROPFIND", "MKCOL"):
        server.request(method, "/secret-6")
    server.options("/", headers={"origin": "http://e", "access-control-request-method": "GET"})
    server.get("/", headers={"x-secret": "secret-7", "referer": "http://e/secret-8"})
    text = server.get("/metrics").text
    assert "secret" not in text
    found = read(text)
    assert found[series("http_requests_total", route="unmatched", method="GET", status="404")] == 3
    assert (
        found[series("http_requests_total", route="unmatched", method="other", status="404")] == 2
    )
    assert found[series("http_requests_total", route="preflight", method="OPTIONS", status="200")]
    route = "/queries/{topic}/{question}"
    assert found[series("http_requests_total", route=route, method="GET", status="404")] == 1


def test_nothing_of_a_query_is_in_the_metrics(server: httpx.Client) -> None:
    server.get("/sparql", params={"query": "SELECT ('s3cret' AS ?x) {}"})
    server.get("/queries/terms/echo", params={"text": "s3cret"})
    text = server.get("/metrics").text
    assert 'route="/sparql"' in text
    assert "s3cret" not in text
    assert "127.0.0.1" not in text


def test_the_state_is_read_when_it_is_asked_for(
    server: httpx.Client, settings: Settings, example_release: Release
) -> None:
    server.get("/sparql", params={"query": "ASK {}"})
    found = scrape(server)
    assert found[series("workers")] >= 1
    assert found[series("ready")] == 1
    assert 0 < found[series("cache_bytes")] <= found[series("cache_limit_bytes")] == 3 << 20
    told = {"version": __version__, "digest": example_release.digest}
    assert found[series("release_info", **told)] == 1
    assert found[series("release_triples")] == example_release.manifest["triples"]
    measures = {dict(labels).get("measure") for name, labels in found if name == "memory_bytes"}
    assert len(measures) == 1
    for process in ("server", "workers"):
        memory = found[series("memory_bytes", process=process, measure=str(measures.copy().pop()))]
        assert 1 << 20 < memory < 1 << 36
    with contextlib.suppress(KeyError):  # only where the system has /proc
        assert found[series("process_start_time_seconds")] < time.time() + 60


def test_seconds_of_requests_come_by_route(server: httpx.Client) -> None:
    before = scrape(server)
    server.get("/health/live")
    count = series("http_request_seconds_count", route="/health/live")
    assert grown(server, before, count) == {count}
    after = scrape(server)
    assert after[series("http_request_seconds_bucket", route="/health/live", le="+Inf")] >= 1
    sent = series("http_response_bytes_total", route="/health/live")
    assert after[sent] - before.get(sent, 0) == len(b'{"status":"live"}')


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text; version=odd",
        "application/openmetrics-text",
    ],
)
def test_openmetrics_is_given_to_whoever_takes_it(server: httpx.Client, accept: str) -> None:
    response = server.get("/metrics", headers={"accept": accept})
    assert response.headers["content-type"].startswith("application/openmetrics-text; version=1.")
    assert response.headers["cache-control"] == "no-store"
    parsed = openmetrics.text_string_to_metric_families(response.text)  # type: ignore[no-untyped-call]
    families = {each.name: each for each in parsed}
    assert families["guidance_graph_release"].type == "info"
    assert families["guidance_graph_queries"].type == "counter"


def test_it_is_openmetrics_on_whichever_line_that_is_asked_for(server: httpx.Client) -> None:
    lines = [("accept", "text/plain;q=0.5"), ("accept", "application/openmetrics-text")]
    response = server.get("/metrics", headers=lines)
    assert response.headers["content-type"].startswith("application/openmetrics-text")


@pytest.mark.parametrize("accept", ["*/*", "text/plain; version=odd", "text/html"])
def test_everyone_else_gets_the_format_of_prometheus(server: httpx.Client, accept: str) -> None:
    response = server.get("/metrics", headers={"accept": accept})
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert read(response.text)
    assert server.head("/metrics").status_code == 200


def test_each_server_has_numbers_of_its_own(settings: Settings, server: httpx.Client) -> None:
    server.get("/health/live")
    with serving(settings) as other, httpx.Client(base_url=other) as client:
        count = series("http_request_seconds_count", route="/health/live")
        assert count in scrape(server)
        assert count not in scrape(client)
    create_app(settings)
    create_app(settings)
