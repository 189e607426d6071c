# SPDX-License-Identifier: EUPL-1.2
import pytest

from guidance_graph.engine.formats import CSV, JSON
from guidance_graph.engine.question import Question
from guidance_graph.engine.text.terms import Iri, Literal, Term
from guidance_graph.protocol.record import RECORD, Outcome, Record, note, query_hash
from guidance_graph.terms import errors

QUESTION = Question("ASK {}", JSON)


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        ({}, None),
        ({"status": 404, "error": RuntimeError()}, None),
        ({"status": 500, "error": RuntimeError(), "question": QUESTION}, Outcome.FAILED),
        ({"status": 503, "error": errors.EngineError()}, Outcome.FAILED),
        ({"status": 503, "error": errors.EngineBusyError()}, Outcome.BUSY),
        ({"status": 503, "error": errors.QueryMemoryError()}, Outcome.MEMORY),
        ({"status": 503, "error": errors.ResultTooLargeError()}, Outcome.TOO_LARGE),
        ({"status": 504, "error": errors.QueryTimeoutError()}, Outcome.TIMEOUT),
        ({"status": 502, "error": errors.BackendError()}, Outcome.BACKEND),
        ({"status": 403, "error": errors.QueryRefusedError()}, Outcome.REFUSED),
        ({"status": 400, "error": errors.QuerySyntaxError("no")}, Outcome.SYNTAX),
        ({"status": 404, "error": errors.UnknownQueryError()}, Outcome.INVALID),
        ({"status": 200, "error": errors.QueryTimeoutError()}, Outcome.BROKEN_OFF),
        ({"status": 429, "error": errors.ClientShareError()}, Outcome.OVER_SHARE),
        ({"status": 502, "error": errors.ServiceError("http://e/", "no")}, Outcome.SERVICE),
        ({"status": 204, "question": QUESTION, "left": True}, Outcome.LEFT),
        ({"status": 304, "question": QUESTION}, Outcome.NOT_MODIFIED),
        ({"status": 412, "question": QUESTION}, Outcome.NOT_MODIFIED),
        ({"status": 0, "question": QUESTION}, Outcome.FAILED),
    ],
)
def test_how_a_query_ended(known: dict[str, object], outcome: Outcome | None) -> None:
    record = Record("r", "GET", 0.0)
    for name, value in known.items():
        setattr(record, name, value)
    assert record.outcome == outcome


def test_the_same_query_has_the_same_hash_and_no_other_has() -> None:
    text = "SELECT * { ?s ?p ?v }"
    values: tuple[dict[str, Term], ...] = (
        {},
        {"v": Literal("1")},
        {"v": Literal("2")},
        {"v": Iri("http://e/1")},
    )
    hashes = [query_hash(Question(text, JSON, bindings=each)) for each in values]
    assert len({*hashes, query_hash(QUESTION)}) == 5
    assert query_hash(Question(text, CSV, ("http://e/g",), timeout=3.0)) == hashes[0]
    both = {"a": Literal("1"), "b": Literal("2")}
    turned = dict(reversed(both.items()))
    assert query_hash(Question(text, JSON, bindings=both)) == query_hash(
        Question(text, JSON, bindings=turned)
    )


def test_a_note_is_for_the_request_that_is_being_answered() -> None:
    note(left=True)
    record = Record("r", "GET", 0.0)
    token = RECORD.set(record)
    try:
        note(left=True)
    finally:
        RECORD.reset(token)
    note(left=False)
    assert record.left
