# SPDX-License-Identifier: EUPL-1.2
"""Where an engine writes an answer: it is counted on its way, and refused where it is too large.

Oxigraph writes XML that is none where a term has what XML cannot hold; so that is looked for here.
It writes carriage returns as they are, which whoever reads XML takes for line feeds (XML 1.0,
section 2.11); so they are escaped here.
"""

import re
from collections.abc import Callable
from typing import Final

from guidance_graph.engine.worker.frames import CHUNK, Request
from guidance_graph.engine.worker.rows import RowCounter
from guidance_graph.terms.errors import NotWritableError, ResultTooLargeError

#: Characters that no XML 1.0 may hold, not even escaped, in UTF-8.
_NO_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


def refuse_no_element(predicate: str) -> None:
    """Refuse a predicate after which no element of RDF/XML can be named.

    Args:
        predicate: its IRI.

    Raises:
        NotWritableError: its end is no name.
    """
    for character in reversed(predicate):  # most end in a letter
        if character.isalpha() or character == "_":
            return
        if not character.isalnum() and character not in ".-":
            break
    raise NotWritableError(
        f"no element of RDF/XML can be named after <{predicate}>; ask for another format"
    )


class Sink:
    """A binary file that counts what is written to it, and hands it on."""

    def __init__(self, send: Callable[[bytes], None], request: Request) -> None:
        self.size = 0
        self.rows = 0
        self._xml = request.format in ("xml", "rdf")
        self._end = b""
        self._send = send
        self._most_bytes = request.size
        self._most_rows = request.rows

    def count_rows(self, rows: int) -> None:
        """Note the rows so far.

        Raises:
            ResultTooLargeError: they are more than an answer may have.
        """
        self.rows = rows
        if rows > self._most_rows:
            raise ResultTooLargeError(f"the answer has more than {self._most_rows:,} rows")

    def fits(self, size: int) -> None:
        """Note how many bytes there will be at least.

        Raises:
            ResultTooLargeError: they are more than an answer may have.
        """
        if size > self._most_bytes:
            raise ResultTooLargeError(f"the answer has more than {self._most_bytes:,} bytes")

    def write(self, content: bytes) -> int:
        """Hand on some bytes.

        Raises:
            ResultTooLargeError: they are more than an answer may have.
            NotWritableError: they are to be XML, and are none.
        """
        taken = len(content)
        if self._xml:
            content = content.replace(b"\r", b"&#13;")
        self.size += len(content)
        self.fits(self.size)
        if self._xml:
            self._refuse_no_xml(content)
        for start in range(0, len(content), CHUNK):  # a term may have the size of an answer
            self._send(content[start : start + CHUNK])
        return taken

    def _refuse_no_xml(self, content: bytes) -> None:
        if _NO_XML.search(self._end + content) is not None:
            raise NotWritableError(
                "the answer has characters that XML cannot hold; ask for another format"
            )
        self._end = (self._end + content)[-2:]

    def flush(self) -> None:
        """Do nothing: nothing is held back."""


class RowCountingSink(Sink):
    """A sink that finds the rows in what is written to it."""

    def __init__(self, send: Callable[[bytes], None], request: Request) -> None:
        super().__init__(send, request)
        self._counter = RowCounter(request.format)

    def write(self, content: bytes) -> int:
        """Count the rows that begin in some bytes, and hand the bytes on."""
        self._counter.feed(content)
        self.count_rows(self._counter.rows)
        return super().write(content)
