# SPDX-License-Identifier: EUPL-1.2
"""The table of ``data/README.md`` is what its query answers."""

import csv
import io

from guidance_graph.build.release import Release
from guidance_graph.engine.answer import Limits
from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.formats import CSV
from guidance_graph.library.library import Library
from tests.conftest import REPOSITORY

COLUMNS = (
    ("country", "country"),
    ("actors", "actors"),
    ("provisions", "provision"),
    ("norms", "norms"),
    ("requirements", "of these requirements"),
    ("mechanisms", "quality mechanisms"),
    ("quantities", "quantities"),
    ("findings", "findings"),
    ("lessons", "of these lessons"),
)


def table(release: Release) -> str:
    """The answer as a table in Markdown."""
    library = Library.load(REPOSITORY / "queries")
    with BlockingEngine(release.store_path, Limits(timeout=60)) as engine:
        answer = library.run(engine, "comparison/what-each-country-holds", answer_format=CSV)
        rows = list(csv.DictReader(io.StringIO(answer.read().decode())))
    lines = [
        [title for _, title in COLUMNS],
        ["---"] * len(COLUMNS),
        *([row[name] for name, _ in COLUMNS] for row in rows),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def test_the_table_of_the_readme_is_the_answer_of_its_query(repository_release: Release) -> None:
    assert table(repository_release) in (REPOSITORY / "data/README.md").read_text(encoding="utf-8")
