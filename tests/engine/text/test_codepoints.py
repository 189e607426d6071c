# SPDX-License-Identifier: EUPL-1.2
from typing import cast

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance_graph.engine.text.codepoints import without_escapes
from guidance_graph.engine.text.tokens import query_form

PLAIN = {
    r"PREFIX e: <http://\u0061/> ASK {}": "PREFIX e: <http://a/> ASK {}",
    r"BASE <http://e/\u0023> \u0041SK { e\u003A\u0061 ?\U0001D400 e: }": (
        "BASE <http://e/#> ASK { e:a ?\U0001d400 e: }"
    ),
    r"SEL\u0045CT * { <http://e/\u00e9> ?p 'a\u0062' }": "SELECT * { <http://e/é> ?p 'ab' }",
    r"ASK { ?s ?p 'a\\\u0062' }": r"ASK { ?s ?p 'a\\b' }",
}
KEPT = (
    r"ASK { ?s ?p 'a\u0027, \u005C\u000A\u0022' }",
    r"ASK { ?s ?p 'a\\u0062', 'a\\\\u0062' }",
    r"ASK { <http://e/\u003E\u0020\u0000> ?p '\uD83D\uDE00\U00110000\u12' }",
)


@pytest.mark.parametrize(("text", "plain"), PLAIN.items())
def test_an_escape_is_the_character_that_it_stands_for(text: str, plain: str) -> None:
    assert without_escapes(text) == plain
    assert query_form(without_escapes(text)) == query_form(plain)


@pytest.mark.parametrize("text", KEPT)
def test_an_escape_stays_where_its_character_would_end_something(text: str) -> None:
    assert without_escapes(text) == text


PARTS = (r"\u0061", r"\U00000062", r"\u0027", r"\u005c", "\\\\", r"\n", "a", "u0061", "'")


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_a_string_means_what_it_meant(inside: str) -> None:
    query = f"SELECT ('''{inside} ''' AS ?x) {{}}"
    try:
        before = _answer(query)
    except SyntaxError:
        return
    assert _answer(without_escapes(query)) == before


def _answer(query: str) -> list[str]:
    return list(map(str, cast(ox.QuerySolutions, ox.Store().query(query))))
