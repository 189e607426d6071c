# SPDX-License-Identifier: EUPL-1.2
"""Which queries surely look at the default graph alone; what may name a graph does not."""

import pyoxigraph as ox
import pytest

from guidance_graph.engine.text.default_graph import looks_at_default_graph_alone

ALONE = {
    "nothing of it": "SELECT * { ?s ?p ?o }",
    "a variable": "SELECT ?graph { ?graph ?p $from ; <http://e/p> ?paragraph }",
    "a name": "PREFIX gg: <http://e/guidance-graph#> SELECT * { ?s a gg:Graph ; gg:validFrom ?o }",
    "an IRI": "SELECT * { <http://e/graph/a> ?p <http://e/x#from> }",
    "a comment before all": "# what is from a graph\n  #+ and more\nSELECT * { ?s ?p ?o }",
}

PERHAPS_NOT = {
    "a graph": "SELECT * { GRAPH <http://e/g> { ?s ?p ?o } }",
    "small letters": "SELECT * { graph ?g { ?s ?p ?o } }",
    "a dataset": "SELECT * FROM <http://e/g> { ?s ?p ?o }",
    "no space before": "SELECT * { ?s ?p true.GRAPH?g{ ?s ?p ?o } }",
    "stuck to a word": "SELECT * { ?s ?p trueGRAPH <http://e/g> { ?s ?p ?o } }",
    "stuck to a number": "SELECT * { ?s ?p 1GRAPH <http://e/g> { ?s ?p ?o } }",
    "a prefix that eats it": "PREFIX GRAPHe: <http://e/> SELECT * { GRAPHe:x { ?s ?p ?o } }",
    "an empty prefix": "PREFIX : <http://e/> SELECT * { GRAPH:x { ?s ?p ?o } }",
    "after a comment": "SELECT * { # }\n GRAPH # {\n <http://e/g> { ?s ?p ?o } }",
    "a comment that is none for all": "SELECT * { ?s ?p ?o # }\n } # graph",
    "inside a false IRI": "SELECT * { ?s ?p ?o FILTER(?o<?b)GRAPH?c#>\n{ ?s ?p ?o } }",
    "a negative number": "SELECT * { ?s ?p -1GRAPH ?g { ?a ?b ?c } }",
    "an exponent": "SELECT * { ?s ?p 1e-5GRAPH ?g { ?a ?b ?c } }",
    "a prefix that ends in a port": "PREFIX x: <http://e:> SELECT * { ?s ?p x:GRAPH ?g {} }",
    "a host with a colon to come": "PREFIX x: <http://e> SELECT * { ?s ?p x:GRAPH:a {} }",
    "a base that ends in a port": "BASE <http://e:80> PREFIX x: <> DESCRIBE x:FROM <http://g/1>",
    "codepoint escapes": "SELECT * { \\u0047RAPH <http://e/g> { ?s ?p ?o } }",
}


@pytest.mark.parametrize("text", ALONE.values(), ids=ALONE)
def test_a_query_that_mentions_the_words_in_names_looks_at_the_default_graph(text: str) -> None:
    assert looks_at_default_graph_alone(text)


@pytest.mark.parametrize("text", PERHAPS_NOT.values(), ids=PERHAPS_NOT)
def test_what_may_name_a_graph_is_taken_for_it(text: str) -> None:
    assert not looks_at_default_graph_alone(text)


@pytest.mark.parametrize("piece", ["a", "x:", "# ", "?fro", "\n#", "-1", "-1a", "//a", "/", "<a:/"])
def test_a_long_text_is_read_once_and_not_again_from_each_place(piece: str) -> None:
    """With the square of its length, this would take hours."""
    text = piece * (2_000_000 // len(piece))
    assert looks_at_default_graph_alone(text)


BEFORE = ["{", "}", ".", ")", ">", "1", "1.", "1e1", "true", "'x'", "'x'@en", "ex:a", "ex:", "?x"]
BEFORE += ["_:b", "a", "[]", "()", "ex:a/", "ex:a?", "-", "$x", "#", ":", "/", "1-", "'x'@en-", ""]
BEFORE += ["-1", "1e-5", "-1e5", "+1", "-.5", "p:", "p:true", "p:1", "i:", "b:", "h:true", "r:"]
#: Prefixes of which some are cut short: with letters after them they are no IRIs.
PREFIXES = "BASE <http://e:80> PREFIX : <http://e/> PREFIX ex: <http://e/> PREFIX p: <http://e:>"
PREFIXES += " PREFIX i: <http://[::1]> PREFIX b: <> PREFIX h: <http://e> PREFIX r: <//e:8>"
GLUED = [
    f"{PREFIXES} SELECT * {{ {first} {each}GRAPH{named} {{}} }}"
    for each in BEFORE
    for first in ("", "?s ex:p", "?s ?p ?o")
    for named in (" ex:g", ":g", "<http://e/g>", " ?g")
]


@pytest.mark.parametrize("text", GLUED)
def test_where_the_engine_reads_a_graph_it_is_taken_for_one(text: str) -> None:
    """``GRAPH ex:g {}`` has a solution where there is such a graph, and none elsewhere."""
    if looks_at_default_graph_alone(text):
        assert _rows(text, named=True) == _rows(text, named=False)


def test_the_engine_reads_a_graph_glued_to_what_stands_before() -> None:
    """Else the test above would show nothing."""
    assert any(
        _rows(text, named=True) != _rows(text, named=False)
        for text in GLUED
        if " GRAPH" not in text
    )


def _rows(text: str, *, named: bool) -> int | None:
    """Return how many solutions there are, with a named graph or without; None where it is none."""
    store = ox.Store()
    objects = "ex:a, 1, 1.0, 1e1, true, 'x', 'x'@en, -1, 1e-5, -1e5, +1, -.5, <http://e:>"
    objects += ", <http://[::1]>, <http://e>, <http://e:80>, <http://e:8>"
    store.update(f"PREFIX ex: <http://e/> INSERT DATA {{ ex:s ex:p {objects} }}")
    if named:
        store.update("INSERT DATA { GRAPH <http://e/g> { <http://e/s> <http://e/p> 2 } }")
    try:
        return len(list(store.query(text)))  # type: ignore[arg-type]
    except SyntaxError:
        return None
