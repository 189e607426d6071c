# SPDX-License-Identifier: EUPL-1.2
import httpx
import pytest

from guidance_graph.protocol.headers import SECURITY_HEADERS
from tests.wire import answers, exchange

PATHS = (
    "/",
    "/sparql?query=ASK%7B%7D",
    "/sparql?query=ASK",
    "/queries/terms/echo",
    "/queries.ttl",
    "/nothing",
    "/health/live",
    "/metrics",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", [{}, {"origin": "https://example.org"}])
def test_every_response_carries_the_headers_whoever_asks(
    client: httpx.Client, path: str, origin: dict[str, str]
) -> None:
    response = client.get(path, headers=origin)
    for name, value in SECURITY_HEADERS.items():
        assert response.headers.get_list(name) == [value]
    assert "access-control-allow-credentials" not in response.headers
    assert "origin" not in response.headers.get("vary", "").lower()


def test_a_browser_that_asks_beforehand_need_not_ask_again_for_a_day(client: httpx.Client) -> None:
    asked = {
        "origin": "https://example.org",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    response = client.options("/sparql", headers=asked)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert "POST" in response.headers["access-control-allow-methods"]
    assert response.headers["access-control-allow-headers"] == "authorization,content-type"
    assert response.headers["access-control-max-age"] == "86400"
    assert "access-control-allow-credentials" not in response.headers


def test_options_that_no_browser_asks_beforehand_tell_the_methods(client: httpx.Client) -> None:
    for headers in ({}, {"origin": "https://example.org"}):
        response = client.options("/sparql", headers=headers)
        assert response.status_code == 204
        assert "POST" in response.headers["allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/graph-store",
        "/graph/metadata",
        "/dumps/x",
        "/.well-known/void",
        "/queries/terms/echo",
    ],
)
def test_what_is_only_read_tells_so(client: httpx.Client, path: str) -> None:
    response = client.options(path)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


def test_the_server_as_a_whole_tells_all_its_methods(address: str) -> None:
    sent = b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    (answer,) = answers(exchange(address, sent))
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    (answer,) = answers(exchange(address, sent.replace(b"OPTIONS", b"GET")))
    assert answer.status == 404


def test_nothing_can_be_done_where_nothing_is(client: httpx.Client) -> None:
    assert client.options("/nothing").status_code == 404


@pytest.mark.parametrize("header", ["host", "x-forwarded-host", "forwarded", "x-original-url"])
@pytest.mark.parametrize(
    "path", ["/", "/sparql", "/queries", "/.well-known/void", "/openapi.json", "/nothing"]
)
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_what_a_client_calls_us_is_in_no_answer(
    client: httpx.Client, header: str, path: str, accept: str
) -> None:
    name = "host=elsewhere.example" if header == "forwarded" else "elsewhere.example"
    response = client.get(path, headers={header: name, "accept": accept})
    assert "elsewhere" not in response.text
    assert "elsewhere" not in str(response.headers)
