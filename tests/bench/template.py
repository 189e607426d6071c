# SPDX-License-Identifier: EUPL-1.2
"""More countries of the same form: the quads of a release that are about one, to be written anew.

A country's things, named graphs, segments of the report, territory and names each get a mark in
the template; a copy is the template with a number in place of each mark. So a copy cites a report
of its own and has names of its own, as a country that is really added would: with shared segments
or names, queries that join or group by them would do work that no real graph asks for.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from guidance_graph.terms.namespaces import GRAPHS, SEGMENTS, TERMS, THINGS

#: Stands where a copy has its number; no N-Quads hold it.
_MARK: Final = b"\x00"
_TERRITORY: Final = re.compile(
    rf"<{THINGS}([^/>]+)/[^>]+> <{TERMS}territory> <([^>]+)> <{GRAPHS}(data/[^/>]+)/[^>]+> \.$"
)
_SEGMENT: Final = re.compile(rf"<{SEGMENTS}(\w+)[./]")
_BLANK: Final = re.compile(r"_:\w+")
#: A text in a language: one of the names or descriptions that differ from country to country.
_TEXT: Final = re.compile(r'"(?=@[A-Za-z-]+ (?:<[^>]*> )?\.$)')


@dataclass(frozen=True)
class Country:
    """What tells the quads of a country from others.

    Attributes:
        system: the code that its things have in their IRIs.
        folder: where its named graphs are, such as ``data/finland``.
        territory: the IRI of the place.
        chapter: what the locators of its segments begin with.
    """

    system: str
    folder: str
    territory: str
    chapter: str


def countries(lines: Sequence[str]) -> tuple[Country, ...]:
    """Return the countries of a dataset: the systems that have a folder of their own.

    Args:
        lines: its N-Quads.
    """
    found = {match.groups() for match in map(_TERRITORY.match, lines) if match}
    return tuple(
        Country(system, folder, territory, _chapter(lines, folder))
        for system, territory, folder in sorted(found)
    )


def _chapter(lines: Iterable[str], folder: str) -> str:
    """Return the chapter that the graphs of a folder cite most."""
    inside = f"<{GRAPHS}{folder}/"
    cited = Counter(
        match[1] for line in lines if inside in line for match in _SEGMENT.finditer(line)
    )
    return cited.most_common(1)[0][0] if cited else ""


@dataclass(frozen=True)
class Template:
    """The quads of all countries of a dataset, with a mark where a copy differs.

    Attributes:
        quads: how many there are.
        triples: how many different triples they are.
    """

    quads: int
    triples: int
    _text: bytes
    _marker: "_Marker"

    @classmethod
    def of(cls, lines: Sequence[str]) -> Self:
        """Find what is about a country in N-Quads.

        Raises:
            ValueError: no country has a folder of its own.
        """
        found = countries(lines)
        if not found:
            raise ValueError("no country in this dataset has a folder of its own")
        marker = _Marker(found, lines)
        marked = [text for text in map(marker.marked, lines) if text is not None]
        text = with_union(marked)
        return cls(len(marked), len(set(text.splitlines()[1::2])), text, marker)

    def copy(self, number: int) -> bytes:
        """Return one more copy of all countries, as N-Quads; the union of its graphs too.

        Args:
            number: which copy; from 1, since the dataset itself is none.
        """
        return self._text.replace(_MARK, b"-%d" % number)

    def renamed(self, iri: str, number: int) -> str:
        """Return what an IRI is in a copy; the same, where it belongs to no country."""
        marked = self._marker.marked(f"<{iri}>") or f"<{iri}>"
        return marked[1:-1].replace(_MARK.decode(), f"-{number}")


def with_union(lines: Iterable[str]) -> bytes:
    """Return N-Quads, each followed by its triple: a release has the union as default graph."""
    pieces = []
    for line in lines:
        triple = line.rstrip(" .").rpartition(" ")[0]
        pieces.append(f"{line}\n{triple} .\n")
    return "".join(pieces).encode()


class _Marker:
    """Puts marks into the lines that are about a country."""

    def __init__(self, found: Sequence[Country], lines: Sequence[str]) -> None:
        systems = "|".join(re.escape(country.system) for country in found)
        folders = "|".join(re.escape(country.folder) for country in found)
        chapters = "|".join(re.escape(country.chapter) for country in found if country.chapter)
        places = "|".join(re.escape(country.territory) for country in found)
        names = rf"{THINGS}(?:{systems})(?=/)|{GRAPHS}(?:{folders})(?=/)|(?:{places})(?=>)"
        if chapters:
            names += rf"|{SEGMENTS}(?:{chapters})(?=[./])"
        self._name = re.compile(rf"(?<=<)({names})")
        self._locator = re.compile(rf'(?<= ")({chapters})(?=[./][^" ]*" )')
        self._subject = re.compile(rf"<({names})")
        self._blank = self._blank_nodes(lines)

    def _blank_nodes(self, lines: Iterable[str]) -> frozenset[str]:
        """Return the blank nodes that describe something of a country, such as a graph."""
        return frozenset(
            line.partition(" ")[0]
            for line in lines
            if line.startswith("_:") and self._name.search(line)
        )

    def marked(self, line: str) -> str | None:
        """Return the line with its marks, or None where it is about no country."""
        mark = _MARK.decode()
        marked = self._name.sub(rf"\1{mark}", line)
        marked = _BLANK.sub(
            lambda match: match[0] + "x" + mark if match[0] in self._blank else match[0], marked
        )
        if marked == line:
            return None
        if self._subject.match(line):
            marked = self._locator.sub(rf"\1{mark}", marked)
            marked = _TEXT.sub(f'{mark}"', marked)
        return marked


def copies(base: int, template: int, scale: int) -> range:
    """Return the numbers of the copies that make a dataset about so many times as large.

    Args:
        base: quads of the dataset.
        template: quads of a copy of its countries.
        scale: how many times as large.
    """
    return range(1, 1 + round((scale - 1) * base / template))
