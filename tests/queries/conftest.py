# SPDX-License-Identifier: EUPL-1.2
"""The query library, and an engine over a release of the repository."""

from collections.abc import Iterator

import pytest

from guidance_graph.build.release import Release
from guidance_graph.engine.answer import Limits
from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.library.library import Library
from tests.conftest import REPOSITORY


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.load(REPOSITORY / "queries")


@pytest.fixture(scope="session")
def engine(repository_release: Release) -> Iterator[BlockingEngine]:
    with BlockingEngine(repository_release.store_path, Limits(timeout=60)) as engine:
        yield engine
