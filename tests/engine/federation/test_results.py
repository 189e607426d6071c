# SPDX-License-Identifier: EUPL-1.2
"""What another endpoint gives becomes terms in a query, and nothing but terms."""

import json

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance_graph.engine.federation.results import GENERATED, read_solutions
from guidance_graph.engine.text.terms import XSD
from guidance_graph.terms.errors import ResultTooLargeError

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
FORMATS = {JSON: ox.QueryResultsFormat.JSON, XML: ox.QueryResultsFormat.XML}

Cell = dict[str, object]


def read_json(*rows: dict[str, Cell]) -> list[dict[str, str]]:
    document = {"head": {"vars": ["x"]}, "results": {"bindings": rows}}
    return list(map(dict, read_solutions(json.dumps(document).encode(), JSON, 100)))


def read_xml(results: str) -> list[dict[str, str]]:
    space = "http://www.w3.org/2005/sparql-results#"
    document = f'<sparql xmlns="{space}"><head/>{results}</sparql>'
    return list(map(dict, read_solutions(document.encode(), XML, 100)))


def literal(value: str, **more: str) -> dict[str, Cell]:
    return {"x": {"type": "literal", "value": value, **more}}


def evaluated(term: str) -> ox.Literal:
    """What Oxigraph reads where a term is written."""
    solutions = ox.Store().query(f"SELECT * {{ VALUES ?x {{ {term} }} }}")
    assert isinstance(solutions, ox.QuerySolutions)
    (solution,) = solutions
    assert isinstance(solution[0], ox.Literal)
    return solution[0]


@pytest.mark.parametrize("media_type", FORMATS)
def test_solutions_of_oxigraph_are_read(media_type: str) -> None:
    terms = [
        "<http://e/é>",
        '"a"@en',
        '"1"^^<http://e/t>',
        "1",
        "true",
        '""',
        '" a\\n\\"b\\\\ "',
    ]
    given = ox.Store().query(f"SELECT * {{ VALUES (?x ?y) {{ ({' 1) ('.join(terms)} UNDEF) }} }}")
    assert isinstance(given, ox.QuerySolutions)
    rows = read_solutions(given.serialize(format=FORMATS[media_type]) or b"", media_type, 100)
    assert [row["x"] for row in rows] == [
        "<http://e/é>",
        '"a"@en',
        '"1"^^<http://e/t>',
        f'"1"^^<{XSD}integer>',
        f'"true"^^<{XSD}boolean>',
        '""',
        r'" a\n\"b\\ "',
    ]
    assert [row.get("y") for row in rows] == [f'"1"^^<{XSD}integer>'] * 6 + [None]


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_comes_back_as_it_is(text: str) -> None:
    (row,) = read_json(literal(text))
    assert evaluated(row["x"]).value == text


@pytest.mark.parametrize(
    "text",
    [
        '" } SERVICE <http://e/> { #',
        "\\u0022 } #",
        "\\",
        "\r\n",
        "'''",
        "\x00\x1f\x7f",
        "\U0001f600\u2028",
    ],
)
def test_text_that_tries_to_be_query_is_text(text: str) -> None:
    (row,) = read_json(literal(text, **{"xml:lang": "en"}))
    found = evaluated(row["x"])
    assert (found.value, found.language) == (text, "en")
    assert "\n" not in row["x"]


def test_a_blank_node_has_an_iri_of_its_answer() -> None:
    node: dict[str, Cell] = {"x": {"type": "bnode", "value": "nodeID://b 1/é"}}
    other: dict[str, Cell] = {"x": {"type": "bnode", "value": "c"}}
    one, same, another = read_json(node, node, other)
    assert one == same != another
    assert one["x"].startswith(f"<{GENERATED}")
    assert one["x"].endswith("/nodeID%3A%2F%2Fb%201%2F%C3%A9>")
    assert read_json(node) != [one]


def test_old_ways_to_write_json_are_read() -> None:
    old: dict[str, Cell] = {"x": {"type": "typed-literal", "value": "1", "datatype": XSD + "byte"}}
    assert read_json(old) == [{"x": f'"1"^^<{XSD}byte>'}]
    assert read_json(literal("a", **{"xml:lang": ""})) == [{"x": '"a"'}]
    assert read_json({}, {}) == [{}, {}]


def test_xml_with_what_xml_may_have_is_read() -> None:
    assert read_xml("<results/>") == []
    assert read_xml("<results><result/><result> </result></results>") == [{}, {}]
    result = """<result><!-- x --><binding name="x">
      <literal xml:lang="en">a &lt;<![CDATA[ <b> ]]></literal>
    </binding><binding name='y'><uri>http://e/</uri></binding></result>"""
    assert read_xml(f"<results>{result}</results>") == [
        {"x": '"a < <b> "@en', "y": "<http://e/>"},
    ]


NO_SOLUTIONS = {
    "nothing": (b"", JSON),
    "cut": (b'{"head":{},"results":{"bindings":[{"x":', JSON),
    "something after it": (b'{"results":{"bindings":[]}} {}', JSON),
    "a boolean": (b'{"head":{},"boolean":true}', JSON),
    "a list": (b"[]", JSON),
    "rows that are none": (b'{"results":{"bindings":{"x":1}}}', JSON),
    "a cell that is none": (b'{"results":{"bindings":[{"x":"a"}]}}', JSON),
    "a value that is a number": (
        b'{"results":{"bindings":[{"x":{"type":"literal","value":1}}]}}',
        JSON,
    ),
    "a language that is a number": (
        b'{"results":{"bindings":[{"x":{"type":"literal","value":"1","xml:lang":1}}]}}',
        JSON,
    ),
    "half a surrogate pair in a blank node": (
        b'{"results":{"bindings":[{"x":{"type":"bnode","value":"\\ud800"}}]}}',
        JSON,
    ),
    "half a surrogate pair": (
        b'{"results":{"bindings":[{"x":{"type":"literal","value":"\\ud800"}}]}}',
        JSON,
    ),
    "broken UTF-8": (b'{"results":{"bindings":[{"x":{"type":"literal","value":"\xff"}}]}}', JSON),
    "brackets without end": (b"[" * 1_000_000, JSON),
    "lists of nothing": (b'{"results":{"bindings":[]},"x":[' + b"[]," * 500_000 + b"[]]}", JSON),
    "XML for JSON": (b"<sparql/>", JSON),
    "JSON for XML": (b"{}", XML),
    "no results": (b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"/>', XML),
    "a boolean in XML": (
        b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><boolean>true</boolean></sparql>',
        XML,
    ),
    "XML of something else": (b"<results><result/></results>", XML),
    "cut XML": (b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><results>', XML),
    "entities": (
        b'<!DOCTYPE s [<!ENTITY a "b">]><sparql xmlns="http://www.w3.org/2005/sparql-results#">'
        b"<results/></sparql>",
        XML,
    ),
    "an unknown encoding": (b'<?xml version="1.0" encoding="nothing"?><sparql/>', XML),
    "HTML": (b"<html></html>", "text/html"),
    "no media type": (b'{"results":{"bindings":[]}}', ""),
    "CSV": (b"x\r\n", "text/csv"),
}


@pytest.mark.parametrize("case", NO_SOLUTIONS)
def test_what_is_no_document_of_solutions_is_an_error(case: str) -> None:
    content, media_type = NO_SOLUTIONS[case]
    with pytest.raises(ValueError):
        read_solutions(content, media_type, 100)


NO_TERMS: dict[str, Cell] = {
    "a relative IRI": {"type": "uri", "value": "a/b"},
    "an IRI that ends": {"type": "uri", "value": "http://e/> } #"},
    "an IRI with a space": {"type": "uri", "value": "http://e/a b"},
    "an IRI with a broken escape": {"type": "uri", "value": "http://e/%zz"},
    "a datatype that is none": {"type": "literal", "value": "1", "datatype": "int> #"},
    "a language that is none": {"type": "literal", "value": "a", "xml:lang": "en> #"},
    "a triple": {"type": "triple", "value": "a"},
    "no type": {"value": "a"},
}


@pytest.mark.parametrize("cell", NO_TERMS.values(), ids=NO_TERMS)
def test_what_is_no_term_is_an_error(cell: Cell) -> None:
    with pytest.raises(ValueError):
        read_json({"x": cell})


@pytest.mark.parametrize("media_type", FORMATS)
def test_more_solutions_than_may_be_are_an_error(media_type: str) -> None:
    many = ox.Store().query("SELECT * { VALUES ?x { 1 2 3 } }")
    assert isinstance(many, ox.QuerySolutions)
    content = many.serialize(format=FORMATS[media_type]) or b""
    assert len(read_solutions(content, media_type, 3)) == 3
    with pytest.raises(ResultTooLargeError, match="more than 2 solutions"):
        read_solutions(content, media_type, 2)


def test_json_of_many_objects_is_given_up_before_its_end() -> None:
    """A dictionary takes thirty times the two bytes that it is written in."""
    rows = b"{}," * 1_000_000
    with pytest.raises(ResultTooLargeError, match="more than 100 solutions"):
        read_solutions(b'{"results":{"bindings":[' + rows + b"here it is no JSON", JSON, 100)
