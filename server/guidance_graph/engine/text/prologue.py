# SPDX-License-Identifier: EUPL-1.2
"""The prologue of a query: what its relative IRIs and its prefixed names stand for.

Where it has no ``BASE``, IRIs are relative to that of this project (RFC 3986, section 5.1.4), and
so mean the same to every engine and every replica.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urljoin

from guidance_graph.engine.text.tokens import Token
from guidance_graph.terms.namespaces import BASE

_ESCAPED: Final = re.compile(r"\\(.)")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
#: A relative IRI, or a function that makes an absolute one of it; or what may look so in a string.
_PERHAPS_RELATIVE: Final = re.compile(
    r'<(?![A-Za-z][A-Za-z0-9+.-]*:)[^<>"{}|^`\x00-\x20]*>|\b[IU]RI\b', re.IGNORECASE
)


@dataclass(frozen=True)
class Prologue:
    """What ``BASE`` and ``PREFIX`` say; of two for the same prefix, the later counts.

    Attributes:
        words: its tokens.
        base: the last base, or that of this project.
        prefixes: the namespace of each prefix, by the prefix without its colon.
    """

    words: Sequence[Token] = ()
    base: str = BASE
    prefixes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, words: Sequence[Token]) -> Self:
        """Return the prologue that a query begins with."""
        base, prefixes, place = BASE, dict[str, str](), 0
        while place < len(words):
            if words[place].keyword == "BASE" and place + 1 < len(words):
                base = resolved(base, words[place + 1].text[1:-1])
                place += 2
            elif words[place].keyword == "PREFIX" and place + 2 < len(words):
                prefix = words[place + 1].text.rstrip(":")
                prefixes[prefix] = resolved(base, words[place + 2].text[1:-1])
                place += 3
            else:
                break
        return cls(words[:place], base, prefixes)

    def __str__(self) -> str:
        """Return the prologue as a query has it, in one line and without comments."""
        return " ".join(word.text for word in self.words)

    def iri(self, word: Token) -> str | None:
        """Return the IRI that a token stands for, or None where its prefix is not declared."""
        if word.kind == "iri":
            return resolved(self.base, word.text[1:-1])
        prefix, _, local = word.text.partition(":")
        namespace = self.prefixes.get(prefix)
        return None if namespace is None else namespace + _ESCAPED.sub(r"\1", local)


def anchored(text: str) -> str:
    """Return a query that means the same to an engine with another base."""
    return f"BASE <{BASE}> {text}" if _PERHAPS_RELATIVE.search(text) else text


def resolved(base: str, reference: str) -> str:
    """Return the IRI that a reference is, seen from a base.

    ``urljoin`` alone leaves out a ``#`` or ``?`` at the end, with which many namespaces end.
    """
    if _ABSOLUTE.match(reference):
        return reference
    return urljoin(base, reference) + reference[len(reference.rstrip("?#")) :]
