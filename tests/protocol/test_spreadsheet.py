# SPDX-License-Identifier: EUPL-1.2
"""CSV for a spreadsheet: the same cells, none of them a formula."""

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance_graph.engine.answer import Answer, Cost
from guidance_graph.engine.formats import CSV, QueryForm
from guidance_graph.protocol.spreadsheet import for_spreadsheet
from tests.protocol.test_sparql import problem_of


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


def test_a_graph_is_not_for_a_spreadsheet(client: httpx.Client) -> None:
    query = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    problem_of(client.get("/sparql", params={"query": query, "format": "excel"}), 406)
