# SPDX-License-Identifier: EUPL-1.2
"""The checklist held against the four systems: complete, and resting on the right chapter."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TypeAlias

import pytest
from rdflib import RDF, Namespace
from rdflib.namespace import DCTERMS
from rdflib.term import Literal, Node, URIRef

from guidance_graph.build.reading import Sources
from guidance_graph.terms.namespaces import GRAPHS, SEGMENTS, TERMS, THINGS, VOCABULARIES

GG = Namespace(TERMS)
CHAPTERS = {"be-vlg": "1.", "fi": "2.", "no": "3.", "gb-sct": "4."}
VERDICTS = ("met", "partly-met", "explicitly-not", "no-evidence")
#: System → points and examples per verdict, as counted while reading the report.
COUNTS = {
    "be-vlg": ((2, 10, 0, 1), (8, 14, 0, 16)),
    "fi": ((5, 6, 0, 2), (8, 17, 1, 12)),
    "no": ((10, 2, 0, 1), (17, 10, 0, 11)),
    "gb-sct": ((7, 5, 0, 1), (14, 16, 0, 8)),
}

Description: TypeAlias = Mapping[Node, list[Node]]


@pytest.fixture(scope="module")
def assessments(sources: Sources) -> list[Description]:
    """Each assessment as property → values."""
    (file,) = (file for file in sources.files if str(file.graph) == f"{GRAPHS}data/assessments")
    described: defaultdict[Node, defaultdict[Node, list[Node]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for subject, predicate, value in file.triples:
        described[subject][predicate].append(value)
    return [one for one in described.values() if GG.Assessment in one[RDF.type]]


def _items(sources: Sources, kind: URIRef) -> set[Node]:
    return {
        subject
        for file in sources.files
        for subject, predicate, value in file.triples
        if predicate == RDF.type and value == kind
    }


def _system(name: str) -> URIRef:
    return URIRef(f"{THINGS}{name}/guidance-system")


def test_every_system_is_assessed_once_on_every_point_and_example(
    sources: Sources, assessments: list[Description]
) -> None:
    points, examples = _items(sources, GG.AttentionPoint), _items(sources, GG.AttentionPointExample)
    assert (len(points), len(examples)) == (13, 38)
    found = Counter(
        (system, item)
        for one in assessments
        for system in one[GG.assessedSystem]
        for item in one[GG.assesses]
    )
    assert found == {(_system(name), item): 1 for name in CHAPTERS for item in points | examples}


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_verdict_rests_on_the_chapter_of_its_country_unless_the_report_is_silent(
    assessments: list[Description], name: str
) -> None:
    silent = URIRef(f"{VOCABULARIES}verdict/no-evidence")
    for one in assessments:
        if one[GG.assessedSystem] == [_system(name)]:
            cited = one[DCTERMS.source]
            assert bool(cited) == (one[GG.verdict] != [silent]), one[GG.assesses]
            assert all(str(segment).startswith(SEGMENTS + CHAPTERS[name]) for segment in cited)


@pytest.mark.parametrize("name", CHAPTERS)
def test_as_many_points_and_examples_got_each_verdict_as_were_found_by_reading(
    sources: Sources, assessments: list[Description], name: str
) -> None:
    for kind, expected in zip(
        (GG.AttentionPoint, GG.AttentionPointExample), COUNTS[name], strict=True
    ):
        items = _items(sources, kind)
        found = Counter(
            str(verdict).removeprefix(f"{VOCABULARIES}verdict/")
            for one in assessments
            if one[GG.assessedSystem] == [_system(name)] and items.issuperset(one[GG.assesses])
            for verdict in one[GG.verdict]
        )
        assert found == +Counter(dict(zip(VERDICTS, expected, strict=True)))


def test_the_method_is_written_down_in_both_languages(
    sources: Sources, assessments: list[Description]
) -> None:
    method = URIRef(f"{THINGS}nl/assessment-method")
    assert {value for one in assessments for value in one[DCTERMS.conformsTo]} == {method}
    assert all(one[DCTERMS.conformsTo] for one in assessments)
    languages = [
        str(value.language)
        for file in sources.files
        for subject, predicate, value in file.triples
        if subject == method and predicate == DCTERMS.description and isinstance(value, Literal)
    ]
    assert sorted(languages) == ["en", "nl"]
