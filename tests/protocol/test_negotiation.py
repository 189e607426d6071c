# SPDX-License-Identifier: EUPL-1.2
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from guidance_graph.engine.formats import GRAPH_FORMATS, SOLUTION_FORMATS
from guidance_graph.protocol.negotiation import negotiate, wants_html

CHROMIUM = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
    "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

SOLUTIONS = {
    None: "JSON",
    "": "JSON",
    "*/*": "JSON",
    "text/*": "CSV",
    "application/*": "JSON",
    "text/csv": "CSV",
    "TEXT/CSV": "CSV",
    "text/tab-separated-values, text/csv;q=0.9": "TSV",
    "text/csv;q=0.5, application/sparql-results+xml;q=0.6": "XML",
    "text/csv; q=0.5 , */* ; q=0.1": "CSV",
    "application/sparql-results+json;q=0, */*": "XML",
    "application/json": "JSON",
    "application/xml": "XML",
    "text/xml": "XML",
    "text/plain": "TSV",
    "text/csv;header=absent": "CSV",
    'text/csv;note="a, text/plain;q=1";q=0.5, application/sparql-results+xml;q=0.4': "CSV",
    'text/csv;note="q=0;\\",";q=0.5, text/tab-separated-values;q=0.4': "CSV",
    'text/csv;q="0.1", text/tab-separated-values;note="open, text/csv': "TSV",
    CHROMIUM: "JSON",
    FIREFOX: "JSON",
    "text/html": "JSON",
    "text/html, text/csv": "CSV",
    "text/csv;q=0.5, text/html, */*;q=0.8": "CSV",
    "text/html, application/sparql-results+xml;q=0.9": "XML",
    "text/html, application/xml;q=0.9": "XML",
    "text/html, application/sparql-results+json;q=0": "XML",
    "text/html, text/turtle": "JSON",
    "text/html;q=0.9, text/csv;q=0.8, application/json": "JSON",
    "application/rdf+xml, application/sparql-results+xml": "XML",
    "application/sparql-results+xml, application/rdf+xml": "XML",
    "application/sparql-results+json,application/json,text/javascript": "JSON",
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,"
    "application/sparql-results+json;q=0.8,application/sparql-results+xml;q=0.7": "JSON",
    "nonsense": "JSON",
    "text/csv;q=nonsense, text/tab-separated-values;q=0.1": "TSV",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, */*;q=0.1": "Excel",
    "text/turtle": None,
    "image/png": None,
    "*/*;q=0": None,
    "text/csv;q=nan": None,
}

GRAPHS = {
    None: "Turtle",
    "*/*": "Turtle",
    "application/turtle,text/turtle": "Turtle",
    "application/rdf+xml, application/sparql-results+xml": "RDF/XML",
    "application/sparql-results+xml, application/rdf+xml": "RDF/XML",
    "application/json": "JSON-LD",
    "application/ld+json;q=0.9, application/n-triples;q=0.95": "N-Triples",
    "text/plain": "N-Triples",
    "text/*": "Turtle",
    "application/*": "N-Triples",
    CHROMIUM: "Turtle",
    FIREFOX: "Turtle",
    "application/rdf+xml, text/html;q=1": "RDF/XML",
    "text/html, application/ld+json;q=0.5": "JSON-LD",
    "text/csv": None,
    "application/n-quads,application/trig;q=0.95": "N-Quads",
}


@pytest.mark.parametrize(("accept", "expected"), SOLUTIONS.items())
def test_solutions_come_in_what_the_client_wants_most(
    accept: str | None, expected: str | None
) -> None:
    chosen = negotiate(accept, SOLUTION_FORMATS)
    assert (chosen and chosen.title) == expected


@pytest.mark.parametrize(("accept", "expected"), GRAPHS.items())
def test_a_graph_comes_in_what_the_client_wants_most(
    accept: str | None, expected: str | None
) -> None:
    chosen = negotiate(accept, GRAPH_FORMATS)
    assert (chosen and chosen.title) == expected


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([CHROMIUM], True),
        ([FIREFOX], True),
        (["text/html, text/csv"], True),
        (["text/html, text/turtle;q=0.9"], True),
        (["text/html, text/*, */*"], True),
        (["text/html, text/turtle"], False),
        (["text/turtle", "text/html"], False),
        (["text/html;q=0.9, text/turtle"], False),
        (["text/csv", "text/html;q=0.9"], False),
        (["text/html;q=0"], False),
        (["*/*"], False),
        ([], False),
    ],
)
def test_a_page_is_wanted_where_no_format_is_named_as_much(lines: list[str], wanted: bool) -> None:
    headers = [(b"accept", line.encode()) for line in lines]
    request = Request({"type": "http", "headers": headers})
    assert wants_html(request, GRAPH_FORMATS) is wanted


@given(st.text(max_size=200))
def test_no_header_breaks_it(accept: str) -> None:
    assert negotiate(accept, SOLUTION_FORMATS) in (None, *SOLUTION_FORMATS)
