# SPDX-License-Identifier: EUPL-1.2
"""The threat model names for each threat the tests that hold it: they are there."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
README = TESTS.parent / "server" / "README.md"
_TEST = re.compile(r"def (test_\w+)")


def threats() -> dict[str, str]:
    """Return the column of tests of each threat."""
    _, _, section = README.read_text().partition("## Threats")
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return {row[0]: row[2] for row in rows[1:]}


def cited(cell: str) -> list[tuple[Path, list[str]]]:
    """Return the files of a cell, each with the words of the names of its tests."""
    found: list[tuple[Path, list[str]]] = []
    for file, words in re.findall(r"`([\w/]+\.py)`|\*([^*]+)\*", cell):
        if file:
            places = (TESTS / file.removeprefix("tests/"), TESTS / "engine" / file)
            found.append((next(place for place in places if place.is_file()), []))
        else:
            found[-1][1].append(re.sub(r"\W+", "_", words))
    return found


@pytest.mark.parametrize("threat", threats())
def test_each_threat_is_held_by_tests_that_are_there(threat: str) -> None:
    files = cited(threats()[threat])
    assert files
    for path, words in files:
        names = _TEST.findall(path.read_text())
        assert names
        for each in words:
            assert any(each in name for name in names), f"{path.name} has no test *{each}*"


def test_there_are_threats() -> None:
    assert len(threats()) > 40
