# SPDX-License-Identifier: EUPL-1.2
"""Everything that can go wrong, as one tree.

::

    GuidanceGraphError
    ├── SourceError            an input file cannot be read: which, where, what was expected
    ├── InvalidGraphError      the dataset breaks a shape or contradicts itself
    ├── ReleaseError           a release is missing, damaged or of another version
    ├── SettingError           a setting has a value that cannot be used
    ├── QueryError             the query cannot be answered as it stands
    │   ├── QuerySyntaxError       it does not parse: line, column
    │   ├── QueryRefusedError      it asks for what this endpoint does not do
    │   │   └── UpdateRefusedError     it is no query but an update
    │   ├── NotWritableError       its answer cannot be written in the format asked for
    │   ├── ParameterError         a parameter is missing, unknown or not of its type
    │   └── UnknownQueryError      no query of that name in the library
    └── EngineError            the query was sound, the answer could not be given
        ├── QueryTimeoutError      it reached its time limit and was stopped
        ├── QueryMemoryError       it reached its memory limit and was stopped
        ├── ResultTooLargeError    its answer reached the limit on rows or bytes
        ├── EngineBusyError        no worker came free in time
        │   └── ClientShareError       this client has as many queries running as it may
        ├── BackendError           the engine elsewhere that is asked failed, or cannot be reached
        └── ServiceError           an endpoint that the query asks failed, or cannot be reached

None of them knows HTTP or the terminal: ``protocol`` and ``cli`` each hold one table from error to
status.
"""

from pathlib import Path


class GuidanceGraphError(Exception):
    """Anything that guidance-graph raises on purpose; ``str()`` of it is meant for a person."""


class SourceError(GuidanceGraphError):
    """An input file cannot be read."""

    def __init__(self, path: Path, reason: str, line: int | None = None) -> None:
        self.path = path
        self.reason = reason
        self.line = line
        place = str(path) if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {reason}")


class InvalidGraphError(GuidanceGraphError):
    """The dataset breaks a shape or contradicts itself."""


class ReleaseError(GuidanceGraphError):
    """A release is missing, damaged or of another version."""


class SettingError(GuidanceGraphError):
    """A setting has a value that cannot be used."""


class QueryError(GuidanceGraphError):
    """The query cannot be answered as it stands."""


class QuerySyntaxError(QueryError):
    """The query does not parse."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        self.reason = reason
        self.line = line
        self.column = column
        place = "" if line is None else f"line {line}, column {column}: "
        super().__init__(f"{place}{reason}")


class QueryRefusedError(QueryError):
    """The query asks for what this endpoint does not do, an update or a fetch from elsewhere."""


class UpdateRefusedError(QueryRefusedError):
    """What is asked is no query but an update."""


class NotWritableError(QueryError):
    """The answer holds what the format that was asked for has no way to write."""


class ParameterError(QueryError):
    """A parameter of a library query or of the protocol is missing, unknown or not of its type."""


class UnknownQueryError(QueryError):
    """No query of that name is in the library."""


class EngineError(GuidanceGraphError):
    """The query was sound, but the answer could not be given."""


class QueryTimeoutError(EngineError):
    """The query reached its time limit and was stopped."""


class QueryMemoryError(EngineError):
    """The query reached its memory limit and was stopped."""


class ResultTooLargeError(EngineError):
    """The answer reached the limit on rows or bytes."""


class EngineBusyError(EngineError):
    """No worker came free in time."""


class ClientShareError(EngineBusyError):
    """The client has as many queries running and waiting as it may."""


class BackendError(EngineError):
    """The engine elsewhere that is asked cannot be reached, failed, or gave no sound answer."""


class ServiceError(EngineError):
    """An endpoint that the query asks cannot be reached, failed, or gave no sound answer."""

    def __init__(self, service: str, reason: str) -> None:
        self.service = service
        super().__init__(f"the service <{service}> {reason}")
