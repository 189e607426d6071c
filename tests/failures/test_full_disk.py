# SPDX-License-Identifier: EUPL-1.2
"""A disk that is full, or cannot be written: a build says so and harms nothing; a server serves."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from guidance_graph.build.release import Release
from guidance_graph.terms.namespaces import GRAPHS
from tests.build.support import append
from tests.failures.conftest import Start
from tests.failures.program import COMMAND, HANG, environment, place_release

POLICY = Path("data/finland/policy.ttl")
#: What a full disk and a file that may not grow are called; the one or the other is told.
FULL = ("No space left on device", "File too large")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that is a disk of its own, of a few mebibytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    _mount(folder, "size=4m")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(folder: Path, options: str) -> None:
    """Make the folder a disk in memory, or give the one that it is other options."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no command to mount a disk")
    if done.returncode:
        pytest.skip(f"no disk may be mounted here: {done.stderr.strip()}")


def fill(disk: Path) -> None:
    """Leave no room on a disk."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while filler.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def build(
    root: Path, releases: Path, file_size: int | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a build, of which no file may grow past a size."""
    command = list(COMMAND)
    if file_size is not None:
        most = f"(resource.RLIMIT_FSIZE, ({file_size}, {file_size}))"
        command[-1] = f"import resource; resource.setrlimit{most}; {command[-1]}"
    return subprocess.run(
        [*command, "build"],
        env=environment(root, releases),
        capture_output=True,
        text=True,
        check=False,
    )


def change(root: Path) -> None:
    append(root / POLICY, "\nfi:unit gg:partnerOf fi:agency .\n")


def names(releases: Path) -> set[str]:
    return {path.name for path in releases.iterdir()} - {".lock"}


def assert_refused(done: "subprocess.CompletedProcess[str]", releases: Path) -> None:
    """A build has failed: in one line that says what and where, as a thing that cannot be done."""
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {releases} cannot be written: ")
    assert any(reason in line for reason in FULL), line


def test_a_build_whose_files_may_not_grow_fails_and_the_release_before_stays(root: Path) -> None:
    """The largest files are the options of the store, of about 65 kB, and then the N-Quads."""
    releases = root / "releases"
    before = names(releases), (releases / "current").readlink()
    largest = (releases / "current" / "dumps" / "guidance-graph.nq").stat().st_size
    change(root)
    for size in (0, largest // 2, largest - 1):
        assert_refused(build(root, releases, size), releases)
        assert (names(releases), (releases / "current").readlink()) == before
    done = build(root, releases)
    assert (done.returncode, done.stderr) == (0, "")
    assert (releases / "current").readlink() != before[1]


def test_a_build_on_a_disk_that_is_too_small_fails_and_the_release_before_is_served(
    root: Path, example_release: Release, disk: Path, start: Start
) -> None:
    """A release takes about 550 KiB: there is no room for the store, for all of it, for dumps."""
    releases = disk / "releases"
    before = place_release(example_release, releases)
    change(root)
    fill(disk)
    filled = (disk / "filler").stat().st_size
    for room in (0, 250, 450):
        with (disk / "filler").open("r+b") as filler:
            filler.truncate(filled - (room << 10))
        assert_refused(build(root, releases), releases)
        assert names(releases) == {before.name, "current"}
    program = start(releases=releases)
    assert "Serving the last release" in program.printed
    assert everything(program.address, example_release)
    (disk / "filler").unlink()
    done = build(root, releases)
    assert (done.returncode, done.stderr) == (0, "")
    assert (releases / "current").resolve() != before


@pytest.mark.parametrize(
    ("state", "triples"),
    [("full", 500_000), ("full", 0), ("read-only", 0)],
    ids=["full, held in memory", "full, read from it", "read-only, read from it"],
)
def test_a_server_starts_and_answers_where_nothing_can_be_written(
    example_release: Release, disk: Path, start: Start, state: str, triples: int
) -> None:
    place_release(example_release, disk / "releases")
    fill(disk)
    if state == "read-only":
        _mount(disk, "remount,ro")
    program = start(releases=disk / "releases", memory_triples=triples)
    assert "building" not in program.printed
    assert everything(program.address, example_release)
    assert not program.trouble()


def everything(address: str, release: Release) -> bool:
    """Whether a query, a graph, a query of the library and a dump are answered from a release."""
    requests: list[tuple[str, dict[str, str]]] = [
        ("/sparql", {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "format": "csv"}),
        ("/graph-store", {"graph": f"{GRAPHS}inferred"}),
        ("/queries/terms/classes", {"format": "csv"}),
        ("/dumps/guidance-graph.nq", {}),
    ]
    answers = [httpx.get(address + path, params=given, timeout=HANG) for path, given in requests]
    counted = answers[0].text == f"n\r\n{release.manifest['triples']}\r\n"
    return counted and {each.status_code for each in answers} == {200}
