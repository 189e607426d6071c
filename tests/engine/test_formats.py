# SPDX-License-Identifier: EUPL-1.2
import pytest

from guidance_graph.engine.formats import (
    GRAPH_FORMATS,
    SOLUTION_FORMATS,
    Format,
    QueryForm,
    format_named,
    formats_of,
)


def test_each_form_has_the_formats_of_its_kind() -> None:
    assert [form for form in QueryForm if form.gives_graph] == ["CONSTRUCT", "DESCRIBE"]
    assert formats_of(QueryForm.ASK) == SOLUTION_FORMATS
    assert formats_of(QueryForm.DESCRIBE) == GRAPH_FORMATS


@pytest.mark.parametrize("form", [QueryForm.SELECT, QueryForm.CONSTRUCT])
def test_a_format_is_found_by_name_and_media_type(form: QueryForm) -> None:
    for each in formats_of(form):
        assert format_named(each.name, form) is each
        assert format_named(each.media_type.upper(), form) is each


@pytest.mark.parametrize(
    ("name", "form", "found"),
    [
        ("json", QueryForm.CONSTRUCT, "JSON-LD"),
        ("xml", QueryForm.DESCRIBE, "RDF/XML"),
        ("xml", QueryForm.ASK, "XML"),
        ("turtle", QueryForm.CONSTRUCT, "Turtle"),
        ("rdf+xml", QueryForm.CONSTRUCT, "RDF/XML"),
        ("json-ld", QueryForm.CONSTRUCT, "JSON-LD"),
        ("n3", QueryForm.CONSTRUCT, "Turtle"),
    ],
)
def test_the_names_that_clients_send_are_known(name: str, form: QueryForm, found: str) -> None:
    named = format_named(name, form)
    assert named is not None
    assert named.title == found


def test_a_format_of_another_form_is_none() -> None:
    assert format_named("ttl", QueryForm.SELECT) is None
    assert format_named("csv", QueryForm.CONSTRUCT) is None


@pytest.mark.parametrize("formats", [SOLUTION_FORMATS, GRAPH_FORMATS])
def test_no_two_formats_have_a_spelling_in_common(formats: tuple[Format, ...]) -> None:
    for spellings in (
        [each.name for each in formats] + [name for each in formats for name in each.names],
        [each.media_type for each in formats] + [name for each in formats for name in each.aliases],
    ):
        assert len(spellings) == len(set(spellings))
