# SPDX-License-Identifier: EUPL-1.2
"""The forms a query has, and the formats an answer to each can be written in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class QueryForm(StrEnum):
    """The four forms of a SPARQL query."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"

    @property
    def gives_graph(self) -> bool:
        """Whether the answer is RDF, and not solutions or a boolean."""
        return self in (QueryForm.CONSTRUCT, QueryForm.DESCRIBE)


@dataclass(frozen=True)
class Format:
    """A way to write an answer down.

    Attributes:
        name: what ``format=`` calls it; also the file extension.
        media_type: what the answer is labelled with.
        title: what people call it.
        aliases: other media types that ask for it.
        names: other names that ``format=`` takes.
        is_file: whether it is no text but a file to be saved, compressed in itself.
    """

    name: str
    media_type: str
    title: str
    aliases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    is_file: bool = False

    @property
    def content_type(self) -> str:
        """The media type, with the charset where the type has that parameter."""
        return (
            f"{self.media_type}; charset=utf-8"
            if self.media_type[:5] == "text/"
            else self.media_type
        )


JSON: Final = Format(
    "json", "application/sparql-results+json", "JSON", ("application/json",), ("srj",)
)
XML: Final = Format(
    "xml", "application/sparql-results+xml", "XML", ("application/xml", "text/xml"), ("srx",)
)
CSV: Final = Format("csv", "text/csv", "CSV", ("application/csv",))
TSV: Final = Format("tsv", "text/tab-separated-values", "TSV", ("text/plain",))
XLSX: Final = Format(
    "xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "Excel",
    is_file=True,
)

TURTLE: Final = Format(
    "ttl",
    "text/turtle",
    "Turtle",
    ("application/turtle", "application/x-turtle", "text/n3", "text/rdf+n3"),
    ("turtle", "n3"),
)
N_TRIPLES: Final = Format(
    "nt", "application/n-triples", "N-Triples", ("text/plain",), ("ntriples", "n-triples")
)
RDF_XML: Final = Format(
    "rdf",
    "application/rdf+xml",
    "RDF/XML",
    ("application/xml", "text/xml"),
    ("xml", "rdfxml", "rdf-xml", "rdf+xml"),
)
JSON_LD: Final = Format(
    "jsonld", "application/ld+json", "JSON-LD", ("application/json",), ("json", "json-ld")
)
N_QUADS: Final = Format(
    "nq", "application/n-quads", "N-Quads", ("text/x-nquads",), ("nquads", "n-quads")
)
TRIG: Final = Format("trig", "application/trig", "TriG", ("application/x-trig",))

#: For SELECT and ASK, the preferred first.
SOLUTION_FORMATS: Final = (JSON, XML, CSV, TSV, XLSX)

#: For CONSTRUCT and DESCRIBE, the preferred first.
GRAPH_FORMATS: Final = (TURTLE, N_TRIPLES, JSON_LD, RDF_XML, TRIG, N_QUADS)


def formats_of(form: QueryForm) -> tuple[Format, ...]:
    """Return what an answer to a query of this form can be written in, the preferred first."""
    return GRAPH_FORMATS if form.gives_graph else SOLUTION_FORMATS


def format_named(name: str, form: QueryForm) -> Format | None:
    """Return the format of a name, extension or media type, or None where the form has none."""
    wanted = name.strip().lower()
    for exact in (True, False):
        for format_ in formats_of(form):
            spellings = (
                (format_.name, format_.media_type) if exact else format_.names + format_.aliases
            )
            if wanted in spellings:
                return format_
    return None
