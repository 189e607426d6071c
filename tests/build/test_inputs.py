# SPDX-License-Identifier: EUPL-1.2
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from guidance_graph.build.inputs import input_hashes, source_paths
from guidance_graph.build.pipeline import build
from guidance_graph.build.release import is_current
from guidance_graph.terms.errors import SourceError
from guidance_graph.terms.settings import Settings
from tests.conftest import REPOSITORY


def test_only_turtle_below_the_two_folders_is_an_input(example_root: Path) -> None:
    (example_root / "stray.ttl").write_text("")
    (example_root / "data" / "README.md").write_text("")
    assert input_hashes(example_root) == {
        path.relative_to(example_root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in source_paths(example_root)
    }
    assert len(input_hashes(example_root)) == 5


def test_a_folder_that_cannot_be_read_is_told_and_not_left_out(
    example_root: Path, closed: Callable[[Path], None]
) -> None:
    closed(example_root / "data" / "finland")
    with pytest.raises(SourceError, match="data/finland: cannot be read: Permission denied"):
        source_paths(example_root)


def test_whether_a_release_is_current_is_known_within_a_tenth_of_a_second(
    example_settings: Settings,
) -> None:
    build(example_settings)
    start = time.perf_counter()
    assert is_current(example_settings)
    assert time.perf_counter() - start < 0.1


def test_the_files_of_the_repository_are_hashed_within_a_tenth_of_a_second() -> None:
    start = time.perf_counter()
    assert len(input_hashes(REPOSITORY)) > 30
    assert time.perf_counter() - start < 0.1
