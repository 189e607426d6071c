# SPDX-License-Identifier: EUPL-1.2
import json
import re
from datetime import datetime
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest

from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.formats import (
    CSV,
    GRAPH_FORMATS,
    JSON,
    JSON_LD,
    RDF_XML,
    SOLUTION_FORMATS,
    TSV,
    TURTLE,
    XLSX,
    XML,
    Format,
    QueryForm,
)
from guidance_graph.terms.errors import NotWritableError, ParameterError, QuerySyntaxError
from tests.workbooks import cells_of

PREFIX = "PREFIX ex: <http://example.org/> "
SELECT = PREFIX + "SELECT ?s ?n { ?s ex:size ?n FILTER(?n < 2) } ORDER BY ?n"
CONSTRUCT = PREFIX + "CONSTRUCT { ?s ex:size ?n } WHERE { ?s ex:size ?n FILTER(?n < 2) }"
THING = ox.NamedNode("http://example.org/thing/1")


@pytest.mark.parametrize("answer_format", [JSON, XML, TSV], ids=lambda each: each.title)
def test_solutions_come_in_every_format(engine: BlockingEngine, answer_format: Format) -> None:
    answer = engine.query(SELECT, answer_format=answer_format)
    assert answer.form is QueryForm.SELECT
    assert answer.format is answer_format
    results_format = ox.QueryResultsFormat.from_media_type(answer_format.media_type)
    assert results_format is not None
    read = ox.parse_query_results(answer.read(), results_format)
    assert isinstance(read, ox.QuerySolutions)
    assert [(row["s"], row["n"]) for row in read] == [
        (ox.NamedNode("http://example.org/thing/0"), ox.Literal(0)),
        (ox.NamedNode("http://example.org/thing/1"), ox.Literal(1)),
    ]


def test_csv_holds_values_only(engine: BlockingEngine) -> None:
    content = engine.query(SELECT, answer_format=CSV).read()
    assert content == b"s,n\r\nhttp://example.org/thing/0,0\r\nhttp://example.org/thing/1,1\r\n"


TERMS = r"""SELECT ?iri ?text ?tagged ?number ?typed ?none ?empty ?node {
  VALUES (?iri ?text ?tagged ?number ?typed ?none ?empty) {
    (<http://e/x> 'a,"b"\n\t\\\r<&' "é"@nl 1.5 "x"^^<http://e/t> UNDEF "")
    (UNDEF UNDEF UNDEF UNDEF UNDEF UNDEF UNDEF)
  }
  BIND(IF(BOUND(?iri), BNODE(), ?none) AS ?node)
}"""
DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"
#: As in JSON (W3C, 2013, section 3.2.2); the other three say the same.
BINDINGS = {
    "iri": {"type": "uri", "value": "http://e/x"},
    "text": {"type": "literal", "value": 'a,"b"\n\t\\\r<&'},
    "tagged": {"type": "literal", "value": "é", "xml:lang": "nl"},
    "number": {"type": "literal", "value": "1.5", "datatype": DECIMAL},
    "typed": {"type": "literal", "value": "x", "datatype": "http://e/t"},
    "empty": {"type": "literal", "value": ""},
    "node": {"type": "bnode", "value": "b"},
}
ROW_IN_XML = (
    '<result><binding name="iri"><uri>http://e/x</uri></binding>'
    '<binding name="text"><literal>a,&quot;b&quot;\n\t\\&#13;&lt;&amp;</literal></binding>'
    '<binding name="tagged"><literal xml:lang="nl">é</literal></binding>'
    f'<binding name="number"><literal datatype="{DECIMAL}">1.5</literal></binding>'
    '<binding name="typed"><literal datatype="http://e/t">x</literal></binding>'
    '<binding name="empty"><literal></literal></binding>'
    '<binding name="node"><bnode>b</bnode></binding></result><result></result>'
)
HEAD = ["iri", "text", "tagged", "number", "typed", "none", "empty", "node"]


def test_each_kind_of_term_is_written_as_the_w3c_has_it(engine: BlockingEngine) -> None:
    def written(answer_format: Format) -> str:
        content = engine.query(TERMS, answer_format=answer_format).read().decode()
        return re.sub(r"\b[0-9a-f]{28,32}\b", "b", content)

    assert json.loads(written(JSON)) == {
        "head": {"vars": HEAD},
        "results": {"bindings": [BINDINGS, {}]},
    }
    assert ROW_IN_XML in written(XML)
    row = 'http://e/x,"a,""b""\n\t\\\r<&",é,1.5,x,,,_:b'
    assert written(CSV) == f"{','.join(HEAD)}\r\n{row}\r\n{',' * 7}\r\n"
    terms = (
        "<http://e/x>",
        r'"a,\"b\"\n\t\\\r<&"',
        '"é"@nl',
        "1.5",
        '"x"^^<http://e/t>',
        "",
        '""',
        "_:b",
    )
    names = "\t".join(f"?{name}" for name in HEAD)
    tabs = "\t" * 7
    assert written(TSV) == "\n".join([names, "\t".join(terms), tabs, ""])


def test_a_workbook_has_terms_of_each_kind(engine: BlockingEngine) -> None:
    answer = engine.query(
        PREFIX + "SELECT ?label ?size ?thing ?none (BNODE() AS ?node) (?size < 1 AS ?small) "
        "(STRDT('2024-02-29', <http://www.w3.org/2001/XMLSchema#date>) AS ?day)"
        "{ ?thing ex:size ?size ; ?p ?label FILTER(LANG(?label) = 'en' && ?size < 2) }"
        "ORDER BY ?size",
        answer_format=XLSX,
    )
    head, first, second = cells_of(answer.read())
    assert head == ("label", "size", "thing", "none", "node", "small", "day")
    assert first[:4] == ("thing 0", 0, "http://example.org/thing/0", None)
    assert str(first[4]).startswith("_:")
    assert first[5:] == (True, datetime(2024, 2, 29))
    assert second[:4] == ("thing 1", 1, "http://example.org/thing/1", None)
    assert answer.cost is not None
    assert answer.cost.rows == 2


@pytest.mark.parametrize(
    ("asked", "expected"), [("ASK { ?s ?p 1 }", True), ("ASK { ?s ?p -1 }", False)]
)
def test_a_boolean_comes_in_every_format(
    engine: BlockingEngine, asked: str, expected: bool
) -> None:
    answers = {each: engine.query(asked, answer_format=each).read() for each in SOLUTION_FORMATS}
    word = str(expected).lower()
    assert json.loads(answers[JSON]) == {"head": {}, "boolean": expected}
    boolean = ET.fromstring(answers[XML]).find("{http://www.w3.org/2005/sparql-results#}boolean")
    assert boolean is not None
    assert boolean.text == word
    assert answers[CSV].decode().strip() == word
    assert answers[TSV].decode().strip() == word
    assert cells_of(answers[XLSX]) == [(expected,)]


@pytest.mark.parametrize("asked", [CONSTRUCT, "DESCRIBE <http://example.org/thing/1>"])
@pytest.mark.parametrize("answer_format", GRAPH_FORMATS, ids=lambda each: each.title)
def test_a_graph_comes_in_every_format(
    engine: BlockingEngine, asked: str, answer_format: Format
) -> None:
    content = engine.query(asked, answer_format=answer_format).read()
    rdf_format = ox.RdfFormat.from_media_type(answer_format.media_type)
    assert rdf_format is not None
    read = {quad.triple for quad in ox.parse(content, rdf_format)}
    size = ox.Triple(THING, ox.NamedNode("http://example.org/size"), ox.Literal(1))
    assert size in read
    assert len(read) == 2
    assert b"@context" not in content, "which clients would fetch"


def test_turtle_declares_the_prefixes_that_it_uses_and_no_others(engine: BlockingEngine) -> None:
    turtle = engine.query("DESCRIBE <http://example.org/thing/1>", answer_format=TURTLE).read()
    assert b"@prefix skos: <http://www.w3.org/2004/02/skos/core#> ." in turtle
    assert b'skos:prefLabel "thing 1"@en' in turtle
    assert turtle.count(b"@prefix") == 2, "skos, and xsd of the number"


def test_the_preferred_format_is_taken_where_none_is_asked_for(engine: BlockingEngine) -> None:
    assert engine.query("ASK {}").format is JSON
    assert engine.query(CONSTRUCT).format is TURTLE


def test_a_form_is_not_written_in_a_format_of_another(engine: BlockingEngine) -> None:
    with pytest.raises(ParameterError, match="SELECT cannot be written in RDF/XML"):
        engine.query(SELECT, answer_format=RDF_XML)


def test_the_cost_is_there_when_the_answer_is_whole(engine: BlockingEngine) -> None:
    answer = engine.query(SELECT, answer_format=CSV)
    content = answer.read()
    assert answer.cost is not None
    assert answer.cost.size == len(content)
    assert answer.cost.rows == 2
    assert answer.cost.seconds >= 0


def count(engine: BlockingEngine, pattern: str, **graphs: list[str]) -> int:
    query = f"SELECT (COUNT(*) AS ?n) {pattern}"
    return int(engine.query(query, answer_format=CSV, **graphs).read().split()[1])  # type: ignore[arg-type]


def test_the_graphs_of_the_protocol_replace_those_of_the_query(engine: BlockingEngine) -> None:
    a, b, all_ = "http://example.org/graph/a", "http://example.org/graph/b", "{ ?s ?p ?o }"
    named = "{ GRAPH ?g { ?s ?p ?o } }"
    assert count(engine, all_) == 800
    assert count(engine, all_, default_graphs=[a]) == 400
    assert count(engine, all_, default_graphs=[a, b]) == 800
    assert count(engine, f"FROM <{a}> FROM <{b}> {all_}", default_graphs=[a]) == 400
    assert count(engine, all_, named_graphs=[a]) == 0
    assert count(engine, named) == 800
    assert count(engine, named, named_graphs=[a]) == 400
    assert count(engine, named, default_graphs=[a]) == 0


@pytest.mark.parametrize("clause", ["FROM", "FROM NAMED"])
def test_a_graph_that_is_not_there_is_empty_and_not_fetched(
    engine: BlockingEngine, clause: str, tmp_path: object
) -> None:
    secret = f"{tmp_path}/secret.ttl"
    with open(secret, "w") as file:  # noqa: PTH123
        file.write("<http://secret/> <http://secret/> 'secret' .")
    pattern = "{ { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    assert count(engine, f"{clause} <file://{secret}> {pattern}") == 0


def test_a_syntax_error_has_a_place(engine: BlockingEngine) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        engine.query("SELECT * {\n  ?s ?p ")
    assert caught.value.line == 2


def test_a_query_that_cannot_be_evaluated_does_not_end_the_worker(engine: BlockingEngine) -> None:
    before = engine.query("SELECT (1/0 AS ?x) (STRDT('a', 1) AS ?y) {}", answer_format=CSV).read()
    assert before == b"x,y\r\n,\r\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ASK {\n?service ?p ?o FILTER(<http://e/f>(?o)) }", (2, 23)),
        ("PREFIX e: <http://e/> ASK { ?service ?p ?o FILTER(e:f(?o)) }", (None, None)),
    ],
)
def test_a_function_that_is_not_known_is_named(
    engine: BlockingEngine, text: str, place: tuple[int | None, int | None]
) -> None:
    with pytest.raises(QuerySyntaxError, match="the function <http://e/f> is not known") as caught:
        engine.query(text).read()
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    ("text", "answer_format"),
    [
        ('SELECT ("a\\u0001" AS ?x) {}', XML),
        ('SELECT ("\\uFFFE" AS ?x) {}', XML),
        ('CONSTRUCT { <http://e/> <http://e/p> "\\u0000" } {}', RDF_XML),
        ("CONSTRUCT { <http://e/> <http://e/1> 2 } {}", RDF_XML),
    ],
)
def test_what_xml_cannot_hold_is_not_written_as_xml(
    engine: BlockingEngine, text: str, answer_format: Format
) -> None:
    with pytest.raises(NotWritableError, match="ask for another format"):
        engine.query(text, answer_format=answer_format).read()


def test_what_xml_can_hold_is_written(engine: BlockingEngine) -> None:
    text = "CONSTRUCT { <http://e/> <http://e/1é-2.x> '\u00e9\\t\\n\u4e2d' } {}"
    content = engine.query(text, answer_format=RDF_XML).read()
    assert [element.text for element in ET.fromstring(content).iter()][-1] == "\u00e9\t\n\u4e2d"


def test_a_carriage_return_comes_back_from_xml_as_what_it_is(engine: BlockingEngine) -> None:
    text = "\r\n a\rb\r\nc\r"
    literal = "'\\r\\n a\\rb\\r\\nc\\r'"
    solutions = engine.query(f"SELECT ({literal} AS ?x) {{}}", answer_format=XML).read()
    graph = f"CONSTRUCT {{ <http://e/> <http://e/p> {literal} }} {{}}"
    triples = engine.query(graph, answer_format=RDF_XML).read()
    for content in (solutions, triples):
        assert [element.text for element in ET.fromstring(content).iter()][-1] == text


def test_a_term_in_a_term_is_not_written_where_there_is_no_way(engine: BlockingEngine) -> None:
    text = "CONSTRUCT { <http://e/> <http://e/p> ?t } { BIND(TRIPLE(<a:a>, <a:b>, 1) AS ?t) }"
    for answer_format in GRAPH_FORMATS:
        if answer_format is JSON_LD:
            with pytest.raises(NotWritableError, match="ask for another format"):
                engine.query(text, answer_format=answer_format).read()
        else:
            assert engine.query(text, answer_format=answer_format).read()
