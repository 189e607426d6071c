# SPDX-License-Identifier: EUPL-1.2
"""The page of a problem: what it shows of a query, and that it is a page like the others."""

import html
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request
from starlette.exceptions import HTTPException
from tests.serving import RUNAWAY, serving, write_queries
from tests.site.test_start import Page

from guidance_graph.build.release import Release
from guidance_graph.protocol.request import UPDATE
from guidance_graph.site.problem import Place, problem_page
from guidance_graph.site.templates import Pages
from guidance_graph.terms.settings import Settings

BROKEN = "\nSELECT * {\r\n  ?s ?p </textarea><script>alert('&amp;')</script>\r\n}"
LINKS = re.compile(r'<p><a href="([^"]*)">Back')


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, example_release: Release
) -> Iterator[httpx.Client]:
    root: Path = tmp_path_factory.mktemp("problem")
    write_queries(root)
    settings = Settings(
        root=root, releases=example_release.path.parent, query_timeout=0.5, result_rows=10
    )
    browser = {"accept": "text/html,*/*;q=0.8"}
    with serving(settings) as base, httpx.Client(base_url=base, headers=browser) as http:
        yield http


def of(client: httpx.Client, path: str, status: int, **parameters: Any) -> str:
    """Return the page of a problem, of the status that is expected, whole and with no script."""
    response = client.get(path, params=parameters or None)
    assert response.status_code == status
    page = Page(response.text)
    assert not page.open
    assert not page.all("script")
    assert len(page.all("h1")) == len(page.all("main")) == 1
    for tag, attributes in page.tags:
        assert not any(name == "style" or name.startswith("on") for name in attributes), tag
    for sheet in page.all("link"):
        assert client.get(str(sheet["href"])).status_code == 200
    return response.text


def query_in(page: str) -> str:
    """Return what a browser has in the field of the query: one line break at its begin is none."""
    shown = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert shown is not None
    return html.unescape(shown[1])


def test_a_broken_query_is_shown_with_its_place_and_kept_in_the_form(client: httpx.Client) -> None:
    page = of(client, "/sparql", 400, query=BROKEN, format="csv", timeout="3")
    assert "line 3, column 20" in page
    place = page.partition('<pre class="place">')[2].partition("</pre>")[0]
    assert 'class="number">3</span>   ?s ?p &lt;/textarea&gt;<mark>&lt;script&gt;</mark>' in place
    assert query_in(page) == BROKEN
    assert '<option value="csv" selected>' in page
    fields = {each["name"]: each["value"] for each in Page(page).all("input")}
    assert fields == {"timeout": "3"}


@pytest.mark.parametrize(
    ("query", "asked", "status", "chosen"),
    [
        ("SELECT", "", 400, None),
        ("SELECT", "excel", 400, "excel"),
        ("SELECT", "<b>", 406, "<b>"),
        ("SELECT", "xml", 400, "xml"),
        ("SELECT", "text/csv", 400, "csv"),
        ("SELECT", "ttl", 406, "text/turtle"),
        ("CONSTRUCT {", "ttl", 400, "text/turtle"),
        ("CONSTRUCT {", "Turtle", 400, "text/turtle"),
        ("CONSTRUCT {", "text/turtle", 400, "text/turtle"),
        ("CONSTRUCT {", "xml", 400, "application/rdf+xml"),
        ("CONSTRUCT {", "csv", 406, "csv"),
        ("CONSTRCT {", "xml", 400, "xml"),
    ],
)
def test_the_format_stays_chosen(
    client: httpx.Client, query: str, asked: str, status: int, chosen: str | None
) -> None:
    options = Page(of(client, "/sparql", status, query=query, format=asked)).all("option")
    selected = [each["value"] for each in options if "selected" in each]
    assert selected == ([] if chosen is None else [chosen])


def test_a_field_that_is_left_empty_asks_nothing(client: httpx.Client) -> None:
    page = of(client, "/sparql", 400, **{"query": "SELECT", "timeout": "", "default-graph-uri": ""})
    assert not Page(page).all("input")
    assert client.get("/sparql", params={"query": "ASK {}", "timeout": ""}).status_code == 200


def test_a_query_that_ends_too_early_is_marked_at_its_end(client: httpx.Client) -> None:
    page = of(client, "/sparql", 400, query="SELECT * {\n  ?s ?p ?o\n\n")
    assert "?s ?p ?o<mark></mark></code>" in page


def test_what_is_said_is_said_in_dutch_too(client: httpx.Client) -> None:
    page = of(client, "/sparql", 400, query="SELECT")
    assert '<h1>The query does not parse</h1>\n<p class="lead-nl" lang="nl">De query' in page
    assert '<p class="summary-nl" lang="nl">Herstel' in page


def test_a_refused_service_keeps_its_query(client: httpx.Client) -> None:
    query = "SELECT * { SERVICE <http://elsewhere.example/> { ?s ?p ?o } }"
    page = of(client, "/sparql", 403, query=query)
    assert "SERVICE is refused" in page
    assert query_in(page) == query


@pytest.mark.parametrize(
    ("method", "sent"),
    [
        ("GET", {"params": {"query": "DROP ALL"}}),
        ("GET", {"params": {"update": "DROP ALL"}}),
        ("POST", {"data": {"query": "DROP ALL"}}),
        ("POST", {"data": {"update": "DROP ALL"}}),
        ("POST", {"content": "DROP ALL", "headers": {"content-type": UPDATE}}),
    ],
)
def test_of_an_update_nothing_is_left_to_run(
    client: httpx.Client, method: str, sent: dict[str, Any]
) -> None:
    response = client.request(method, "/sparql", **sent)
    assert response.status_code == 403
    assert "Ask a query" in response.text
    assert "Leave that part out" not in response.text


def test_who_reached_a_limit_is_told_to_ask_for_less(client: httpx.Client) -> None:
    query = "SELECT * { ?s ?p ?o }"
    response = client.get("/sparql", params={"query": query, "format": "xlsx"})
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert "Ask for less: with LIMIT" in response.text
    assert "again" not in response.text
    assert query_in(response.text) == query


def test_a_query_that_took_too_long_says_when_it_may_be_tried_again(client: httpx.Client) -> None:
    page = of(client, "/sparql", 504, query=RUNAWAY)
    assert "It may be tried again in 30 seconds." in page
    assert query_in(page) == RUNAWAY


@pytest.mark.parametrize(
    ("path", "status", "back"),
    [
        ("/nowhere", 404, "/#questions"),
        ("/queries/terms/ech", 404, "/#questions"),
        ("/queries/terms/echo?number=x", 400, "/#terms/echo"),
        ("/sparql?query=ASK{}&query=ASK{}", 400, "/#ask"),
        ("/sparql?update=x", 403, "/#ask"),
        ("/sparql?query=%ff", 400, "/#ask"),
    ],
)
def test_without_a_query_to_mend_a_link_leads_back(
    client: httpx.Client, path: str, status: int, back: str
) -> None:
    page = of(client, path, status)
    assert LINKS.findall(page) == [back]
    start = Page(client.get("/").text)
    assert back.removeprefix("/#") in {each.get("id") for _, each in start.tags}


def test_a_query_that_was_posted_is_not_known(client: httpx.Client) -> None:
    response = client.post("/sparql", data={"query": "SELECT <b>"})
    assert response.status_code == 400
    assert "<textarea" not in response.text
    assert LINKS.findall(response.text) == ["/#ask"]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 406, 413, 416, 429, 502, 503, 504])
def test_each_status_has_a_page(status: int) -> None:
    scope = {"type": "http", "method": "GET", "path": "/sparql", "query_string": b""}
    problem = {"title": "Its name", "status": status, "detail": "What is <wrong>."}
    wait = "7" if status == 503 else None
    page = problem_page(Pages(), Request(scope), HTTPException(status), problem, wait)
    assert f'<p class="status">{status} Its name</p>' in page
    assert "What is &lt;wrong&gt;." in page
    assert ("again in 7 seconds" in page) is (status == 503)


@pytest.mark.parametrize(
    ("query", "line", "column", "shown"),
    [
        ("ASK { ?x gg:y }", 1, 10, "ASK { ?x |gg:y| }"),
        ("ASK\r\n{ ; }\r\n", 2, 3, "{ |;| }"),
        ("ASK { <http://a/#b> 1 }", 1, 7, "ASK { |<http://a/#b>| 1 }"),
        ("ASK { ?a < ?b > 1 }", 1, 10, "ASK { ?a |<| ?b > 1 }"),
        (r'ASK { "a \" b" "c" }', 1, 7, r'ASK { |"a \" b"| "c" }'),
        ("ASK { 'a \" b' 'c' }", 1, 7, "ASK { |'a \" b'| 'c' }"),
        ('ASK { """a "b" c""" 1 }', 1, 7, 'ASK { |"""a "b" c"""| 1 }'),
        ('ASK { "" 1 }', 1, 7, 'ASK { |""| 1 }'),
        ('ASK { "a b', 1, 7, 'ASK { |"|a b'),
        ("ASK {", 1, 6, "ASK {||"),
        ("ASK {", 1, 99, "ASK {||"),
        ("ASK", 2, 1, None),
        ("a" * 100 + " ! " + "b" * 100, 1, 102, f"…{'a' * 79} |!| {'b' * 79}…"),
        ("a" * 1000, 1, 1, f"|{'a' * 80}|{'a' * 80}…"),
    ],
)
def test_a_place_is_shown_in_its_line(
    query: str, line: int, column: int, shown: str | None
) -> None:
    place = Place.of(query, line, column)
    text = None if place is None else f"{place.before}|{place.word}|{place.after}"
    assert text == shown


def test_a_place_in_a_string_without_end_is_found_at_once() -> None:
    began = time.perf_counter()
    place = Place.of('"' + r"\a" * 50_000, 1, 1)
    assert place is not None
    assert place.word == '"'
    assert time.perf_counter() - began < 1
