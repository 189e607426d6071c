# SPDX-License-Identifier: EUPL-1.2
"""The whole benchmark on a few queries, and what it says of its targets."""

import json
from pathlib import Path

import pytest

from guidance_graph.build.release import Release
from guidance_graph.terms.settings import Settings
from tests.bench import throughput
from tests.bench.client import NoAnswerError
from tests.bench.report import targets
from tests.bench.run import Plan, run
from tests.bench.systems import EMBEDDED, FIRST, OXIGRAPH, REPEATED
from tests.conftest import REPOSITORY

QUERIES = ("actors/who-coordinates", "comparison/what-each-country-holds", "sources/concept")
PLAN = Plan(
    rounds=2,
    minutes=1,
    load=throughput.Load(clients=(8,), seconds=1, repeats=1),
    starts=1,
    patience=20,
    growth_minutes=1,
)


@pytest.fixture
def checkout(tmp_path: Path, repository_release: Release) -> Settings:
    """The repository with a library of a few queries."""
    root = tmp_path / "checkout"
    root.mkdir()
    for folder in ("ontology", "data"):
        (root / folder).symlink_to(REPOSITORY / folder)
    for name in QUERIES:
        path = root / "queries" / f"{name}.rq"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((REPOSITORY / "queries" / f"{name}.rq").read_bytes())
    return Settings(root=root, releases=repository_release.path.parent)


@pytest.mark.skipif(throughput.WRK is None, reason="wrk is not installed")
def test_a_quick_run_measures_everything(
    tmp_path: Path, checkout: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "bench"
    figures = run(checkout, output, {}, [1, 2], PLAN)
    assert json.loads((output / "bench.json").read_text()) == json.loads(json.dumps(figures))
    assert (output / "bench.svg").read_text().startswith("<?xml")
    assert not (output / "work").exists()

    assert sorted(figures["queries"]) == sorted(QUERIES)
    assert figures["refused"] == figures["differing"] == {}
    systems = {EMBEDDED, FIRST, REPEATED, OXIGRAPH}
    assert figures["latency"].keys() == figures["throughput"].keys() == systems
    for of in figures["latency"].values():
        assert 0 < of["percentiles"]["p50"] <= of["percentiles"]["p95"] <= of["percentiles"]["p99"]
        assert {len(times) for times in of["seconds"].values()} == {2}
    assert all(of["8"] > 0 for name, of in figures["throughput"].items() if name != EMBEDDED)
    assert figures["start"].keys() == figures["memory"].keys() == systems - {EMBEDDED}
    assert all(0 < of["idle"] <= of["peak"] for of in figures["memory"].values())

    grown = figures["growth"]
    assert [each["scale"] for each in grown["graphs"]] == [1, 2]
    one, two = grown["queries"]["comparison/what-each-country-holds"]
    assert two["rows"] == one["rows"] + 8
    one, two = grown["queries"]["actors/who-coordinates@system=fi"]
    assert two["rows"] == one["rows"]
    assert one["seconds"].keys() == two["seconds"].keys() == {EMBEDDED, FIRST}
    assert {each["name"] for each in grown["exponents"]} == grown["queries"].keys()

    text = (output / "bench.json").read_text() + (output / "bench.svg").read_text()
    assert str(tmp_path) not in text
    assert str(REPOSITORY) not in text
    said = capsys.readouterr().out
    assert all(target.name in said for target in targets(figures))


def figures(
    first: float, rate: float, *, grows: bool, smaller: int = 10, failed: bool = False
) -> dict[str, object]:
    """Figures of a run: seconds of each first answer, rate of repeated ones; Oxigraph has 1."""

    def latency(seconds: float) -> dict[str, object]:
        return {
            "percentiles": dict.fromkeys(("p50", "p95", "p99"), seconds),
            "seconds": {"a/b": [seconds]},
        }

    return {
        "latency": {FIRST: latency(first), OXIGRAPH: latency(1.0)},
        "throughput": {REPEATED: {"1": rate, "8": 10.0}, OXIGRAPH: {"1": 1.0, "8": 1.0}},
        "growth": {
            "graphs": [
                {"scale": smaller, "quads": smaller},
                {"scale": 1000, "skipped": "no room"},
            ],
            "exponents": [
                {
                    "name": "a/b",
                    "before": smaller,
                    "with_the_answer": grows,
                    "counts": False,
                    "failed": failed,
                }
            ],
        },
    }


def test_targets_that_are_met() -> None:
    assert [each.met for each in targets(figures(0.9, 3.0, grows=True))] == [True] * 3


def test_targets_that_are_not_met() -> None:
    assert [each.met for each in targets(figures(1.1, 2.9, grows=False))] == [False] * 3


def test_growth_from_the_graph_as_it_is_says_nothing() -> None:
    target = targets(figures(0.9, 3.0, grows=False, smaller=1))[-1]
    assert target.met is None
    assert target.found.startswith("0 of 1 do not")
    assert "of 1 it is not told" in target.found
    assert targets(figures(0.9, 3.0, grows=True, smaller=1))[-1].met


def test_what_has_no_answer_on_the_next_graph_is_not_met() -> None:
    assert targets(figures(0.9, 3.0, grows=False, smaller=1, failed=True))[-1].met is False


def test_a_run_under_load_with_an_error_counts_for_nothing() -> None:
    summary = dict.fromkeys(("connect", "read", "write", "status", "timeout"), 0)
    summary |= {"requests": 50, "microseconds": 2_000_000}
    assert throughput.rate(summary, "all") == 25
    with pytest.raises(NoAnswerError, match=r"all: 50 answers, errors: {'status': 1}"):
        throughput.rate({**summary, "status": 1}, "all")
    with pytest.raises(NoAnswerError, match="0 answers"):
        throughput.rate({**summary, "requests": 0}, "all")
