# SPDX-License-Identifier: EUPL-1.2
"""A server over the example release for real clients, and a file of somebody else's statements."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from guidance_graph.build.release import Release
from guidance_graph.terms.settings import Settings
from tests.clients.questions import MINISTRY
from tests.serving import serving, write_queries

NOTES = f"{MINISTRY.n3()} <http://example.org/note> 'visited' ."


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory, example_release: Release) -> Iterator[str]:
    """Where the server is; its bounds are those that it has by default."""
    root = tmp_path_factory.mktemp("clients")
    write_queries(root)
    with serving(Settings(root=root, releases=example_release.path.parent)) as base:
        yield base


@pytest.fixture(scope="package")
def client(address: str) -> Iterator[httpx.Client]:
    """A client that adds no header of its own that could change an answer."""
    with httpx.Client(base_url=address, timeout=120, trust_env=False) as http:
        del http.headers["accept"], http.headers["accept-encoding"]
        yield http


@pytest.fixture(scope="package")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Turtle file with a statement that the release has not."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        extensions_map = {".ttl": "text/turtle"}  # noqa: RUF012 (as the class above has it)

        def log_message(self, *arguments: object) -> None:
            pass

    folder = tmp_path_factory.mktemp("notes")
    Path(folder, "notes.ttl").write_text(NOTES)
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/notes.ttl"
        finally:
            server.shutdown()
            thread.join()
