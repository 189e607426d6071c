# SPDX-License-Identifier: EUPL-1.2
"""What counts as an answer, and what does not."""

from urllib.parse import parse_qs

import pytest

from tests.backends import response, scripted
from tests.bench.cases import Case
from tests.bench.client import FORM, Client, NoAnswerError, rows_of

CASE = Case("a/b", "SELECT ?x { ?x ?p 'ä' }")
ANSWER = b'{"head":{"vars":["x"]},"results":{"bindings":[{},{}]}}'


def test_a_query_is_sent_as_it_is_and_its_answer_is_read_whole() -> None:
    with scripted(lambda _: response(ANSWER)) as engine, Client(engine.url) as client:
        reply = client.ask(CASE)
    assert reply.body == ANSWER
    assert reply.seconds > 0
    asked = engine.asked[0]
    assert (asked.method, asked.body.decode()) == ("POST", CASE.text)
    assert asked.headers["content-type"] == "application/sparql-query"
    assert asked.headers["accept"] == "application/sparql-results+json"


def test_a_query_is_sent_in_a_form_where_nothing_else_is_taken() -> None:
    with scripted(lambda _: response(ANSWER)) as engine, Client(engine.url, FORM) as client:
        client.ask(CASE)
    assert parse_qs(engine.asked[0].body.decode()) == {"query": [CASE.text]}


@pytest.mark.parametrize(
    "reply",
    [
        response(ANSWER, status="503 Service Unavailable"),
        response(ANSWER, Content_Length=str(len(ANSWER) + 1)),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"nonsense\r\n\r\n",
    ],
    ids=["status", "too short", "no last chunk", "no HTTP"],
)
def test_an_answer_that_is_not_whole_is_none(reply: bytes) -> None:
    with (
        scripted(lambda _: reply) as engine,
        Client(engine.url) as client,
        pytest.raises(NoAnswerError, match="a/b"),
    ):
        client.ask(CASE)


def test_a_connection_that_the_server_closed_meanwhile_is_opened_anew() -> None:
    silent = response(ANSWER).replace(b"Connection: close\r\n", b"")
    with scripted(lambda _: silent) as engine, Client(engine.url) as client:
        bodies = {client.ask(CASE).body for _ in range(3)}
    assert bodies == {ANSWER}
    assert len(engine.asked) == 3


def test_a_server_that_is_gone_gives_no_answer() -> None:
    with scripted() as engine:
        url = engine.url
    with Client(url) as client, pytest.raises(NoAnswerError, match="refused"):
        client.ask(CASE)


def test_rows_are_counted() -> None:
    assert rows_of(ANSWER, graph=False) == 2
    assert rows_of(b'{"head":{},"boolean":false}', graph=False) == 1
    assert rows_of(b"# none\n<http://e/s> <http://e/p> 1 .\n\n", graph=True) == 1


@pytest.mark.parametrize("body", [ANSWER[:-1], b"[]", b"", b"{}"])
def test_what_is_no_whole_answer_has_no_rows(body: bytes) -> None:
    with pytest.raises(NoAnswerError, match="no whole answer"):
        rows_of(body, graph=False)
