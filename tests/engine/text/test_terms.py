# SPDX-License-Identifier: EUPL-1.2
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance_graph.engine.text.terms import XSD, Iri, Literal
from guidance_graph.terms.errors import ParameterError


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_sparql_reads_a_literal_as_the_very_text_that_went_in(text: str) -> None:
    answer = list(ox.Store().query(f"SELECT ({Literal(text)} AS ?x) {{}}"))  # type: ignore[arg-type]
    assert [solution["x"].value for solution in answer] == [text]


def test_a_literal_keeps_its_datatype_and_language() -> None:
    assert str(Literal("7", XSD + "integer")) == f'"7"^^<{XSD}integer>'
    assert str(Literal("zeven", language="nl-BE")) == '"zeven"@nl-BE'


@pytest.mark.parametrize("language", ["", "en us", 'en" }', "e" * 9, "en-", "1"])
def test_what_is_no_language_tag_makes_no_literal(language: str) -> None:
    with pytest.raises(ParameterError, match="not a language tag"):
        Literal("x", language=language)


def test_half_a_surrogate_pair_makes_no_literal() -> None:
    with pytest.raises(ParameterError, match="surrogate"):
        Literal("\ud800")


@pytest.mark.parametrize(
    "iri",
    [
        "",
        "x",
        "/x",
        "http://e/> ?p ?o . <x:y",
        "http://e/a b",
        "http://e/\n",
        "http://e/{x}",
        "http://e/\x83",
        'a:"',
    ],
)
def test_what_is_no_absolute_iri_is_refused(iri: str) -> None:
    with pytest.raises(ParameterError, match="not an absolute IRI"):
        Iri(iri)


def test_an_iri_is_written_between_angle_brackets() -> None:
    assert str(Iri("https://e.org/ä?b=c#d")) == "<https://e.org/ä?b=c#d>"
