# SPDX-License-Identifier: EUPL-1.2
"""``SERVICE`` in a server as it is put together: what is listed, and what holds all the same."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from guidance_graph.app import create_app
from guidance_graph.build.release import Release
from guidance_graph.engine.formats import JSON
from guidance_graph.engine.question import Question
from guidance_graph.terms.errors import SettingError
from guidance_graph.terms.settings import Settings
from tests.engine.worker.test_walls import listener, was_reached
from tests.serving import serving


def service(address: str) -> str:
    return f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}"


@pytest.fixture(scope="module")
def client(root: Path, example_release: Release) -> Iterator[httpx.Client]:
    """A client of a server that lists an address of this machine, though it never asks one."""
    settings = Settings(
        root=root,
        releases=example_release.path.parent,
        services="http://127.0.0.1:9/sparql https://example.org/sparql",
    )
    with serving(settings) as base, httpx.Client(base_url=base, timeout=60) as http:
        yield http


def test_a_service_that_is_not_listed_is_not_asked(client: httpx.Client) -> None:
    with listener() as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/sparql"
        response = client.get("/sparql", params={"query": service(address)})
        assert not was_reached(server)
    assert response.status_code == 403
    assert "line 1, column 12" in response.json()["detail"]


def test_a_listed_service_at_a_private_address_is_not_asked(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": service("http://127.0.0.1:9/sparql")})
    assert response.status_code == 403
    assert "127.0.0.1" in response.json()["detail"]


def test_a_variable_is_no_service(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": "SELECT * { SERVICE ?s { ?s ?p ?o } }"})
    assert response.status_code == 403


def test_the_description_tells_what_may_be_asked(client: httpx.Client) -> None:
    said = client.get("/sparql", headers={"Accept": "application/n-triples"}).text
    assert "sparql-service-description#BasicFederatedQuery>" in said
    assert "SERVICE may ask http://127.0.0.1:9/sparql, https://example.org/sparql." in said


def test_an_answer_with_a_service_in_it_is_not_kept() -> None:
    assert Question(service("https://example.org/sparql"), JSON).volatile
    assert not Question("SELECT ?service { ?service a <http://e/Service> }", JSON).volatile


def test_a_list_that_cannot_be_read_is_told_at_the_start(
    root: Path, example_release: Release
) -> None:
    with pytest.raises(SettingError, match="ftp://example"):
        create_app(Settings(root=root, services="ftp://example.org/sparql"))
