# SPDX-License-Identifier: EUPL-1.2
"""What is taken for an IRI or a language tag is what Oxigraph takes for one."""

from collections.abc import Callable

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance_graph.engine.federation.terms import must_be_iri, must_be_language

_PIECES = ["http:", "urn:", "a:", "//", "/", "?", "#", "%", "%20", "%zz", "[", "]", "[::1]", "[1]"]
_PIECES += [":", ":80", "@", "b", "9", "'", "(", "*", "~", "!", ".", "-", "é"]
_PIECES += ["\ue000", "\uffff", "\ufffe", "\U0001f600", "\U000e0001", "\U000fffff"]
_TAGS = ["en", "de", "x", "a", "abcd", "Latn", "US", "419", "rozaj", "1901", "zh", "cmn", "i", "b"]
_TAGS += [
    "1",
    "aaa",
    "abcdefgh",
    "abcdefghi",
    "GB",
    "oed",
    "art",
    "lojban",
    "klingon",
    "gan",
    "hak",
]
_TAGS += ["sgn", "BE", "FR"]


def is_taken(check: Callable[[str], str], text: str) -> bool:
    try:
        check(text)
    except ValueError:
        return False
    return True


def parses(term: str) -> bool:
    try:
        ox.Store().query(f"SELECT * {{ VALUES ?x {{ {term} }} }}")
    except SyntaxError:
        return False
    return True


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["", "http://"]), st.lists(st.sampled_from(_PIECES), max_size=6))
def test_an_iri(start: str, pieces: list[str]) -> None:
    iri = start + "".join(pieces)
    assert is_taken(must_be_iri, iri) == parses(f"<{iri}>")


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_no_text_is_taken_that_ends_an_iri(text: str) -> None:
    if is_taken(must_be_iri, f"http://e/{text}"):
        assert parses(f"<http://e/{text}>")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_TAGS), min_size=1, max_size=5))
def test_a_language_tag(parts: list[str]) -> None:
    tag = "-".join(parts)
    assert is_taken(must_be_language, tag) == parses(f'"text"@{tag}')
