# SPDX-License-Identifier: EUPL-1.2
import pytest

from guidance_graph.engine.text.prologue import Prologue, anchored
from guidance_graph.engine.text.tokens import tokens
from guidance_graph.terms.namespaces import BASE

PLACES = {
    "SELECT <http://e/a>": "http://e/a",
    "BASE <http://e/x/> SELECT <../a>": "http://e/a",
    "BASE <http://e/> base <x/> SELECT <a>": "http://e/x/a",
    "PREFIX e: <http://e/> SELECT e:a": "http://e/a",
    "prefix : <http://e/> SELECT :a\\-b": "http://e/a-b",
    "PREFIX e: <http://old/> PREFIX e: <http://e/> SELECT e:": "http://e/",
    "BASE <http://e/> PREFIX e: <x#> SELECT e:a%20b": "http://e/x#a%20b",
    "BASE <http://e/> PREFIX f: <http://f/x#> SELECT f:a": "http://f/x#a",
    "BASE <http://e/> PREFIX e: <x?> SELECT e:a": "http://e/x?a",
    "BASE <http://e/a/b> SELECT <?q>": "http://e/a/b?q",
    "SELECT <a#b>": BASE + "a#b",
    "BASE <x/> SELECT <a>": BASE + "x/a",
    "PREFIX e: <ontology#> SELECT e:a": BASE + "ontology#a",
    "# PREFIX e: <http://no/>\nPREFIX # e\n e: <http://e/> SELECT e:a": "http://e/a",
    "SELECT e:a": None,
    "SELECT ?x { PREFIX e: <http://e/> e:a": None,
}


@pytest.mark.parametrize("text", PLACES)
def test_a_word_stands_for_an_iri(text: str) -> None:
    words = list(tokens(text))
    assert Prologue.of(words).iri(words[-1]) == PLACES[text]


def test_it_is_written_in_one_line() -> None:
    words = list(tokens("BASE <http://e/> # one\nPREFIX\n a: <b> SELECT * { ?s ?p ?o }"))
    assert str(Prologue.of(words)) == "BASE <http://e/> PREFIX a: <b>"


@pytest.mark.parametrize("text", ["", "BASE", "PREFIX a:", "PREFIX"])
def test_one_that_is_cut_is_none(text: str) -> None:
    assert str(Prologue.of(list(tokens(text)))) == ""


@pytest.mark.parametrize(
    "text",
    [
        "ASK { <a> ?b ?c }",
        "PREFIX e: <#> ASK {}",
        "SELECT (iri('a') AS ?x) {}",
        "ASK { <\\u0061> ?b 1 }",
    ],
)
def test_another_engine_is_told_what_relative_iris_are_relative_to(text: str) -> None:
    assert anchored(text) == f"BASE <{BASE}> {text}"


def test_what_has_no_relative_iri_is_sent_as_it_is() -> None:
    text = "PREFIX e: <http://e/> ASK { <urn:a> e:b ?c FILTER(?c < 3 && ?c > 1) }"
    assert anchored(text) == text
