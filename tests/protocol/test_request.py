# SPDX-License-Identifier: EUPL-1.2
"""The fields of a form, as they are percent-encoded."""

import time
from urllib.parse import parse_qsl

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from guidance_graph.protocol.request import parameters
from guidance_graph.terms.errors import ParameterError, QuerySyntaxError


def fields(encoded: bytes) -> list[tuple[str, str]]:
    return parameters(Request({"type": "http", "query_string": encoded}))


PIECES = ["%", "%2", "%26", "%c3%A9", "%c3", "%zz", "=", "&", "+", "a", "\r\n", "\n", " ", "é"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_fields_are_those_of_the_standard_library(text: str) -> None:
    encoded = text.encode()
    try:
        expected = parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(QuerySyntaxError, match="not UTF-8, percent-encoded"):
            fields(encoded)
    else:
        assert fields(encoded) == expected


@pytest.mark.parametrize("piece", [b"%23", b"%23a", b"%C3%A9", b"+"])
def test_a_long_form_is_read_in_moments(piece: bytes) -> None:
    """The event loop reads it, and no other request is answered meanwhile."""
    start = time.process_time()
    ((_, value),) = fields(b"query=" + piece * (780_000 // len(piece)))
    taken = time.process_time() - start
    parse_qsl("query=" + "%23" * 260_000)
    assert taken < (time.process_time() - start - taken) / 2
    assert len(value) > 100_000


def test_what_would_take_long_to_read_is_refused() -> None:
    assert fields(b"query=" + b"%" * 999) == [("query", "%" * 999)]
    with pytest.raises(QuerySyntaxError, match="not percent-encoded"):
        fields(b"query=" + b"%" * 780_000)
    with pytest.raises(ParameterError, match="more than 200"):
        fields(b"&" * 780_000)
