# SPDX-License-Identifier: EUPL-1.2
"""The questions that the graph answers by name, and the checks that must find nothing.

A query is ``queries/<topic>/<question>.rq`` and is called ``<topic>/<question>``; what stands in
``queries/checks/`` are checks: hygiene rules whose rows are the failures.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Protocol, Self, TypeVar

from guidance_graph.build.files import files_below
from guidance_graph.engine.formats import Format, QueryForm
from guidance_graph.engine.text.bindings import bind
from guidance_graph.engine.text.terms import Iri, Term
from guidance_graph.engine.text.tokens import query_form, tokens
from guidance_graph.library.header import Header, read_header
from guidance_graph.library.parameters import Parameter, ParameterType
from guidance_graph.terms.errors import (
    ParameterError,
    QueryError,
    SourceError,
    UnknownQueryError,
)

CHECKS: Final = "checks"

Given_co = TypeVar("Given_co", covariant=True)


class Asks(Protocol[Given_co]):
    """What can be asked a query: an engine that answers, or one that promises to."""

    def query(
        self,
        text: str,
        *,
        answer_format: Format | None = None,
        bindings: Mapping[str, Term] | None = None,
        timeout: float | None = None,
    ) -> Given_co:
        """Answer a query; see ``Engine.query``."""
        ...


@dataclass(frozen=True)
class LibraryQuery:
    """One file of the library.

    Attributes:
        name: topic and question, such as ``actors/who-coordinates``.
        path: the file.
        header: what it says of itself.
        text: all of the file.
        form: the form of the query.
    """

    name: str
    path: Path
    header: Header
    text: str
    form: QueryForm

    @property
    def topic(self) -> str:
        """The folder it is in."""
        return self.name.partition("/")[0]

    @property
    def summary(self) -> str:
        """The question in one English sentence."""
        return self.header.summary

    @property
    def summary_nl(self) -> str | None:
        """The question in one Dutch sentence."""
        return self.header.summary_nl

    @property
    def description(self) -> str | None:
        """What the question means and how it is answered, in English."""
        return self.header.description

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find it by."""
        return self.header.tags

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The variables that whoever runs it gives a value."""
        return self.header.parameters

    @property
    def body(self) -> str:
        """The query without its header and the licence line above it."""
        lines = self.text.splitlines()
        start = next(index for index, line in enumerate(lines) if not line.startswith("#"))
        return "\n".join(lines[start:]).strip()

    def bindings(self, given: Mapping[str, str]) -> dict[str, Term]:
        """Return the term for each variable, from the values given and the defaults.

        Raises:
            ParameterError: a value is missing or not of its type, or there is no such parameter.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                names = ", ".join(known) or "none"
                raise ParameterError(f"{self.name} has no parameter {name}; it has: {names}")
        bound: dict[str, Term] = {}
        for name, parameter in known.items():
            value = given.get(name) or parameter.default
            if value is not None:
                bound[name] = parameter.term(value)
            elif parameter.required:
                raise ParameterError(f"{self.name} needs a value for the parameter {name}")
        return bound


def read_query(path: Path, name: str) -> LibraryQuery:
    """Read one file of the library.

    Raises:
        SourceError: with the line that is wrong, and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(path, f"expected UTF-8 text; byte {error.start} is not") from error
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from error
    header = read_header(path, text)
    variables = {token.text[1:] for token in tokens(text) if token.kind == "variable"}
    for parameter in header.parameters:
        if parameter.name not in variables:
            raise SourceError(path, f"the query has no variable for the parameter {parameter.name}")
    try:
        form = query_form(text)
        bind(text, {parameter.name: _EXAMPLES[parameter.type] for parameter in header.parameters})
    except QueryError as error:
        raise SourceError(path, str(error)) from error
    return LibraryQuery(name, path, header, text, form)


_EXAMPLES: Final[Mapping[ParameterType, Term]] = {
    kind: Parameter("example", kind).term(value)
    for kind, value in {
        ParameterType.IRI: Iri("https://example.org/").value,
        ParameterType.STRING: "text",
        ParameterType.INTEGER: "1",
        ParameterType.DECIMAL: "1.5",
        ParameterType.BOOLEAN: "true",
        ParameterType.DATE: "2024-09-01",
        ParameterType.LANGUAGE: "en",
    }.items()
}


class Library:
    """The queries of a folder; iterate over it for each of them, in the order of their names.

    Attributes:
        checks: the queries of ``checks/``; each must return no row.
    """

    def __init__(self, queries: Iterable[LibraryQuery]) -> None:
        read = sorted(queries, key=lambda query: query.name)
        self._queries = {query.name: query for query in read if query.topic != CHECKS}
        self.checks = tuple(query for query in read if query.topic == CHECKS)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read every ``.rq`` file one folder down.

        Raises:
            SourceError: the folder is missing, or a folder cannot be read, or a file is wrong.
        """
        if not folder.is_dir():
            raise SourceError(folder, "expected a folder with the query library")
        try:
            paths = files_below(folder, ".rq")
        except OSError as error:
            raise SourceError(Path(error.filename), f"cannot be read: {error.strerror}") from error
        queries = []
        for path in paths:
            name = path.relative_to(folder).with_suffix("").as_posix()
            if name.count("/") != 1:
                raise SourceError(path, f"expected {folder.name}/<topic>/<question>.rq")
            queries.append(read_query(path, name))
        return cls(queries)

    def __getitem__(self, name: str) -> LibraryQuery:
        """Return the query of a name.

        Raises:
            UnknownQueryError: with the names of the topic, those that come near, or the topics.
        """
        try:
            return self._queries[name]
        except KeyError:
            raise UnknownQueryError(
                f"the library has no query {name!r}{self._hint(name)}"
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._queries

    def __iter__(self) -> Iterator[LibraryQuery]:
        return iter(self._queries.values())

    def __len__(self) -> int:
        return len(self._queries)

    @property
    def topics(self) -> dict[str, list[LibraryQuery]]:
        """The queries of each topic."""
        topics: dict[str, list[LibraryQuery]] = defaultdict(list)
        for query in self:
            topics[query.topic].append(query)
        return dict(topics)

    def _hint(self, name: str) -> str:
        topics = self.topics
        if name in topics:
            return f"; this topic has: {', '.join(query.name for query in topics[name])}"
        near = get_close_matches(name, self._queries, n=3, cutoff=0.5)
        if near:
            return f"; near it: {', '.join(near)}"
        return f"; its topics: {', '.join(topics)}" if topics else ""

    def run(
        self,
        engine: Asks[Given_co],
        name: str,
        parameters: Mapping[str, str] | None = None,
        *,
        answer_format: Format | None = None,
        timeout: float | None = None,
    ) -> Given_co:
        """Ask an engine a query of the library.

        Args:
            engine: an engine, or a blocking one.
            name: which query.
            parameters: values as text; each is checked against its type and bound, never pasted.
            answer_format: see ``Engine.query``.
            timeout: see ``Engine.query``.

        Returns:
            What the engine's ``query`` returns: an awaitable answer, or a blocking one.

        Raises:
            UnknownQueryError: there is no such query.
            ParameterError: the parameters do not fit.
        """
        query = self[name]
        return engine.query(
            query.text,
            answer_format=answer_format,
            bindings=query.bindings(parameters or {}),
            timeout=timeout,
        )
