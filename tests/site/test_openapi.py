# SPDX-License-Identifier: EUPL-1.2
"""The OpenAPI document and its page: what they say of a query is how it answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import REPOSITORY
from tests.serving import QUERIES, serving, write_queries
from tests.site.test_start import Page

from guidance_graph.build.release import Release
from guidance_graph.library.library import Library
from guidance_graph.site.openapi import document
from guidance_graph.terms.settings import Settings


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, example_release: Release
) -> Iterator[httpx.Client]:
    root: Path = tmp_path_factory.mktemp("openapi")
    write_queries(root)
    settings = Settings(root=root, releases=example_release.path.parent, query_timeout=120)
    with serving(settings) as base, httpx.Client(base_url=base, timeout=120) as http:
        yield http


@pytest.fixture(scope="module")
def described(client: httpx.Client) -> dict[str, Any]:
    response = client.get("/openapi.json")
    assert response.headers["content-type"] == "application/json"
    content: dict[str, Any] = response.json()
    return content


def test_every_query_has_its_path(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    expected = {f"/queries/{name.removesuffix('.rq')}" for name in QUERIES}
    assert set(described["paths"]) == expected


def test_summaries_are_in_both_languages(described: dict[str, Any]) -> None:
    operation = described["paths"]["/queries/terms/classes"]["get"]
    assert operation["summary"] == "Which classes are there?"
    assert operation["x-summary-nl"] == "Welke klassen zijn er?"


def test_parameters_have_types_and_defaults(described: dict[str, Any]) -> None:
    operation = described["paths"]["/queries/terms/echo"]["get"]
    parameters = {each["name"]: each for each in operation["parameters"]}
    assert parameters["text"]["required"] is True
    assert parameters["text"]["description"] == "What goes in"
    number = parameters["number"]["schema"]
    assert (number["type"], number["default"]) == ("integer", 7)
    assert parameters["thing"]["required"] is False
    names = parameters["format"]["schema"]["enum"]
    assert names == ["json", "xml", "csv", "tsv", "xlsx", "excel"]


def test_every_format_that_is_named_is_given(
    client: httpx.Client, described: dict[str, Any]
) -> None:
    for path, methods in described["paths"].items():
        operation = methods["get"]
        own = {each["name"]: each for each in operation["parameters"]}
        given = {name: "x" for name, each in own.items() if each.get("required")}
        for media_type in operation["responses"]["200"]["content"]:
            response = client.get(path, params=given, headers={"accept": media_type})
            assert response.status_code == 200
            assert response.headers["content-type"].split(";")[0] == media_type
        for name in own["format"]["schema"]["enum"]:
            assert client.get(path, params=given | {"format": name}).status_code == 200


def test_the_library_of_the_repository_has_an_operation_for_each_query() -> None:
    library = Library.load(REPOSITORY / "queries")
    paths = document(library)["paths"]
    assert len(paths) == len(library) > 0
    names = {methods["get"]["operationId"] for methods in paths.values()}
    assert len(names) == len(paths)


def test_the_page_says_the_same_and_needs_nothing_from_elsewhere(
    client: httpx.Client, described: dict[str, Any]
) -> None:
    response = client.get("/docs")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = Page(response.text)
    assert not page.open
    assert not page.all("script")
    for tag in ("a", "link", "img"):
        for each in page.all(tag):
            assert str(each.get("href", each.get("src")))[0] in "/#"
    for path, methods in described["paths"].items():
        assert path in response.text
        assert methods["get"]["operationId"] in {each.get("id") for each in page.all("section")}
    assert "<em>" not in response.text


@pytest.mark.parametrize("where", ["/openapi.json", "/docs"])
def test_who_has_it_gets_304(client: httpx.Client, where: str) -> None:
    tag = client.get(where).headers["etag"]
    assert client.get(where, headers={"if-none-match": tag}).status_code == 304
