# SPDX-License-Identifier: EUPL-1.2
"""Facts carry over from the report, sentences do not."""

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
REPORT = REPOSITORY.parent / "shared/source/report-nl.txt"
RUN = 9
SUFFIXES = {".csv", ".html", ".json", ".md", ".py", ".rq", ".toml", ".ttl", ".txt"}


def _words(text: str) -> list[str]:
    """The words of a text; web addresses are facts and do not count."""
    return re.findall(r"[^\W_]+", re.sub(r"https?://\S+", " ", text.lower()))


def _runs(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


@pytest.mark.skipif(not REPORT.exists(), reason="the report is not beside the project")
def test_no_line_shares_nine_words_in_a_row_with_the_report() -> None:
    report = _runs(_words(REPORT.read_text(encoding="utf-8")))
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    files = [name for name in listed if Path(name).suffix in SUFFIXES]
    assert len(files) > 50
    shared = [
        f"{name}:{number}"
        for name in files
        if (REPOSITORY / name).exists()
        for number, line in enumerate((REPOSITORY / name).read_text("utf-8").splitlines(), start=1)
        if _runs(_words(line)) & report
    ]
    assert shared == []
