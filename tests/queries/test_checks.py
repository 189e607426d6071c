# SPDX-License-Identifier: EUPL-1.2
"""The rules of ``queries/checks/``: a row is a failure."""

import re

import pytest

from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.formats import CSV
from guidance_graph.library.library import Library, LibraryQuery
from guidance_graph.terms.namespaces import PREFIXES
from tests.conftest import REPOSITORY

LIBRARY = Library.load(REPOSITORY / "queries")
CHECKS = {query.name: query for query in LIBRARY.checks}
PREFIX = re.compile(r"^PREFIX ([\w-]*): <([^>]*)>$", re.MULTILINE)


@pytest.mark.parametrize("name", CHECKS)
def test_the_rule_holds(name: str, engine: BlockingEngine) -> None:
    answer = engine.query(CHECKS[name].text, answer_format=CSV).read().decode()
    assert answer.splitlines()[1:] == []


def test_there_are_rules() -> None:
    assert len(CHECKS) >= 8


@pytest.mark.parametrize("name", CHECKS)
def test_a_rule_tells_where_and_what_to_do(name: str) -> None:
    said = re.fullmatch(r"A row is [^.]+\. [A-Z].+\.", CHECKS[name].description or "")
    assert said is not None
    assert re.search(r"^SELECT (DISTINCT )?\?graph \?resource\b", CHECKS[name].text, re.MULTILINE)


@pytest.mark.parametrize("query", [*LIBRARY, *LIBRARY.checks], ids=lambda query: query.name)
def test_prefixes_are_those_of_the_registry_sorted_and_used(query: LibraryQuery) -> None:
    declared = PREFIX.findall(query.text)
    assert declared == sorted(declared)
    assert dict(declared).items() <= PREFIXES.items()
    body = PREFIX.sub("", query.text)
    assert [name for name, _ in declared if f"{name}:" not in body] == []
