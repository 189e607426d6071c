# SPDX-License-Identifier: EUPL-1.2
"""What is noted of one request on its way, for the metrics and the logs.

Each request has a record of its own, in a context variable: whoever knows something of it notes it
there, and ``observation`` hands the whole of it on when the request has ended.
"""

import hashlib
import json
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from starlette.types import Scope

from guidance_graph.engine.answer import Answer
from guidance_graph.engine.question import Question
from guidance_graph.terms import errors

#: Route of what matches none, so that no client makes up label values.
UNMATCHED: Final = "unmatched"
#: Route of what a browser asks before it asks; no router sees it.
PREFLIGHT: Final = "preflight"

_METHODS: Final = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))
_HASH_LENGTH: Final = 16


class Outcome(StrEnum):
    """How a query ended."""

    ANSWERED = "answered"
    CACHED = "cached"
    NOT_MODIFIED = "not_modified"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    TOO_LARGE = "too_large"
    BUSY = "busy"
    OVER_SHARE = "over_share"
    REFUSED = "refused"
    SYNTAX = "syntax"
    INVALID = "invalid"
    BACKEND = "backend"
    SERVICE = "service"
    BROKEN_OFF = "broken_off"
    LEFT = "left"
    FAILED = "failed"


#: The outcome of each error before the first byte; one not listed has that of the class above it.
_OF_ERROR: Final[dict[type[BaseException], Outcome]] = {
    errors.QueryTimeoutError: Outcome.TIMEOUT,
    errors.QueryMemoryError: Outcome.MEMORY,
    errors.ResultTooLargeError: Outcome.TOO_LARGE,
    errors.EngineBusyError: Outcome.BUSY,
    errors.ClientShareError: Outcome.OVER_SHARE,
    errors.BackendError: Outcome.BACKEND,
    errors.ServiceError: Outcome.SERVICE,
    errors.EngineError: Outcome.FAILED,
    errors.QueryRefusedError: Outcome.REFUSED,
    errors.QuerySyntaxError: Outcome.SYNTAX,
    errors.QueryError: Outcome.INVALID,
}


@dataclass(slots=True)
class Record:
    """What is known of a request.

    Attributes:
        id: a name for it, which its response and its log lines carry.
        scope: what the router saw of it; None where it came to no router.
        began: when, in seconds of ``time.perf_counter``.
        seconds: what it took, to the last byte; known at its end.
        status: of the response; 0 while there is none.
        size: bytes of the body that were sent, compressed where they were.
        question: what it asked of the engine.
        answer: what the engine, or the memory, gave.
        left: whether its client went away first.
        error: what went wrong.
    """

    id: str
    method: str
    began: float
    scope: Scope | None = None
    seconds: float = 0.0
    status: int = 0
    size: int = 0
    question: Question | None = None
    answer: Answer | None = None
    left: bool = False
    error: Exception | None = None

    @property
    def verb(self) -> str:
        """The method; ``other`` for what no route has."""
        return self.method if self.method in _METHODS else "other"

    @property
    def route(self) -> str:
        """The template of the route, such as ``/graph/{name:path}``."""
        if self.scope is None:
            return PREFLIGHT
        return str(getattr(self.scope.get("route"), "path", UNMATCHED))

    @property
    def outcome(self) -> Outcome | None:  # noqa: PLR0911 (a table of ends)
        """How the query ended; None where the request asked none."""
        if self.left and self.question is not None:
            return Outcome.LEFT
        if self.error is not None:
            kinds = type(self.error).__mro__
            outcome = next((_OF_ERROR[kind] for kind in kinds if kind in _OF_ERROR), None)
            if self.status == HTTPStatus.OK and outcome is not None:
                return Outcome.BROKEN_OFF
            if outcome is not None or self.question is None:
                return outcome
            return Outcome.FAILED
        if self.question is None:
            return None
        if self.status in (HTTPStatus.NOT_MODIFIED, HTTPStatus.PRECONDITION_FAILED):
            return Outcome.NOT_MODIFIED
        if self.answer is None:
            return Outcome.FAILED  # the server was stopped meanwhile
        return Outcome.CACHED if self.answer.kept else Outcome.ANSWERED


RECORD: Final[ContextVar[Record | None]] = ContextVar("record", default=None)


def note(**known: Any) -> None:
    """Note something of the request that is being answered; outside of one, nothing happens."""
    record = RECORD.get()
    if record is not None:
        for name, value in known.items():
            setattr(record, name, value)


def query_hash(question: Question) -> str:
    """Return a name for a query with its bindings: the same for the same, whatever its format."""
    parts = question.text
    if question.bindings:
        bindings = sorted((name, str(term)) for name, term in question.bindings.items())
        parts = json.dumps([parts, bindings])
    return hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:_HASH_LENGTH]


def note_errors(app: FastAPI) -> None:
    """Have every error that a handler of the app answers noted first."""

    def noting(handler: Any) -> Any:
        async def note_and_handle(request: Request, error: Exception) -> Any:
            note(error=error)
            return await handler(request, error)

        return note_and_handle

    for kind in (errors.GuidanceGraphError, Exception):
        app.add_exception_handler(kind, noting(app.exception_handlers[kind]))
