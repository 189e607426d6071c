# SPDX-License-Identifier: EUPL-1.2
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rdflib import RDF, Namespace, URIRef

from guidance_graph.build.pipeline import build, check
from guidance_graph.build.reading import read_sources
from guidance_graph.build.release import current_release
from guidance_graph.build.validation import InvalidDatasetError
from guidance_graph.terms.errors import SourceError
from guidance_graph.terms.namespaces import PREFIXES
from guidance_graph.terms.settings import Settings
from tests.build.support import append
from tests.conftest import REPOSITORY

FI = PREFIXES["fi"]
GG = Namespace(PREFIXES["gg"])
POLICY = Path("data/finland/policy.ttl")


def test_the_steps_are_told_in_their_order(example_settings: Settings) -> None:
    told: list[str] = []

    @contextmanager
    def progress(step: str) -> Iterator[None]:
        told.append(f"begin {step}")
        yield
        told.append(f"end {step}")

    build(example_settings, progress)
    steps = [line.removeprefix("begin ") for line in told[::2]]
    assert steps == [
        "Reading the files",
        "Inferring what follows (OWL 2 RL)",
        "Validating (SHACL)",
        "Describing the dataset",
        "Writing the release",
    ]
    assert told[1::2] == [f"end {step}" for step in steps]


@pytest.mark.parametrize(
    ("turtle", "error", "said"),
    [
        ("\nfi:wrong a gg:Service .\n", InvalidDatasetError, "1 violation, 1 warning"),
        ("\nfi:unit a gg:ActorGroup .\n", InvalidDatasetError, "1 violation"),
        ("\nfi:unit a ActorGroup .\n", SourceError, "policy.ttl"),
    ],
    ids=["breaks a shape", "contradicts itself", "does not parse"],
)
def test_what_is_invalid_stops_before_anything_is_written(
    example_settings: Settings, turtle: str, error: type[Exception], said: str
) -> None:
    append(example_settings.root / POLICY, turtle)
    with pytest.raises(error, match=said):
        build(example_settings)
    assert not example_settings.releases.exists()


def test_a_build_that_fails_leaves_the_last_release_as_it_is(example_settings: Settings) -> None:
    first = build(example_settings)
    before = {path: path.stat() for path in first.path.rglob("*")}
    append(example_settings.root / POLICY, "\nfi:wrong a gg:Service .\n")
    with pytest.raises(InvalidDatasetError):
        build(example_settings)
    assert current_release(example_settings) == first
    after = {path: path.stat() for path in first.path.rglob("*")}
    assert {p: (s.st_size, s.st_mtime_ns) for p, s in after.items()} == {
        p: (s.st_size, s.st_mtime_ns) for p, s in before.items()
    }


def test_a_warning_stops_nothing_and_is_counted(example_settings: Settings) -> None:
    append(example_settings.root / POLICY, '\nfi:new a gg:Service ; rdfs:label "New"@en .\n')
    release = build(example_settings)
    assert release.manifest["counts"]["warnings"] == 1
    assert "sh:Warning" in (release.path / "validation.ttl").read_text()


def test_a_wrong_class_at_the_end_of_a_relation_is_not_assumed_to_be_right(
    example_root: Path,
) -> None:
    append(
        example_root / "ontology/shapes/records.ttl",
        """
ggsh:ProvidesShape a sh:PropertyShape ; sh:targetSubjectsOf gg:provides ; sh:path gg:provides ;
    sh:class gg:Service ; sh:message "Provide a service."@en .
""",
    )
    append(example_root / POLICY, "\nfi:agency gg:provides fi:system .\n")
    closure, report = check(read_sources(example_root))
    assert (URIRef(FI + "system"), RDF.type, GG.Service) in closure.entailments
    assert [result.message for result in report.results if result.severity == "violation"] == [
        "Provide a service."
    ]


def test_the_repository_builds_twice_the_same(tmp_path: Path) -> None:
    one, two = (build(Settings(root=REPOSITORY, releases=tmp_path / name)) for name in "ab")
    assert one.digest == two.digest
    assert one.path != two.path
    assert one.manifest["counts"]["inferred"] > 1000
