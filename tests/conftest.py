# SPDX-License-Identifier: EUPL-1.2
"""What tests of every layer share: the small example dataset, and a release of it."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from guidance_graph.build.pipeline import build
from guidance_graph.build.release import Release
from guidance_graph.terms.settings import Settings

REPOSITORY = Path(__file__).parents[1]
EXAMPLE = Path(__file__).parent / "fixtures" / "example"


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Has a folder be one whose files cannot be listed, also by root."""
    listed = os.scandir

    def close(folder: Path) -> None:
        def scandir(path: str) -> object:
            if Path(path) == folder:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return listed(path)

        monkeypatch.setattr(os, "scandir", scandir)

    return close


@pytest.fixture
def example_root(tmp_path: Path) -> Path:
    """A copy of the example's ontology and data, to be changed at will."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


@pytest.fixture
def example_settings(example_root: Path) -> Settings:
    """Settings whose root is the copy of the example, with no release yet."""
    return Settings(root=example_root, releases=example_root / "releases")


@pytest.fixture(scope="session")
def example_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the example, built once; not to be changed."""
    releases = tmp_path_factory.mktemp("releases")
    return build(Settings(root=EXAMPLE, releases=releases))


@pytest.fixture(scope="session")
def repository_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the repository itself, built once; not to be changed."""
    releases = tmp_path_factory.mktemp("repository")
    return build(Settings(root=REPOSITORY, releases=releases))
