# SPDX-License-Identifier: EUPL-1.2
import html
import json
from collections.abc import Iterator

import httpx
import pytest

from guidance_graph.protocol.problems import problem, status_of
from guidance_graph.terms import errors

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
#: Those of a page and its document that differ; a page is large enough to be compressed.
OWN_HEADERS = {
    *("content-type", "content-length", "content-encoding", "transfer-encoding"),
    *("vary", "date", "x-request-id"),
}
EXPECTED = {
    "QueryError": 400,
    "QuerySyntaxError": 400,
    "NotWritableError": 406,
    "ParameterError": 400,
    "QueryRefusedError": 403,
    "UpdateRefusedError": 403,
    "UnknownQueryError": 404,
    "EngineError": 503,
    "QueryMemoryError": 503,
    "ResultTooLargeError": 503,
    "EngineBusyError": 503,
    "ReleaseError": 503,
    "ClientShareError": 429,
    "QueryTimeoutError": 504,
    "BackendError": 502,
    "ServiceError": 502,
    "SourceError": 500,
    "SettingError": 500,
    "InvalidGraphError": 500,
    "GuidanceGraphError": 500,
}


def kinds(root: type[errors.GuidanceGraphError]) -> Iterator[type[errors.GuidanceGraphError]]:
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


def test_every_error_of_the_tree_has_a_status() -> None:
    tree = [kind for kind in kinds(errors.GuidanceGraphError) if kind.__module__ == errors.__name__]
    found = {kind.__name__: int(status_of(kind.__new__(kind))) for kind in tree}
    assert found == EXPECTED


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "Bad Request"),
        (413, "Content Too Large"),
        (414, "URI Too Long"),
        (416, "Range Not Satisfiable"),
        (422, "Unprocessable Content"),
    ],
)
def test_the_title_is_what_rfc_9110_calls_the_status_on_every_python(
    status: int, title: str
) -> None:
    assert json.loads(bytes(problem(status, "x").body))["title"] == title


def test_a_problem_leaves_out_what_is_not_known() -> None:
    content = json.loads(bytes(problem(400, "No.", line=3, column=None).body))
    assert content == {"title": "Bad Request", "status": 400, "detail": "No.", "line": 3}


@pytest.mark.parametrize(
    ("where", "status"),
    [
        ("/<b>&nowhere", 404),
        ("/queries/terms/<b>", 404),
        ("/sparql?query=SELECT<b>", 400),
        ("/sparql?query=DROP ALL %23<b>", 403),
        ("/sparql?query=ASK { SERVICE <http://a.example/b> {} %23<b>%0A}", 403),
        ("/sparql?query=ASK {}&format=<b>", 406),
        ("/sparql?query=%ff", 400),
        ("/queries/terms/echo?text=a&number=<b>", 400),
        ("/graph-store?graph=http://a.example/none", 404),
    ],
)
def test_a_browser_gets_a_page_that_says_the_same_as_text(
    client: httpx.Client, where: str, status: int
) -> None:
    page = client.get(where, headers=BROWSER)
    document = client.get(where)
    assert page.status_code == document.status_code == status
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert document.headers["content-type"] == "application/problem+json"
    of_page, of_document = (
        {name: each for name, each in response.headers.items() if name not in OWN_HEADERS}
        for response in (page, document)
    )
    assert of_page == of_document
    assert of_page["cache-control"] == "no-store"
    assert page.headers["vary"].startswith(document.headers["vary"])
    assert document.headers["vary"] == "Accept"
    assert "<b>" not in page.text
    shown = page.text.partition('<p class="detail">')[2].partition("</p>")[0]
    assert html.unescape(shown) == document.json()["detail"]


@pytest.mark.parametrize(
    "accept",
    [
        *(None, "*/*", "text/*", "application/*"),
        *("application/json, text/html;q=0.5", "text/html, application/problem+json"),
    ],
)
def test_who_does_not_prefer_a_page_gets_the_document(
    client: httpx.Client, accept: str | None
) -> None:
    response = client.get("/sparql?query=SELECT", headers={"accept": accept or ""})
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code == 400


def test_a_browser_too_gets_the_document_of_412_and_431(client: httpx.Client) -> None:
    asked = {"query": "ASK {}"}
    tag = client.post("/sparql", data=asked, headers=BROWSER).headers["etag"]
    for status, response in (
        (412, client.post("/sparql", data=asked, headers=BROWSER | {"if-none-match": tag})),
        (431, client.get("/", headers=BROWSER | {"x-long": "a" * 70_000})),
    ):
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("status", "waits"), [(400, False), (503, True), (504, True)])
def test_only_what_may_work_later_says_when(status: int, waits: bool) -> None:
    assert ("retry-after" in problem(status, "No.").headers) is waits
