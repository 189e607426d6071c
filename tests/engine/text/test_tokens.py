# SPDX-License-Identifier: EUPL-1.2
import asyncio
import threading
import time
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance_graph.engine.formats import QueryForm
from guidance_graph.engine.text import tokens as reading
from guidance_graph.engine.text.tokens import (
    SHORT,
    beside,
    position,
    query_form,
    tokens,
    without_header,
)
from guidance_graph.terms.errors import (
    QueryRefusedError,
    QuerySyntaxError,
    UpdateRefusedError,
)


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(text)]


def test_strings_iris_and_names_are_one_token_each_whatever_is_in_them() -> None:
    text = """?s ex:a.b <http://e/#x> 'it\\'s "so"' \"\"\"a "b" {c}\"\"\"@nl-BE 1.5e3 _:b1 ."""
    assert kinds(text) == [
        ("variable", "?s"),
        ("name", "ex:a.b"),
        ("iri", "<http://e/#x>"),
        ("string", "'it\\'s \"so\"'"),
        ("string", '"""a "b" {c}"""'),
        ("language", "@nl-BE"),
        ("number", "1.5e3"),
        ("blank", "_:b1"),
        ("mark", "."),
    ]


def test_a_comment_ends_with_its_line_and_is_no_token() -> None:
    assert kinds("ASK # { SELECT \n {}") == [("word", "ASK"), ("mark", "{"), ("mark", "}")]


def test_a_comparison_is_no_iri() -> None:
    assert kinds("?a < ?b && ?c > 1")[1] == ("mark", "<")
    assert kinds("?a<5")[1] == ("mark", "<")


def test_every_character_of_a_query_is_in_some_token_or_between_two() -> None:
    text = "SELECT * { ?s ?p 'unended }"
    assert "".join(token.text for token in tokens(text)) == text.replace(" ", "")


@pytest.mark.parametrize("form", list(QueryForm))
def test_the_form_is_the_first_keyword_after_the_prologue(form: QueryForm) -> None:
    text = f"# SELECT\nBASE <http://e/> prefix select: <http://e/ask> PREFIX : <x>\n{form.lower()} "
    assert query_form(text) is form


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <a:a> <a:b> <a:c> }",
        "delete where {}",
        "PREFIX a: <b:c> DROP ALL",
        "LOAD <a:b>",
    ],
)
def test_an_update_is_refused_by_name(update: str) -> None:
    with pytest.raises(QueryRefusedError, match="is an update"):
        query_form(update)


def test_an_empty_query_says_what_was_expected() -> None:
    with pytest.raises(QuerySyntaxError, match="query is empty; expected SELECT") as caught:
        query_form("  # nothing\n")
    assert (caught.value.line, caught.value.column) == (2, 1)


def test_what_is_no_query_is_found_at_its_place() -> None:
    with pytest.raises(QuerySyntaxError, match="found FIND") as caught:
        query_form("PREFIX a: <b:c>\n  FIND ?x")
    assert (caught.value.line, caught.value.column) == (2, 3)


def test_a_position_counts_lines_and_columns_from_one() -> None:
    assert position("ab\ncd", 0) == (1, 1)
    assert position("ab\ncd", 4) == (2, 2)


@pytest.mark.parametrize("length", [10, SHORT])
def test_the_form_of_a_query_is_remembered(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    text = f"PREFIX once: <http://e/>\nASK {{}} # {'x' * length}"
    query_form(text)
    monkeypatch.setattr(reading, "_PROLOGUE", None)  # it would be needed again
    assert query_form(text) is QueryForm.ASK


def test_a_long_query_is_read_beside_the_event_loop() -> None:
    def where(_: str) -> str:
        return threading.current_thread().name

    here = threading.current_thread().name
    assert asyncio.run(beside(where, "ASK {}")) == here
    assert asyncio.run(beside(where, "ASK {}" + " " * 100_000)) != here


def test_a_query_without_its_header_has_its_words_in_their_places() -> None:
    text = "# one\n\r\n  #+ two: PREFIX\r\n\n PREFIX e: <e:> # three\nASK {}"
    bare = without_header(text)
    assert bare.lstrip() == "PREFIX e: <e:> # three\nASK {}"
    word = text.index("PREFIX e"), bare.index("PREFIX e")
    assert position(text, word[0]) == position(bare, word[1])
    for whole in ("", "ASK {}", "  ASK {} # no header", "# only a comment"):
        assert without_header(whole) == whole


@pytest.mark.parametrize(
    "piece",
    [
        "é",
        "a.",
        "a-",
        '\\"',
        "'\\",
        '"""',
        "'''x",
        '""x',
        "<a",
        "_a.",
        "@a-",
        ":a.",
        "a.é-",
        '"a\\"é.',
    ],
)
def test_whatever_does_not_end_is_read_in_time_by_its_length(piece: str) -> None:
    def seconds(text: str) -> float:
        start = time.process_time()
        deque(tokens(text), maxlen=0)
        return time.process_time() - start

    short, long = piece * 10_000, piece * 40_000
    ratio = min(seconds(long) for _ in range(3)) / min(seconds(short) for _ in range(3))
    assert ratio < 10  # 4, and 16 where all is looked through again from each place


@pytest.mark.parametrize("piece", ["PREFIX a:<b:>\n", "BASE<a:b>", "#\n", "PREFIX "])
def test_a_long_prologue_takes_moments(piece: str) -> None:
    """It is read before it is known who may run how much, and reading it holds up all others."""
    text = piece * (200_000 // len(piece)) + "ASK {}"
    start = time.process_time()
    assert query_form(text) is QueryForm.ASK
    at_once = time.process_time() - start
    deque(tokens(text), maxlen=0)
    token_by_token = time.process_time() - start - at_once
    assert at_once < token_by_token / 3


WORDS = [
    "PREFIX",
    "bAsE",
    "BA\u017fE",
    "PREFIXa",
    "_",
    ":",
    "a:",
    "a:b",
    "<a>",
    "<",
    "#x\n",
    " ",
    "é",
]
WORDS += ["-", ".", "1", '"', "ASK", "INSERT", "a", "?x", "_:b", "%41", "·", "BASEx:", "PREFIX:"]


@given(st.lists(st.sampled_from(WORDS), max_size=9).map("".join))
def test_a_prologue_is_the_same_read_at_once_and_token_by_token(text: str) -> None:
    def token_by_token() -> str:
        prologue = False
        for token in tokens(text):
            if token.keyword in ("PREFIX", "BASE"):
                prologue = True
            elif not (prologue and token.kind in ("name", "iri")):
                return token.text
        return ""

    try:
        found: str = query_form(text)
    except UpdateRefusedError as error:
        found = str(error).split()[0]
    except QuerySyntaxError as error:
        found = error.reason.partition("found ")[2]
    assert found == token_by_token()


@given(
    st.lists(
        st.sampled_from(
            [
                '"',
                "'",
                "\\",
                "\n",
                " ",
                "a",
                "é",
                ".",
                "-",
                ":",
                "_",
                "1",
                "#",
                "<",
                ">",
                "?x",
                "SERVICE",
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_a_word_is_read_as_it_is_where_nothing_stands_before_it(text: str) -> None:
    """What is noted of one place to save time at another changes nothing there."""
    for token in tokens(text):
        assert next(tokens(text[token.start :])) == (token.kind, token.text, 0)
