# SPDX-License-Identifier: EUPL-1.2
"""What every response carries, and an error that nobody has foreseen."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

from guidance_graph.app import create_app
from guidance_graph.protocol.headers import SECURITY_HEADERS
from guidance_graph.protocol.observation import Records
from guidance_graph.protocol.record import RECORD, Record
from guidance_graph.terms.settings import Settings

SECRET = "s3cret"


@pytest.fixture
def app(root: Path) -> FastAPI:
    """The server, with routes that fail."""
    app = create_app(Settings(root=root))

    @app.get("/broken")
    async def broken() -> Response:
        raise ValueError(SECRET)

    @app.get("/half")
    async def half() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begun"
            raise ValueError(SECRET)

        return StreamingResponse(parts())

    return app


def asked(app: FastAPI, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            response = await client.get(path)
        await asyncio.sleep(0.01)  # its record is handed on before that
        return response

    return asyncio.run(ask())


def test_each_response_names_its_request(client: httpx.Client) -> None:
    paths = ("/", "/health/live", "/nothing", "/sparql?query=ASK%7B%7D", "/sparql?query=ASK%7B%7D")
    names = {client.get(path).headers["x-request-id"] for path in paths}
    assert len(names) == len(paths)
    given = client.get("/", headers={"x-request-id": "mine"}).headers["x-request-id"]
    assert given != "mine"


def test_an_unforeseen_error_is_a_problem_like_every_other(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    response = asked(app, "/broken")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["title"] == "Internal Server Error"
    assert SECRET not in response.text
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value
    raised = [each for each in caplog.records if each.exc_info]
    assert len(raised) == 1
    line = next(each for each in caplog.records if hasattr(each, "fields"))
    assert line.levelno == logging.ERROR
    assert line.__dict__["fields"]["request_id"] == response.headers["x-request-id"]
    assert line.__dict__["fields"]["error"] == "ValueError"


def test_an_error_after_the_first_byte_ends_the_response_without_its_end(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[str] = []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body"):
            sent.append("end")
        sent.append(str(message.get("body", message["type"])))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/half",
        "raw_path": b"/half",
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    assert sent == ["http.response.start", "b'begun'"]
    assert sum(each.exc_info is not None for each in caplog.records) == 1


def test_nothing_of_a_request_stays_behind(app: FastAPI) -> None:
    assert asked(app, "/health/live").status_code == 200
    assert RECORD.get() is None


def test_records_are_handed_on_together_a_moment_later() -> None:
    seen: list[tuple[str, str]] = []

    async def end_some() -> None:
        records = Records([lambda each: seen.append(("first", each.id))])
        for name in "ab":
            records.add(Record(name, "GET", 0.0))
        assert not seen
        await asyncio.sleep(0.01)
        assert seen == [("first", "a"), ("first", "b")]
        records.add(Record("c", "GET", 0.0))
        records.hand_on()
        await asyncio.sleep(0.01)

    asyncio.run(end_some())
    assert seen == [("first", "a"), ("first", "b"), ("first", "c")]


def test_what_has_ended_is_handed_on_when_the_server_ends(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    async def live() -> None:
        caplog.set_level(logging.INFO)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await client.get("/queries/terms/nothing")

        async def receive() -> dict[str, str]:
            return {"type": "lifespan.startup"}

        async def send(_: dict[str, object]) -> None:
            """Hear whatever is said."""

        with contextlib.suppress(BaseException):  # there is no release to start with
            await app({"type": "lifespan", "app": app}, receive, send)  # type: ignore[arg-type]

    asyncio.run(live())
    lines = [each for each in caplog.records if hasattr(each, "fields")]
    assert [line.__dict__["fields"]["status"] for line in lines] == [404]
