# SPDX-License-Identifier: EUPL-1.2
"""A backend that is down, slow, wrong or cut short: a clear error, and never half an answer."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guidance_graph.engine.answer import Limits
from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.formats import CSV, N_TRIPLES, RDF_XML, Format
from guidance_graph.engine.pool.pool import WorkerPool
from guidance_graph.engine.text.terms import Iri, Literal
from guidance_graph.terms.errors import (
    BackendError,
    EngineBusyError,
    EngineError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTimeoutError,
    ResultTooLargeError,
    SettingError,
)
from tests.backends import Asked, Scripted, free_port, response, scripted
from tests.engine.conftest import PATIENT

SELECT = "SELECT ?x { ?s ?p ?x }"
GRAPH = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"
TRIPLE = b'<http://e/s> <http://e/p> "o" .\n'


def document(*values: str) -> bytes:
    rows = [{"x": {"type": "literal", "value": value}} for value in values]
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": rows}}).encode()


WHOLE = document("a", "b")


class Link:
    """A scripted engine, and one worker that asks it."""

    def __init__(self, engine: Scripted, worker: BlockingEngine) -> None:
        self._engine = engine
        self._worker = worker

    def ask(
        self,
        reply: bytes,
        query: str = SELECT,
        answer_format: Format | None = CSV,
        **options: Any,
    ) -> bytes:
        """Ask, and have this reply come; return the answer."""
        self._engine.asked.clear()
        self._engine.reply = lambda _: reply
        return self._worker.query(query, answer_format=answer_format, **options).read()

    def failure(self, reply: bytes, query: str = SELECT) -> EngineError:
        """Ask, and have this reply come; return the error that it makes."""
        with pytest.raises(EngineError) as raised:
            self.ask(reply, query, None)
        return raised.value

    @property
    def asked(self) -> list[Asked]:
        """What the engine was asked for the last answer."""
        return self._engine.asked


@pytest.fixture(scope="module")
def link() -> Iterator[Link]:
    with scripted() as engine, BlockingEngine(engine.backend, PATIENT) as worker:
        yield Link(engine, worker)


def ask(backend: Backend, limits: Limits = PATIENT) -> bytes:
    """Ask an engine by a worker of its own."""
    with BlockingEngine(backend, limits) as worker:
        return worker.query(SELECT, answer_format=CSV).read()


def test_a_query_is_sent_as_a_form_for_the_format_that_every_engine_gives(link: Link) -> None:
    assert link.ask(response(WHOLE)) == b"x\r\na\r\nb\r\n"
    (asked,) = link.asked
    assert (asked.method, asked.path) == ("POST", "/sparql")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.headers["accept"].startswith("application/sparql-results+json")
    assert asked.form == {"query": [SELECT]}


def test_a_graph_is_asked_for_in_triples_and_written_as_wanted(link: Link) -> None:
    reply = response(TRIPLE, "application/n-triples")
    assert link.ask(reply, GRAPH, N_TRIPLES) == TRIPLE
    assert b"rdf:Description" in link.ask(reply, GRAPH, RDF_XML)
    assert link.asked[0].headers["accept"].startswith("application/n-triples")


def test_the_dataset_is_told_beside_the_query(link: Link) -> None:
    default, named = ["http://e/a", "http://e/b"], ["http://e/c"]
    link.ask(response(WHOLE), default_graphs=default, named_graphs=named)
    assert link.asked[0].form["default-graph-uri"] == default
    assert link.asked[0].form["named-graph-uri"] == named


def test_values_are_bound_as_terms(link: Link) -> None:
    attack = '" } SERVICE <http://127.0.0.1/> { ?a ?b "'
    query = "SELECT ?x { ?s ?x ?o }"
    link.ask(response(WHOLE), query, bindings={"s": Iri("http://e/s"), "o": Literal(attack)})
    assert link.asked[0].form["query"] == [
        'SELECT ?x { <http://e/s> ?x "\\" } SERVICE <http://127.0.0.1/> { ?a ?b \\"" }'
    ]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", QueryRefusedError),
        ("INSERT DATA { <http://e/s> <http://e/p> 1 }", QueryRefusedError),
        ("LOAD <http://127.0.0.1/>", QueryRefusedError),
        ("SELECT * { ?s ?p ", QuerySyntaxError),
        ("DEFINE get:soft 'replacing' SELECT * { ?s ?p ?o }", QuerySyntaxError),
        ("SELECT * { ?s ?p ?o OPTION (TRANSITIVE) }", QuerySyntaxError),
        ("SELECT (bif:sys_stat('st_dbms_ver') AS ?x) {}", QuerySyntaxError),
    ],
)
def test_what_is_refused_is_refused_before_anything_is_sent(
    link: Link, query: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        link.ask(response(WHOLE), query)
    assert link.asked == []


def test_a_syntax_error_has_its_place(link: Link) -> None:
    with pytest.raises(QuerySyntaxError) as raised:
        link.ask(response(WHOLE), "SELECT *\n{ ?s ?p }")
    assert (raised.value.line, raised.value.column) == (2, 9)


def test_a_backend_that_is_down_is_told_without_its_address() -> None:
    port = free_port()
    with pytest.raises(BackendError, match="cannot be reached") as raised:
        ask(Backend(f"http://127.0.0.1:{port}/secret"))
    assert str(port) not in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_slow_backend_is_left_at_the_time_limit_with_its_connection_closed() -> None:
    with scripted() as engine:
        start = time.monotonic()
        with pytest.raises(QueryTimeoutError, match=r"stopped after 0\.5 s"):
            ask(engine.backend, replace(PATIENT, timeout=0.5))
        assert time.monotonic() - start < 30
        assert engine.left.wait(30)


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        ("500 Internal Server Error", BackendError, "failed: 500 .*: out of disk"),
        ("401 Unauthorized", BackendError, "failed: 401"),
        ("404 Not Found", BackendError, "failed: 404"),
        ("301 Moved Permanently", BackendError, "failed: 301"),
        ("429 Too Many Requests", EngineBusyError, "busy: 429"),
        ("503 Service Unavailable", EngineBusyError, "busy: 503"),
        ("504 Gateway Timeout", QueryTimeoutError, "stopped the query: 504"),
    ],
)
def test_a_status_is_an_error_with_its_reason(
    link: Link, status: str, kind: type[EngineError], said: str
) -> None:
    error = link.failure(response(b"out of disk\nstack trace", "text/plain", status))
    assert type(error) is kind
    with pytest.raises(kind, match=said):
        raise error
    assert "stack trace" not in str(error)


def test_what_the_backend_cannot_parse_is_an_error_of_the_query(link: Link) -> None:
    reply = response(b"syntax error at '}'", "text/plain", "400 Bad Request")
    with pytest.raises(QuerySyntaxError, match=r"does not take the query: 400 .*at '}'"):
        link.ask(reply)


def test_a_redirect_is_not_followed(link: Link) -> None:
    with scripted(lambda _: response(WHOLE)) as elsewhere:
        moved = response(b"", "text/plain", "307 Temporary Redirect", Location=elsewhere.url)
        assert isinstance(link.failure(moved), BackendError)
        assert elsewhere.asked == []


def chunked(*chunks: bytes, end: bool = True) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    head = response(b"", Content_Length="", Transfer_Encoding="chunked")
    return head + body + (b"0\r\n\r\n" if end else b"")


TRUE = b'{"head":{},"boolean":true}'
CUT = {
    "a web page": (SELECT, response(b"<html>Welcome</html>", "text/html")),
    "no media type": (SELECT, response(WHOLE, "")),
    "garbage": (SELECT, response(b"\x00\xff" * 50)),
    "nothing": (SELECT, response(b"")),
    "a chunk missing": (SELECT, chunked(WHOLE, end=False)),
    "bytes missing": (SELECT, response(WHOLE[:-9], Content_Length=str(len(WHOLE)))),
    "a cut document": (SELECT, chunked(WHOLE[:-9])),
    "a document without its last bracket": (SELECT, chunked(WHOLE[:-1])),
    "what Oxigraph says at its time limit": (
        SELECT,
        chunked(WHOLE[:-20], b"The SPARQL operation has been cancelled"),
    ),
    "something after the document": (SELECT, chunked(WHOLE, b"!TIMEDOUT!")),
    "another form": (SELECT, response(TRUE)),
    "solutions for a boolean": ("ASK { ?s ?p ?o }", response(WHOLE)),
    "a cut boolean": ("ASK { ?s ?p ?o }", chunked(TRUE[:-1])),
    "a cut triple": (GRAPH, response(TRIPLE + TRIPLE[:20], "application/n-triples")),
    "words after the triples": (GRAPH, response(TRIPLE + b"!TIMEDOUT!", "application/n-triples")),
    "triples that end with the connection": (
        GRAPH,
        response(TRIPLE, "application/n-triples", Content_Length=""),
    ),
    "triples of which some are missing": (
        GRAPH,
        response(TRIPLE, "application/n-triples", Content_Length=str(len(TRIPLE) * 2)),
    ),
}


@pytest.mark.parametrize("case", CUT)
def test_an_answer_that_is_cut_or_no_answer_never_looks_whole(link: Link, case: str) -> None:
    query, reply = CUT[case]
    assert isinstance(link.failure(reply, query), BackendError)


def test_a_long_answer_that_is_cut_breaks_off(link: Link) -> None:
    long = document(*(f"value {number}" for number in range(50_000)))
    half = response(long[: len(long) // 2], Content_Length=str(len(long)))
    assert "broke off" in str(link.failure(half))


def test_virtuoso_says_in_the_head_that_it_cuts(link: Link) -> None:
    cut = link.failure(response(WHOLE, X_SPARQL_MaxRows="10000"))
    assert isinstance(cut, ResultTooLargeError)
    assert "10000 rows" in str(cut)
    assert isinstance(link.failure(response(WHOLE, X_SQL_State="S1TAT")), QueryTimeoutError)


@pytest.mark.parametrize("limits", [{"rows": 9}, {"size": 20}])
def test_the_limits_on_rows_and_bytes_are_held_here(limits: dict[str, int]) -> None:
    with (
        scripted(lambda _: response(document(*"abcdefghij"))) as engine,
        pytest.raises(ResultTooLargeError),
    ):
        ask(engine.backend, replace(PATIENT, **limits))


def solution(kind: str, value: str, **more: str) -> bytes:
    row = {"x": {"type": kind, "value": value, **more}}
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [row]}}).encode()


def test_a_blank_node_of_virtuoso_is_understood_and_no_text_is_taken_for_one(link: Link) -> None:
    node = solution("bnode", "nodeID://b1")
    assert link.ask(response(node)) == b"x\r\n_:b1\r\n"
    by_the_byte = chunked(*(bytes([byte]) for byte in node))
    assert link.ask(by_the_byte) == b"x\r\n_:b1\r\n"
    text = solution("literal", '"bnode", "value": "nodeID://b1')
    assert link.ask(response(text)) == b'x\r\n"""bnode"", ""value"": ""nodeID://b1"\r\n'


@pytest.mark.parametrize(("value", "said"), [("1", b"true"), ("0", b"false")])
def test_a_boolean_of_virtuoso_is_understood(link: Link, value: str, said: bytes) -> None:
    number = "http://www.w3.org/2001/XMLSchema#integer"
    reply = solution("typed-literal", value, datatype=number).replace(b'"x"', b'"__ASK_RETVAL"')
    assert link.ask(response(reply), "ASK { ?s ?p ?o }") == said


def challenged(scheme: str) -> tuple[list[str | None], bytes]:
    """What an engine is shown that asks for credentials in a scheme, and its last answer."""

    def reply(asked: Asked) -> bytes:
        if "authorization" in asked.headers:
            return response(WHOLE)
        return response(b"", "text/plain", "401 Unauthorized", WWW_Authenticate=scheme)

    with scripted(reply) as engine:
        answer = ask(Backend(engine.url, "me", "pass word"))
    return [asked.headers.get("authorization") for asked in engine.asked], answer


def test_a_password_goes_out_when_it_is_asked_for_and_as_it_is_asked_for() -> None:
    shown, answer = challenged('Basic realm="x"')
    assert (shown, answer) == ([None, "Basic bWU6cGFzcyB3b3Jk"], b"x\r\na\r\nb\r\n")
    shown, _ = challenged('Digest realm="x", nonce="1", algorithm="MD5", qop="auth"')
    assert str(shown[-1]).startswith('Digest username="me"')
    assert "bWU6cGFzcyB3b3Jk" not in str(shown)


def test_a_token_goes_out_with_each_request() -> None:
    with scripted(lambda _: response(WHOLE)) as engine:
        assert ask(Backend(engine.url, token="t0ken")) == b"x\r\na\r\nb\r\n"
    assert engine.asked[0].headers["authorization"] == "Bearer t0ken"


def test_credentials_are_in_no_text_and_no_command_line() -> None:
    backend = Backend("http://127.0.0.1:1/", "me", "s3cret", "t0ken")
    assert "s3cret" not in repr(backend)
    assert "t0ken" not in repr(backend)

    async def command_line() -> bytes:
        pool = WorkerPool(backend, PATIENT, 1)
        await pool.start()
        try:
            return Path(f"/proc/{pool.processes[0]}/cmdline").read_bytes()
        finally:
            await pool.close()

    if Path("/proc/self/cmdline").exists():
        line = asyncio.run(command_line())
        assert b"engine.worker.forkserver" in line
        assert b"s3cret" not in line
        assert b"t0ken" not in line


@pytest.mark.parametrize(
    "url",
    [
        "http://me:pass@e/",
        "ftp://e/",
        "e/sparql",
        "http://",
        "http://[::1/",
        "http://e:pass/",
        "http://e:99999/",
        "http://e/\n",
        "http://e/\x00",
        "",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(SettingError) as raised:
        Backend(url)
    assert "pass" not in str(raised.value).replace("PASSWORD", "")


@pytest.mark.parametrize("token", ["", "s3cret\n", "s3 cret", "s3cr€t", "s3cret\x00"])
def test_a_token_that_cannot_be_sent_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(SettingError, match="GUIDANCE_GRAPH_BACKEND_TOKEN") as raised:
        Backend("http://e/", token=token)
    assert "s3c" not in str(raised.value)


def test_a_password_without_a_name_is_refused() -> None:
    with pytest.raises(SettingError, match="GUIDANCE_GRAPH_BACKEND_USER") as raised:
        Backend("http://e/", password="s3cret")
    assert "s3cret" not in str(raised.value)


def test_credentials_that_are_no_utf_8_are_refused_without_being_shown() -> None:
    for user, password in (("me", "s3cret\udce9"), ("s3cret\udce9", "password")):
        with pytest.raises(SettingError, match="PASSWORD: not UTF-8") as raised:
            Backend("http://e/", user, password)
        assert "s3cret" not in str(raised.value)
        assert raised.value.__cause__ is None


def test_what_an_engine_complains_of_commands_no_terminal() -> None:
    said = response(b"\x1b[31mbo\x07om\r\nmore", "text/plain", "500 Internal Server Error")
    with scripted(lambda _: said) as engine, pytest.raises(BackendError) as raised:
        ask(engine.backend)
    assert str(raised.value).endswith("500 Internal Server Error: [31mboom")
