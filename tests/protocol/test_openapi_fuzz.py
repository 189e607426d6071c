# SPDX-License-Identifier: EUPL-1.2
"""The OpenAPI document, tried out: an answer is as it says, and what it does not allow is 4xx.

schemathesis writes requests from the document, sound ones and others, and checks every answer
against it: to the library, and to all else. ``GUIDANCE_GRAPH_FUZZ=20 pytest …`` makes
twenty times as many.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error, positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from guidance_graph.build.release import Release
from guidance_graph.engine.formats import QueryForm, format_named
from guidance_graph.protocol.request import QUERY
from guidance_graph.site.form import FIRST_QUERY
from guidance_graph.terms.namespaces import DATASET
from guidance_graph.terms.settings import Settings
from tests.conftest import REPOSITORY
from tests.serving import serving
from tests.wire import TIMES

REQUESTS = 150 * TIMES
#: Those of the library, where all that is sound is answered.
LIBRARY = "^/queries/"
#: Elsewhere what is sound in itself may not fit together, such as a query and a format.
FITTING = (not_a_server_error, positive_data_acceptance)


#: IRIs, as the format of that name is to be tried out.
IRIS = st.from_regex(
    r"(https?://[a-z]{1,9}\.example/|urn:|gg:)[A-Za-z0-9/_.~é漢-]{0,40}", fullmatch=True
)
schemathesis.openapi.format("iri", IRIS)
#: Queries of each form, and an update, which is refused.
QUERIES = st.sampled_from(
    (
        FIRST_QUERY,
        "ASK { GRAPH ?g { ?s ?p 'é' } }",
        "CONSTRUCT { ?s a ?o } WHERE { ?s a ?o } LIMIT 9",
        f"DESCRIBE <{DATASET}>",
        "DROP ALL",
    )
)
schemathesis.openapi.format("sparql-query", QUERIES)


@schemathesis.serializer(QUERY)
def _as_it_is(_: object, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


def spelled_otherwise(case: Case[Any]) -> bool:
    """Whether a format is asked for by one of its names that the document leaves out."""
    parameters = case.operation.definition.raw.get("parameters", ())
    told = {name for each in parameters for name in each["schema"].get("enum", ())}
    given = (part.get("format") for part in (case.query, case.body) if isinstance(part, dict))
    return any(
        isinstance(each, str) and each not in told and format_named(each, form) is not None
        for each in given
        for form in QueryForm
    )


@pytest.fixture(scope="module")
def described(example_release: Release) -> Iterator[OpenApiSchema]:
    """The document of a server with the library of the repository over the example release."""
    release = Settings(root=REPOSITORY, releases=example_release.path.parent, query_timeout=120)
    with serving(release) as base:
        yield schemathesis.openapi.from_url(f"{base}/openapi.json")


@pytest.mark.parametrize("whole", [True, False], ids=["library", "all else"])
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda each: each.value)
def test_every_answer_is_as_the_document_says(
    described: OpenApiSchema, mode: GenerationMode, whole: bool
) -> None:
    asked = (
        described.include(path_regex=LIBRARY) if whole else described.exclude(path_regex=LIBRARY)
    )
    excluded = [not_a_server_error] if whole else list(FITTING)

    @seed(20260101)
    @settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=asked.as_strategy(generation_mode=mode))
    def holds(case: Case[Any]) -> None:
        assume(not spelled_otherwise(case))
        case.call_and_validate(timeout=60, excluded_checks=excluded)

    holds()
