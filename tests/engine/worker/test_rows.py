# SPDX-License-Identifier: EUPL-1.2
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance_graph.engine.worker.rows import RowCounter

FORMATS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
TRICKS = st.sampled_from(
    ['"},{"', "[{", ",{", "<result>", "\r\n", '"', "\\", '\\"', "},{", "{}", ",", "a", "\n"]
)


@pytest.mark.parametrize("name", FORMATS)
@given(
    values=st.lists(st.lists(TRICKS, max_size=4).map("".join), max_size=6), step=st.integers(1, 40)
)
def test_rows_are_counted_whatever_their_values_look_like(
    name: str, values: list[str], step: int
) -> None:
    store = ox.Store()
    for number, value in enumerate(values):
        node = ox.NamedNode(f"http://e/{number}")
        store.add(ox.Quad(node, node, ox.Literal(value)))
    solutions = store.query("SELECT ?s ?o ?unbound { ?s ?p ?o }")
    assert isinstance(solutions, ox.QuerySolutions)
    answer = solutions.serialize(format=FORMATS[name]) or b""
    counter = RowCounter(name)
    for start in range(0, len(answer), step):
        counter.feed(answer[start : start + step])
    assert counter.rows == len(values)


@pytest.mark.parametrize("name", FORMATS)
def test_rows_without_any_binding_are_rows(name: str) -> None:
    solutions = ox.Store().query("SELECT ?x ?y { {} UNION {} UNION { BIND(1 AS ?x) } UNION {} }")
    assert isinstance(solutions, ox.QuerySolutions)
    answer = solutions.serialize(format=FORMATS[name]) or b""
    for step in range(1, len(answer) + 1):
        counter = RowCounter(name)
        for start in range(0, len(answer), step):
            counter.feed(answer[start : start + step])
        assert counter.rows == 4


def test_rows_are_counted_where_some_bind_nothing_and_a_value_looks_like_such() -> None:
    solutions = ox.Store().query(
        """SELECT ?x ?y { { BIND(",{}," AS ?x) } UNION {} UNION { BIND("{}" AS ?y) } UNION {}
        UNION { BIND("\\\\\\"},{}" AS ?x) } UNION { BIND("[{" AS ?y) } }"""
    )
    assert isinstance(solutions, ox.QuerySolutions)
    answer = solutions.serialize(format=ox.QueryResultsFormat.JSON) or b""
    for step in range(1, len(answer) + 1):
        counter = RowCounter("json")
        for start in range(0, len(answer), step):
            counter.feed(answer[start : start + step])
        assert counter.rows == 6
