# SPDX-License-Identifier: EUPL-1.2
"""Compression: which coding a client gets, and that what arrives is the same."""

import asyncio
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable

import brotli
import httpx
import pytest
import zstandard
from starlette.types import Message, Receive, Scope, Send

from guidance_graph.engine.formats import GRAPH_FORMATS, SOLUTION_FORMATS
from guidance_graph.protocol.compression import CODINGS, Compression, choose_coding
from tests.serving import LONG

SELECT = "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 50"
CONSTRUCT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 50"
LARGE = "SELECT * { ?s ?p ?o. ?t ?q ?r } LIMIT 5000"

DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}
#: The same of a body that has not come to its end.
PART_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda part: zstandard.ZstdDecompressor().decompressobj().decompress(part),
    "br": lambda part: brotli.Decompressor().process(part),
    "gzip": lambda part: zlib.decompressobj(31).decompress(part),
}


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip;q=1.0, br;q=0.5, zstd;q=0.1", "gzip"),
        ("br;q=0.9, *;q=0.1", "br"),
        ("zstd;q=0, *", "br"),
        ("*", "zstd"),
        ("*;q=0", None),
        ("gzip;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip;q=much", None),
        ("deflate", None),
        ("", None),
        (",;,", None),
    ],
)
def test_a_client_gets_the_coding_that_it_wants_most(accept: str, coding: str | None) -> None:
    assert choose_coding(accept) == coding


def body_of(
    client: httpx.Client, params: dict[str, str], coding: str
) -> tuple[httpx.Response, bytes]:
    with client.stream(
        "GET", "/sparql", params=params, headers={"accept-encoding": coding}
    ) as response:
        return response, b"".join(response.iter_raw())


@pytest.mark.parametrize("coding", DECODERS)
@pytest.mark.parametrize(
    ("query", "format_name"),
    [(SELECT, each.name) for each in SOLUTION_FORMATS if not each.is_file]
    + [(CONSTRUCT, each.name) for each in GRAPH_FORMATS],
)
def test_every_format_arrives_the_same_and_smaller(
    client: httpx.Client, coding: str, query: str, format_name: str
) -> None:
    params = {"query": query, "format": format_name}
    plain, whole = body_of(client, params, "identity")
    response, body = body_of(client, params, coding)
    assert "content-encoding" not in plain.headers
    assert response.headers["content-encoding"] == coding
    assert DECODERS[coding](body) == whole
    assert len(body) < len(whole) / 2
    for each in (plain, response):
        assert "Accept-Encoding" in each.headers["vary"]


@pytest.mark.parametrize("coding", DECODERS)
def test_a_large_answer_is_compressed_as_it_streams(client: httpx.Client, coding: str) -> None:
    params = {"query": LARGE, "format": "csv"}
    _, whole = body_of(client, params, "identity")
    response, body = body_of(client, params, coding)
    assert len(whole) > 1 << 19
    assert "content-length" not in response.headers
    assert DECODERS[coding](body) == whole


@pytest.mark.parametrize("coding", DECODERS)
def test_a_cut_answer_is_broken_off_compressed_too(client: httpx.Client, coding: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        body_of(client, {"query": LONG}, coding)


def test_the_tag_of_a_compressed_answer_is_weak_and_brings_304(client: httpx.Client) -> None:
    params = {"query": SELECT}
    plain, _ = body_of(client, params, "identity")
    packed, _ = body_of(client, params, "gzip")
    assert packed.headers["etag"] == "W/" + plain.headers["etag"]
    again = client.get(
        "/sparql",
        params=params,
        headers={"if-none-match": packed.headers["etag"], "accept-encoding": "gzip"},
    )
    assert again.status_code == 304
    assert again.headers["etag"] == packed.headers["etag"]
    assert "Accept-Encoding" in again.headers["vary"]


def test_what_is_small_stays_as_it_is(client: httpx.Client) -> None:
    response, body = body_of(client, {"query": "ASK {}"}, "gzip")
    assert "content-encoding" not in response.headers
    assert response.headers["etag"].startswith('"')
    with pytest.raises(zlib.error):
        zlib.decompress(body, 31)


@pytest.mark.parametrize("coding", DECODERS)
def test_a_workbook_is_compressed_in_itself_and_not_again(
    client: httpx.Client, coding: str
) -> None:
    response, body = body_of(client, {"query": SELECT, "format": "xlsx"}, coding)
    assert "content-encoding" not in response.headers
    assert response.headers["etag"].startswith('"')
    assert zipfile.is_zipfile(io.BytesIO(body))


def test_pages_are_compressed(client: httpx.Client) -> None:
    response = client.get("/", headers={"accept": "text/html", "accept-encoding": "br"})
    assert response.headers["content-encoding"] == "br"
    assert "<h1>" in response.text


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("media_type", ["application/n-triples", "text/csv"])
def test_the_first_part_of_an_answer_goes_on_before_the_next_is_made(
    media_type: str, coding: str
) -> None:
    came: list[int] = []

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", media_type.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"<a:b> " * 300, "more_body": True})
        came.append(len(PART_DECODERS[coding](b"".join(sent))))
        await send({"type": "http.response.body", "body": b"<a:b> .\n"})

    sent: list[bytes] = []

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    async def receive() -> Message:
        raise AssertionError

    scope = {"type": "http", "headers": [(b"accept-encoding", coding.encode())]}
    asyncio.run(Compression(answer)(scope, receive, send))
    assert came == [1800]
    assert sum(map(len, sent)) < 1000
