# SPDX-License-Identifier: EUPL-1.2
"""The dataset of the repository, read once."""

from pathlib import Path

import pytest

from guidance_graph.build.reading import Sources, read_sources

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def sources() -> Sources:
    """Every Turtle file of the repository with its named graph."""
    return read_sources(REPOSITORY)
