# SPDX-License-Identifier: EUPL-1.2
"""The graph store, read side, and the dumps."""

import asyncio
import hashlib
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT

from guidance_graph.build.release import Release
from guidance_graph.engine.answer import Answer, Engine
from guidance_graph.engine.cache import CachingEngine
from guidance_graph.engine.question import Question
from guidance_graph.protocol.graphs import graph_router
from guidance_graph.protocol.problems import add_problem_handlers
from guidance_graph.terms.errors import EngineBusyError
from guidance_graph.terms.namespaces import BASE, DATASET, GRAPHS
from tests.protocol.test_sparql import problem_of

POLICY = GRAPHS + "data/finland/policy"
DUMPS = [f"guidance-graph.{suffix}" for suffix in ("jsonld", "nq", "trig", "ttl")]


@pytest.fixture
def plain(address: str) -> Iterator[httpx.Client]:
    """A client that takes nothing compressed."""
    headers = {"accept-encoding": "identity"}
    with httpx.Client(base_url=address, timeout=120, headers=headers) as http:
        yield http


def parsed(response: httpx.Response) -> Graph:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"
    return Graph().parse(data=response.content, format="turtle")


def test_every_graph_is_had_by_its_name_and_at_its_own_address(
    client: httpx.Client, example_release: Release
) -> None:
    graphs = example_release.manifest["graphs"]
    assert POLICY in graphs
    for name, summary in graphs.items():
        indirect = parsed(client.get("/graph-store", params={"graph": name}))
        direct = parsed(client.get(name.removeprefix(BASE)))
        assert len(indirect) == len(direct) == summary["triples"]
        assert isomorphic(indirect, direct)


def test_the_default_graph_is_all_of_them(client: httpx.Client) -> None:
    response = client.get("/graph-store?default", headers={"accept": "application/n-triples"})
    count = client.get("/sparql", params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}).json()
    assert str(len(response.text.splitlines())) == count["results"]["bindings"][0]["n"]["value"]


def test_a_whole_graph_makes_room_like_any_long_answer(example_release: Release) -> None:
    """A question that is trusted stays in the light lane, however long its client takes."""
    asked: list[Question] = []

    class Busy(Engine):
        release = example_release

        async def ask(self, question: Question) -> Answer:
            asked.append(question)
            raise EngineBusyError("nobody answers here")

    app, busy = FastAPI(), Busy()
    app.include_router(graph_router(CachingEngine(busy, busy, size=0)))
    add_problem_handlers(app)

    async def scenario() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
            assert (await http.get("/graph-store?default")).status_code == 503

    asyncio.run(scenario())
    assert [question.trusted for question in asked] == [False]


@pytest.mark.parametrize("where", [f"/graph-store?graph={quote(POLICY)}", "/graph-store?default"])
def test_a_graph_has_a_tag_for_each_format(plain: httpx.Client, where: str) -> None:
    first = plain.get(where)
    tag = first.headers["etag"]
    assert plain.get(where, headers={"if-none-match": tag}).status_code == 304
    assert plain.head(where).headers["etag"] == tag
    assert plain.get(where, headers={"accept": "application/ld+json"}).headers["etag"] != tag
    assert plain.get(where + "&format=nt").headers["content-type"] == "application/n-triples"


@pytest.mark.parametrize(
    "where", ["/graph/data/nothing", "/graph/", f"/graph-store?graph={quote(GRAPHS)}no"]
)
def test_a_graph_that_is_not_there_is_404(client: httpx.Client, where: str) -> None:
    assert "There is no graph" in problem_of(client.get(where), 404)["detail"]


@pytest.mark.parametrize(
    "query",
    ["", "default&graph=http://e/", "graph=http://e/&graph=http://f/", "graph=relative", "graph="],
)
def test_what_names_no_graph_or_two_is_400(client: httpx.Client, query: str) -> None:
    problem_of(client.get(f"/graph-store?{query}"), 400)


def test_no_iri_leaves_its_place_in_the_query(client: httpx.Client) -> None:
    name = f"{POLICY}> {{ ?s ?p ?o }} }} #"
    assert "IRI" in problem_of(client.get("/graph-store", params={"graph": name}), 400)["detail"]
    problem_of(client.get("/graph/" + quote("x> { ?s ?p ?o } } #")), 400)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("where", ["/graph-store?default", "/graph/data/finland/policy"])
def test_a_write_is_405_with_its_reason_and_changes_nothing(
    client: httpx.Client, method: str, where: str
) -> None:
    before = client.get(where).content
    body = b"<http://e/s> <http://e/p> <http://e/o> ."
    response = client.request(method, where, content=body, headers={"content-type": "text/turtle"})
    assert "never changed" in problem_of(response, 405)["detail"]
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.get(where).content == before


@pytest.mark.parametrize("name", DUMPS)
def test_a_dump_is_the_file_of_the_release(
    plain: httpx.Client, example_release: Release, name: str
) -> None:
    response = plain.get(f"/dumps/{name}")
    content = (example_release.dumps_path / name).read_bytes()
    assert response.content == content
    assert response.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()[:40]}"'
    assert int(response.headers["content-length"]) == len(content)
    tag = response.headers["etag"]
    assert plain.get(f"/dumps/{name}", headers={"if-none-match": tag}).status_code == 304


def test_a_part_of_a_dump_can_be_had_as_long_as_it_is_the_same(plain: httpx.Client) -> None:
    where = "/dumps/guidance-graph.nq"
    whole = plain.get(where)
    assert whole.headers["accept-ranges"] == "bytes"
    same = {"range": "bytes=100-199", "if-range": whole.headers["etag"], "accept-encoding": "gzip"}
    part = plain.get(where, headers=same)
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    assert "content-encoding" not in part.headers
    changed = plain.get(where, headers=same | {"if-range": '"other"'})
    assert (changed.status_code, changed.content) == (200, whole.content)


def test_of_several_parts_those_come_that_the_dump_has(plain: httpx.Client) -> None:
    where = "/dumps/guidance-graph.nq"
    whole = plain.get(where).content
    for outside in ("999999999-", "-0", "9" * 5000 + "-"):
        for ranges in (f"100-199,{outside}", f" {outside} , 100-199"):
            part = plain.get(where, headers={"range": f"bytes={ranges}"})
            assert (part.status_code, part.content) == (206, whole[100:200])
    parts = plain.get(where, headers={"range": "bytes=0-9, 999999999-, 20-29"})
    assert parts.status_code == 206
    assert parts.headers["content-type"].startswith("multipart/byteranges")
    assert whole[:10] in parts.content
    assert whole[20:30] in parts.content


@pytest.mark.parametrize(
    ("range_", "status"),
    [
        ("bytes=999999999-", 416),
        ("bytes=-0", 416),
        ("bytes=-0,999999999-", 416),
        ("bytes=9-5", 400),
        ("bytes", 400),
        ("bytes=", 400),
        ("bytes=a-b", 400),
    ],
)
def test_a_part_that_a_dump_does_not_have_is_a_problem(
    plain: httpx.Client, range_: str, status: int
) -> None:
    where = "/dumps/guidance-graph.nq"
    response = plain.get(where, headers={"range": range_})
    assert "'Range'" in problem_of(response, status)["detail"]
    if status == 416:
        size = plain.head(where).headers["content-length"]
        assert response.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    ("method", "range_"),
    [("HEAD", "bytes=0-9"), ("HEAD", "bytes=9-5"), ("GET", "lines=0-5"), ("HEAD", "lines=0-5")],
)
def test_only_get_asks_for_parts_and_only_in_bytes(
    plain: httpx.Client, method: str, range_: str
) -> None:
    where = "/dumps/guidance-graph.nq"
    whole = plain.request(method, where)
    response = plain.request(method, where, headers={"range": range_})
    assert (response.status_code, response.content) == (200, whole.content)
    assert response.headers["content-length"] == whole.headers["content-length"]
    assert "content-range" not in response.headers


def test_a_dump_that_was_changed_since_a_date_is_412(plain: httpx.Client) -> None:
    where = "/dumps/guidance-graph.nq"
    whole = plain.head(where).headers
    old, new = "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
    refused = plain.get(where, headers={"if-unmodified-since": old, "range": "bytes=0-9"})
    assert "If-Unmodified-Since" in problem_of(refused, 412)["detail"]
    for date in (whole["last-modified"], new, "nonsense", old[:-4], old[:-3] + "+" + "9" * 30):
        assert plain.get(where, headers={"if-unmodified-since": date}).status_code == 200
    both = {"if-unmodified-since": old, "if-match": whole["etag"]}
    assert plain.get(where, headers=both).status_code == 200


def test_a_dump_of_the_same_date_is_not_sent_again(plain: httpx.Client) -> None:
    where = "/dumps/guidance-graph.nq"
    same = {"if-modified-since": plain.head(where).headers["last-modified"]}
    assert plain.get(where, headers=same).status_code == 304
    later = {"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    assert plain.get(where, headers=later).status_code == 200, "it may be of another release"
    assert plain.get(where, headers=same | {"if-none-match": '"other"'}).status_code == 200


def test_no_part_comes_of_a_dump_that_is_another_by_now(plain: httpx.Client) -> None:
    where, part = "/dumps/guidance-graph.nq", {"range": "bytes=0-9"}
    tag = plain.head(where).headers["etag"]
    assert plain.get(where, headers=part | {"if-match": tag}).status_code == 206
    problem_of(plain.get(where, headers=part | {"if-match": '"other"'}), 412)


def test_every_download_that_the_metadata_names_is_there(client: httpx.Client) -> None:
    metadata = parsed(client.get("/.well-known/void"))
    addresses = {str(each) for each in metadata.objects(None, DCAT.downloadURL)}
    assert addresses == {f"{BASE}dumps/{name}" for name in DUMPS}
    for distribution in metadata.objects(URIRef(DATASET), DCAT.distribution):
        address = str(metadata.value(distribution, DCAT.downloadURL))
        media_type = str(metadata.value(distribution, DCAT.mediaType))
        response = client.head(address.replace(BASE, "/"))
        assert response.status_code == 200
        assert media_type.endswith(response.headers["content-type"].split(";")[0])


@pytest.mark.parametrize(
    "name",
    ["nothing.ttl", "../manifest.json", "%2e%2e/manifest.json", "..%2fstore/CURRENT", "", "%00"],
)
def test_what_the_release_does_not_list_is_404(client: httpx.Client, name: str) -> None:
    problem_of(client.get(f"/dumps/{name}"), 404)
