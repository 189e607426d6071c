# SPDX-License-Identifier: EUPL-1.2
"""What the checks of the library find in files that are no release yet."""

import re
from pathlib import Path

import pytest

from guidance_graph.build.pipeline import check_files
from guidance_graph.build.validation import Report
from guidance_graph.cli.checks import Checks
from guidance_graph.terms.errors import SourceError
from guidance_graph.terms.namespaces import PREFIXES
from guidance_graph.terms.settings import Settings
from tests.build.support import PROLOGUE, append

POLICY = Path("data/finland/policy.ttl")
NEW = Path("data/finland/provision.ttl")
TWICE = """
  GRAPH ?graph { ?resource rdfs:label ?label }
  GRAPH ?other_graph { ?resource rdfs:label ?other }
  FILTER(STR(?graph) < STR(?other_graph))
"""


def validated(settings: Settings, query: str, *paths: Path) -> Report:
    """What the check ``files/rule`` finds."""
    folder = settings.root / "queries" / "checks"
    folder.mkdir(parents=True, exist_ok=True)
    header = "#+ summary: A rule\n#+ description: A row is a resource that breaks it. Mend it.\n"
    prefixes = "".join(f"PREFIX {name}: <{space}>\n" for name, space in PREFIXES.items())
    (folder / "rule.rq").write_text(header + prefixes + query)
    files = [settings.root / path for path in paths]
    return check_files(files, settings, rules=Checks.of(settings))


def told(report: Report) -> list[tuple[str, str, list[str], tuple[str, ...]]]:
    return [
        (r.name, r.message, [str(place) for place in r.places], r.facts) for r in report.results
    ]


def test_a_row_is_a_violation_at_its_line_with_what_to_do_and_its_columns(
    example_settings: Settings,
) -> None:
    line = append(example_settings.root / POLICY, "\nfi:unit gg:partnerOf fi:agency .\n")
    report = validated(
        example_settings,
        "SELECT ?graph ?resource ?the_object"
        " { GRAPH ?graph { ?resource gg:partnerOf ?the_object } FILTER(?resource = fi:unit) }",
    )
    assert not report.conforms
    assert told(report) == [
        (
            "fi:unit (Unit)",
            "This is a resource that breaks it. Mend it.",
            [f"{POLICY}:{line + 1}"],
            ("the object fi:agency", "rule checks/rule"),
        )
    ]


def test_what_the_reasoner_finds_is_seen_and_told_where_the_resource_is_described(
    example_settings: Settings,
) -> None:
    report = validated(
        example_settings,
        "SELECT ?graph ?resource { GRAPH ?graph { ?resource gg:providedBy fi:ministry } }",
    )
    assert [(r.name, r.places[0].path) for r in report.results] == [("fi:advice (Advice)", POLICY)]


def test_a_row_that_names_two_files_is_told_of_each_of_them(example_settings: Settings) -> None:
    (example_settings.root / NEW).write_text(f'{PROLOGUE}fi:unit rdfs:label "The unit"@en .\n')
    query = f"SELECT ?graph ?resource ?other_graph {{ {TWICE} }}"
    for asked in ([], [POLICY], [NEW]):
        (result,) = validated(example_settings, query, *asked).results
        assert [place.path for place in result.places] == [POLICY, NEW]
        assert result.facts == ("rule checks/rule",)
    assert validated(example_settings, query, Path("data/source.ttl")).conforms


def test_a_blank_node_is_told_by_what_holds_it(example_settings: Settings) -> None:
    append(example_settings.root / POLICY, "\nfi:unit dcterms:relation [ rdfs:comment 1 ] .\n")
    report = validated(
        example_settings, "SELECT ?graph ?resource { GRAPH ?graph { ?resource rdfs:comment 1 } }"
    )
    assert [r.name for r in report.results] == ["fi:unit (Unit)"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("ASK { ?s ?p ?o }", "a check is a SELECT query, and no ASK"),
        ("SELECT ?resource { ?resource a ?class }", "has a ?graph and a ?resource"),
        ("SELECT ?graph { ?graph a nix:no }", "prefix"),
    ],
    ids=["no SELECT", "no graph", "does not parse"],
)
def test_a_check_that_is_none_is_told_with_its_file(
    example_settings: Settings, query: str, said: str
) -> None:
    with pytest.raises(SourceError, match=re.escape(said)) as raised:
        validated(example_settings, query)
    assert str(raised.value).startswith(f"{example_settings.root}/queries/checks/rule.rq: ")
