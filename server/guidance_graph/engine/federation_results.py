# SPDX-License-Identifier: EUPL-1.2
"""Read the solutions that another endpoint gives, as terms that a query can hold.

What comes is not trusted: its form is checked, and each term is one that SPARQL can write, so that
nothing in it is anything but data. A blank node becomes an IRI in place of it (RDF 1.1 Concepts,
section 3.5), for ``VALUES`` holds no blank nodes; each answer has its own.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote
from xml.etree import ElementTree

from pydantic import Field, TypeAdapter, ValidationError

from guidance_graph.engine.federation_terms import must_be_iri, must_be_language
from guidance_graph.engine.terms import XSD_STRING, Iri, Literal
from guidance_graph.terms.errors import ParameterError, ResultTooLargeError
from guidance_graph.terms.namespaces import BASE

#: Under it stand the IRIs in place of blank nodes.
GENERATED: Final = BASE + ".well-known/genid/"

#: A solution: for each name of a variable, a term as SPARQL writes it.
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A term as both formats describe it."""

    kind: Annotated[str, Field(alias="type")]
    value: str
    language: Annotated[str | None, Field(alias="xml:lang")] = None
    datatype: str | None = None


_Cells = dict[str, _Cell]


@dataclass(frozen=True, slots=True)
class _Results:
    bindings: list[_Cells]


@dataclass(frozen=True, slots=True)
class _Document:
    results: _Results


_DOCUMENT: Final = TypeAdapter(_Document)


def read_solutions(content: bytes, media_type: str, most: int) -> Sequence[Row]:
    """Return the solutions of a document in SPARQL Results JSON or XML.

    Args:
        content: the document.
        media_type: what it is in.
        most: the solutions that it may have.

    Raises:
        ValueError: it is no such document, not whole, or a term in it is none of RDF 1.1.
        ResultTooLargeError: it has more solutions.
    """
    reader = _READERS.get(media_type)
    if reader is None:
        raise ValueError(f"{media_type or 'no media type'} is no format of solutions")
    rows = reader(content)
    if len(rows) > most:
        raise ResultTooLargeError(f"more than {most:,} solutions")
    generated = f"{GENERATED}{secrets.token_hex(8)}/"
    try:
        return [{name: str(_term(cell, generated)) for name, cell in row.items()} for row in rows]
    except ParameterError as error:
        raise ValueError(str(error)) from error


def _term(cell: _Cell, generated: str) -> Iri | Literal:
    """Return the term that a cell is.

    Raises:
        ValueError: it is none of RDF 1.1.
        ParameterError: the same.
    """
    kind, value = cell.kind, cell.value
    if kind == "uri":
        return Iri(must_be_iri(value))
    if kind == "bnode":
        return Iri(generated + quote(value, safe=""))
    if kind not in ("literal", "typed-literal"):
        raise ValueError(f"a term of type {kind[:20]!r} is none of SPARQL 1.1")
    if cell.language:
        return Literal(value, language=must_be_language(cell.language))
    return Literal(value, must_be_iri(cell.datatype or XSD_STRING))


def _json(content: bytes) -> list[_Cells]:
    try:
        return _DOCUMENT.validate_json(content).results.bindings
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{place}: {first['msg']}" if place else first["msg"]) from error


def _xml(content: bytes) -> list[_Cells]:
    reader = _Xml()
    parser = ElementTree.XMLParser(target=reader)  # noqa: S314 (it takes no document type)
    try:
        parser.feed(content)
        parser.close()
    except (ElementTree.ParseError, LookupError) as error:
        raise ValueError(f"it is no XML of solutions: {error}") from error
    return reader.solutions()


class _Xml:
    """Takes the events of an XML parser; holds the solutions, and no tree."""

    _SPACE: Final = "{http://www.w3.org/2005/sparql-results#}"
    _LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
    _TERMS: Final = frozenset(("uri", "bnode", "literal"))

    def __init__(self) -> None:
        self._rows: list[_Cells] | None = None
        self._row: _Cells = {}
        self._name = ""
        self._attributes: Mapping[str, str] = {}
        self._text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        match self._kind(tag):
            case "results":
                self._rows = []
            case "result":
                self._row = {}
            case "binding":
                self._name = attributes.get("name", "")
            case _:
                self._attributes, self._text = attributes, []

    def data(self, text: str) -> None:
        """Take text."""
        self._text.append(text)

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        kind, told = self._kind(tag), self._attributes
        if kind in self._TERMS:
            language, datatype = told.get(self._LANGUAGE), told.get("datatype")
            self._row[self._name] = _Cell(kind, "".join(self._text), language, datatype)
        elif kind == "result" and self._rows is not None:
            self._rows.append(self._row)

    def _kind(self, tag: str) -> str:
        return tag.removeprefix(self._SPACE) if tag.startswith(self._SPACE) else ""

    def doctype(self, *_: str | None) -> None:
        """Refuse a document type, which could make much of little.

        Raises:
            ValueError: always.
        """
        raise ValueError("a document type is refused")

    def solutions(self) -> list[_Cells]:
        """Return the solutions, once the document has ended.

        Raises:
            ValueError: there is no list of them.
        """
        if self._rows is None:
            raise ValueError("there are no solutions in it")
        return self._rows


_READERS: Final[Mapping[str, Callable[[bytes], list[_Cells]]]] = {
    "application/sparql-results+json": _json,
    "application/json": _json,
    "application/sparql-results+xml": _xml,
    "application/xml": _xml,
    "text/xml": _xml,
}
