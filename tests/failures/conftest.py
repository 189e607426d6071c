# SPDX-License-Identifier: EUPL-1.2
"""A copy of the example with a release of its own, and what serves it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from guidance_graph.build.release import Release
from tests.failures.program import Program, environment, place_release, serving_program
from tests.serving import write_queries

#: Starts a server on the copy; further settings by name.
Start = Callable[..., Program]


@pytest.fixture
def root(example_root: Path, example_release: Release) -> Path:
    """The copy, with a small query library, and its release in ``releases``."""
    write_queries(example_root)
    place_release(example_release, example_root / "releases")
    return example_root


@pytest.fixture
def start(root: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts a server; all end with the test."""
    with ExitStack() as servers:

        def run(port: int = 0, releases: Path = root / "releases", **settings: object) -> Program:
            variables = environment(root, releases, **settings)
            serving: AbstractContextManager[Program] = serving_program(
                variables, tmp_path / "log", port
            )
            return servers.enter_context(serving)

        yield run
