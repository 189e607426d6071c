# SPDX-License-Identifier: EUPL-1.2
"""Read the solutions that another endpoint gives, as terms that a query can hold.

What comes is not trusted: its form is checked, and each term is one that SPARQL can write, so that
nothing in it is anything but data. A blank node becomes an IRI in place of it (RDF 1.1 Concepts,
section 3.5), for ``VALUES`` holds no blank nodes; each answer has its own.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree

from guidance_graph.engine.federation.terms import must_be_iri, must_be_language
from guidance_graph.engine.text.terms import XSD_STRING, Iri, Literal
from guidance_graph.terms.errors import ParameterError, ResultTooLargeError
from guidance_graph.terms.namespaces import BASE

#: Under it stand the IRIs in place of blank nodes.
GENERATED: Final = BASE + ".well-known/genid/"

#: Objects that a document may have around its solutions and their terms.
_AROUND: Final = 100

#: Lists that a document may hold, and brackets in its texts; a million take a second to let go of.
_LISTS: Final = 200_000

#: A solution: for each name of a variable, a term as SPARQL writes it.
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A term as both formats describe it."""

    kind: str
    value: str
    language: str | None = None
    datatype: str | None = None


_Cells = dict[str, _Cell]


def read_solutions(content: bytes, media_type: str, most: int) -> Sequence[Row]:
    """Return the solutions of a document in SPARQL Results JSON or XML.

    Args:
        content: the document.
        media_type: what it is in.
        most: the solutions that it may have; past them, no more of it is taken in.

    Raises:
        ValueError: it is no such document, not whole, or a term in it is none of RDF 1.1.
        ResultTooLargeError: it has more solutions.
    """
    reader = _READERS.get(media_type)
    if reader is None:
        raise ValueError(f"{media_type or 'no media type'} is no format of solutions")
    rows = reader(content, most)
    if len(rows) > most:
        raise _too_many(most)
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


def _too_many(most: int) -> ResultTooLargeError:
    return ResultTooLargeError(f"more than {most:,} solutions")


def _json(content: bytes, most: int) -> list[_Cells]:
    objects = _Objects(most)
    if content.count(b"[") > _LISTS:
        raise ValueError("there are too many lists in it")
    try:
        rows = json.loads(content, object_hook=objects.take)["results"]["bindings"]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("it is no JSON of solutions") from error
    if not (isinstance(rows, list) and all(map(_is_row, rows))):
        raise ValueError("its solutions are not as SPARQL 1.1 has them")
    return rows


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and all(isinstance(cell, _Cell) for cell in row.values())


class _Objects:
    """Takes the objects of JSON as they are read, the inner ones first; gives up in time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = most + _AROUND

    def take(self, found: dict[str, object]) -> object:
        """Return a term, or what else is found.

        Raises:
            ResultTooLargeError: there are too many that are no terms.
        """
        match found:
            case {"type": str(kind), "value": str(value)}:
                language, datatype = found.get("xml:lang"), found.get("datatype")
                if isinstance(language, str | None) and isinstance(datatype, str | None):
                    return _Cell(kind, value, language, datatype)
        self._left -= 1
        if self._left < 0:
            raise _too_many(self._most)
        return found


def _xml(content: bytes, most: int) -> list[_Cells]:
    reader = _Xml(most)
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

    def __init__(self, most: int) -> None:
        self._most = most
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
        """Take the end of an element.

        Raises:
            ResultTooLargeError: it is one solution too many.
        """
        kind, told = self._kind(tag), self._attributes
        if kind in self._TERMS:
            language, datatype = told.get(self._LANGUAGE), told.get("datatype")
            self._row[self._name] = _Cell(kind, "".join(self._text), language, datatype)
        elif kind == "result" and self._rows is not None:
            self._rows.append(self._row)
            if len(self._rows) > self._most:
                raise _too_many(self._most)

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


_READERS: Final[Mapping[str, Callable[[bytes, int], list[_Cells]]]] = {
    "application/sparql-results+json": _json,
    "application/json": _json,
    "application/sparql-results+xml": _xml,
    "application/xml": _xml,
    "text/xml": _xml,
}
