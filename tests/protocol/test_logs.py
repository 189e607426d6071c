# SPDX-License-Identifier: EUPL-1.2
"""What the line of a request says, and what no line says."""

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from guidance_graph.build.release import Release
from guidance_graph.protocol import logs
from guidance_graph.terms.settings import Settings
from tests.serving import LONG, RUNAWAY, serving

SECRET = "s3cret"
QUERY = f"SELECT ('{SECRET}' AS ?x) {{}}"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> "Lines":
    caplog.set_level(logging.INFO, logs.__name__)
    return Lines(caplog)


class Lines:
    """The lines of requests, as they come."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    def of(self, response: httpx.Response) -> dict[str, Any]:
        """The fields of the line of a response."""
        return self.first(request_id=response.headers["x-request-id"])

    def first(self, **fields: str) -> dict[str, Any]:
        """The first line with these fields, once it is there."""
        deadline = time.monotonic() + 30
        while True:
            for each in self.all():
                if fields.items() <= each.items():
                    return each
            assert time.monotonic() < deadline, "there is no line"
            time.sleep(0.01)

    def all(self) -> list[dict[str, Any]]:
        records = self._caplog.records
        return [vars(each)["fields"] for each in records if "fields" in vars(each)]


@pytest.fixture(scope="module")
def server(root: Path, example_release: Release) -> Iterator[httpx.Client]:
    settings = Settings(
        root=root, releases=example_release.path.parent, query_timeout=120, result_size=1
    )
    with serving(settings) as base, httpx.Client(base_url=base, timeout=120) as http:
        yield http


def ask(server: httpx.Client, query: str, **more: str) -> httpx.Response:
    return server.get("/sparql", params={"query": query, **more})


def test_a_line_says_what_a_query_cost(server: httpx.Client, lines: Lines) -> None:
    query = "SELECT ?s { ?s ?p ?o } LIMIT 3"
    response = ask(server, query, format="csv")
    line = lines.of(response)
    assert line.pop("milliseconds") > 0
    assert line.pop("engine_seconds") > 0
    assert re.fullmatch("[0-9a-f]{16}", line["query"])
    assert line == {
        "request_id": response.headers["x-request-id"],
        "method": "GET",
        "route": "/sparql",
        "status": 200,
        "bytes": len(response.content),
        "outcome": "answered",
        "query": line["query"],
        "format": "csv",
        "cached": False,
        "rows": 3,
    }
    again = lines.of(server.post("/sparql", data={"query": query, "format": "csv"}))
    assert (again["outcome"], again["cached"], again["rows"]) == ("cached", True, 3)
    assert "engine_seconds" not in again
    assert again["query"] == line["query"]


def test_bytes_are_those_that_were_sent(server: httpx.Client, lines: Lines) -> None:
    with server.stream(
        "GET", "/", headers={"accept": "text/html", "accept-encoding": "gzip"}
    ) as page:
        raw = b"".join(page.iter_raw())
    assert page.headers["content-encoding"] == "gzip"
    assert lines.of(page)["bytes"] == len(raw)


def test_the_status_is_a_number_also_for_the_eye(server: httpx.Client, lines: Lines) -> None:
    line = lines.of(ask(server, "SELECT"))
    assert repr(line["status"]) == "400"


def test_a_line_says_how_a_query_failed(server: httpx.Client, lines: Lines) -> None:
    stopped = lines.of(ask(server, RUNAWAY, timeout="0.3"))
    assert (stopped["status"], stopped["outcome"]) == (504, "timeout")
    assert stopped["error"] == "QueryTimeoutError"
    with pytest.raises(httpx.RemoteProtocolError):
        ask(server, LONG)
    assert lines.first(outcome="broken_off")["error"] == "ResultTooLargeError"


def test_no_line_tells_who_asked_or_what(
    server: httpx.Client, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    responses = [
        ask(server, QUERY),
        ask(server, QUERY + "}"),
        ask(server, QUERY, format=SECRET),
        server.post("/sparql", content=QUERY, headers={"content-type": "application/sparql-query"}),
        server.get("/queries/terms/echo", params={"text": SECRET}),
        server.get(f"/queries/terms/{SECRET}"),
        server.post(f"/queries/terms/{SECRET}"),
        server.get(f"/{SECRET}", headers={"user-agent": SECRET, "referer": SECRET}),
        server.request("PROPFIND", f"/graph/{SECRET}"),
        server.get("/graph-store", params={"graph": f"http://e/{SECRET}"}),
    ]
    told = [lines.of(each) for each in responses]
    assert len({each["request_id"] for each in told}) == len(responses)
    everything = "".join(map(str, told)) + caplog.text
    assert SECRET not in everything
    assert "127.0.0.1" not in everything


def test_the_name_of_a_query_of_the_library_is_told(server: httpx.Client, lines: Lines) -> None:
    one, other = (
        lines.of(server.get("/queries/terms/echo", params={"text": text})) for text in ("a", "b")
    )
    assert one["name"] == other["name"] == "terms/echo"
    assert one["route"] == "/queries/{topic}/{question}"
    assert one["query"] != other["query"]


def test_monitors_leave_no_line(server: httpx.Client, lines: Lines) -> None:
    for path in sorted(logs.QUIET):
        server.get(path)
    lines.of(server.get("/nothing"))
    assert not [each for each in lines.all() if each["route"] in logs.QUIET]


def test_texts_and_addresses_are_told_where_they_are_asked_for(
    root: Path, example_release: Release, lines: Lines
) -> None:
    settings = Settings(
        root=root, releases=example_release.path.parent, log_queries=True, log_clients=True
    )
    with serving(settings) as base, httpx.Client(base_url=base) as http:
        asked = lines.of(ask(http, QUERY))
        assert (asked["text"], asked["client"]) == (QUERY, "127.0.0.1")
        named = lines.of(http.get("/queries/terms/echo", params={"text": SECRET}))
        assert named["values"]["text"] == f'"{SECRET}"'
