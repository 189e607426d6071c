# SPDX-License-Identifier: EUPL-1.2
"""A server over the example release, and a client of it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from guidance_graph.build.release import Release
from guidance_graph.terms.settings import Settings
from tests.serving import serving, write_queries


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a small query library."""
    path = tmp_path_factory.mktemp("root")
    write_queries(path)
    return path


@pytest.fixture(scope="session")
def address(root: Path, example_release: Release) -> Iterator[str]:
    """Where a server is, whose limits no sound query reaches."""
    settings = Settings(
        root=root,
        releases=example_release.path.parent,
        query_timeout=120,
        query_size=16,
        result_rows=20_000,
        queue_wait=120,
    )
    with serving(settings) as base:
        yield base


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    """A client of that server, which asks for anything."""
    with httpx.Client(base_url=address, timeout=120) as http:
        yield http
