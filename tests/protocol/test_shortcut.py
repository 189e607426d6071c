# SPDX-License-Identifier: EUPL-1.2
"""The routes that are answered before FastAPI sees the request."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from guidance_graph.protocol.problems import add_problem_handlers
from guidance_graph.protocol.routing import PlainRoute
from guidance_graph.protocol.shortcut import Shortcut
from guidance_graph.terms.errors import QueryTimeoutError


async def _way(request: Request) -> Response:
    """Tell what came, or fail as the address says."""
    name = request.path_params["name"]
    if name == "late":
        raise QueryTimeoutError("too late")
    if name == "broken":
        raise ValueError(name)
    return Response(f"{request.scope['route'].path} {name}")


@pytest.fixture
def shortcut() -> Shortcut:
    app = FastAPI()
    add_problem_handlers(app)
    route = PlainRoute("/way/{name}", _way, methods=["GET"])
    app.routes.append(route)

    @app.get("/other")
    async def other() -> str:
        return "other"

    return Shortcut(app, [route])


def asked(shortcut: Shortcut, method: str, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(shortcut)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path)

    return asyncio.run(ask())


def test_a_request_of_the_route_is_answered_with_what_its_address_holds(
    shortcut: Shortcut,
) -> None:
    response = asked(shortcut, "GET", "/way/there")
    assert (response.status_code, response.text) == (200, "/way/{name} there")


def test_an_error_is_answered_as_the_app_does(shortcut: Shortcut) -> None:
    response = asked(shortcut, "GET", "/way/late")
    assert response.status_code == 504
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "too late"


def test_an_error_that_nobody_has_foreseen_is_raised(shortcut: Shortcut) -> None:
    with pytest.raises(ValueError, match="broken"):
        asked(shortcut, "GET", "/way/broken")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/other", 200), ("GET", "/nothing", 404), ("DELETE", "/way/there", 405)],
)
def test_the_app_answers_whatever_else_comes(
    shortcut: Shortcut, method: str, path: str, status: int
) -> None:
    response = asked(shortcut, method, path)
    assert response.status_code == status
    if status == 405:
        assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}
