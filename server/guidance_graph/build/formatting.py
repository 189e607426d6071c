# SPDX-License-Identifier: EUPL-1.2
"""Keep Turtle files in the canonical form; only the comments at the head of a file survive it."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rdflib import URIRef

from guidance_graph.build.files import replace_file
from guidance_graph.build.reading import parse, read_bytes, relative
from guidance_graph.build.turtle import write_turtle
from guidance_graph.terms.errors import SourceError

_HEAD: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?(?:\n|\Z))*")
#: What a ``#`` may stand in without starting a comment, and then the comment.
_TOKEN: Final = re.compile(
    r'"""(?:"{0,2}(?:[^"\\]|\\.))*"""'
    r"|'''(?:'{0,2}(?:[^'\\]|\\.))*'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\"{}|^`\x00-\x20]*>"
    r"|\\."
    r"|(?P<comment>\#[^\n]*)",
    re.DOTALL,
)
_NO_GRAPH: Final = URIRef("urn:x-format")


def format_turtle(content: bytes, path: Path) -> bytes:
    """The same graph in canonical form, below the comments that head the file.

    Raises:
        SourceError: it does not parse, or a comment stands where it would be lost.
    """
    triples = parse(content, path, _NO_GRAPH)
    text = content.decode()
    head = _HEAD.match(text)[0]  # type: ignore[index]  # it matches the empty string too
    for token in _TOKEN.finditer(text, len(head)):
        if token["comment"]:
            raise SourceError(
                path,
                "a comment here would be lost; move it to the head of the file, or say it in"
                " skos:editorialNote",
                text.count("\n", 0, token.start()) + 1,
            )
    comments = [line.strip() for line in head.splitlines() if line.strip()]
    top = "".join(f"{line}\n" for line in comments)
    return "\n".join(part for part in (top, write_turtle(triples)) if part).encode()


def format_files(paths: Iterable[Path], root: Path, *, check: bool = False) -> list[Path]:
    """Write the files that are not in canonical form, or with ``check`` only find them.

    Returns:
        Those files, as they are told to people.

    Raises:
        SourceError: a file cannot be read or formatted; the ones before it are written.
    """
    changed = []
    for path in paths:
        shown = relative(path, root)
        content = read_bytes(path, shown)
        formatted = format_turtle(content, shown)
        if formatted == content:
            continue
        changed.append(shown)
        if not check:
            replace_file(path, formatted)
    return changed
