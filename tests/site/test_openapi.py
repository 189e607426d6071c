# SPDX-License-Identifier: EUPL-1.2
"""The OpenAPI document and its page: what they say of a query is how it answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from tests.conftest import REPOSITORY
from tests.serving import QUERIES, serving, write_queries
from tests.site.test_start import Page

from guidance_graph.app import create_app
from guidance_graph.build.release import Release
from guidance_graph.engine.answer import Limits
from guidance_graph.engine.formats import GRAPH_FORMATS, SOLUTION_FORMATS
from guidance_graph.library.library import Library
from guidance_graph.protocol.description import Abilities
from guidance_graph.protocol.problems import RETRY_AFTER, STATUS
from guidance_graph.site.openapi import document
from guidance_graph.site.operation import PROBLEMS
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


def library_of(described: dict[str, Any]) -> dict[str, Any]:
    """The paths of the library."""
    paths: dict[str, Any] = described["paths"]
    return {path: paths[path] for path in paths if path.startswith("/queries/")}


def test_every_query_has_its_path(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    assert set(library_of(described)) == {f"/queries/{name[:-3]}" for name in QUERIES}


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
    for path, methods in library_of(described).items():
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
    whole = document(library, Abilities(Limits(), 1))
    assert len(library_of(whole)) == len(library) > 0
    operations = [each for methods in whole["paths"].values() for each in methods.values()]
    assert len({each["operationId"] for each in operations}) == len(operations) > len(library)
    assert {tag for each in operations for tag in each["tags"]} == {
        tag["name"] for tag in whole["tags"]
    }


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
        for each in methods.values():
            assert each["operationId"] in {section.get("id") for section in page.all("section")}
    assert "<em>" not in response.text


@pytest.mark.parametrize("where", ["/openapi.json", "/docs"])
def test_who_has_it_gets_304(client: httpx.Client, where: str) -> None:
    tag = client.get(where).headers["etag"]
    assert client.get(where, headers={"if-none-match": tag}).status_code == 304


def test_the_document_is_sound(described: dict[str, Any]) -> None:
    schemathesis.openapi.from_dict(described).validate()


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")  # of GET and HEAD
def test_every_address_of_the_server_has_its_path(described: dict[str, Any]) -> None:
    pages = {"/", "/docs", "/openapi.json", "/queries", "/static/{digest}/{name}"}
    routes = set(create_app(Settings(root=REPOSITORY)).openapi()["paths"]) | {"/sparql"}
    assert set(described["paths"]) - set(library_of(described)) == routes - pages


def test_every_problem_there_is_has_its_status(described: dict[str, Any]) -> None:
    assert {int(status) for status in STATUS.values()} - {500} <= set(PROBLEMS)
    responses = described["components"]["responses"]
    waits = {
        int(status) for status in responses if "Retry-After" in responses[status].get("headers", ())
    }
    assert waits == {int(status) for status in RETRY_AFTER}


def test_a_query_of_ones_own_is_asked_as_described(
    client: httpx.Client, described: dict[str, Any]
) -> None:
    got, posted = (described["paths"]["/sparql"][method] for method in ("get", "post"))
    query = next(each for each in got["parameters"] if each["name"] == "query")["example"]
    media_types = set(got["responses"]["200"]["content"])
    assert media_types == {each.media_type for each in (*SOLUTION_FORMATS, *GRAPH_FORMATS)}
    for each in SOLUTION_FORMATS:
        asked = client.get("/sparql", params={"query": query, "format": each.name})
        assert asked.headers["content-type"].split(";")[0] == each.media_type
    for media_type, body in posted["requestBody"]["content"].items():
        example = body["example"]
        sent: dict[str, Any] = {"headers": {"content-type": media_type}}
        sent |= {"content": example} if isinstance(example, str) else {"data": example}
        assert (
            client.post("/sparql", **sent).json()
            == client.get("/sparql", params={"query": query}).json()
        )
    assert "A query may take 120 seconds" in got["description"]


def test_examples_of_whole_graphs_and_files_lead_to_answers(
    client: httpx.Client, described: dict[str, Any]
) -> None:
    found = 0
    others = described["paths"].keys() - library_of(described)
    for path in others:
        operation = described["paths"][path]["get"]
        for each in operation["parameters"]:
            for value in each["schema"].get("examples", ()):
                found += 1
                given = None if each["in"] == "path" else {each["name"]: value}
                response = client.get(path.replace("{name}", value), params=given)
                media_type = response.headers["content-type"].split(";")[0]
                assert media_type in operation["responses"]["200"]["content"]
                assert response.status_code == 200
    assert found == 3
