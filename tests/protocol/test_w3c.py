# SPDX-License-Identifier: EUPL-1.2
"""The tests of the W3C for the SPARQL 1.1 Protocol, by their names, over graphs of the example.

Theirs put their own graphs there first, which no client may here: so three graphs that are there
stand for them, and an update is refused in each way. The words are ours.
"""

from typing import Any

import httpx
import pytest

from guidance_graph.terms.namespaces import GRAPHS

QUERY = {"content-type": "application/sparql-query"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
UPDATE = {"content-type": "application/sparql-update"}
ONE, TWO, THREE = (GRAPHS + name for name in ("data/finland/policy", "metadata", "inferred"))

#: What tells each graph from the two others: the predicate of one of its triples.
_MARKS = """SELECT ?mark {{ GRAPH <{0}> {{ ?s ?mark ?o }}
  FILTER NOT EXISTS {{ GRAPH ?g {{ ?a ?mark ?b }} FILTER(?g IN (<{1}>, <{2}>)) }} }} LIMIT 1"""


@pytest.fixture(scope="module")
def marks(client: httpx.Client) -> list[str]:
    """A predicate that is in one of the graphs and in neither of the others, for each."""
    found = []
    for first, *others in ((ONE, TWO, THREE), (TWO, ONE, THREE), (THREE, ONE, TWO)):
        rows = client.post("/sparql", data={"query": _MARKS.format(first, *others)}).json()
        found.append(f"<{rows['results']['bindings'][0]['mark']['value']}>")
    return found


DEFAULT = "ASK {{ ?a {0} ?b . ?c {1} ?d FILTER NOT EXISTS {{ ?e {2} ?f }} }}"
NAMED = """ASK {{ GRAPH ?g {{ ?a {0} ?b }} GRAPH ?h {{ ?c {1} ?d }}
  FILTER NOT EXISTS {{ GRAPH ?i {{ ?e {2} ?f }} }} FILTER NOT EXISTS {{ ?j ?k ?l }} }}"""
FULL = "ASK {{ ?a {2} ?b GRAPH ?g {{ ?c {0} ?d }} GRAPH ?h {{ ?e {1} ?f }} }}"
OTHER = "ASK FROM <" + THREE + "> {{" + NAMED.partition("{{")[2]
TWO_DEFAULT = {"default-graph-uri": [ONE, TWO]}
TWO_NAMED = {"named-graph-uri": [ONE, TWO]}


@pytest.mark.parametrize(
    ("query", "graphs", "method"),
    [
        pytest.param(DEFAULT, TWO_DEFAULT, "GET", id="query_dataset_default_graphs_get"),
        pytest.param(DEFAULT, TWO_DEFAULT, "POST", id="query_dataset_default_graphs_post"),
        pytest.param(NAMED, TWO_NAMED, "GET", id="query_dataset_named_graphs_get"),
        pytest.param(NAMED, TWO_NAMED, "POST", id="query_dataset_named_graphs_post"),
        pytest.param(
            FULL, TWO_NAMED | {"default-graph-uri": [THREE]}, "POST", id="query_dataset_full"
        ),
        pytest.param(OTHER, TWO_NAMED, "POST", id="query_multiple_dataset"),
    ],
)
def test_the_dataset_is_that_of_the_request(
    client: httpx.Client, marks: list[str], query: str, graphs: dict[str, list[str]], method: str
) -> None:
    text = query.format(*marks)
    if method == "GET":
        response = client.get("/sparql", params={"query": text, **graphs})
    else:
        response = client.post("/sparql", params=graphs, content=text, headers=QUERY)
    assert response.status_code == 200, response.text
    assert response.json()["boolean"] is True


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        pytest.param({"data": {"query": "ASK {}"}}, "sparql-results", id="query_post_form"),
        pytest.param(
            {"method": "GET", "params": {"query": "ASK {}", "default-graph-uri": ONE}},
            "sparql-results",
            id="query_get",
        ),
        pytest.param(
            {"content": "SELECT (1 AS ?value) {}", "headers": QUERY},
            "sparql-results",
            id="query_content_type_select",
        ),
        pytest.param(
            {"content": "ASK {}", "headers": QUERY}, "sparql-results", id="query_content_type_ask"
        ),
        pytest.param(
            {"content": "DESCRIBE <http://example.org/>", "headers": QUERY},
            "turtle",
            id="query_content_type_describe",
        ),
        pytest.param(
            {"content": "CONSTRUCT { <s> <p> 1 } WHERE {}", "headers": QUERY},
            "turtle",
            id="query_content_type_construct",
        ),
        pytest.param({"content": "ASK {}", "headers": QUERY}, "json", id="query_post_direct"),
    ],
)
def test_a_query_has_an_answer_of_its_kind(
    client: httpx.Client, request_: dict[str, Any], kind: str
) -> None:
    response = client.request(url="/sparql", **{"method": "POST"} | request_)
    assert response.status_code == 200, response.text
    assert kind in response.headers["content-type"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(
            {"method": "PUT", "params": {"query": "ASK {}"}, "headers": FORM},
            405,
            id="bad_query_method",
        ),
        pytest.param(
            {"method": "GET", "params": {"query": ["ASK {}", "SELECT * {}"]}},
            400,
            id="bad_multiple_queries",
        ),
        pytest.param(
            {"content": "ASK {}", "headers": {"content-type": "text/plain"}},
            415,
            id="bad_query_wrong_media_type",
        ),
        pytest.param({"content": "query=ASK%20%7B%7D"}, 415, id="bad_query_missing_form_type"),
        pytest.param({"content": "ASK {}"}, 415, id="bad_query_missing_direct_type"),
        pytest.param(
            {
                "content": "ASK {}".encode("utf-16"),
                "headers": {"content-type": "application/sparql-query; charset=UTF-16"},
            },
            415,
            id="bad_query_non_utf8",
        ),
        pytest.param({"method": "GET", "params": {"query": "ASK {"}}, 400, id="bad_query_syntax"),
        pytest.param(
            {"method": "GET", "params": {"update": "CLEAR ALL"}}, 403, id="bad_update_get"
        ),
        pytest.param(
            {"data": {"update": ["CLEAR NAMED", "CLEAR DEFAULT"]}}, 403, id="bad_multiple_updates"
        ),
        pytest.param(
            {"content": "CLEAR NAMED", "headers": {"content-type": "text/plain"}},
            415,
            id="bad_update_wrong_media_type",
        ),
        pytest.param({"content": "update=CLEAR%20NAMED"}, 415, id="bad_update_missing_form_type"),
        pytest.param(
            {
                "content": "CLEAR NAMED".encode("utf-16"),
                "headers": {"content-type": "application/sparql-update; charset=UTF-16"},
            },
            403,
            id="bad_update_non_utf8",
        ),
        pytest.param({"data": {"update": "CLEAR XYZ"}}, 403, id="bad_update_syntax"),
        pytest.param(
            {
                "params": {"using-named-graph-uri": ONE},
                "content": "DELETE { ?s ?p ?o } USING <http://example.org/> WHERE { ?s ?p ?o }",
                "headers": UPDATE,
            },
            403,
            id="bad_update_dataset_conflict",
        ),
        pytest.param({"content": "CLEAR ALL", "headers": UPDATE}, 403, id="update_post_direct"),
        pytest.param({"data": {"update": "CLEAR ALL"}}, 403, id="update_post_form"),
    ],
)
def test_what_is_no_query_is_refused(
    client: httpx.Client, request_: dict[str, Any], status: int
) -> None:
    response = client.request(url="/sparql", **{"method": "POST"} | request_)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
