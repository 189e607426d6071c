# SPDX-License-Identifier: EUPL-1.2
"""More countries of the same form."""

import pyoxigraph as ox
import pytest

from guidance_graph.build.release import Release
from tests.bench.template import Country, Template, copies, countries

BASE = "https://w3id.org/guidance-graph/"


@pytest.fixture(scope="module")
def lines(repository_release: Release) -> list[str]:
    return (
        (repository_release.dumps_path / "guidance-graph.nq")
        .read_text(encoding="utf-8")
        .splitlines()
    )


@pytest.fixture(scope="module")
def template(lines: list[str]) -> Template:
    return Template.of(lines)


def test_the_countries_are_those_with_a_folder(lines: list[str]) -> None:
    found = countries(lines)
    assert [(each.system, each.folder, each.chapter) for each in found] == [
        ("be-vlg", "data/belgium", "1"),
        ("fi", "data/finland", "2"),
        ("gb-sct", "data/scotland", "4"),
        ("no", "data/norway", "3"),
    ]
    assert found[1] == Country(
        "fi",
        "data/finland",
        "http://publications.europa.eu/resource/authority/country/FIN",
        "2",
    )


def test_a_copy_is_quads_of_the_release_with_a_number_in_their_names(
    lines: list[str], template: Template
) -> None:
    """Each line of a copy, without its number, is a line of the release: the form is the same."""
    copied = template.copy(987654).decode().splitlines()
    stripped = [line.replace("x-987654", "").replace("-987654", "") for line in copied]
    quads = set(stripped[::2])
    assert stripped[::2] == [line for line in lines if line in quads]
    assert template.quads == len(quads) > len(lines) / 2
    for quad, triple in zip(stripped[::2], stripped[1::2], strict=True):
        assert quad.startswith(triple.removesuffix("."))


def test_a_copy_parses_and_its_default_graph_is_the_union_of_its_graphs(
    template: Template,
) -> None:
    quads = set(ox.parse(template.copy(1), format=ox.RdfFormat.N_QUADS))
    named = [quad for quad in quads if quad.graph_name != ox.DefaultGraph()]
    assert len(named) == template.quads
    union = {quad.triple for quad in quads if quad.graph_name == ox.DefaultGraph()}
    assert union == {quad.triple for quad in named}
    assert len(union) == template.triples


def test_everything_about_a_country_is_copied_and_nothing_else(
    lines: list[str], template: Template
) -> None:
    copied = set(template.copy(1).decode().splitlines()[::2])
    text = "\n".join(copied)
    for system in ("be-vlg", "fi", "gb-sct", "no"):
        assert f"<{BASE}id/{system}/" not in text
        named = sum(f"<{BASE}id/{system}/" in line for line in lines)
        assert sum(f"<{BASE}id/{system}-1/" in line for line in copied) == named
    assert sum(f"<{BASE}graph/data/finland-1/" in line for line in copied) > 2000
    assert "ontology/guidance>" not in text
    assert f'<{BASE}source/mapping/2-1.1/p1> <{BASE}ontology#locator> "2-1.1/p1"' in text


def test_two_copies_share_only_what_has_no_country_in_it(template: Template) -> None:
    one, two = (set(template.copy(number).splitlines()[::2]) for number in (1, 2))
    assert one & two == set()
    assert template.copy(1) == template.copy(1)


def test_names_of_graphs_are_renamed_as_the_graphs_are(template: Template) -> None:
    assert template.renamed(f"{BASE}graph/data/no", 3) == f"{BASE}graph/data/no"
    assert template.renamed(f"{BASE}graph/inferred", 3) == f"{BASE}graph/inferred"
    renamed = template.renamed(f"{BASE}graph/data/norway/policy", 3)
    assert renamed == f"{BASE}graph/data/norway-3/policy"
    assert f"<{renamed}>".encode() in template.copy(3)


def test_so_many_copies_make_it_so_many_times_as_large() -> None:
    assert list(copies(100, 50, 1)) == []
    assert list(copies(100, 50, 3)) == [1, 2, 3, 4]
    assert len(copies(39_689, 24_481, 1000)) == 1620


def test_a_dataset_without_countries_cannot_grow() -> None:
    with pytest.raises(ValueError, match="no country"):
        Template.of(["<http://e/s> <http://e/p> <http://e/o> <http://e/g> ."])
