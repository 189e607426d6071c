# SPDX-License-Identifier: EUPL-1.2
"""The SPARQL 1.1 Protocol, status by status."""

import json
from typing import Any
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest

from guidance_graph.engine.formats import GRAPH_FORMATS, SOLUTION_FORMATS, XLSX, Format
from tests.workbooks import cells_of

SELECT = "SELECT ?x { VALUES ?x { 1 2 } }"
ASK = "ASK {}"
CONSTRUCT = "CONSTRUCT { <http://e/s> <http://e/p> 'é' } WHERE {}"
DESCRIBE = "PREFIX owl: <http://www.w3.org/2002/07/owl#> DESCRIBE ?c { ?c a owl:Class } LIMIT 1"


def problem_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """Check that a response is a problem document of a status; return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = response.json()
    assert content["status"] == status
    assert content["title"]
    assert "Traceback" not in response.text
    return content


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "GET", "params": {"query": SELECT}},
        {"method": "POST", "data": {"query": SELECT}},
        {
            "method": "POST",
            "content": SELECT,
            "headers": {"content-type": "application/sparql-query"},
        },
        {
            "method": "POST",
            "content": SELECT,
            "headers": {"content-type": "application/sparql-query; charset=UTF-8"},
        },
        {"method": "POST", "data": {"query": "\ufeff" + SELECT}},
        {
            "method": "POST",
            "content": "\ufeff" + SELECT,
            "headers": {"content-type": "application/sparql-query"},
        },
    ],
    ids=["get", "form", "direct", "direct, with a charset", "form, marked", "direct, marked"],
)
def test_a_query_can_be_asked_in_each_way_of_the_protocol(
    client: httpx.Client, request_: dict[str, Any]
) -> None:
    response = client.request(url="/sparql", **request_)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/sparql-results+json"
    assert response.headers["vary"].split(", ")[0] == "Accept"
    assert [row["x"]["value"] for row in response.json()["results"]["bindings"]] == ["1", "2"]


@pytest.mark.parametrize("query", [SELECT, ASK])
@pytest.mark.parametrize("answer_format", SOLUTION_FORMATS, ids=lambda each: each.title)
def test_select_and_ask_come_in_each_format(
    client: httpx.Client, query: str, answer_format: Format
) -> None:
    by_header = client.get(
        "/sparql", params={"query": query}, headers={"accept": answer_format.media_type}
    )
    by_name = client.get("/sparql", params={"query": query, "format": answer_format.name})
    assert by_header.headers["content-type"] == answer_format.content_type
    assert by_name.content == by_header.content
    if answer_format is XLSX:
        expected = [("x",), (1,), (2,)] if query == SELECT else [(True,)]
        assert cells_of(by_header.content) == expected
    elif query == SELECT:
        assert b"1" in by_header.content
        assert b"2" in by_header.content
    else:
        assert b"true" in by_header.content


@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE])
@pytest.mark.parametrize("answer_format", GRAPH_FORMATS, ids=lambda each: each.title)
def test_construct_and_describe_come_in_each_format(
    client: httpx.Client, query: str, answer_format: Format
) -> None:
    response = client.get(
        "/sparql", params={"query": query}, headers={"accept": answer_format.media_type}
    )
    assert response.headers["content-type"] == answer_format.content_type
    rdf_format = ox.RdfFormat.from_media_type(answer_format.media_type)
    assert rdf_format is not None
    quads = list(ox.parse(response.content, rdf_format))
    assert quads
    if query == CONSTRUCT:
        assert [quad.object for quad in quads] == [ox.Literal("é")]


def test_lines_of_accept_are_read_as_one(client: httpx.Client) -> None:
    lines = [("accept", "text/csv;q=0.5"), ("accept", "text/tab-separated-values")]
    response = client.get("/sparql", params={"query": SELECT}, headers=lines)
    assert response.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
    page = client.get("/", headers=[("accept", "text/html;q=0.5"), ("accept", "application/json")])
    assert page.headers["content-type"] == "application/json"


def test_head_has_the_headers_of_get_and_no_body(client: httpx.Client) -> None:
    response = client.head("/sparql", params={"query": SELECT, "format": "csv"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.content == b""


def test_options_says_what_can_be_done(client: httpx.Client) -> None:
    response = client.options("/sparql")
    assert response.status_code == 204
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_any_page_may_ask_and_none_with_credentials(client: httpx.Client) -> None:
    origin = {"origin": "https://example.org"}
    preflight = origin | {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    for response in (
        client.get("/sparql", params={"query": ASK}, headers=origin),
        client.options("/sparql", headers=preflight),
    ):
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    ("query", "line"),
    [("SELECT * {\n  ?s ?p }", 2), ("SELECT ?x", 1), ("", 1), ("nonsense", 1), ("\u0000", 1)],
)
def test_a_broken_query_is_400_with_its_place(client: httpx.Client, query: str, line: int) -> None:
    content = problem_of(client.post("/sparql", data={"query": query}), 400)
    assert content["line"] == line
    assert content["column"] >= 1


@pytest.mark.parametrize(
    ("method", "request_", "reason"),
    [
        ("GET", {"params": {"other": "x"}}, "expected one parameter 'query', found 0"),
        ("GET", {"params": [("query", ASK), ("query", ASK)]}, "found 2"),
        ("POST", {"params": {"query": ASK}, "data": {"query": ASK}}, "found 2"),
        ("POST", {"data": {"other": "x"}}, "found 0"),
        (
            "POST",
            {
                "params": {"query": ASK},
                "content": ASK,
                "headers": {"content-type": "application/sparql-query"},
            },
            "found 2",
        ),
        ("GET", {"params": {"query": f"{ASK} {ASK}"}}, "line 1"),
        ("GET", {"params": {"query": ASK, "timeout": "soon"}}, "timeout must be a number"),
        ("GET", {"params": {"query": ASK, "timeout": "0"}}, "timeout must be a number"),
        ("GET", {"params": {"query": ASK, "timeout": "nan"}}, "timeout must be a number"),
        ("GET", {"params": {"query": ASK, "timeout": "inf"}}, "timeout must be a number"),
        ("GET", {"params": {"query": ASK, "timeout": ["1", "2"]}}, "timeout is given twice"),
        ("GET", {"params": {"query": ASK, "default-graph-uri": ""}}, "not an absolute IRI"),
        ("GET", {"params": {"query": ASK, "default-graph-uri": "x> <y"}}, "not an absolute IRI"),
        ("GET", {"params": {"query": ASK, "named-graph-uri": "http://["}}, "is no IRI: Invalid"),
        ("GET", {"params": {"query": ASK, "named-graph-uri": ""}}, "not an absolute IRI"),
        ("GET", {"params": [("query", ASK)] + [("a", "b")] * 300}, "more than 200 parameters"),
    ],
)
def test_a_request_that_is_not_of_the_protocol_is_400(
    client: httpx.Client, method: str, request_: dict[str, Any], reason: str
) -> None:
    assert reason in problem_of(client.request(method, "/sparql", **request_), 400)["detail"]


def test_a_codepoint_escape_may_stand_anywhere(client: httpx.Client) -> None:
    query = r"PREFIX e: <http://\u0061/> SEL\u0045CT (e:\U00000062 AS ?\u0078) {}"
    for sent in (
        client.get("/sparql", params={"query": query}),
        client.post("/sparql", content=query, headers={"content-type": "application/sparql-query"}),
    ):
        assert sent.json()["head"]["vars"] == ["x"]
        assert sent.json()["results"]["bindings"][0]["x"]["value"] == "http://a/b"


def test_what_is_not_utf8_is_400(client: httpx.Client) -> None:
    direct = {"content-type": "application/sparql-query"}
    form = {"content-type": "application/x-www-form-urlencoded"}
    content = problem_of(
        client.post("/sparql", content=b"ASK {\n ?s ?p '\xe9' }", headers=direct), 400
    )
    assert (content["line"], content["column"]) == (2, 9)
    assert "UTF-8" in content["detail"]
    for response in (
        client.get("/sparql?query=ASK%20%7B%20?s%20?p%20'%E9'%7D"),
        client.post("/sparql", content=b"query=%E9", headers=form),
        client.post("/sparql", content=b"query=\xe9", headers=form),
    ):
        assert "UTF-8" in problem_of(response, 400)["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "INSERT DATA { <http://e/s> <http://e/p> <http://e/o> }",
        "LOAD <http://127.0.0.1/>",
        "CLEAR ALL",
    ],
)
def test_what_the_endpoint_does_not_do_is_403_with_the_reason(
    client: httpx.Client, query: str
) -> None:
    content = problem_of(client.post("/sparql", data={"query": query}), 403)
    assert "endpoint" in content["detail"]


def test_an_update_is_403_in_each_way_of_the_protocol(client: httpx.Client) -> None:
    update = "INSERT DATA { <http://e/s> <http://e/p> <http://e/o> }"
    media_type = {"content-type": "application/sparql-update"}
    for response in (
        client.post("/sparql", data={"update": update}),
        client.post("/sparql", content=update, headers=media_type),
    ):
        assert "updates are refused" in problem_of(response, 403)["detail"]
    asked = client.get("/sparql", params={"query": "ASK { <http://e/s> ?p ?o }"})
    assert asked.json()["boolean"] is False


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        *((method, "never changed") for method in ("PUT", "PATCH", "DELETE")),
        *((method, "cannot be done here") for method in ("TRACE", "PROPFIND", "LOCK")),
    ],
)
def test_another_method_is_405_and_says_which_are_possible(
    client: httpx.Client, method: str, reason: str
) -> None:
    response = client.request(method, "/sparql", params={"query": ASK})
    assert reason in problem_of(response, 405)["detail"]
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        (SELECT, {"headers": {"accept": "text/turtle"}}),
        (SELECT, {"headers": {"accept": "image/png"}}),
        (CONSTRUCT, {"headers": {"accept": "text/csv"}}),
        (SELECT, {"params": {"format": "ttl"}}),
        (CONSTRUCT, {"params": {"format": "nonsense"}}),
    ],
)
def test_a_format_that_the_form_does_not_have_is_406_with_those_it_has(
    client: httpx.Client, query: str, asked: dict[str, Any]
) -> None:
    parameters = {"query": query} | asked.get("params", {})
    response = client.get("/sparql", params=parameters, headers=asked.get("headers"))
    detail = problem_of(response, 406)["detail"]
    known = "text/turtle (format=ttl)" if query == CONSTRUCT else "text/csv (format=csv)"
    assert known in detail
    assert response.headers["vary"].startswith("Accept")


@pytest.mark.parametrize("size", [16 << 10, 200 << 10])
def test_a_huge_query_is_413(client: httpx.Client, size: int) -> None:
    huge = "ASK {} #" + "x" * size
    media_type = {"content-type": "application/sparql-query"}
    for response in (
        client.post("/sparql", data={"query": huge}),
        client.post("/sparql", content=huge, headers=media_type),
    ):
        assert "16,384 bytes" in problem_of(response, 413)["detail"]


def test_a_post_without_a_body_may_have_its_query_in_the_address(client: httpx.Client) -> None:
    response = client.post("/sparql", params={"query": ASK})
    assert "content-type" not in response.request.headers
    assert response.status_code == 200


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/json", "", "application/sparql-query; charset=utf-16"],
)
def test_a_body_of_another_type_is_415(client: httpx.Client, media_type: str) -> None:
    response = client.post("/sparql", content=ASK, headers={"content-type": media_type})
    assert "application/sparql-query" in problem_of(response, 415)["detail"]
    assert "application/sparql-query" in response.headers["accept-post"]


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "x"])
def test_a_body_that_is_compressed_is_415(client: httpx.Client, coding: str) -> None:
    headers = {"content-type": "application/sparql-query", "content-encoding": coding}
    response = client.post("/sparql", content=ASK, headers=headers)
    assert coding in problem_of(response, 415)["detail"]
    assert response.headers["accept-encoding"] == "identity"
    plain = client.post("/sparql", content=ASK, headers=headers | {"content-encoding": "Identity"})
    assert plain.status_code == 200


@pytest.mark.parametrize(
    "where",
    [
        "/",
        "/sparql",
        "/docs",
        "/openapi.json",
        "/nowhere",
        "/health",
        "/health/live",
        "/.well-known/void",
        "/graph-store?default",
        "/graph/metadata",
        "/graph/nothing",
        "/dumps/guidance-graph.nq",
        "/queries/terms/classes",
        "/queries/terms/echo",
        f"/sparql?query={quote(SELECT)}",
        f"/sparql?query={quote(CONSTRUCT)}&format=nt",
        "/sparql?query=nonsense",
    ],
)
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_head_is_get_without_its_body(client: httpx.Client, where: str, coding: str) -> None:
    headers = {"accept-encoding": coding}
    get, head = (client.request(method, where, headers=headers) for method in ("GET", "HEAD"))
    assert head.content == b""
    assert head.status_code == get.status_code
    # a file is compressed as it is read, and for HEAD it is not read
    varying = {"date", "content-length", "transfer-encoding", "content-encoding", "x-request-id"}
    kept = [
        {
            name: value.removeprefix("W/")
            for name, value in response.headers.items()
            if name not in varying
        }
        for response in (get, head)
    ]
    assert kept[0] == kept[1]


@pytest.mark.parametrize(
    ("where", "status"),
    [
        (f"/sparql?query={quote(SELECT)}", 200),
        ("/sparql", 200),
        ("/", 200),
        ("/.well-known/void", 200),
        ("/graph-store?default", 200),
        ("/queries/terms/classes", 200),
        ("/queries/terms/clases", 404),
        ("/sparql?query=nonsense", 400),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/xml"])
def test_what_is_negotiated_says_so(
    client: httpx.Client, where: str, status: int, accept: str
) -> None:
    response = client.get(where, headers={"accept": accept})
    assert response.status_code in (status, 406, 303)
    assert "Accept" in [each.strip() for each in response.headers["vary"].split(",")]


def test_the_graphs_of_the_protocol_are_those_that_are_asked(client: httpx.Client) -> None:
    count = "SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    graphs = client.get(
        "/sparql",
        params={"query": "SELECT DISTINCT ?g { GRAPH ?g {} } ORDER BY ?g", "format": "csv"},
    ).text.split()[1:]
    assert len(graphs) > 1

    def number(**parameters: str | list[str]) -> int:
        given: dict[str, Any] = {"query": count, "format": "csv"} | parameters
        return int(client.get("/sparql", params=given).text.split()[1])

    each = [number(**{"default-graph-uri": graph}) for graph in graphs]
    assert min(each) > 0
    assert [number(**{"named-graph-uri": graph}) for graph in graphs] == each
    assert number(**{"named-graph-uri": graphs}) == sum(each)
    assert number(**{"default-graph-uri": "http://127.0.0.1/elsewhere"}) == 0


def test_a_query_of_the_library_is_an_address(client: httpx.Client) -> None:
    response = client.get("/queries/terms/classes", headers={"accept": "text/csv"})
    assert response.status_code == 200
    lines = response.text.split()
    assert lines[0] == "class"
    assert lines[1:] == sorted(lines[1:])
    assert len(lines) > 1


def echo(client: httpx.Client, **parameters: str) -> dict[str, str]:
    response = client.get("/queries/terms/echo", params=parameters)
    assert response.status_code == 200, response.text
    (row,) = response.json()["results"]["bindings"]
    return {name: binding["value"] for name, binding in row.items()}


def test_an_empty_timeout_is_none_everywhere(client: httpx.Client) -> None:
    for path, parameters in (("/sparql", {"query": ASK}), ("/queries/terms/classes", {})):
        assert client.get(path, params={**parameters, "timeout": ""}).status_code == 200
        assert client.get(path, params={**parameters, "timeout": "0"}).status_code == 400


def test_parameters_of_a_library_query_have_types_and_defaults(client: httpx.Client) -> None:
    assert echo(client, text="a") == {"back": "a", "next": "8", "given": "false"}
    given = echo(client, text="b", number="-2", thing="gg:Actor")
    assert given == {"back": "b", "next": "-1", "given": "true"}


@pytest.mark.parametrize(
    "attack",
    [
        '") AS ?x) { ?s ?p ?o } #',
        "'} UNION { SERVICE <http://127.0.0.1/> {} }",
        "\\",
        "\n\r\t\"'\\u0022",
        "?number",
        "<script>alert(1)</script>",
        "é\u0000\U0001f600",
    ],
)
def test_a_parameter_comes_back_as_the_text_it_is(client: httpx.Client, attack: str) -> None:
    assert echo(client, text=attack)["back"] == attack


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "needs a value for the parameter text"),
        ({"text": "a", "nunber": "1"}, "has no parameter nunber; it has: text, number, thing"),
        ({"text": "a", "number": "1 } #"}, "number must be a whole number such as 18, not '1 } #'"),
        ({"text": "a", "number": "9" * 40}, "number must be a whole number"),
        ({"text": "a", "thing": "x> } #"}, "thing must be an absolute IRI"),
        ({"text": ["a", "b"]}, "text is given twice"),
    ],
)
def test_a_parameter_that_does_not_fit_is_400(
    client: httpx.Client, parameters: dict[str, Any], reason: str
) -> None:
    response = client.get("/queries/terms/echo", params=parameters)
    assert reason in problem_of(response, 400)["detail"]


def test_a_query_that_the_library_does_not_have_is_404_with_those_near_it(
    client: httpx.Client,
) -> None:
    detail = problem_of(client.get("/queries/terms/clases"), 404)["detail"]
    assert "near it: terms/classes" in detail


@pytest.mark.parametrize(
    "path", ["/nowhere", "/purge-tbox-cache", "/$/stats", "/$/compact/ds", "/admin", "/update"]
)
def test_what_is_not_there_is_404(client: httpx.Client, path: str) -> None:
    assert f"nothing at {path}" in problem_of(client.get(path), 404)["detail"]


def test_every_response_has_the_security_headers(client: httpx.Client) -> None:
    for path in ("/", "/sparql", "/nowhere", "/health", f"/sparql?query={quote(ASK)}"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]


def test_a_problem_shows_text_and_never_markup(client: httpx.Client) -> None:
    response = client.get("/queries/terms/echo", params={"text": "a", "number": "<b>1</b>"})
    assert response.headers["content-type"] == "application/problem+json"
    assert json.loads(response.text)["detail"].endswith("not '<b>1</b>'")
