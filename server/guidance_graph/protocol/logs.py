# SPDX-License-Identifier: EUPL-1.2
"""One line of the log for each request: what it cost, and nothing that tells who asked what.

It goes to the ``logging`` of the standard library as its ``fields``; ``cli.logs`` writes it out.
"""

import logging
from collections.abc import Collection
from http import HTTPStatus
from typing import Any, Final

from guidance_graph.protocol.record import Record, query_hash
from guidance_graph.terms.settings import Settings

#: Asked every few seconds by monitors, so not worth a line.
QUIET: Final = frozenset(("/health", "/health/live", "/health/ready", "/metrics"))

_LOG: Final = logging.getLogger(__name__)
_LIBRARY: Final = "/queries/{topic}/{question}"


class RequestLog:
    """Writes a line for each request that has ended."""

    def __init__(self, settings: Settings, library: Collection[str]) -> None:
        """Take what is needed.

        Args:
            settings: whether texts of queries and addresses of clients are logged.
            library: the names of the queries of the library; no other name is logged.
        """
        self._queries = settings.log_queries
        self._clients = settings.log_clients
        self._library = library

    def __call__(self, record: Record) -> None:
        """Write the line."""
        level = logging.INFO
        if record.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            level = logging.ERROR
        elif record.route in QUIET:
            level = logging.DEBUG
        if _LOG.isEnabledFor(level):
            # made here, since looking for the line of code that logs costs more than the rest
            told = {"fields": self._fields(record)}
            _LOG.handle(
                _LOG.makeRecord(_LOG.name, level, __file__, 0, "request", (), None, extra=told)
            )

    def _fields(self, record: Record) -> dict[str, Any]:
        """Return what the line holds; what is not known, or does not apply, is left out."""
        fields: dict[str, Any] = {
            "request_id": record.id,
            "method": record.verb,
            "route": record.route,
            "status": int(record.status),  # else for the eye it would have its name too
            "milliseconds": round(record.seconds * 1000, 2),
            "bytes": record.size,
        }
        if (outcome := record.outcome) is not None:
            fields["outcome"] = outcome.value
        if record.error is not None:
            fields["error"] = type(record.error).__name__
        if (name := self._name(record)) is not None:
            fields["name"] = name
        if (question := record.question) is not None:
            fields |= {"query": query_hash(question), "format": question.format.name}
            if self._queries:
                fields["text"] = question.text
                if question.bindings:
                    fields["values"] = {name: str(term) for name, term in question.bindings.items()}
        if (answer := record.answer) is not None:
            fields["cached"] = answer.kept
            if (cost := answer.cost) is not None:
                fields["rows"] = cost.rows
                if not answer.kept:
                    fields["engine_seconds"] = round(cost.seconds, 6)
        if self._clients and record.scope is not None and record.scope.get("client"):
            fields["client"] = record.scope["client"][0]
        return fields

    def _name(self, record: Record) -> str | None:
        """Return the name of the query of the library that was asked, if there is one."""
        if record.scope is None or record.route != _LIBRARY:
            return None
        path = record.scope.get("path_params", {})
        name = f"{path.get('topic')}/{path.get('question')}"
        return name if name in self._library else None
