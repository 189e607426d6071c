# SPDX-License-Identifier: EUPL-1.2
"""Content negotiation: which of the formats that a query form has a client wants most.

RFC 9110, section 12.5.1. A client may name what this form of query cannot give: rdflib asks for
RDF/XML and SPARQL XML whatever it sends, SPARQLWrapper for Turtle under two names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final, Self

from fastapi import Request
from starlette.exceptions import HTTPException

from guidance_graph.engine.formats import Format, QueryForm, format_named, formats_of
from guidance_graph.protocol.headers import header, split

_MOST_RANGES: Final = 100
_HTML: Final = "text/html"
_XHTML: Final = "application/xhtml+xml"
_XML: Final = ("application/xml", "text/xml")
#: So many headers, of so many characters at most, are read once.
_REMEMBERED: Final = 500
_SHORT: Final = 500


@dataclass(frozen=True)
class MediaRange:
    """One element of an ``Accept`` header."""

    type: str
    subtype: str
    quality: float

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the range that a text names, or None where it names none."""
        name, *parameters = (part.strip() for part in split(text, ";"))
        kind, slash, subtype = name.lower().partition("/")
        if not (kind and slash and subtype) or (kind == "*" and subtype != "*"):
            return None
        return cls(kind, subtype, quality_of(parameters))

    def fit(self, media_type: str) -> int:
        """Return how exactly the range names a media type: 3 by name, 2 by type, 1 by ``*/*``."""
        kind, _, subtype = media_type.partition("/")
        if (self.type, self.subtype) == (kind, subtype):
            return 3
        if (self.type, self.subtype) == (kind, "*"):
            return 2
        return 1 if self.type == "*" else 0


#: Whoever wants HTML where there is none takes anything rather than nothing.
_ANYTHING: Final = MediaRange("*", "*", 0.0001)


def quality_of(parameters: Iterable[str]) -> float:
    """Return the quality among the parameters of an element; 1 where there is none."""
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            quality = _quality(value.strip())
    return quality


def media_ranges(accept: str) -> list[MediaRange]:
    """Return the ranges of an ``Accept`` header; what is no range is left out."""
    elements = split(accept, ",", _MOST_RANGES)
    return [parsed for element in elements if (parsed := MediaRange.parse(element)) is not None]


def negotiate(accept: str | None, formats: Sequence[Format]) -> Format | None:
    """Return the format to answer in.

    Args:
        accept: the ``Accept`` header; None, empty or without a single range means anything.
        formats: what there is, the preferred first.

    Returns:
        The format of the highest quality; among equals one that is asked for by its own name, then
        the preferred one. Who wants HTML, which is none of them, gets the best of those named
        beside it, else the preferred one. None where the client takes none of them.
    """
    ranges = media_ranges(accept or "")
    if not ranges:
        return formats[0]
    if _html_quality(ranges) and all(one.media_type != _HTML for one in formats):
        ranges = [*_named_beside_html(ranges), _ANYTHING]
    rated = [(*_rate(ranges, one), -place, one) for place, one in enumerate(formats)]
    quality, *_, best = max(rated, key=lambda each: each[:3])
    return best if quality > 0 else None


def choose_format(request: Request, form: QueryForm, wanted: str | None) -> Format:
    """Return the format to answer in: that of the ``format`` parameter, else as negotiated.

    Raises:
        HTTPException: this form of query has no such format (406).
    """
    if wanted:
        chosen = format_named(wanted, form)
    else:
        accept = header(request, b"accept")
        short = accept is None or len(accept) <= _SHORT
        chosen = _negotiated(accept, form) if short else negotiate(accept, formats_of(form))
    if chosen is None:
        known = ", ".join(f"{each.media_type} (format={each.name})" for each in formats_of(form))
        raise HTTPException(
            HTTPStatus.NOT_ACCEPTABLE, f"The answer to {form} can be written as: {known}."
        )
    return chosen


@lru_cache(_REMEMBERED)
def _negotiated(accept: str | None, form: QueryForm) -> Format | None:
    """Return what ``negotiate`` does; clients of a kind all send the same header."""
    return negotiate(accept, formats_of(form))


def wants_html(request: Request, formats: Sequence[Format]) -> bool:
    """Whether a client, such as a browser, would rather have a page than what else there is.

    Args:
        request: what is asked.
        formats: what there is beside the page; one that is named may be wanted as much.
    """
    ranges = media_ranges(header(request, b"accept") or "")
    named = _named_beside_html(ranges)
    return _html_quality(ranges) > max(_rate(named, one)[0] for one in formats)


def _rate(ranges: Sequence[MediaRange], one: Format) -> tuple[float, int]:
    """Return the quality that a client gives a format, and how exactly it names it."""
    quality, fit = 0.0, 0
    for own, media_type in ((1, one.media_type), *((0, alias) for alias in one.aliases)):
        best = max(ranges, key=lambda each: each.fit(media_type), default=None)
        if best is None or best.fit(media_type) == 0 or (best.fit(media_type) < 3 and not own):
            continue
        if own and best.fit(media_type) == 3 and best.quality == 0:
            return 0.0, 3
        quality, fit = max((quality, fit), (best.quality, best.fit(media_type) + own))
    return quality, fit


def _html_quality(ranges: Sequence[MediaRange]) -> float:
    """Return the quality of HTML where it is named and none is higher, else 0."""
    top = max((each.quality for each in ranges), default=0.0)
    return top if any(each.fit(_HTML) == 3 and each.quality == top for each in ranges) else 0.0


def _named_beside_html(ranges: Sequence[MediaRange]) -> list[MediaRange]:
    """Return the ranges that name a type; beside XHTML, as browsers ask, XML is a page too."""
    xhtml = any(each.fit(_XHTML) == 3 for each in ranges)
    pages = (_HTML, _XHTML, *_XML) if xhtml else (_HTML, _XHTML)
    return [
        each
        for each in ranges
        if each.subtype != "*" and not any(each.fit(page) == 3 for page in pages)
    ]


def _quality(text: str) -> float:
    """Return a quality between 0 and 1; what is no number counts as 0, so that it is not wanted."""
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return min(max(quality, 0.0), 1.0) if quality == quality else 0.0  # noqa: PLR0124 (not a number)
