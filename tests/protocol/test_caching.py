# SPDX-License-Identifier: EUPL-1.2
"""Entity tags and 304: what names an answer, and what a client that has it gets."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from guidance_graph.build.release import Release
from guidance_graph.terms.settings import Settings
from tests.protocol.test_sparql import problem_of
from tests.serving import RUNAWAY, serving, write_queries

SELECT = "SELECT ?s { ?s a ?class } ORDER BY ?s LIMIT 3"
ADDRESSES = (
    f"/sparql?query={SELECT}",
    "/queries/terms/classes",
    "/queries/terms/echo?text=a",
    "/",
)


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """A client that takes nothing compressed, whose tags are weak."""
    headers = {"accept-encoding": "identity"}
    with httpx.Client(base_url=address, timeout=120, headers=headers) as http:
        yield http


@pytest.mark.parametrize("asked", ADDRESSES)
def test_who_has_an_answer_gets_304_with_the_same_headers_and_no_body(
    client: httpx.Client, asked: str
) -> None:
    first = client.get(asked)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert "must-revalidate" in first.headers["cache-control"]
    for given in (tag, f'"other", {tag}', f"W/{tag}"):
        again = client.get(asked, headers={"if-none-match": given})
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "vary", "cache-control"):
            assert again.headers[name] == first.headers[name]
    assert client.head(asked, headers={"if-none-match": tag}).status_code == 304
    for given in ('"other"', tag.strip('"'), "*", "", '"'):
        assert client.get(asked, headers={"if-none-match": given}).content == first.content


@pytest.mark.parametrize("asked", ADDRESSES)
def test_who_wants_only_the_answer_that_it_names_gets_no_other(
    client: httpx.Client, asked: str
) -> None:
    first = client.get(asked)
    tag = first.headers["etag"]
    for given in (tag, f'"other", {tag}', f'W/"other",{tag}', "*"):
        assert client.get(asked, headers={"if-match": given}).content == first.content
    for given in ('"other"', f"W/{tag}", ""):
        refused = client.get(asked, headers={"if-match": given})
        assert "If-Match" in problem_of(refused, 412)["detail"]
    both = {"if-match": tag, "if-none-match": tag}
    assert client.get(asked, headers=both).status_code == 304


def test_whatever_the_answer_depends_on_changes_its_tag(client: httpx.Client) -> None:
    graph = "http://example.org/none"
    asked: list[dict[str, Any]] = [
        {"url": "/sparql", "params": {"query": SELECT}},
        {"url": "/sparql", "params": {"query": SELECT + " "}},
        {"url": "/sparql", "params": {"query": SELECT, "format": "csv"}},
        {"url": "/sparql", "params": {"query": SELECT, "default-graph-uri": graph}},
        {"url": "/sparql", "params": {"query": SELECT, "named-graph-uri": graph}},
        {"url": "/sparql", "params": {"query": SELECT}, "headers": {"accept": "text/csv;q=0.5"}},
        {"url": "/queries/terms/echo", "params": {"text": "a"}},
        {"url": "/queries/terms/echo", "params": {"text": "b"}},
        {"url": "/queries/terms/echo", "params": {"text": "a", "number": "8"}},
    ]
    tags = [client.get(**each).headers["etag"] for each in asked]
    assert tags[5] == tags[2], "one format, however it is asked for"
    assert len(set(tags)) == len(asked) - 1
    shorter = client.get("/sparql", params={"query": SELECT, "timeout": "100"})
    assert shorter.headers["etag"] == tags[0], "a limit does not change a whole answer"


def test_get_head_and_both_kinds_of_post_give_the_same_tag(client: httpx.Client) -> None:
    tags = {
        client.get("/sparql", params={"query": SELECT}).headers["etag"],
        client.head("/sparql", params={"query": SELECT}).headers["etag"],
        client.post("/sparql", data={"query": SELECT}).headers["etag"],
        client.post(
            "/sparql", content=SELECT, headers={"content-type": "application/sparql-query"}
        ).headers["etag"],
    }
    assert len(tags) == 1
    tag = tags.pop()
    refused = client.post("/sparql", data={"query": SELECT}, headers={"if-none-match": tag})
    assert "GET and HEAD" in problem_of(refused, 412)["detail"]


def test_304_comes_without_running_the_query(client: httpx.Client) -> None:
    slow = f"{RUNAWAY} # {time.monotonic_ns()}"
    quick = client.get("/sparql", params={"query": SELECT})
    assert quick.status_code == 200
    failed = client.get("/sparql", params={"query": slow, "timeout": "0.2"})
    assert "etag" not in failed.headers
    assert failed.headers["cache-control"] == "no-store"
    tag = quick.headers["etag"]
    began = time.monotonic()
    for _ in range(20):
        client.get("/sparql", params={"query": SELECT}, headers={"if-none-match": tag})
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("expression", ["NOW()", "rand()", "UUID()", "STRUUID()", "BNODE()"])
def test_an_answer_that_is_another_each_time_has_no_tag_and_is_not_kept(
    client: httpx.Client, expression: str
) -> None:
    query = f"SELECT ({expression} AS ?x) {{}}"
    first, second = (client.get("/sparql", params={"query": query}) for _ in range(2))
    assert first.headers["cache-control"] == "no-store"
    assert "etag" not in first.headers
    if expression != "BNODE()":
        assert first.content != second.content


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_an_answer_without_a_tag_is_none_that_a_client_names(
    client: httpx.Client, method: str
) -> None:
    def status(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if method == "POST" else None
        where = "/sparql?query=SELECT (NOW() AS ?x) {}"
        return client.request(method, where, content=content, headers=named).status_code

    for given, expected in (('"x"', 412), ('W/"x"', 412), ("", 412), ("*", 200)):
        assert status(if_match=given) == expected
    for given in ('"x"', "*"):
        assert status(if_none_match=given) == 200


def test_a_word_in_a_text_is_no_function(client: httpx.Client) -> None:
    assert "etag" in client.get("/sparql", params={"query": "SELECT ('NOW()' AS ?x) {}"}).headers


def test_the_format_by_name_does_not_vary_with_accept(client: httpx.Client) -> None:
    negotiated = client.get("/sparql", params={"query": SELECT}).headers["vary"]
    named = client.get("/sparql", params={"query": SELECT, "format": "csv"}).headers
    assert "Accept" in negotiated.split(", ")
    assert "Accept" not in named.get("vary", "").split(", ")


def test_another_release_has_other_tags(tmp_path: Path, example_release: Release) -> None:
    write_queries(tmp_path)
    releases = tmp_path / "releases"
    for name in ("one", "two"):
        shutil.copytree(example_release.path, releases / name)
    manifest = releases / "two" / "manifest.json"
    said = f'"digest": "{example_release.digest}"'
    manifest.write_text(manifest.read_text().replace(said, f'"digest": "{"f" * 64}"'))
    (releases / "current").symlink_to("one")
    settings = Settings(root=tmp_path, releases=releases, query_timeout=120, queue_wait=120)
    with serving(settings) as base, httpx.Client(base_url=base, timeout=120) as client:
        before = {each: client.get(each).headers["etag"] for each in ADDRESSES}
        (releases / "next").symlink_to("two")
        (releases / "next").rename(releases / "current")
        deadline = time.monotonic() + 60
        while client.get("/health").json()["release"] != "f" * 64:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for address, tag in before.items():
            response = client.get(address, headers={"if-none-match": tag})
            assert response.status_code == 200, address
            assert response.headers["etag"] != tag
