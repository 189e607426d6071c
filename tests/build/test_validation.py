# SPDX-License-Identifier: EUPL-1.2
from pathlib import Path

import pytest

from guidance_graph.build.naming import curie
from guidance_graph.build.pipeline import check, check_files
from guidance_graph.build.reading import read_sources
from guidance_graph.build.turtle import write_turtle
from guidance_graph.build.validation import Report
from guidance_graph.terms.errors import InvalidGraphError
from guidance_graph.terms.settings import Settings
from tests.build.support import PROLOGUE, append

POLICY = Path("data/finland/policy.ttl")
GOOD = 'a gg:Service ; rdfs:label "New"@en ; gg:providedBy fi:ministry'


def report_with(root: Path, turtle: str) -> Report:
    (root / "data" / "new.ttl").write_text(PROLOGUE + turtle)
    return check(read_sources(root))[1]


def found(report: Report) -> list[tuple[str, str, str, str | None]]:
    return [(r.severity, r.name, curie(r.shape) if r.shape else "", r.path) for r in report.results]


def test_the_example_is_valid(example_root: Path) -> None:
    _, report = check(read_sources(example_root))
    assert report.conforms
    assert report.results == ()
    assert report.summary() == "no violation"


def test_a_path_of_alternatives_is_told_as_sparql_writes_it(example_root: Path) -> None:
    shapes = example_root / "ontology" / "shapes"
    append(
        min(shapes.glob("*.ttl")),
        "\nggsh:ServiceShape sh:property"
        " [ sh:path [ sh:alternativePath ( gg:funds [ sh:inversePath gg:funds ] ) ] ;"
        " sh:minCount 1 ] .\n",
    )
    report = report_with(example_root, f"fi:new {GOOD} .")
    assert "gg:funds|^gg:funds" in {result.path for result in report.results}


def test_an_age_of_minus_three_is_told_with_file_line_resource_value_and_shape(
    example_root: Path,
) -> None:
    line = append(
        example_root / POLICY,
        f"\nfi:new {GOOD} ; gg:minimumAge -3 .\n",
    )
    _, report = check(read_sources(example_root))
    (result,) = report.results
    assert result.severity == "violation"
    assert result.name == "fi:new (New)"
    assert result.path == "gg:minimumAge"
    assert str(result.value) == "-3"
    assert curie(result.shape) == "ggsh:ServiceShape-gg-minimumAge"  # type: ignore[arg-type]
    assert result.message == "An age cannot be below 0; correct gg:minimumAge."
    assert [str(place) for place in result.places] == [f"{POLICY}:{line + 1}"]
    assert not report.conforms
    assert report.summary() == "1 violation"


@pytest.mark.parametrize(
    ("turtle", "expected"),
    [
        (
            "fi:new a gg:Service ; gg:providedBy fi:ministry .",
            ("violation", "fi:new", "ggsh:ServiceShape-rdfs-label", "rdfs:label"),
        ),
        (
            f"fi:new {GOOD} ; gg:status fi:ministry .",
            ("violation", "fi:new (New)", "ggsh:ServiceShape-gg-status", "gg:status"),
        ),
        (
            f"fi:new {GOOD} ; gg:undeclared 1 .",
            ("violation", "fi:new (New)", "ggsh:DeclaredShape-declared", "gg:undeclared"),
        ),
        (
            'fi:new a gg:Service ; rdfs:label "New"@en .',
            ("warning", "fi:new (New)", "ggsh:ServiceShape-gg-providedBy", "gg:providedBy"),
        ),
    ],
    ids=["missing label", "wrong scheme", "undeclared term", "warning"],
)
def test_each_fault_trips_its_shape(
    example_root: Path, turtle: str, expected: tuple[str, str, str, str]
) -> None:
    report = report_with(example_root, turtle)
    assert found(report) == [expected]
    assert report.conforms == (expected[0] == "warning")


def test_messages_are_in_english_and_say_what_is_undeclared(example_root: Path) -> None:
    report = report_with(example_root, f"fi:a {GOOD} ; gg:nope 1 . fi:b a gg:Service .")
    assert {r.message for r in report.results} == {
        "https://w3id.org/guidance-graph/ontology#nope is no term of the ontology;"
        " correct it or declare it.",
        "Give the service a label with rdfs:label.",
        "Say who provides the service.",
    }


def test_shapes_see_what_is_inferred(example_root: Path) -> None:
    service = 'fi:new a gg:Service ; rdfs:label "New"@en .'
    assert found(report_with(example_root, service)) == [
        ("warning", "fi:new (New)", "ggsh:ServiceShape-gg-providedBy", "gg:providedBy")
    ]
    assert found(report_with(example_root, service + " fi:unit gg:provides fi:new .")) == []


def test_a_blank_node_is_told_by_what_holds_it(example_root: Path) -> None:
    report = report_with(
        example_root, "fi:unit gg:partOf [ gg:partOf [ a gg:Service ; gg:providedBy fi:unit ] ] ."
    )
    (result,) = report.results
    assert result.name == "fi:unit (Unit)"
    assert [place.path for place in result.places] == [POLICY, Path("data/new.ttl")]


def test_what_no_file_describes_is_told_where_it_is_named(example_root: Path) -> None:
    append(
        example_root / "ontology/shapes/records.ttl",
        """
ggsh:ProvidedShape a sh:NodeShape ; sh:targetObjectsOf gg:provides ; sh:class gg:Service ;
    sh:message "Describe the service."@en .
""",
    )
    line = append(example_root / POLICY, "\nfi:unit\n    gg:provides fi:nowhere ;\n.\n")
    _, report = check(read_sources(example_root))
    (result,) = report.results
    assert result.name == "fi:nowhere"
    assert [str(place) for place in result.places] == [f"{POLICY}:{line + 2}"]


def test_a_constraint_without_an_iri_is_told_by_its_shape(example_root: Path) -> None:
    append(
        example_root / "ontology" / "shapes" / "records.ttl",
        "\nggsh:ServiceShape sh:property [ sh:path gg:colour ; sh:minCount 1 ] .\n",
    )
    _, report = check(read_sources(example_root))
    assert {(r.name, curie(r.shape)) for r in report.results if r.shape} == {
        ("fi:advice (Advice)", "ggsh:ServiceShape")
    }


def test_a_contradiction_is_a_violation_with_its_file(example_root: Path) -> None:
    report = report_with(example_root, "fi:unit a gg:ActorGroup .")
    (result,) = report.results
    assert result.severity == "violation"
    assert result.shape is None
    assert result.message == "It is a gg:ActorGroup and a gg:Organisation, and nothing can be both."
    assert Path("data/new.ttl") in [place.path for place in result.places]


def test_a_shape_that_cannot_be_used_is_told(example_root: Path) -> None:
    append(
        example_root / "ontology" / "shapes" / "records.ttl",
        '\nggsh:ServiceShape sh:sparql [ sh:message "Never"@en ; sh:select "SELEC" ] .\n',
    )
    with pytest.raises(InvalidGraphError, match="a shape cannot be"):
        check(read_sources(example_root))


def test_files_are_validated_as_part_of_the_dataset_and_only_they_are_reported(
    example_settings: Settings, tmp_path: Path
) -> None:
    append(example_settings.root / POLICY, "\nfi:wrong-too a gg:Service .\n")
    outside = tmp_path / "Mine.ttl"
    outside.write_text(PROLOGUE + "fi:wrong a gg:Service ; gg:providedBy fi:ministry .")
    alone = check_files([outside], example_settings)
    assert [(r.name, r.places[0].path) for r in alone.results] == [("fi:wrong", outside)]
    both = check_files([outside, example_settings.root / POLICY], example_settings)
    assert {r.name for r in both.results} == {"fi:wrong", "fi:wrong-too"}
    everything = check_files([], example_settings)
    assert {r.name for r in everything.results} == {"fi:wrong-too"}


def test_the_report_graph_is_shacl(example_root: Path) -> None:
    report = report_with(example_root, f"fi:new {GOOD} ; gg:minimumAge -3 .")
    text = write_turtle(report.graph)  # type: ignore[arg-type]
    assert "sh:conforms false" in text
    assert "sh:sourceShape ggsh:ServiceShape-gg-minimumAge" in text
