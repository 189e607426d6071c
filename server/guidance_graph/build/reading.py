# SPDX-License-Identifier: EUPL-1.2
"""Read the Turtle files of the ontology and the data, each into a named graph of its own."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from rdflib import Graph, URIRef

from guidance_graph.build.inputs import FOLDERS, source_paths
from guidance_graph.build.oxigraph import (
    Object,
    Quad,
    Triple,
    TurtleSyntaxError,
    parse_turtle,
)
from guidance_graph.build.turtle import shorten
from guidance_graph.terms.errors import SourceError
from guidance_graph.terms.namespaces import GRAPHS

_SHAPES: Final = GRAPHS + "ontology/shapes/"

_GRAPH_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)*")
_WORD = re.compile(r"[\w-]*")
_SUBJECT = re.compile(r".+ is not a valid subject or graph name")
_ADVICE: Final = {
    "A dot is expected at the end of statements": (
        "a statement must end with '.', and this stands where the '.' was expected"
    ),
    "No scheme found in an absolute IRI": (
        "a relative IRI; write it in full, or with a prefix of the registry"
    ),
    "Unexpected end": "the file ends inside a statement; its closing '.' is missing",
    "Unexpected end of file": "this starts a string or an IRI that is never closed",
}


@dataclass(frozen=True)
class Source:
    """One Turtle file: where it is, what it hashes to, and its triples, in the order written."""

    path: Path
    graph: URIRef
    sha256: str
    text: str = field(repr=False)
    triples: tuple[Triple, ...] = field(repr=False)

    @property
    def is_shapes(self) -> bool:
        """Whether the file holds SHACL shapes."""
        return str(self.graph).startswith(_SHAPES)

    def line_of(self, subject: Object) -> int | None:
        """The line on which the block of a subject starts, if it is the first word there."""
        named = self._blocks.get(shorten(str(subject)) or "")
        return self._blocks.get(f"<{subject}>") if named is None else named

    def mention_of(self, node: Object) -> int | None:
        """The first line that names a resource."""
        names = {name for name in (shorten(str(node)), f"<{node}>") if name}
        lines = enumerate(self.text.split("\n"), 1)
        return next((n for n, line in lines if not names.isdisjoint(line.split())), None)

    @cached_property
    def _blocks(self) -> dict[str, int]:
        lines = enumerate(self.text.split("\n"), 1)
        return {line.split()[0]: n for n, line in lines if line and not line[0].isspace()}


@dataclass(frozen=True)
class Sources:
    """All files of a dataset, sorted by the name of their graph."""

    files: tuple[Source, ...]

    def quads(self) -> Iterator[Quad]:
        """Every triple with the graph it stands in."""
        return ((s, p, o, file.graph) for file in self.files for s, p, o in file.triples)

    def knowledge(self) -> set[Triple]:
        """The triples of all files but the shapes: what is reasoned over and validated."""
        return {t for file in self.files if not file.is_shapes for t in file.triples}

    def shapes(self) -> Graph:
        """One graph of all shapes."""
        return merged(file.triples for file in self.files if file.is_shapes)

    def with_files(self, paths: Iterable[Path], root: Path) -> "Sources":
        """The same files with these read anew or, where they are none of them, added.

        Raises:
            SourceError: a file cannot be read or does not parse.
        """
        files = {file.graph: file for file in self.files}
        for path in paths:
            file = read_file(path, root)
            files[file.graph] = file
        return Sources(tuple(files[graph] for graph in sorted(files)))


def merged(parts: Iterable[Iterable[Triple]]) -> Graph:
    """One graph of several lots of triples."""
    graph = Graph(bind_namespaces="none")
    for triples in parts:
        for triple in triples:
            graph.add(triple)
    return graph


def read_sources(root: Path) -> Sources:
    """Read every Turtle file of the dataset.

    Raises:
        SourceError: a file cannot be read or does not parse.
    """
    files = [read_file(path, root) for path in source_paths(root)]
    return Sources(tuple(sorted(files, key=lambda file: file.graph)))


def read_file(path: Path, root: Path) -> Source:
    """Read one Turtle file; its path may lie outside of ``root``.

    Raises:
        SourceError: it cannot be read or does not parse; ``path`` in it is relative to ``root``
            where it can be.
    """
    shown = relative(path, root)
    content = read_bytes(path, shown)
    graph = graph_of(shown)
    return Source(
        path=shown,
        graph=graph,
        sha256=hashlib.sha256(content).hexdigest(),
        text=content.decode(),
        triples=parse(content, shown, graph),
    )


def read_bytes(path: Path, shown: Path) -> bytes:
    """The bytes of a file that must be there and be UTF-8.

    Raises:
        SourceError: it is not there, no file, not readable, or not UTF-8.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(shown, "no such file") from error
    except OSError as error:
        raise SourceError(shown, f"cannot be read: {error.strerror}") from error
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(shown, "not UTF-8; save the file in UTF-8", line) from error
    return content


def parse(content: bytes, path: Path, graph: URIRef) -> tuple[Triple, ...]:
    """The triples of a Turtle document.

    Raises:
        SourceError: it does not parse: the line, what stands there, and what was expected.
    """
    scope = hashlib.sha256(graph.encode()).hexdigest()[:12]
    try:
        return tuple(parse_turtle(content, scope))
    except TurtleSyntaxError as error:
        line = error.start[0] if error.start else None
        raise SourceError(path, _explain(error, content.decode()), line) from error


def _explain(error: TurtleSyntaxError, text: str) -> str:
    """What was found at the place of the error, and what is wrong with it."""
    reason = _ADVICE.get(error.reason) or _SUBJECT.sub(
        "expected a resource to describe: an IRI in <>, or a name such as fi:ohjaamo", error.reason
    )
    if error.start is None or error.end is None:
        return reason
    (row, column), (last_row, last_column) = error.start, error.end
    line = text.split("\n")[row - 1]
    stop = last_column - 1 if last_row == row else len(line)
    stop = _WORD.match(line, max(stop, column)).end()  # type: ignore[union-attr]  # it may be empty
    found = line[column - 1 : stop].strip()
    return f"column {column}, at {found!r}: {reason}" if found else f"column {column}: {reason}"


def relative(path: Path, root: Path) -> Path:
    """The path as it is told to people: from the root where it lies below it."""
    resolved = path.resolve()
    return resolved.relative_to(root.resolve()) if resolved.is_relative_to(root.resolve()) else path


def graph_of(path: Path) -> URIRef:
    """The graph that a file fills: ``data/finland/policy.ttl`` is ``…/graph/data/finland/policy``.

    A file outside of the dataset's folders, which is validated but never released, fills one
    below ``…/graph/outside/``.

    Raises:
        SourceError: the file is part of the dataset, and its name cannot stand in an IRI.
    """
    if path.is_absolute() or path.parts[0] not in FOLDERS:
        return URIRef(f"{GRAPHS}outside/{hashlib.sha256(os.fsencode(path)).hexdigest()[:12]}")
    name = path.with_suffix("").as_posix()
    if path.suffix != ".ttl" or not _GRAPH_NAME.fullmatch(name):
        raise SourceError(
            path, "name the file in small letters, digits and hyphens, ending in .ttl"
        )
    return URIRef(GRAPHS + name)
