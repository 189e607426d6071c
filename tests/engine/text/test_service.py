# SPDX-License-Identifier: EUPL-1.2
import pytest

from guidance_graph.engine.text.service import refuse_service, uses_service
from guidance_graph.terms.errors import QueryRefusedError

REFUSED = {
    "plain": "SELECT * { SERVICE <http://e/> { ?s ?p ?o } }",
    "small letters": "SELECT * { service <http://e/> { ?s ?p ?o } }",
    "silent": "SELECT * { SERVICE SILENT <http://e/> { ?s ?p ?o } }",
    "a variable": "SELECT * { ?s ?p ?c SERVICE ?c { ?s ?p ?o } }",
    "no space before": "SELECT * { ?s ?p true.SERVICE<http://e/>{ ?s ?p ?o } }",
    "stuck to a word": "SELECT * { ?s ?p trueSERVICE <http://e/> { ?s ?p ?o } }",
    "stuck to a number": "SELECT * { ?s ?p 1SERVICE <http://e/> { ?s ?p ?o } }",
    "a prefix that eats it": "PREFIX SERVICEe: <http://e/> SELECT * { SERVICEe:x { ?s ?p ?o } }",
    "an empty prefix": "PREFIX : <http://e/> SELECT * { SERVICE:x { ?s ?p ?o } }",
    "after a comment": "SELECT * { # }\n SERVICE # {\n <http://e/> { ?s ?p ?o } }",
    "inside a false IRI": "SELECT * { ?s ?p ?o FILTER(?o<?b)SERVICE?c#>\n{ ?s ?p ?o } }",
    "inside one with a scheme": "SELECT * { ?s ?p ?o FILTER(?o<u:b)SERVICE?c#>\n{ ?s ?p 1 } }",
    "a subquery": "SELECT * { { SELECT * { SERVICE <http://e/> { ?s ?p ?o } } } }",
    "in EXISTS": "ASK { FILTER EXISTS { SERVICE <http://e/> { ?s ?p ?o } } }",
    "a prefix that ends in a port": "PREFIX x: <http://e:> ASK { ?s ?p x:SERVICE<http://e/>{} }",
    "such a prefix and a word": "PREFIX x: <http://e:> ASK { ?s x:trueSERVICE <http://e/> {} }",
    "such a prefix and SILENT": "PREFIX x: <http://[::1]> ASK { ?s ?p x:SERVICESILENT ?x {} }",
    "a host with a colon to come": "PREFIX x: <http://e> ASK { ?s ?p x:SERVICE:a {} }",
    "a base that ends in a port": "BASE <http://e:80> PREFIX x: <> ASK { ?s ?p x:service?x {} }",
    "codepoint escapes": "SELECT * { \\u0053ERVICE <http://e/> { ?s ?p ?o } }",
    "after a string with an escaped quote": "SELECT * { ?s ?p 'a\\'' SERVICE <http://e/> {} }",
}

ALLOWED = {
    "nothing of it": "SELECT * { ?s ?p ?o }",
    "in a string": "SELECT * { ?s ?p 'SERVICE <http://e/> {' }",
    "in a long string": 'SELECT * { ?s ?p """\n SERVICE " <http://e/> { """ }',
    "in a comment": "SELECT * { ?s ?p ?o } # SERVICE <http://e/> {}",
    "in an IRI": "SELECT * { ?s a <http://www.w3.org/ns/sparql-service-description#Service> }",
    "in an IRI with brackets": "SELECT * { ?s a <http://e/service_(public)> }",
    "in an IRI after brackets": "SELECT * { ?s a <http://e/Public_(secret)_service> }",
    "an IRI of a host": "SELECT * { ?service ?p <http://e>, 'service' }",
    "a name with a whole prefix": "PREFIX x: <http://e:80/> ASK { ?s x:service <http://e:80> }",
    "a variable": "SELECT ?service { ?service ?p $SERVICE }",
    "a local name": "PREFIX gg: <http://e/> SELECT * { ?s a gg:Service ; gg:service ?o }",
    "a prefix": "PREFIX service: <http://e/> SELECT * { GRAPH service:g { ?s a service:x } }",
    "a language": "SELECT * { ?s ?p 'x'@service }",
    "a blank node": "SELECT * { _:service ?p ?o }",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_query_that_asks_another_endpoint_is_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError, match="SERVICE is refused"):
        refuse_service(text)


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED)
def test_a_query_that_only_mentions_the_word_is_not_refused(text: str) -> None:
    refuse_service(text)


def test_the_refusal_says_where_the_word_is() -> None:
    with pytest.raises(QueryRefusedError, match="line 2, column 3"):
        refuse_service("SELECT * {\n  SERVICE <http://e/> {} }")


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("SELECT * { service <http://e/> {} }", True),
        ("SELECT * { ?s ?p 1SERVICE<http://e/>{} }", True),
        ("SELECT * { SERVICE ?x {} }", True),
        ("SELECT ?service { ?service a <http://e/SERVICE>, 'SERVICE' } # SERVICE", False),
        (
            "PREFIX a: <b:> SELECT * { ?s a a:Service, a:b.service, 'x'@service; a:service ?o }",
            False,
        ),
        ("SELECT * { ?s ?p ?o }", False),
    ],
)
def test_a_query_uses_a_service_if_it_has_the_word(text: str, uses: bool) -> None:
    assert uses_service(text) is uses
