# SPDX-License-Identifier: EUPL-1.2
"""What a client may send, and how long it may take; what is no request is refused as a problem."""

import asyncio
import json
import logging
import socket
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import ValidationError

from guidance_graph.build.release import Release
from guidance_graph.cli.serving import configuration
from guidance_graph.protocol.connection import (
    MOST_HEADERS,
    MOST_PIPELINED,
    SPARE_CONNECTIONS,
    Connection,
    HeadWithBody,
)
from guidance_graph.terms.settings import Settings
from tests.serving import RUNAWAY, serving
from tests.wire import Answer, answers, connected, exchange, received

ASK = b"ASK {}"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
#: A query that ends when it is stopped.
RUNS_LONG = quote(RUNAWAY).encode()
#: A query that is stopped at its limit.
SLOW = b"SELECT%20(COUNT(*)%20AS%20?n)%20%7B?a%20?b%20?c.%20?d%20?e%20?f.%20?g%20?h%20?i%7D"


@pytest.fixture(scope="module")
def quick(root: Path, example_release: Release) -> Iterator[str]:
    """A server that waits half a second for a request."""
    settings = Settings(root=root, releases=example_release.path.parent, request_timeout=0.5)
    with serving(settings) as base:
        yield base


@pytest.fixture(scope="module")
def small(root: Path, example_release: Release) -> Iterator[str]:
    """A server that takes 8 KiB of headers, and waits for long."""
    settings = Settings(
        root=root, releases=example_release.path.parent, request_timeout=600, header_size=8
    )
    with serving(settings) as base:
        yield base


def post(body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    """A request that posts a query."""
    size = len(body) if length is None else length
    lines = [
        b"POST /sparql HTTP/1.1",
        b"Host: x",
        b"Content-Type: application/sparql-query",
        b"Content-Length: %d" % size,
        *headers,
    ]
    return b"\r\n".join([*lines, b"", body])


def refused(answer: Answer, status: int) -> str:
    """Check that an answer is a problem, after which nothing comes; return what it says."""
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    content = json.loads(answer.body)
    assert content["status"] == status
    return str(content["detail"])


def chunked(*lines: bytes) -> bytes:
    """A post in chunks, which are given as they are."""
    return b"\r\n".join(
        [
            b"POST /sparql HTTP/1.1",
            b"Host: x",
            b"Content-Type: application/sparql-query",
            b"Transfer-Encoding: chunked",
            b"",
            *lines,
        ]
    )


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"FETCH / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/3.7\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/0.9\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40), 400),
        (b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n  c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: x\n\n", 400),
        (b"GET /\xe9 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET http://x:99999999/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: [::\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n", 400),
        (b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"CONNECT / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (post(ASK, b"Transfer-Encoding: chunked"), 400),
        (post(b"", length=-3), 400),
        (post(b"", length=10**30), 400),
        (post(ASK, b"Content-Length: 7"), 400),
        (chunked(b"zz", b"", b""), 400),
        (chunked(b"-1", b"", b""), 400),
        (chunked(b"f" * 20, b"", b""), 400),
        (chunked(b"6", b"ASK {} and more", b"0", b"", b""), 400),
        (chunked(b"0", b"", b"").replace(b" chunked", b" gzip, chunked"), 400),
        (chunked(b"0", b"", b"").replace(b" chunked", b" gzip"), 400),
        (chunked(b"0", b"", b"").replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_ends(
    address: str, request_: bytes, status: int
) -> None:
    (answer,) = answers(exchange(address, request_))
    refused(answer, status)


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\n" + LAST,
        LAST.replace(b"GET ", b"GET http://x"),
        LAST.replace(b"Host: x\r\n", b"").replace(b"HTTP/1.1", b"HTTP/1.0"),
        LAST.replace(b"Host: x", b"Host: [::1]:8000"),
        LAST.replace(b"Host: x", b"Host:"),
    ],
)
def test_what_is_unusual_and_sound_is_answered(address: str, request_: bytes) -> None:
    (answer,) = answers(exchange(address, request_))
    assert (answer.status, answer.body) == (200, b'{"status":"live"}')


def test_a_refused_request_is_logged_without_a_trace(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    exchange(address, b"FETCH / HTTP/1.1\r\n\r\n")
    exchange(address, chunked(b"zz", b"", b""))
    with connected(address) as connection:
        connection.sendall(post(b"ASK", length=6))
    assert answers(exchange(address, LAST))[0].status == 200
    assert caplog.text == ""


def test_a_request_line_that_is_too_long_is_414(small: str) -> None:
    for sent in ([b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n"], [b"GET /", *[b"x" * 100] * 100]):
        (answer,) = answers(exchange(small, *sent))
        assert "8,192 bytes" in refused(answer, 414)


@pytest.mark.parametrize(
    "parts",
    [
        [b"A: " + b"x" * 9000 + b"\r\n\r\n"],
        [b"A: ", *[b"x" * 1000] * 400],
        [b"x" * 1000] * 400,
        [b"A: b\r\n"] * (MOST_HEADERS + 1),
    ],
    ids=["too large", "without an end", "a name without an end", "too many"],
)
def test_headers_past_a_limit_are_431(small: str, parts: list[bytes]) -> None:
    (answer,) = answers(exchange(small, b"GET / HTTP/1.1\r\nHost: x\r\n", *parts))
    assert "8,192 bytes" in refused(answer, 431)


def test_what_comes_before_or_after_a_request_without_end_is_431(small: str) -> None:
    trailer = chunked(b"6", b"ASK {}", b"0", b"A: ")
    extension = chunked(b"6;a=")
    for parts in ([b"\r\n" * 500] * 40, [trailer, *[b"x" * 1000] * 400]):
        (answer,) = answers(exchange(small, *parts))
        refused(answer, 431)
    (answer,) = answers(exchange(small, extension, *[b"x" * 1000] * 400))
    refused(answer, 431)


def test_a_trailer_is_no_header(small: str) -> None:
    trailer = b"Content-Encoding: gzip"
    sent = chunked(b"6", b"ASK {}", b"0", trailer, b"", b"").replace(
        b"Host", b"Connection: close\r\nHost"
    )
    (answer,) = answers(exchange(small, sent))
    assert answer.status == 200


def test_a_long_query_in_the_address_is_answered(address: str) -> None:
    ask = LAST.replace(b"/health/live", b"/sparql?query=ASK%20%7B%7D%20%23" + b"x" * 15_000)
    assert json.loads(answers(exchange(address, ask))[0].body)["boolean"] is True


def test_a_head_that_does_not_come_is_408(quick: str) -> None:
    (answer,) = answers(exchange(quick, b"GET / HTTP/1.1\r\nHost:"))
    assert "The head of the request did not come within 0.5 s" in refused(answer, 408)


def test_a_body_that_does_not_come_is_408(quick: str) -> None:
    for sent in (post(b"ASK", length=6), chunked(b"6", b"ASK")):
        (answer,) = answers(exchange(quick, sent))
        assert "The body of the request did not come within 0.5 s" in refused(answer, 408)


def test_a_byte_now_and_then_wins_no_time(quick: str) -> None:
    with connected(quick) as connection:
        began = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while time.monotonic() < began + 60:
                connection.sendall(b"\r\n" if time.monotonic() < began + 0.1 else b"G")
                time.sleep(0.05)


def test_a_connection_that_is_idle_is_closed(quick: str) -> None:
    assert exchange(quick) == b""
    assert len(answers(exchange(quick, LIVE))) == 1
    assert len(answers(exchange(quick, LIVE, b"\r\n"))) == 1


def test_pipelined_requests_are_answered_in_their_order(small: str) -> None:
    requests = [LIVE, post(ASK), LIVE.replace(b"/health/live", b"/nowhere"), LAST]
    found = answers(exchange(small, b"".join(requests)))
    assert [each.status for each in found] == [200, 200, 404, 200]


@pytest.mark.parametrize("broken", [b"FETCH /\r\n\r\n", chunked(b"zz", b"", b"")])
def test_what_is_broken_after_a_sound_request_is_refused_after_its_answer(
    quick: str, broken: bytes
) -> None:
    slow = LIVE.replace(b"/health/live", b"/sparql?timeout=0.7&query=" + SLOW)
    for sound, statuses in ((LIVE, [200]), (LIVE + LIVE, [200, 200]), (slow, [504])):
        *before, last = answers(exchange(quick, sound + broken))
        assert [each.status for each in before] == statuses
        refused(last, 400)


def test_an_answer_to_head_goes_before_what_comes_after_it(small: str) -> None:
    """It has no body that its head could wait for."""
    head = LIVE.replace(b"GET", b"HEAD")
    *before, last = answers(exchange(small, head + head + b"FETCH /\r\n\r\n"), ["HEAD", "HEAD"])
    assert [each.status for each in before] == [200, 200]
    refused(last, 400)
    content = exchange(small, head[:-2] + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    (answer,) = answers(content, ["HEAD"])
    assert (answer.status, answer.body) == (200, b"")
    found = answers(exchange(small, head + LAST), ["HEAD"])
    assert [each.status for each in found] == [200, 200]


def test_a_connection_may_have_so_many_requests_waiting(small: str) -> None:
    *before, last = answers(exchange(small, LIVE * (MOST_PIPELINED + 10)))
    assert [each.status for each in before] == [200] * (MOST_PIPELINED + 1)
    refused(last, 429)


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_an_offer_of_another_protocol_is_declined_and_the_request_answered(
    small: str, protocol: bytes
) -> None:
    offer = (b"Upgrade: " + protocol, b"HTTP2-Settings: x", b"Connection: Upgrade, HTTP2-Settings")
    asked, live = post(ASK, *offer), LIVE[:-2] + b"\r\n".join([*offer, b"", b""])
    for parts in ([asked, LAST], [asked + live + LAST], [asked[:-2], asked[-2:] + LAST]):
        found = answers(exchange(small, *parts))
        assert {each.status for each in found} == {200}
        assert json.loads(found[0].body)["boolean"] is True
        assert found[-1].body == b'{"status":"live"}'


def test_a_body_is_asked_for_only_where_it_is_wanted(small: str) -> None:
    expecting = post(b"", b"Expect: 100-continue", length=10_000_000)
    content = exchange(small, expecting)
    (answer,) = answers(content)
    assert answer.status == 413
    assert b"100 Continue" not in content
    with connected(small) as connection:
        connection.sendall(post(b"", b"Expect: 100-continue", b"Connection: close", length=6))
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(ASK)
        assert answers(received(connection))[0].status == 200


def test_who_sends_too_much_reads_so(address: str) -> None:
    body = b"#" * 3_000_000
    (answer,) = answers(exchange(address, post(body, b"Connection: close")))
    assert answer.status == 413
    found = answers(exchange(address, post(body), LAST))
    assert [each.status for each in found] == [413, 200]


def test_a_client_that_takes_nothing_is_left(
    root: Path,
    example_release: Release,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(Connection, "stalled", 0.5)
    caplog.set_level(logging.INFO, "guidance_graph.protocol.connection")
    settings = Settings(root=root, releases=example_release.path.parent, query_timeout=600)
    with serving(settings) as base, connected(base) as connection:
        query = b"SELECT%20*%20%7B?a%20?b%20?c.%20?d%20?e%20?f%7D"
        connection.sendall(LIVE.replace(b"/health/live", b"/sparql?query=" + query))
        deadline = time.monotonic() + 60
        while "takes nothing" not in caplog.text:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert not received(connection).endswith(b"\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("asked", "requests"),
    [
        (b"ASK%7B%7D", 1),
        (b"ASK%7B%7D", 3),
        (b"SELECT%20*%20%7B?a%20?b%20?c.%20?d%20?e%20?f%7D%20LIMIT%209000", 1),
    ],
)
def test_a_client_that_ends_what_it_sends_has_its_answers(
    address: str, monkeypatch: pytest.MonkeyPatch, asked: bytes, requests: int
) -> None:
    monkeypatch.setattr(Connection, "ended", 60.0)  # whatever else this machine has to do
    with connected(address) as connection:
        connection.sendall(LIVE.replace(b"/health/live", b"/sparql?query=" + asked) * requests)
        connection.shutdown(socket.SHUT_WR)
        found = answers(received(connection))
    assert [each.status for each in found] == [200] * requests


@pytest.mark.parametrize("requests", [1, 3])
@pytest.mark.parametrize("half", [True, False])
def test_the_query_of_a_client_that_has_gone_is_stopped(
    root: Path, example_release: Release, requests: int, half: bool
) -> None:
    def running(base: str) -> bool:
        lines = httpx.get(base + "/metrics").text.splitlines()
        named = [line for line in lines if line.startswith("guidance_graph_queries_running")]
        assert len(named) == 2
        return any(float(line.rpartition(" ")[2]) for line in named)

    settings = Settings(root=root, releases=example_release.path.parent, query_timeout=600)
    with serving(settings) as base, connected(base) as connection:
        connection.sendall(LIVE.replace(b"/health/live", b"/sparql?query=" + RUNS_LONG) * requests)
        deadline = time.monotonic() + 60
        for expected in (True, False):
            while running(base) is not expected:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            if half and expected:
                connection.shutdown(socket.SHUT_WR)
                assert received(connection) == b""
            connection.close()


def test_an_answer_that_has_begun_when_its_client_ends_what_it_sends_comes_whole(
    address: str,
) -> None:
    large = b"SELECT%20*%20%7B?a%20?b%20?c.%20?d%20?e%20?f%7D%20LIMIT%2020000"
    with connected(address) as connection:
        connection.sendall(LIVE.replace(b"/health/live", b"/sparql?query=" + large))
        begun = connection.recv(1)
        connection.shutdown(socket.SHUT_WR)
        (answer,) = answers(begun + received(connection))
    assert len(json.loads(answer.body)["results"]["bindings"]) == 20_000


@pytest.mark.parametrize(
    ("broken", "statuses"),
    [(b"GET / HT", [200]), (post(ASK)[:-1], [200]), (b"NONSENSE\r\n\r\n", [200, 400])],
)
def test_a_request_before_one_that_is_broken_off_has_its_answer(
    address: str, broken: bytes, statuses: list[int]
) -> None:
    with connected(address) as connection:
        connection.sendall(LIVE + broken)
        connection.shutdown(socket.SHUT_WR)
        assert [each.status for each in answers(received(connection))] == statuses


def test_an_end_in_the_midst_of_a_request_is_one_of_the_connection(address: str) -> None:
    with connected(address) as connection:
        connection.sendall(post(ASK)[:-1])
        connection.shutdown(socket.SHUT_WR)
        assert received(connection) == b""


def test_as_many_connections_are_held_as_are_set(root: Path, example_release: Release) -> None:
    settings = Settings(root=root, releases=example_release.path.parent, connections=2)
    with serving(settings) as base, connected(base), connected(base) as second:
        second.sendall(LAST)
        assert answers(received(second))[0].status == 200


def test_connections_far_past_the_limit_are_closed_unheard(
    root: Path, example_release: Release
) -> None:
    settings = Settings(root=root, releases=example_release.path.parent, connections=1)
    with serving(settings) as base:
        held = [connected(base) for _ in range(1 + SPARE_CONNECTIONS)]
        try:
            assert exchange(base, LAST) == b""
            held[0].sendall(LAST)
            assert "1 connections" in refused(answers(received(held[0]))[0], 503)
        finally:
            for each in held:
                each.close()


@pytest.mark.parametrize(
    ("proxies", "client"),
    [(None, "127.0.0.1"), ("192.0.2.0/24", "127.0.0.1"), ("127.0.0.1, ::1", "203.0.113.9")],
)
def test_who_the_client_is_a_proxy_may_say_only_if_it_is_trusted(
    proxies: str | None, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    app = FastAPI()

    @app.get("/")
    def who(request: Request) -> str:
        return "" if request.client is None else request.client.host

    config = configuration(app, Settings(trusted_proxies=proxies))
    config.load()
    transport = httpx.ASGITransport(app=config.loaded_app, client=("127.0.0.1", 1))

    async def ask() -> str:
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
            forwarded = {"x-forwarded-for": "198.51.100.1, 203.0.113.9"}
            return str((await http.get("/", headers=forwarded)).json())

    assert asyncio.run(ask()) == client


@pytest.mark.parametrize("proxies", ["*", "proxy.example", "127.0.0.1/33", "127.0.0.1,"])
def test_a_proxy_is_named_by_its_address(proxies: str) -> None:
    with pytest.raises(ValidationError, match="IPv4 or IPv6"):
        Settings(trusted_proxies=proxies)


class Wire(asyncio.Transport):
    """Notes what is written together."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.written.append(data)

    def writelines(self, list_of_data: Iterable[object]) -> None:
        self.write(b"".join(each for each in list_of_data if isinstance(each, bytes)))

    def is_closing(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("pieces", "written"),
    [
        ((b"head", b"body"), [b"headbody"]),
        ((b"head", b"", b"body"), [b"head", b"body"]),
        ((b"head", b"body", b"more"), [b"headbody", b"more"]),
        ((b"head", None, b"body"), [b"head", b"body"]),
        ((b"head",), [b"head"]),
    ],
)
def test_a_head_goes_with_the_first_of_its_body(
    pieces: tuple[bytes | None, ...], written: list[bytes]
) -> None:
    """None is a turn of the loop, in which no body comes."""
    wire, closed = Wire(), list[bool]()

    async def scenario() -> None:
        response = HeadWithBody(wire, lambda: closed.append(True))
        for piece in pieces:
            if piece is None:
                await asyncio.sleep(0)
            else:
                response.write(piece)
        response.close()
        await asyncio.sleep(0)

    asyncio.run(scenario())
    assert (wire.written, closed) == (written, [True])
