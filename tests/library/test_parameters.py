# SPDX-License-Identifier: EUPL-1.2
import pytest

from guidance_graph.engine.text.terms import XSD, Iri, Literal, Term
from guidance_graph.library.parameters import Parameter, ParameterType
from guidance_graph.terms.errors import ParameterError
from guidance_graph.terms.namespaces import THINGS


@pytest.mark.parametrize(
    ("kind", "value", "term"),
    [
        ("iri", "https://e.org/x", Iri("https://e.org/x")),
        ("iri", " fi:ohjaamo ", Iri(THINGS + "fi/ohjaamo")),
        ("iri", "urn:isbn:1", Iri("urn:isbn:1")),
        ("string", ' a "b" ', Literal(' a "b" ')),
        ("integer", "+007", Literal("7", XSD + "integer")),
        ("decimal", "7.50", Literal("7.50", XSD + "decimal")),
        ("decimal", "-.5", Literal("-0.5", XSD + "decimal")),
        ("boolean", "TRUE", Literal("true", XSD + "boolean")),
        ("boolean", "0", Literal("false", XSD + "boolean")),
        ("date", "2024-02-29", Literal("2024-02-29", XSD + "date")),
        ("language", "nl-BE", Literal("nl-be")),
    ],
)
def test_a_value_becomes_the_term_of_its_type(kind: str, value: str, term: Term) -> None:
    assert Parameter("x", ParameterType(kind)).term(value) == term


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("iri", "ohjaamo", "an absolute IRI"),
        ("iri", "http://e/> . ?s ?p ?o", "an absolute IRI"),
        ("integer", "1.5", "a whole number"),
        ("integer", "1e3", "a whole number"),
        ("integer", "\u0661", "a whole number"),
        ("decimal", "1e3", "a number"),
        ("decimal", "NaN", "a number"),
        ("decimal", ".", "a number"),
        ("boolean", "yes", "true or false"),
        ("date", "2023-02-29", "a date"),
        ("date", "20240229x", "a date"),
        ("language", "n l", "a language tag"),
        ("language", "", "a language tag"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_was_expected(
    kind: str, value: str, expected: str
) -> None:
    with pytest.raises(ParameterError, match=rf"parameter x must be {expected}.*, not '"):
        Parameter("x", ParameterType(kind)).term(value)


def test_every_type_has_been_tried_here() -> None:
    assert set(ParameterType) == {
        "iri", "string", "integer", "decimal", "boolean", "date", "language"
    }  # fmt: skip


def test_a_long_value_is_not_repeated_whole() -> None:
    with pytest.raises(ParameterError) as caught:
        Parameter("x", ParameterType.INTEGER).term("9" * 5000)
    assert len(str(caught.value)) < 200
