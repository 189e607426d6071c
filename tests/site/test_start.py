# SPDX-License-Identifier: EUPL-1.2
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from tests.conftest import REPOSITORY
from tests.serving import QUERIES, serving, write_queries

from guidance_graph import __version__
from guidance_graph.build.release import Release
from guidance_graph.library.library import Library
from guidance_graph.library.parameters import ParameterType
from guidance_graph.site.start import StartPage
from guidance_graph.site.templates import Pages
from guidance_graph.terms.settings import Settings

VOID = frozenset(("meta", "link", "input", "br", "img", "hr"))


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for each, attributes in self.tags if each == tag]


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, example_release: Release
) -> Iterator[httpx.Client]:
    root: Path = tmp_path_factory.mktemp("site")
    write_queries(root)
    settings = Settings(root=root, releases=example_release.path.parent, query_timeout=120)
    with serving(settings) as base, httpx.Client(base_url=base, timeout=120) as http:
        yield http


@pytest.fixture(scope="module")
def html(client: httpx.Client) -> str:
    response = client.get("/", headers={"accept": "text/html,*/*;q=0.8"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["vary"].startswith("Accept")
    return response.text


def test_the_page_says_which_release_it_is_about(html: str, example_release: Release) -> None:
    assert example_release.digest[:12] in html
    assert f"{example_release.manifest['counts']['asserted']:,}" in html
    for graph in example_release.manifest["graphs"]:
        assert graph in html


def test_the_page_lists_every_question_in_both_languages(html: str) -> None:
    assert html.count('class="summary"') == len(QUERIES)
    assert "Which classes are there?" in html
    assert '<p class="summary-nl" lang="nl">Welke klassen zijn er?</p>' in html
    assert "SELECT ?class WHERE" in html


def test_what_a_query_says_is_text_and_not_markup(html: str) -> None:
    assert "goes in &lt;em&gt;?" in html
    assert "<em>" not in html


def test_every_address_on_the_page_answers(client: httpx.Client, html: str) -> None:
    page = Page(html)
    links = [each["href"] for each in page.all("a") + page.all("link")]
    local = [link for link in links if link is not None and link.startswith("/")]
    runs = [link for link in local if link.startswith("/queries/")]
    assert len(runs) == 5, "three formats of solutions and two of a graph"
    for link in local:
        assert client.get(link).status_code == 200, link
    anchors = {each.get("id") for _, each in page.tags}
    inside = [link for link in links if link is not None and link.startswith("#")]
    assert {link[1:] for link in inside} <= anchors


def test_forms_ask_what_they_show(client: httpx.Client, html: str) -> None:
    page = Page(html)
    actions = [form["action"] for form in page.all("form")]
    assert actions == ["/queries/terms/echo", "/queries/terms/graph", "/sparql"]
    names = [each["name"] for each in page.all("input")]
    assert names == ["text", "number", "thing", "thing"]
    shown = re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)
    assert shown is not None
    query = shown[1].replace("&lt;", "<").replace("&gt;", ">")
    answer = client.get("/sparql", params={"query": query, "format": ""})
    assert answer.status_code == 200
    assert answer.json()["results"]["bindings"]
    sent = {"text": "a", "number": "", "thing": "", "format": "csv"}
    assert client.get("/queries/terms/echo", params=sent).text == "back,next,given\r\na,8,false\r\n"


def test_the_page_needs_nothing_from_elsewhere_and_nothing_inline(html: str) -> None:
    page = Page(html)
    assert not page.open
    assert not page.all("script")
    assert not page.all("style")
    for tag, attributes in page.tags:
        assert not any(name == "style" or name.startswith("on") for name in attributes), tag
        if tag in ("link", "img"):
            assert str(attributes.get("href", attributes.get("src"))).startswith("/")


def test_the_page_can_be_used_without_seeing_it(html: str) -> None:
    page = Page(html)
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    labelled = {each.get("for") for each in page.all("label")}
    for field in page.all("textarea"):
        assert field["id"] in labelled
    assert page.all("a")[0]["href"] == "#questions", "a way past the header"


def test_the_page_has_a_twin_for_programs(client: httpx.Client, example_release: Release) -> None:
    response = client.get("/", headers={"accept": "application/json"})
    assert response.headers["content-type"] == "application/json"
    content = response.json()
    assert content["version"] == __version__
    assert content["digest"] == example_release.digest
    assert content["counts"] == example_release.manifest["counts"]
    assert [query["name"] for query in content["queries"]] == [
        "terms/classes",
        "terms/echo",
        "terms/graph",
    ]
    assert content["queries"][1]["parameters"]["text"]["required"] is True
    assert client.get(content["queries"][0]["url"]).status_code == 200


def test_the_page_comes_in_no_other_format(client: httpx.Client) -> None:
    assert client.get("/", headers={"accept": "image/png"}).status_code == 406


def test_styles_are_kept_for_good_and_only_under_their_own_address(
    client: httpx.Client, html: str
) -> None:
    address = next(
        str(each["href"]) for each in Page(html).all("link") if each.get("rel") == "stylesheet"
    )
    response = client.get(address)
    assert response.headers["content-type"].startswith("text/css")
    assert "immutable" in response.headers["cache-control"]
    assert "@media (prefers-color-scheme: dark)" in response.text
    assert "url(" not in response.text
    name = address.rpartition("/")[2]
    assert client.get(f"/static/0000000000000000/{name}").status_code == 404
    assert client.get(address.replace(name, "../start.html")).status_code == 404


def test_the_address_of_all_questions_leads_to_them(client: httpx.Client) -> None:
    for accept, where in (("text/html", "./#questions"), ("application/json", "./openapi.json")):
        response = client.get("/queries", headers={"accept": accept})
        assert (response.status_code, response.headers["location"]) == (303, where)
        assert response.headers["vary"] == "Accept"


def test_behind_a_proxy_that_takes_off_a_path_every_address_leads_here(
    tmp_path: Path, example_release: Release
) -> None:
    write_queries(tmp_path)
    base = "https://example.org/gg/"
    settings = Settings.model_validate(
        {"root": tmp_path, "releases": example_release.path.parent, "base_url": base}
    )
    with serving(settings) as address, httpx.Client(base_url=address, timeout=120) as http:
        for path in ("/", "/docs", "/nowhere/at/all", "/sparql?query=SELECT"):
            page = Page(http.get(path, headers={"accept": "text/html"}).text)
            assert all(str(form["action"]).startswith("/gg/") for form in page.all("form"))
            links = {str(each["href"]) for each in page.all("a") + page.all("link")}
            own = {link for link in links if link.startswith("/")}
            assert len(own) > 5
            for link in own:
                assert link.startswith("/gg/")
                assert http.get(link.removeprefix("/gg")).status_code == 200
        for path in ("/queries", "/sparql"):
            moved = http.get(path, headers={"accept": "text/html"}).headers["location"]
            assert urljoin(base + path[1:], moved).partition("#")[0] == base
        twin = http.get("/", headers={"accept": "application/json"}).json()
        assert twin["endpoint"] == f"{base}sparql"
        assert all(each["url"].startswith(f"{base}queries/") for each in twin["queries"])
        assert f"<code>{base}sparql</code>" in http.get("/").text
        assert http.get("/openapi.json").json()["servers"] == [{"url": "https://example.org/gg"}]


def test_who_is_asked_for_an_iri_is_given_one_to_try() -> None:
    library = Library.load(REPOSITORY / "queries")
    manifest = {"digest": "0" * 64, "counts": {"asserted": 1, "inferred": 1}, "graphs": {}}
    html = Pages().render("start.html", StartPage(library, manifest, "/").values())
    asked = [each for query in library for each in query.parameters]
    iris = [each for each in asked if each.type is ParameterType.IRI and each.default is None]
    assert html.count("such as <code>") >= len(iris) > 0
    assert "Guidance system to look at; all if left out; such as <code>fi:guidance-system" in html
