# SPDX-License-Identifier: EUPL-1.2
"""Standard streams that are closed, or that nobody reads to the end."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from guidance_graph.build.release import Release
from tests.build.support import append
from tests.failures.program import COMMAND, environment, place_release
from tests.serving import write_queries

POLICY = Path("data/finland/policy.ttl")
ASK = "query --text 'ASK {}'"


@pytest.fixture
def root(example_root: Path, example_release: Release) -> Path:
    """A copy of the example with a release and a library."""
    write_queries(example_root)
    place_release(example_release, example_root / "releases")
    return example_root


def run(root: Path, line: str, out: int) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell, with its output going there."""
    return subprocess.run(
        ["sh", "-c", f"exec {shlex.join(COMMAND)} {line}"],
        env=environment(root, root / "releases"),
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (ASK, 0),
        (f"{ASK} --format json", 0),
        (f"{ASK} --format xlsx", 0),
        ("query nope", 2),
        ("query --nope", 2),
        ("format --check", 1),
        ("validate", 1),
    ],
)
@pytest.mark.parametrize("closed", ["1>&-", "0<&- 2>&-"])
def test_a_stream_that_is_closed_changes_no_exit_code(
    root: Path, arguments: str, code: int, closed: str
) -> None:
    append(root / POLICY, "\nfi:new a gg:Service .\n")
    done = run(root, f"{arguments} {closed}", subprocess.DEVNULL)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_error_that_cannot_be_told_has_its_exit_code(root: Path) -> None:
    assert run(root, "query nope 2>/dev/full", subprocess.DEVNULL).returncode == 2


def test_a_child_process_has_no_file_in_place_of_a_closed_stream(root: Path) -> None:
    said = "from guidance_graph.cli.streams import open_closed_streams; open_closed_streams()"
    then = "import subprocess; subprocess.run(['readlink', '/proc/self/fd/2'], stdout=other)"
    code = f"{said}; other = open('told', 'w'); {then}"
    line = f"exec {shlex.join([sys.executable, '-c', code])} 0<&- 2>&-"
    subprocess.run(["sh", "-c", line], cwd=root, check=True)
    assert (root / "told").read_text() == f"{os.devnull}\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [("build", 0), ("validate", 0), ("format", 0), (ASK, 0), ("query nope", 2)],
)
def test_work_is_done_to_its_end_though_nobody_reads(root: Path, arguments: str, code: int) -> None:
    policy = root / POLICY
    append(policy, '\nfi:new a gg:Service ; rdfs:label "New"@en .\n')
    before = (root / "releases" / "current").readlink()
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run(root, arguments, writer)
    finally:
        os.close(writer)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert ((root / "releases" / "current").readlink() != before) == (arguments == "build")
    assert (policy.read_text().count("fi:new\n") == 1) == (arguments == "format")
