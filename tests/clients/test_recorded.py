# SPDX-License-Identifier: EUPL-1.2
"""Requests that clients send get an answer that they can read, and that says the right thing."""

import io
import json

import httpx
import pytest
from rdflib import Graph, Literal
from rdflib.query import Result

from guidance_graph.engine.formats import GRAPH_FORMATS, SOLUTION_FORMATS
from tests.clients.questions import ASK, LABELS, SELECT, TRIPLES
from tests.clients.recorded import REQUESTS, Recorded, Way

#: What rdflib calls the formats of solutions.
_RDFLIB = {
    "application/sparql-results+json": "json",
    "application/sparql-results+xml": "xml",
    "text/csv": "csv",
}
_TYPES = {each.media_type for each in (*GRAPH_FORMATS, *SOLUTION_FORMATS)}


def send(client: httpx.Client, recorded: Recorded) -> httpx.Response:
    """Send a request with its headers and no others."""
    query = ("query", recorded.query)
    headers = recorded.headers | {"Accept": recorded.accept}
    if recorded.way is Way.FORM:
        content = str(httpx.QueryParams((query, *recorded.parameters))).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        return client.post("/sparql", content=content, headers=headers)
    if recorded.way is Way.BODY:
        return client.post(
            "/sparql",
            params=recorded.parameters,
            content=recorded.query.encode(),
            headers={"Content-Type": "application/sparql-query"} | headers,
        )
    return client.get("/sparql", params=(query, *recorded.parameters), headers=headers)


def read(response: httpx.Response, media_type: str) -> object:
    """What an answer says: labels, a boolean or triples."""
    if media_type in {each.media_type for each in GRAPH_FORMATS}:
        # all is in the default graph, and so TriG is Turtle
        as_turtle = "text/turtle" if media_type == "application/trig" else media_type
        return set(Graph().parse(data=response.content, format=as_turtle))
    result = Result.parse(io.BytesIO(response.content), format=_RDFLIB[media_type])
    if result.type == "ASK":
        return result.askAnswer
    return {row[0] for row in result}  # type: ignore[index]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # rdflib's JSON-LD
@pytest.mark.parametrize(
    "recorded",
    REQUESTS,
    ids=[f"{number} {each.client}" for number, each in enumerate(REQUESTS)],
)
def test_a_client_can_read_what_it_gets(client: httpx.Client, recorded: Recorded) -> None:
    response = send(client, recorded)
    assert response.status_code == 200, response.text
    media_type = response.headers["content-type"].partition(";")[0]
    wanted = recorded.reads or {
        name.partition(";")[0].strip() for name in recorded.accept.split(",")
    }
    assert media_type in (_TYPES if wanted == {"*/*"} else wanted)
    said = read(response, media_type)
    if recorded.query.startswith("ASK"):
        assert said is True
    elif recorded.query.startswith("SELECT"):
        exact = media_type != "text/csv"  # CSV has no languages
        assert said == (LABELS if exact else {Literal(str(label)) for label in LABELS})
    elif recorded.query.startswith("CONSTRUCT"):
        assert said == TRIPLES
    else:
        assert isinstance(said, set)
        assert said >= TRIPLES


def test_a_browser_on_another_site_may_send_what_yasgui_sends(client: httpx.Client) -> None:
    response = client.options(
        "/sparql",
        headers={
            "Origin": "https://yasgui.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-requested-with",
        },
    )
    assert response.status_code in (200, 204)
    assert response.headers["access-control-allow-origin"] == "*"
    allowed = response.headers["access-control-allow-headers"].lower()
    assert "content-type" in allowed or allowed == "*"


@pytest.mark.parametrize(
    "parameters",
    [
        {"infer": "true", "sameAs": "false", "queryLn": "sparql", "limit": "1", "offset": "1"},
        {"output": "json", "results": "json", "debug": "on", "should-sponge": "", "maxrows": "9"},
        {"analytic": "true", "explain": "false", "maxQueryTimeMillis": "1", "queryId": "x-1"},
        {"stylesheet": "/xml-to-html.xsl", "force-accept": "text/plain", "action": "json_export"},
        {"_": "1700000000000", "callback": "read"},
        {"endpoint": "http://127.0.0.1:1/", "specUrl": "http://127.0.0.1:1/", "cmd": "clear-cache"},
    ],
    ids=["GraphDB", "Virtuoso", "Blazegraph", "Fuseki and QLever", "jQuery", "grlc"],
)
def test_parameters_of_other_servers_change_nothing(
    client: httpx.Client, parameters: dict[str, str]
) -> None:
    response = client.get("/sparql", params={"query": SELECT} | parameters)
    assert response.status_code == 200, response.text
    bindings = json.loads(response.content)["results"]["bindings"]
    assert {row["label"]["value"] for row in bindings} == {str(label) for label in LABELS}
    asked = client.post("/sparql", data={"query": ASK} | parameters)
    assert asked.json()["boolean"] is True
