# SPDX-License-Identifier: EUPL-1.2
"""RDF terms that a variable can be bound to, and how SPARQL writes them.

What stands in a term is data to its last character: nothing in it can end the term and go on as
query (SPARQL 1.1, sections 19.7 and 19.8, productions [139], [145], [156] and [160]). That holds
too for engines that decode codepoint escapes before they look for strings (section 19.2): none is
written that stands for a quote, a backslash or the end of a line, and none can come about.
"""

import re
from dataclasses import dataclass
from typing import Final

from guidance_graph.terms.errors import ParameterError
from guidance_graph.terms.namespaces import PREFIXES

XSD: Final = PREFIXES["xsd"]
XSD_STRING: Final = XSD + "string"

_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f-\x9f<>\"{}|^`\\\ud800-\udfff]*")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_UNSAFE: Final = re.compile(r"\\[uU]|[\x00-\x1f\x7f\"\\]")
_ESCAPES: Final = {
    "\t": r"\t",
    "\n": r"\n",
    "\r": r"\r",
    "\b": r"\b",
    "\f": r"\f",
    '"': r"\"",
    "\\": r"\\",
    r"\u": r"\\\u0075",
    r"\U": r"\\\u0055",
}
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class Iri:
    """An absolute IRI."""

    value: str

    def __post_init__(self) -> None:
        """Refuse what is no absolute IRI.

        Raises:
            ParameterError: it has no scheme, or a character that no IRI has.
        """
        if _IRI.fullmatch(self.value) is None:
            raise ParameterError(f"{self.value!r} is not an absolute IRI")

    def __str__(self) -> str:
        """Return the term as SPARQL writes it."""
        return f"<{self.value}>"


@dataclass(frozen=True)
class Literal:
    """A literal with a datatype or a language."""

    value: str
    datatype: str = XSD_STRING
    language: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no literal.

        Raises:
            ParameterError: a character that Unicode text does not have, or no language tag.
        """
        if _SURROGATE.search(self.value):
            raise ParameterError("a literal holds half of a surrogate pair, which is no character")
        if self.language is not None and _LANGUAGE.fullmatch(self.language) is None:
            raise ParameterError(
                f"{self.language!r} is not a language tag, such as 'en' or 'nl-BE'"
            )

    def __str__(self) -> str:
        """Return the term as SPARQL writes it."""
        quoted = f'"{_UNSAFE.sub(_escaped, self.value)}"'
        if self.language is not None:
            return f"{quoted}@{self.language}"
        return quoted if self.datatype == XSD_STRING else f"{quoted}^^{Iri(self.datatype)}"


def _escaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04X}"


Term = Iri | Literal
