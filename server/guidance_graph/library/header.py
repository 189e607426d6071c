# SPDX-License-Identifier: EUPL-1.2
"""The ``#+`` lines at the head of a query: YAML that says what it asks (as in grlc)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from guidance_graph.library.parameters import Parameter, ParameterType
from guidance_graph.terms.errors import ParameterError, SourceError

MARK: Final = "#+"
#: Names that say how a query is answered, and so cannot be those of its own parameters.
RESERVED: Final = frozenset(("format", "timeout"))
_KEYS: Final = frozenset(
    (
        "summary",
        "summary_nl",
        "description",
        "description_nl",
        "tags",
        "params",
        "endpoint_in_url",
    )
)
_PARAMETER_KEYS: Final = frozenset(
    ("type", "default", "optional", "scheme", "class", "description")
)


@dataclass(frozen=True)
class Header:
    """What a query says of itself, in English and Dutch."""

    summary: str
    summary_nl: str | None
    description: str | None
    description_nl: str | None
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]


def read_header(path: Path, text: str) -> Header:
    """Return what the header of a query says.

    Args:
        path: the file, for the error.
        text: what is in it.

    Raises:
        SourceError: with the line that is wrong, and what was expected.
    """
    lines = text.splitlines()
    first = next((index for index, line in enumerate(lines) if line.startswith(MARK)), None)
    if first is None:
        raise SourceError(path, f"expected a header: lines that start with {MARK!r}", 1)
    last = first
    while last < len(lines) and lines[last].startswith(MARK):
        last += 1
    source = "\n".join(line[len(MARK) :].removeprefix(" ") for line in lines[first:last])
    return _Reader(path, first + 1, source).header()


class _Reader:
    """Takes the YAML of one header apart."""

    def __init__(self, path: Path, line: int, source: str) -> None:
        self._path = path
        self._line = line
        self._source = source

    def header(self) -> Header:
        content = self._mapping(self._load(), "the header", _KEYS)
        if "summary" not in content:
            raise self._error("expected a summary: the question in one sentence")
        return Header(
            summary=self._text(content, "summary") or "",
            summary_nl=self._text(content, "summary_nl"),
            description=self._text(content, "description"),
            description_nl=self._text(content, "description_nl"),
            tags=self._tags(content),
            parameters=self._parameters(content),
        )

    def _load(self) -> object:
        try:
            return yaml.safe_load(self._source)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = self._line + (mark.line if mark is not None else 0)
            raise SourceError(
                self._path,
                f"the header is no YAML: {error.problem}; put quotation marks around a text",
                line,
            ) from error
        except yaml.YAMLError as error:
            raise self._error(f"the header is no YAML: {error}") from error

    def _parameters(self, content: Mapping[str, Any]) -> tuple[Parameter, ...]:
        declared = content.get("params") or {}
        if not isinstance(declared, dict):
            raise self._error("expected params to list a type for each name", "params")
        return tuple(self._parameter(str(name), value) for name, value in declared.items())

    def _parameter(self, name: str, value: object) -> Parameter:
        described = {"type": value} if isinstance(value, str) else value
        content = self._mapping(described, f"parameter {name}", _PARAMETER_KEYS)
        if not name.isidentifier():
            raise self._error(f"{name!r} cannot be the name of a variable", name)
        if name in RESERVED:
            raise self._error(f"{name} is taken: every query has a parameter of that name", name)
        types = {str(kind) for kind in ParameterType}
        if content.get("type") not in types:
            raise self._error(f"expected the type of {name} to be one of {sorted(types)}", name)
        parameter = Parameter(
            name=name,
            type=ParameterType(content["type"]),
            default=_plain(content.get("default")),
            optional=bool(content.get("optional", False)),
            scheme=self._text(content, "scheme"),
            class_=self._text(content, "class"),
            description=self._text(content, "description"),
        )
        try:
            if parameter.default is not None:
                parameter.term(parameter.default)
        except ParameterError as error:
            raise self._error(f"in the default: {error}", name) from error
        return parameter

    def _mapping(self, value: object, what: str, keys: frozenset[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._error(f"expected {what} to be keys with values")
        for key in value:
            if key not in keys:
                raise self._error(f"{key!r} is no key of {what}; known: {sorted(keys)}", str(key))
        return value

    def _tags(self, content: Mapping[str, Any]) -> tuple[str, ...]:
        tags = content.get("tags") or []
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise self._error("expected tags to be a list of words", "tags")
        return tuple(tags)

    def _text(self, content: Mapping[str, Any], key: str) -> str | None:
        value = content.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self._error(f"expected {key} to be a text", key)
        return " ".join(value.split())

    def _error(self, reason: str, key: str | None = None) -> SourceError:
        """Return an error at the line of a key, or at the first line of the header."""
        for offset, line in enumerate(self._source.splitlines()):
            if key is not None and line.strip().startswith(f"{key}:"):
                return SourceError(self._path, reason, self._line + offset)
        return SourceError(self._path, reason, self._line)


def _plain(value: object) -> str | None:
    """Return a default as a person would type it."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
