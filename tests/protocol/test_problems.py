# SPDX-License-Identifier: EUPL-1.2
import json
from collections.abc import Iterator

import pytest

from guidance_graph.protocol.problems import problem, status_of
from guidance_graph.terms import errors

EXPECTED = {
    "QueryError": 400,
    "QuerySyntaxError": 400,
    "ParameterError": 400,
    "QueryRefusedError": 403,
    "UnknownQueryError": 404,
    "EngineError": 503,
    "QueryMemoryError": 503,
    "ResultTooLargeError": 503,
    "EngineBusyError": 503,
    "ReleaseError": 503,
    "ClientShareError": 429,
    "QueryTimeoutError": 504,
    "BackendError": 502,
    "SourceError": 500,
    "SettingError": 500,
    "InvalidGraphError": 500,
    "GuidanceGraphError": 500,
}


def kinds(root: type[errors.GuidanceGraphError]) -> Iterator[type[errors.GuidanceGraphError]]:
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


def test_every_error_of_the_tree_has_a_status() -> None:
    tree = [kind for kind in kinds(errors.GuidanceGraphError) if kind.__module__ == errors.__name__]
    found = {kind.__name__: int(status_of(kind.__new__(kind))) for kind in tree}
    assert found == EXPECTED


def test_a_problem_leaves_out_what_is_not_known() -> None:
    content = json.loads(bytes(problem(400, "No.", line=3, column=None).body))
    assert content == {"title": "Bad Request", "status": 400, "detail": "No.", "line": 3}


@pytest.mark.parametrize(("status", "waits"), [(400, False), (503, True), (504, True)])
def test_only_what_may_work_later_says_when(status: int, waits: bool) -> None:
    assert ("retry-after" in problem(status, "No.").headers) is waits
