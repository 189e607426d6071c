# SPDX-License-Identifier: EUPL-1.2
"""Every statement leads to the report, and the report to its statements."""

from collections import Counter

import pytest
from rdflib import RDF, Namespace
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from guidance_graph.build.reading import Sources
from guidance_graph.terms.namespaces import GRAPHS, SEGMENTS, TERMS, THINGS

GG = Namespace(TERMS)
KINDS = {GG.Heading: 59, GG.Paragraph: 70, GG.Bullet: 86, GG.Footnote: 4}
CHAPTERS = {"belgium": "1", "finland": "2", "norway": "3", "scotland": "4"}
SECTIONS = ("context", "policy", "provision", "quality", "lessons", "websites")


def _segments(sources: Sources) -> dict[Node, Node]:
    """Segment → kind."""
    return {
        subject: kind
        for source in sources.files
        for subject, predicate, kind in source.triples
        if predicate == RDF.type and kind in KINDS
    }


def _cited(sources: Sources, below: str) -> set[Node]:
    """Segments cited in the graphs whose name begins with this."""
    return {
        value
        for source in sources.files
        if str(source.graph).startswith(GRAPHS + below)
        for subject, predicate, value in source.triples
        if predicate == DCTERMS.source and str(subject).startswith(THINGS)
    }


def test_the_report_has_all_its_segments(sources: Sources) -> None:
    assert Counter(_segments(sources).values()) == KINDS


def test_every_locator_cited_exists(sources: Sources) -> None:
    cited = _cited(sources, "data/")
    assert len(cited) > 60
    assert cited - set(_segments(sources)) == set()


@pytest.mark.parametrize("country", CHAPTERS)
def test_every_segment_of_a_chapter_that_says_something_is_cited(
    sources: Sources, country: str
) -> None:
    chapter = SEGMENTS + CHAPTERS[country]
    speaking = {
        segment
        for segment, kind in _segments(sources).items()
        if kind != GG.Heading and str(segment).startswith(chapter)
    }
    assert len(speaking) > 20
    assert speaking - _cited(sources, f"data/{country}/") == set()


@pytest.mark.parametrize("country", CHAPTERS)
def test_a_file_cites_only_the_section_that_it_mirrors(sources: Sources, country: str) -> None:
    for number, section in enumerate(SECTIONS, start=1):
        cited = _cited(sources, f"data/{country}/{section}")
        assert cited, f"{country}/{section}.ttl cites nothing"
        prefix = f"{SEGMENTS}{CHAPTERS[country]}.{number}/"
        strangers = {one for one in cited if not str(one).startswith((prefix, SEGMENTS + "fn"))}
        assert strangers == set(), f"{country}/{section}.ttl"
