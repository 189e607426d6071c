# SPDX-License-Identifier: EUPL-1.2
"""CSV and workbooks for a spreadsheet: the same cells, none of them a formula."""

import asyncio
import csv
import io
import time
import tracemalloc
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance_graph.engine.answer import Answer, Cost
from guidance_graph.engine.formats import CSV, XLSX, QueryForm
from guidance_graph.protocol.spreadsheet import for_spreadsheet
from tests.protocol.test_sparql import problem_of
from tests.serving import LONG, RUNAWAY
from tests.workbooks import cells_of


class Chunked:
    """A text in chunks of a size."""

    cost: Cost | None = None

    def __init__(self, text: str, size: int) -> None:
        content = text.encode()
        self._pieces = [content[at : at + size] for at in range(0, len(content), size)][::-1]

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self._pieces:
            raise StopAsyncIteration
        return self._pieces.pop()

    async def aclose(self) -> None:
        self._pieces.clear()


def converted(text: str, size: int) -> str:
    answer = for_spreadsheet(Answer(QueryForm.SELECT, CSV, Chunked(text, size), "tag"))
    assert answer.tag == "tag-excel"
    content = asyncio.run(answer.read())
    assert content.startswith(b"\xef\xbb\xbf")
    return content.decode("utf-8-sig")


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_formulas_get_an_apostrophe_and_numbers_do_not(size: int) -> None:
    text = 'a,b\r\n=1+1,-5\r\n"@x, ""y""",+3.5e2\r\n"-1\n2",é\r\n-cmd,"plain, text"\r\n'
    assert converted(text, size) == (
        'a,b\r\n\'=1+1,-5\r\n"\'@x, ""y""",+3.5e2\r\n"\'-1\n2",é\r\n\'-cmd,"plain, text"\r\n'
    )


@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=3), max_size=5),
    st.integers(1, 9),
)
def test_whatever_the_cells_no_cell_is_lost_or_starts_a_formula(
    rows: list[list[str]], size: int
) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    text = converted(written.getvalue(), size)
    back = list(csv.reader(io.StringIO(text, newline="")))
    assert [[cell.removeprefix("'") for cell in row] for row in back] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
    for row in back:
        for cell in row:
            number = cell[1:].replace(".", "").isascii() and any(map(str.isdigit, cell))
            assert cell[:1] not in tuple("=@\t\r") + (() if number else ("+", "-"))


def test_a_cell_without_end_takes_time_in_proportion() -> None:
    began = time.monotonic()
    assert len(converted('a\r\n"' + "x" * (16 << 20) + '"\r\n', 8192)) > 16 << 20
    assert time.monotonic() - began < 20


def test_a_cell_without_end_takes_no_memory_of_its_size() -> None:
    text = 'a\r\n"' + '""' * (2 << 20) + '"\r\n"+1' + "0" * (1 << 20) + '"\r\n'
    tracemalloc.start()
    try:
        answer = for_spreadsheet(Answer(QueryForm.SELECT, CSV, Chunked(text, 32 << 10), None))
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        asyncio.run(drained(answer))
        assert tracemalloc.get_traced_memory()[1] - before < 1 << 20
    finally:
        tracemalloc.stop()


async def drained(answer: Answer) -> None:
    async for _ in answer:
        pass


LONG_NUMBER = "-" + "1" * 2000


@pytest.mark.parametrize("size", [1, 7, 999, 1000, 1001, 1002, 1003, 5000])
def test_the_same_answer_has_the_same_bytes_in_whatever_chunks_it_comes(size: int) -> None:
    text = f'a\r\n{LONG_NUMBER[:1000]}\r\n{LONG_NUMBER},"{LONG_NUMBER}"\r\n"-1""=","""=1","-2"\r\n'
    assert converted(text, size) == (
        f'a\r\n{LONG_NUMBER[:1000]}\r\n\'{LONG_NUMBER},"\'{LONG_NUMBER}"\r\n"\'-1""=",'
        '"""=1","-2"\r\n'
    )


def test_it_can_be_asked_for_by_name(client: httpx.Client) -> None:
    params = {"query": "SELECT ('=1+1' AS ?x) (-2 AS ?y) {}", "format": "excel"}
    response = client.get("/sparql", params=params)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.content == b"\xef\xbb\xbfx,y\r\n'=1+1,-2\r\n"
    again = client.get(
        "/sparql", params=params, headers={"if-none-match": response.headers["etag"]}
    )
    assert again.status_code == 304
    plain = client.get("/sparql", params=params | {"format": "csv"})
    assert plain.headers["etag"] != response.headers["etag"]
    echo = client.get("/queries/terms/echo", params={"text": "@SUM(1)", "format": "excel"})
    assert echo.text == "\ufeffback,next,given\r\n'@SUM(1),8,false\r\n"


WORKBOOK = {"query": "SELECT ('=1+1' AS ?x) (1.5 AS ?y) (true AS ?z) {}", "format": "xlsx"}


def test_a_workbook_can_be_asked_for_by_name_and_by_type(client: httpx.Client) -> None:
    response = client.get("/sparql", params=WORKBOOK)
    assert response.headers["content-type"] == XLSX.media_type
    assert response.headers["content-disposition"] == 'attachment; filename="answer.xlsx"'
    assert cells_of(response.content) == [("x", "y", "z"), ("=1+1", 1.5, True)]
    by_type = client.post(
        "/sparql", data={"query": WORKBOOK["query"]}, headers={"accept": XLSX.media_type}
    )
    assert by_type.content == response.content
    assert by_type.headers["content-disposition"] == response.headers["content-disposition"]
    assert "Accept" in by_type.headers["vary"]
    echo = client.get("/queries/terms/echo", params={"text": "@SUM(1)", "format": "xlsx"})
    assert cells_of(echo.content) == [("back", "next", "given"), ("@SUM(1)", 8, False)]


def test_a_workbook_has_a_tag_and_the_headers_without_the_body(client: httpx.Client) -> None:
    response = client.get("/sparql", params=WORKBOOK)
    tag = response.headers["etag"]
    assert tag.startswith('"')
    again = client.get("/sparql", params=WORKBOOK, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head("/sparql", params=WORKBOOK)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-disposition", "etag"):
        assert head.headers[name] == response.headers[name]
    for name in ("csv", "excel", "json"):
        other = client.get("/sparql", params=WORKBOOK | {"format": name})
        assert other.headers["etag"] != tag


def test_a_workbook_that_cannot_be_made_is_a_problem(client: httpx.Client) -> None:
    def asked(query: str, status: int, **parameters: str) -> str:
        params = {"query": query, "format": "xlsx"} | parameters
        return str(problem_of(client.get("/sparql", params=params), status)["detail"])

    assert "more than 20,000 rows" in asked(LONG, 503)
    assert "stopped after 0.3 s" in asked(RUNAWAY, 504, timeout="0.3")
    long = "SELECT (GROUP_CONCAT(STR(?b)) AS ?all) { ?a ?b ?c . ?d ?e ?f }"
    assert "32,767 characters in a cell; ask for CSV" in asked(long, 503)
    assert client.get("/sparql", params=WORKBOOK).status_code == 200


@pytest.mark.parametrize("name", ["excel", "xlsx"])
def test_a_graph_is_not_for_a_spreadsheet(client: httpx.Client, name: str) -> None:
    query = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    problem_of(client.get("/sparql", params={"query": query, "format": name}), 406)
