# SPDX-License-Identifier: EUPL-1.2
"""Systems that answer in other ways are found out before anything is measured."""

import pytest

from guidance_graph.build.release import Release
from tests.backends import Asked, Scripted, response, scripted
from tests.bench import latency
from tests.bench.cases import Case
from tests.bench.client import NoAnswerError
from tests.bench.embedded import Embedded
from tests.bench.systems import EMBEDDED, System

CASES = (
    Case("one/row", "SELECT (1 AS ?x) {}"),
    Case("two/rows", "SELECT ?x { VALUES ?x { 1 2 } }"),
)


def one_row(_: Asked) -> bytes:
    return response(b'{"head":{"vars":["x"]},"results":{"bindings":[{}]}}')


def one_row_or_none(asked: Asked) -> bytes:
    refused = b"VALUES" in asked.body
    return response(b"no", status="400 Bad Request") if refused else one_row(asked)


def system(engine: Scripted, process: int | None = None) -> System:
    return System("other", engine.url, process=process)


def test_another_number_of_rows_is_told(example_release: Release) -> None:
    with scripted(one_row) as engine:
        found = latency.check(CASES, example_release.store_path, [system(engine)])
        assert found.rows == {"one/row": 1, "two/rows": 2}
        assert found.differing == {"two/rows": {"other": 1}}
        assert found.cases == list(CASES)
        taken = latency.measure(found, example_release.store_path, [system(engine)], 3, 60)
    assert taken.keys() == {EMBEDDED, "other"}
    assert all(len(times) == 3 for of in taken.values() for times in of.values())


def test_what_a_peer_refuses_is_left_out_for_all(example_release: Release) -> None:
    with scripted(one_row_or_none) as engine:
        found = latency.check(CASES, example_release.store_path, [system(engine)])
    assert found.cases == [CASES[0]]
    assert list(found.refused["other"]) == ["two/rows"]
    assert "400" in found.refused["other"]["two/rows"]


def test_a_server_of_ours_may_refuse_nothing(example_release: Release) -> None:
    with scripted(one_row_or_none) as engine, pytest.raises(NoAnswerError, match="two/rows: 400"):
        latency.check(CASES, example_release.store_path, [system(engine, process=1)])


def test_an_answer_of_ours_that_changes_ends_the_run(example_release: Release) -> None:
    with scripted(one_row) as engine:
        found = latency.check(CASES[:1], example_release.store_path, [system(engine)])
        found.rows["one/row"] = 5
        latency.measure(found, example_release.store_path, [system(engine)], 1, 60)
        assert found.differing == {"one/row": {"other": 1}}
        found.differing.clear()
        with pytest.raises(NoAnswerError, match="has 1 rows and had 5"):
            latency.measure(found, example_release.store_path, [system(engine, process=1)], 1, 60)


def test_a_query_that_takes_too_long_is_stopped(example_release: Release) -> None:
    endless = Case("end/less", "SELECT (COUNT(*) AS ?n) {?a ?b ?c. ?d ?e ?f. ?g ?h ?i. ?j ?k ?l}")
    with Embedded(example_release.store_path, timeout=2.0) as embedded:
        with pytest.raises(NoAnswerError, match="timed out"):
            embedded.ask(endless)
        assert embedded.ask(CASES[1]).rows == 2
        with pytest.raises(NoAnswerError, match="wrong/one"):
            embedded.ask(Case("wrong/one", "SELECT"))
