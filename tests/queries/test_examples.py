# SPDX-License-Identifier: EUPL-1.2
"""The values that the OpenAPI document gives, and the examples in RDF, lead to answers."""

from collections.abc import Iterator

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import SH

from guidance_graph.engine.answer import Limits
from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.formats import CSV
from guidance_graph.library.library import Library
from guidance_graph.library.parameters import ParameterType
from guidance_graph.protocol.description import Abilities
from guidance_graph.site.examples import examples as in_turtle
from guidance_graph.site.openapi import document
from guidance_graph.terms.namespaces import BASE
from tests.conftest import REPOSITORY

LIBRARY = Library.load(REPOSITORY / "queries")
ABILITIES = Abilities(Limits(), 1)
DOCUMENT = document(LIBRARY, ABILITIES)


def examples() -> Iterator[tuple[str, str, str]]:
    """Query, parameter and value; of each class the first query, since Finland has no vouchers."""
    seen = set()
    for query in LIBRARY:
        given = DOCUMENT["paths"][f"/queries/{query.name}"]["get"]["parameters"]
        schemas = {each["name"]: each["schema"] for each in given}
        for parameter in query.parameters:
            for value in schemas[parameter.name].get("examples", ()):
                if (parameter.name, value) not in seen:
                    seen.add((parameter.name, value))
                    yield query.name, parameter.name, value


@pytest.mark.parametrize(("name", "parameter", "value"), list(examples()))
def test_an_example_has_an_answer(
    name: str, parameter: str, value: str, engine: BlockingEngine
) -> None:
    answer = LIBRARY.run(engine, name, {parameter: value}, answer_format=CSV).read()
    assert len(answer.splitlines()) > 1


def test_each_iri_that_is_asked_for_has_a_default_or_an_example() -> None:
    for query in LIBRARY:
        given = DOCUMENT["paths"][f"/queries/{query.name}"]["get"]["parameters"]
        schemas = {each["name"]: each["schema"] for each in given}
        for parameter in query.parameters:
            if parameter.type is ParameterType.IRI:
                assert {"default", "examples"} & set(schemas[parameter.name]), query.name


def test_an_example_in_rdf_gives_what_its_question_does(engine: BlockingEngine) -> None:
    graph = Graph().parse(data=in_turtle(LIBRARY, ABILITIES), format="turtle")
    for query in LIBRARY:
        text = str(graph.value(URIRef(f"{BASE}queries/{query.name}"), SH.select))
        if text != query.body:  # a default is put in
            given = engine.query(text, answer_format=CSV).read()
            assert given == LIBRARY.run(engine, query.name, answer_format=CSV).read()
        else:
            assert not any(each.default for each in query.parameters)
