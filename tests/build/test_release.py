# SPDX-License-Identifier: EUPL-1.2
import fcntl
import hashlib
import json
import multiprocessing
import os
import shutil
from pathlib import Path

import pytest

from guidance_graph.build import release as release_module
from guidance_graph.build.oxigraph import CanonicalDataset
from guidance_graph.build.pipeline import build
from guidance_graph.build.release import Release, current_release, is_current, open_release
from guidance_graph.terms.errors import ReleaseError, SourceError
from guidance_graph.terms.settings import Settings
from tests.build.support import append

POLICY = Path("data/finland/policy.ttl")


def names(releases: Path) -> list[str]:
    return sorted(path.name for path in releases.iterdir())


def change(settings: Settings, number: int) -> None:
    append(settings.root / POLICY, f"\nfi:unit gg:partnerOf fi:agency-{number} .\n")


def test_a_release_holds_what_it_promises(example_release: Release) -> None:
    assert sorted(
        path.relative_to(example_release.path).as_posix()
        for path in example_release.path.rglob("*")
        if path.is_file() and "store" not in path.parts
    ) == [
        *(f"dumps/guidance-graph.{suffix}" for suffix in ("jsonld", "nq", "trig", "ttl")),
        "dumps/tables/actor.csv",
        "dumps/tables/organisation.csv",
        "dumps/tables/pilot-service.csv",
        "dumps/tables/provider.csv",
        "dumps/tables/service.csv",
        "manifest.json",
        "validation.ttl",
    ]
    assert list((example_release.path / "store").glob("*.sst"))


def test_the_digest_is_that_of_the_canonical_n_quads(example_release: Release) -> None:
    quads = (example_release.dumps_path / "guidance-graph.nq").read_bytes()
    assert hashlib.sha256(quads).hexdigest() == example_release.digest
    assert quads.splitlines() == sorted(quads.splitlines())
    assert example_release.path.name == example_release.digest[:12]


def test_the_manifest_counts_each_graph_and_names_what_made_it(example_release: Release) -> None:
    manifest = example_release.manifest
    lines = (example_release.dumps_path / "guidance-graph.nq").read_text().splitlines()
    assert sum(graph["triples"] for graph in manifest["graphs"].values()) == len(lines)
    inferred = manifest["graphs"]["https://w3id.org/guidance-graph/graph/inferred"]
    assert inferred["triples"] == manifest["counts"]["inferred"] == 11
    own = [line for line in lines if line.endswith("graph/inferred> .")]
    text = "".join(f"{line}\n" for line in own)
    assert inferred["digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert set(manifest["inputs"]) == {
        "data/finland/policy.ttl",
        "data/source.ttl",
        "ontology/guidance.ttl",
        "ontology/shapes/records.ttl",
        "ontology/vocabularies/status.ttl",
    }
    assert set(manifest["program"]["tools"]) >= {"pyoxigraph", "owlrl", "reasonable", "pyshacl"}
    assert "build/closure.py" in manifest["program"]["code"]


def test_two_builds_of_the_same_inputs_give_the_same_release(
    example_settings: Settings, tmp_path: Path
) -> None:
    first = build(example_settings)
    other = build(example_settings.model_copy(update={"releases": tmp_path / "elsewhere"}))
    assert other.digest == first.digest
    for name, file in first.manifest["files"].items():
        if name.startswith("dumps/"):
            assert other.manifest["files"][name] == file
    again = build(example_settings)
    assert again.path == first.path
    assert names(example_settings.releases) == [".lock", first.path.name, "current"]


def test_a_changed_fact_is_another_release(example_settings: Settings) -> None:
    first = build(example_settings)
    assert is_current(example_settings)
    change(example_settings, 1)
    assert not is_current(example_settings)
    second = build(example_settings)
    assert second.digest != first.digest
    assert current_release(example_settings).path == second.path
    assert is_current(example_settings)


def test_a_changed_form_is_a_release_of_its_own_with_the_same_digest(
    example_settings: Settings,
) -> None:
    first = build(example_settings)
    path = example_settings.root / POLICY
    path.write_text("# a comment\n" + path.read_text())
    assert not is_current(example_settings)
    second = build(example_settings)
    assert second.digest == first.digest
    assert second.path.name == f"{first.path.name}-2"
    assert is_current(example_settings)
    assert open_release(first.path) == first


def test_only_the_last_three_releases_are_kept(example_settings: Settings) -> None:
    made = []
    for number in range(5):
        change(example_settings, number)
        made.append(build(example_settings).path.name)
    assert len(set(made)) == 5
    assert names(example_settings.releases) == sorted([".lock", "current", *made[2:]])


def test_going_back_makes_the_old_release_current_again(example_settings: Settings) -> None:
    path = example_settings.root / POLICY
    before = path.read_text()
    first = build(example_settings)
    change(example_settings, 1)
    build(example_settings)
    path.write_text(before)
    assert build(example_settings).path == first.path
    assert current_release(example_settings).path == first.path


def test_no_release_is_told_with_what_to_do(example_settings: Settings) -> None:
    assert not is_current(example_settings)
    with pytest.raises(ReleaseError, match=r"no release in .*; make one: guidance-graph build"):
        current_release(example_settings)


def test_without_files_nothing_can_be_current(example_settings: Settings) -> None:
    shutil.rmtree(example_settings.root / "data")
    with pytest.raises(SourceError, match="no Turtle file"):
        is_current(example_settings)


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: (path / "manifest.json").unlink(),
        lambda path: (path / "manifest.json").write_text("{"),
        lambda path: (path / "manifest.json").write_text("[]"),
        lambda path: (path / "dumps" / "guidance-graph.ttl").unlink(),
        lambda path: (path / "dumps" / "guidance-graph.nq").write_text(""),
        lambda path: next((path / "store").glob("*.sst")).unlink(),
        shutil.rmtree,
    ],
    ids=["no manifest", "no JSON", "no object", "no dump", "short dump", "no store", "gone"],
)
def test_a_damaged_release_is_told_and_built_anew(example_settings: Settings, harm: object) -> None:
    whole = build(example_settings)
    harm(whole.path)  # type: ignore[operator]
    with pytest.raises(ReleaseError, match="build it anew"):
        current_release(example_settings)
    assert not is_current(example_settings)
    assert build(example_settings).path == whole.path
    assert is_current(example_settings)


@pytest.mark.parametrize("name", ["dumps/guidance-graph.nq", "dumps/guidance-graph.ttl"])
def test_a_release_with_a_byte_that_is_another_is_built_anew(
    example_settings: Settings, name: str
) -> None:
    whole = build(example_settings)
    damaged = whole.path / name
    content = damaged.read_bytes()
    damaged.write_bytes(content.replace(b"e", b"f", 1))
    assert is_current(example_settings) == name.endswith(".ttl"), "only N-Quads are answered from"
    assert build(example_settings).path == whole.path
    assert damaged.read_bytes() == content
    assert is_current(example_settings)


def test_a_release_of_another_version_is_told(example_settings: Settings) -> None:
    path = build(example_settings).path / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["program"]["version"] = "0.0.1"
    path.write_text(json.dumps(manifest))
    with pytest.raises(ReleaseError, match=r"made by version 0\.0\.1, not "):
        current_release(example_settings)


def test_a_build_that_fails_while_writing_leaves_the_last_release(
    example_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(example_settings)
    change(example_settings, 1)

    def fail(self: CanonicalDataset, folder: Path) -> None:
        (folder / "half").parent.mkdir(parents=True)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(CanonicalDataset, "write_store", fail)
        with pytest.raises(ReleaseError, match="cannot be written: No space left on device"):
            build(example_settings)
    assert current_release(example_settings) == first
    assert names(example_settings.releases) == [".lock", first.path.name, "current"]


def test_what_a_killed_build_left_is_removed_by_the_next(example_settings: Settings) -> None:
    releases = example_settings.releases
    (releases / ".new-abc" / "store").mkdir(parents=True)
    (releases / ".new-abc" / "store" / "1.sst").write_text("half")
    (releases / ".current.123").symlink_to("nowhere")
    made = build(example_settings)
    assert names(releases) == [".lock", made.path.name, "current"]


def test_a_build_that_is_killed_leaves_the_last_release_serving(
    example_settings: Settings,
) -> None:
    first = build(example_settings)
    change(example_settings, 1)

    def die(self: CanonicalDataset, folder: Path) -> None:
        folder.mkdir()
        os._exit(9)

    def run() -> None:
        CanonicalDataset.write_store = die  # type: ignore[method-assign]
        build(example_settings)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(30)
    assert process.exitcode == 9
    assert current_release(example_settings) == first
    assert [name for name in names(example_settings.releases) if name.startswith(".new-")]
    second = build(example_settings)
    assert names(example_settings.releases) == sorted(
        [".lock", "current", first.path.name, second.path.name]
    )


def test_two_builds_at_once_both_end_with_a_release(example_settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=build, args=(example_settings,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    made = current_release(example_settings)
    assert names(example_settings.releases) == [".lock", made.path.name, "current"]


def test_a_build_that_waits_too_long_for_another_says_so(
    example_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release_module, "_PATIENCE", 0.1)
    example_settings.releases.mkdir()
    with (example_settings.releases / ".lock").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ReleaseError, match="another build holds"):
            build(example_settings)


def test_the_store_of_a_release_can_be_moved_with_it(
    example_release: Release, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(example_release.path, tmp_path / "replica"))
    assert open_release(copy).digest == example_release.digest
