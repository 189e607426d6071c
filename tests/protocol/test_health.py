# SPDX-License-Identifier: EUPL-1.2
import httpx

from guidance_graph import __version__
from guidance_graph.build.release import Release


def test_a_server_with_a_release_is_ready(client: httpx.Client, example_release: Release) -> None:
    expected = {"status": "ready", "version": __version__, "release": example_release.digest}
    for path in ("/health", "/health/ready"):
        response = client.get(path)
        assert (response.status_code, response.json()) == (200, expected)
        assert response.headers["cache-control"] == "no-store"
    assert client.get("/health/live").json() == {"status": "live"}
