# SPDX-License-Identifier: EUPL-1.2
"""Requests that nobody would send on purpose: each is answered, soon, and breaks nothing.

A server of its own, as a process, is sent broken requests, odd encodings and changed queries of the
library, all made up from a seed. Each answer is a sound response; it is no error of the server but
the two that say that a query reached a limit (503, 504). Afterwards a plain query is answered, and
standard error holds no trace. ``GUIDANCE_GRAPH_FUZZ=20 pytest …`` makes twenty times as many.
"""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import h11
import httpx
import pytest

from guidance_graph.build.release import Release
from guidance_graph.library.library import Library
from tests.conftest import REPOSITORY
from tests.wire import HANG, TIMES, answers

SERVE = """
import uvicorn
from guidance_graph.app import create_app
from guidance_graph.cli.serving import configuration, listen
from guidance_graph.terms.settings import Settings
settings = Settings()
with listen("127.0.0.1", 0) as listener:
    print(listener.getsockname()[1], flush=True)
    config = configuration(create_app(settings), settings)
    uvicorn.Server(config).run(sockets=[listener])
"""
#: Requests that are on their way at the same time.
AT_ONCE = 32
PLAIN = {"query": "SELECT ?x { VALUES ?x { 1 2 } }", "format": "csv"}


@dataclass(frozen=True)
class Served:
    """A server, and what it has written to standard error."""

    port: int
    errors: Path

    def survives(self, requests: list[bytes]) -> list[int]:
        """Send requests, some at a time; return the statuses of their answers."""
        contents = asyncio.run(_exchange_all(self.port, requests))
        statuses: list[int] = []
        for request, content in zip(requests, contents, strict=True):
            shown = request[:2000]
            try:
                found = answers(content)
            except h11.RemoteProtocolError as error:
                if b" 200 OK" in content[:20] and "incomplete chunked read" in str(error):
                    continue  # an answer that reached a limit on its way, and does not look whole
                raise AssertionError(f"{shown!r} is answered by {content[:2000]!r}") from error
            assert found or not request.strip(), f"{shown!r} has no answer"
            for each in found:
                assert each.status < 500 or each.status in (503, 504), f"{shown!r}: {each}"
                if each.status >= 400:
                    kind = each.headers["content-type"].split(";")[0]
                    assert kind in ("application/problem+json", "text/html"), f"{shown!r}: {each}"
            statuses += [each.status for each in found]
        plain = httpx.get(f"http://127.0.0.1:{self.port}/sparql", params=PLAIN, timeout=HANG)
        assert (plain.status_code, plain.text.split()) == (200, ["x", "1", "2"])
        written = self.errors.read_text(errors="replace")
        assert "Traceback" not in written, written
        assert "Error" not in written, written
        return statuses


@pytest.fixture(scope="module")
def served(example_release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with the library of the repository over the example release."""
    settings = {
        "ROOT": str(REPOSITORY),
        "RELEASES": str(example_release.path.parent),
        "REQUEST_TIMEOUT": "0.5",
        "QUERY_TIMEOUT": "1",
        "CLIENT_QUERIES": "10000",
        "QUEUE_WAIT": "60",
    }
    environment = os.environ | {f"GUIDANCE_GRAPH_{name}": each for name, each in settings.items()}
    errors = tmp_path_factory.mktemp("fuzz") / "errors"
    with (
        errors.open("wb") as written,
        subprocess.Popen(
            [sys.executable, "-c", SERVE], env=environment, stdout=subprocess.PIPE, stderr=written
        ) as process,
    ):
        try:
            assert process.stdout is not None
            yield Served(int(process.stdout.readline()), errors)
            assert process.poll() is None
        finally:
            process.terminate()
    assert "Traceback" not in errors.read_text(errors="replace")


async def _exchange_all(port: int, requests: list[bytes]) -> list[bytes]:
    places = asyncio.Semaphore(AT_ONCE)

    async def exchange(request: bytes) -> bytes:
        async with places, asyncio.timeout(HANG):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            content = b""
            try:
                writer.write(request)
                while chunk := await reader.read(1 << 16):
                    content += chunk
            except (BrokenPipeError, ConnectionResetError):
                pass
            finally:
                writer.close()
            return content

    return await asyncio.gather(*map(exchange, requests))


def get(target: bytes, *headers: bytes) -> bytes:
    """A request of an address."""
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: x", b"Connection: close", *headers]
    return b"\r\n".join([*lines, b"", b""])


def post(body: bytes, media_type: bytes, *headers: bytes) -> bytes:
    """A request that posts something to the endpoint."""
    lines = [
        b"POST /sparql HTTP/1.1",
        b"Host: x",
        b"Connection: close",
        b"Content-Type: " + media_type,
        b"Content-Length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join([*lines, b"", body])


FORM = b"application/x-www-form-urlencoded"
DIRECT = b"application/sparql-query"
SOUND = [
    get(b"/"),
    get(b"/sparql?query=ASK%7B%7D", b"Accept: text/csv;q=0.5, */*;q=0.1"),
    get(b"/dumps/guidance-graph.nq", b"Range: bytes=10-99", b'If-None-Match: "a", W/"b"'),
    get(b"/graph-store?default", b"Accept-Encoding: gzip;q=0.4, zstd"),
    post(b"ASK{}", DIRECT, b"Expect: 100-continue"),
    post(b"query=ASK%7B%7D", FORM, b"Origin: https://a.example"),
    post(b"ASK{}", DIRECT, b"Upgrade: h2c", b"Connection: Upgrade, HTTP2-Settings"),
    post(b"5\r\nASK{}\r\n0\r\nA: b\r\n\r\n", DIRECT, b"Transfer-Encoding: chunked").replace(
        b"Content-Length", b"X"
    ),
    get(b"/sparql?query=ASK%7B%7D").replace(b"close", b"keep-alive") + get(b"/health/live"),
]
#: What is put somewhere into a request.
PIECES = [
    *(b"\0", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" ", b"\t", b":", b"%", b"\xff", b"\xe2\x80\xae"),
    *(b"HTTP/9.9", b"HTTP/1.0", b"CONNECT", b"-1", b"0x10", b"99999999999999999999", b"chunked"),
    *(b"Content-Length: 0\r\n", b"Transfer-Encoding: identity\r\n", b"Host: y\r\n", b"\r\n folded"),
    *(b"Content-Encoding: gzip\r\n", b"Range: bytes=-\r\n", b"Accept: " + b"a/b," * 999 + b"\r\n"),
    *(
        b"Upgrade: websocket\r\n",
        b"Connection: upgrade\r\n",
        b"If-None-Match: *\r\n",
        b"\x16\x03\x01",
    ),
    *(b"x" * 70_000, b"A: b\r\n" * 150, b"\r\n" * 40_000, b"http://[::", b"//", b"..", b"*", b"#"),
]


def changed(made: random.Random, request: bytes) -> bytes:
    """A request with a few changes, none of which is a HEAD."""
    for _ in range(made.randint(1, 3)):
        place = made.randrange(len(request) + 1)
        end = min(len(request), place + made.choice([1, 1, 2, 8, 60]))
        request = made.choice(
            [
                request[:place] + made.choice(PIECES) + request[place:],
                request[:place] + made.choice(PIECES) + request[end:],
                request[:place] + made.randbytes(end - place) + request[end:],
                request[:place] + request[end:],
                request[:end] + request[place:],
                request[:place],
            ]
        )
    return request


def test_broken_requests(served: Served) -> None:
    made = random.Random(TIMES)
    requests = [changed(made, made.choice(SOUND)) for _ in range(400 * TIMES)]
    requests += [made.randbytes(made.randint(1, 300)) for _ in range(30 * TIMES)]
    statuses = served.survives(requests)
    assert {200, 400, 408, 431} <= set(statuses)


#: Values as they stand in an address or a form: bad escapes, and bytes that are no UTF-8.
VALUES = [
    *(
        b"",
        b"%",
        b"%2",
        b"%zz",
        b"%u0041",
        b"%%",
        b"%25",
        b"a%00b",
        b"%00",
        b"+",
        b"%2B",
        b"%0D%0A",
    ),
    *(b"%C0%80", b"%C1%BF", b"%E0%80%AF", b"%F0%80%80%80", b"%F4%90%80%80", b"%F8%88%80%80%80"),
    *(b"%ED%A0%80", b"%ED%B0%80", b"%ED%A0%BD%ED%B8%80", b"%EF%BB%BFASK%7B%7D", b"%EF%BF%BE"),
    *(
        b"%FF%FEA%00S%00K%00",
        b"%FE%FF%00A",
        b"%80",
        b"%E9",
        b"%E2%82",
        b"%E2%80%AE",
        b"%F3%A0%81%81",
    ),
    *(
        b"1e999",
        b"-1",
        b"nan",
        b"0x1",
        b"1_0",
        b"%D9%A3",
        b"9" * 5000,
        b"a" * 9000,
        b"%27%22%3C%3E",
    ),
    *(
        b"..%2F..%2Fetc%2Fpasswd",
        b"file:///etc/passwd",
        b"http://127.0.0.1:1/",
        b"javascript:1",
        b";",
    ),
]
PLACES = [
    *(b"/sparql?query=", b"/sparql?query=ASK%7B%7D&default-graph-uri=", b"/graph-store?graph="),
    *(b"/sparql?query=ASK%7B%7D&timeout=", b"/sparql?query=ASK%7B%7D&format=", b"/sparql?update="),
    *(b"/graph/", b"/dumps/", b"/queries/", b"/queries/services/", b"/", b"/static/", b"/sparql?"),
    *(b"/queries/services/services-for-whom?system=", b"/queries/services/services-for-whom?"),
    *(b"/.well-known/void?format=", b"/health/", b"/graph-store?default&format="),
]
CHARSETS = [
    *(b"", b"; charset=utf-8", b"; charset=utf-16", b"; charset=latin-1", b'; charset="'),
    *(b"; charset=\xff", b"; charset=utf-8; charset=utf-7", b";;;=", b"; boundary=x"),
]


def test_odd_encodings(served: Served) -> None:
    requests = [get(place + value) for place in PLACES for value in VALUES]
    bodies = [b"ASK{}", "ASK{}".encode("utf-16"), b"\xef\xbb\xbfASK{}", b"query=\xff\0%"]
    kinds = [kind + charset for kind in (DIRECT, FORM) for charset in CHARSETS]
    requests += [post(body, kind) for body in bodies for kind in kinds]
    requests += [post(b"query=" + value, FORM) for value in VALUES]
    requests += [get(b"/?" + b"&".join([b"a=%d" % each for each in range(3000)]))]
    requests += [get(b"/sparql?" + b"&" * 10_000), get(b"/sparql?" + b"=&" * 199)]
    statuses = served.survives(requests)
    assert {200, 400, 404, 406, 415} <= set(statuses)


QUERIES = [each.text for each in Library.load(REPOSITORY / "queries")]
WORDS = """
SELECT ASK CONSTRUCT DESCRIBE WHERE OPTIONAL UNION MINUS FILTER BIND VALUES GRAPH SERVICE DISTINCT
REDUCED ORDER BY GROUP HAVING LIMIT OFFSET FROM NAMED AS NOT EXISTS IN UNDEF a LOAD CLEAR DROP
INSERT DELETE DATA BASE PREFIX : rdf:type COUNT(*) RAND() NOW() REGEX( IRI( { } ( ) [ ] . ; , * + ?
| ^ / ! && || = != < > <= >= - @en ^^ _:b ?x $y <http://a/> '' " \'\'\' # 1e999 -0 .5 00 1.0E+ true
<< >> {| |} \\u0041 \\U0010FFFF \\ud800 \0 é \ufeff \u202e 😀
"""


def changed_query(made: random.Random, text: str) -> str:
    """A query with a few of its words left out, repeated, swapped or put for others."""
    words = text.split(" ")
    for _ in range(made.randint(1, 4)):
        place, other = made.randrange(len(words)), made.randrange(len(words))
        change = made.randrange(6)
        if change == 0:
            del words[place:other]
        elif change == 1:
            words[place], words[other] = words[other], words[place]
        elif change == 2:
            words[place] = made.choice(WORDS.split())
        elif change == 3:
            words[place:place] = [made.choice(WORDS.split()) for _ in range(made.randint(1, 5))]
        elif change == 4:
            words[place:place] = words[other : other + 20]
        else:
            words[place] = "".join(map(chr, made.choices(range(1, 0x3000), k=9)))
        words = words or [""]
    return " ".join(words)


LONG: list[str] = [
    "SELECT * " + "{" * 5000 + "}" * 5000,
    "SELECT * " + "{" * 100_000,
    "ASK { FILTER(" + "(" * 5000 + "1" + ")" * 5000 + ") }",
    "ASK { FILTER(" + "!" * 20_000 + "true) }",
    "ASK { FILTER(1" + " + 1" * 20_000 + " > 0) }",
    "ASK { ?a " + "(" * 3000 + "<p>" + ")" * 3000 + " ?b }",
    "ASK { ?a <http://a/>" + "/<http://a/>" * 9000 + " ?b }",
    "ASK { ?a <http://a/p> " + "[ <http://a/p> " * 3000 + "1" + " ]" * 3000 + " }",
    "ASK { ?a ?b " + "( " * 3000 + ") " * 3000 + " }",
    "SELECT * { " + "OPTIONAL { ?s ?p ?o " * 1500 + "}" * 1500 + " }",
    "SELECT * { ?s ?p ?o " + "UNION { ?s ?p ?o } " * 5000 + " }",
    "SELECT * { {} " + "UNION { ?s ?p 1 } " * 5000 + " }",
    "SELECT * { VALUES ?x { " + "1 " * 50_000 + "} }",
    "SELECT " + " ".join(f"(1 AS ?v{each})" for each in range(5000)) + " {}",
    "SELECT " + " ".join(f"?v{each}" for each in range(20_000)) + " {}",
    f"ASK {{ <http://a/{'x' * 200_000}> ?p ?o }}",
    f"ASK {{ ?s ?p '{'x' * 200_000}' }}",
    f"ASK {{ ?s ?p '{'é漢😀' * 20_000}' }}",
    f"ASK {{ FILTER({'9' * 200_000} > 0) }}",
    f"ASK {{ FILTER(0.{'9' * 200_000} > 0) }}",
    f"ASK {{ FILTER(1e{'9' * 100_000} > 0) }}",
    f"ASK {{ ?s ?p 'x'@{'a-' * 50_000}a }}",
    f"ASK {{ FILTER(REGEX('{'a' * 5000}', '{'(a*)*' * 300}b')) }}",
    f"ASK {{ FILTER(REGEX('a', '{'(' * 5000}{')' * 5000}')) }}",
    f"ASK {{ FILTER(STRLEN(REPLACE('{'a' * 1000}', '', '{'b' * 5000}')) > 0) }}",
    "".join(f"PREFIX p{each}: <http://a/{each}> " for each in range(5000)) + "ASK {}",
    "SELECT * { ?s ?p ?o } LIMIT " + "9" * 30,
    "SELECT * { ?s ?p ?o } OFFSET -1",
    "#" * 250_000,
    "\n" * 250_000 + "ASK",
    "'" * 100_000,
    "\\u007B" * 40_000,
]
#: The ways a query can be sent.
WAYS: list[Callable[[str, bytes], bytes]] = [
    lambda query, accept: get(b"/sparql?query=" + quote(query).encode(), b"Accept: " + accept),
    lambda query, accept: post(b"query=" + quote(query).encode(), FORM, b"Accept: " + accept),
    lambda query, accept: post(query.encode(), DIRECT, b"Accept: " + accept),
]
RANGES = """
*/* text/* text/csv text/html application/sparql-results+json text/turtle a b/ /c q ,;=
"""


def accepted(made: random.Random) -> bytes:
    """An Accept header, sound or not."""
    each = (
        made.choice(RANGES.split())
        + made.choice(["", ";q=0.5", ";q=2", ";q=x", ";q=", ';a="b,c"', ";;"])
        for _ in range(made.randint(0, 5))
    )
    return made.choice([", ", ",", " "]).join(each).encode()


def test_changed_queries(served: Served) -> None:
    made = random.Random(TIMES)
    queries = [changed_query(made, made.choice(QUERIES)) for _ in range(300 * TIMES)]
    requests = [made.choice(WAYS)(each, accepted(made)) for each in queries]
    statuses = served.survives(requests)
    assert {200, 400, 406} <= set(statuses)


def test_long_and_deep_queries(served: Served) -> None:
    requests = [WAYS[place % 3](each, b"*/*") for place, each in enumerate(LONG * TIMES)]
    requests += [way("#" * 300_000, b"*/*") for way in WAYS]
    statuses = served.survives(requests)
    assert {200, 400, 413, 414} <= set(statuses)
