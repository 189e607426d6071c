# SPDX-License-Identifier: EUPL-1.2
"""A release that is damaged or removed while it is served: right answers, or a clear 503."""

import shutil
from pathlib import Path

import httpx
import pytest

from guidance_graph.build.release import Release
from tests.failures.conftest import Start
from tests.failures.program import HANG, Program, make_current, until
from tests.protocol.test_sparql import problem_of

#: How often what a worker answers is asked; the next answers may come from another one.
TIMES = 4


def asked(program: Program, path: str, **parameters: str) -> httpx.Response:
    return httpx.get(program.address + path, params=parameters, timeout=HANG)


def answers(program: Program) -> dict[str, httpx.Response]:
    """What a worker answers, by what was asked."""
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    return {
        "query": asked(program, "/sparql", query=count, format="csv"),
        "graph": asked(program, "/graph-store", default="", format="nt"),
        "library": asked(program, "/queries/terms/classes", format="csv"),
    }


def contents(found: dict[str, httpx.Response]) -> dict[str, tuple[int, bytes]]:
    return {name: (each.status_code, each.content) for name, each in found.items()}


@pytest.mark.parametrize("triples", [500_000, 0], ids=["held in memory", "read from disk"])
def test_a_release_that_is_removed_is_answered_from_or_503_and_back_when_it_is(
    start: Start, root: Path, tmp_path: Path, triples: int
) -> None:
    releases = root / "releases"
    program = start(memory_triples=triples, cache_size=0, queue_wait=0.5)
    whole = contents(answers(program))
    assert {status for status, _ in whole.values()} == {200}
    releases.rename(tmp_path / "away")
    for _ in range(TIMES):
        assert contents(answers(program)) == whole
    if triples:  # a new worker needs no file
        for worker in program.workers():
            worker.kill()
        until(lambda: contents(answers(program)) == whole, "right answers of new workers")
    problem_of(asked(program, "/dumps/guidance-graph.nq"), 503)
    program.fork_server().kill()
    until(lambda: asked(program, "/health/ready").status_code == 503, "a server that is not ready")
    for name, each in answers(program).items():
        if each.status_code != 200:
            problem_of(each, 503)
        else:
            assert contents({name: each})[name] == whole[name]
    (tmp_path / "away").rename(releases)
    until(lambda: asked(program, "/health/ready").status_code == 200, "a server that is ready")
    assert contents(answers(program)) == whole
    assert asked(program, "/dumps/guidance-graph.nq").status_code == 200
    assert not program.trouble()


def test_a_dump_that_is_shorter_than_it_was_is_503(start: Start, root: Path) -> None:
    program = start()
    dump = root / "releases" / "current" / "dumps" / "guidance-graph.nq"
    whole = asked(program, "/dumps/guidance-graph.nq")
    dump.write_bytes(dump.read_bytes()[:1000])
    problem_of(asked(program, "/dumps/guidance-graph.nq"), 503)
    dump.write_bytes(whole.content)
    assert asked(program, "/dumps/guidance-graph.nq").content == whole.content


def test_a_release_whose_n_quads_have_another_byte_is_not_taken_up(
    start: Start, root: Path, example_release: Release
) -> None:
    program = start(cache_size=0)
    whole = contents(answers(program))
    other = Path(shutil.copytree(example_release.path, root / "releases" / "other"))
    quads = other / "dumps" / "guidance-graph.nq"
    quads.write_bytes(quads.read_bytes().replace(b"e", b"f", 1))
    make_current(other)
    until(lambda: "Staying with the release in use" in program.log.read_text(), "a warning")
    assert "guidance-graph.nq is missing or damaged" in program.log.read_text()
    assert contents(answers(program)) == whole


def test_n_quads_that_change_while_they_are_served_are_not_read_again(
    start: Start, root: Path
) -> None:
    program = start(cache_size=0, queue_wait=0.5)
    whole = contents(answers(program))
    quads = root / "releases" / "current" / "dumps" / "guidance-graph.nq"
    made = quads.read_bytes()
    quads.write_bytes(made.replace(b"Agency", b"Agents"))
    program.fork_server().kill()
    until(lambda: asked(program, "/health/ready").status_code == 503, "a server that is not ready")
    until(lambda: "No new worker" in program.log.read_text(), "its reason")
    assert "guidance-graph.nq is missing or damaged" in program.log.read_text()
    for each in answers(program).values():
        problem_of(each, 503)
    quads.write_bytes(made)
    until(lambda: asked(program, "/health/ready").status_code == 200, "a server that is ready")
    assert contents(answers(program)) == whole


def test_a_store_with_other_bytes_gives_no_wrong_answer(start: Start, root: Path) -> None:
    program = start(memory_triples=0, cache_size=0, queue_wait=0.5)
    whole = contents(answers(program))
    tables = list((root / "releases" / "current" / "store").glob("*.sst"))
    assert tables
    for path in tables:
        content = path.read_bytes()
        with path.open("r+b") as table:  # the very file that workers have open
            table.write(bytes(len(content) - 60))
    failed = 0
    for turn in range(TIMES):
        for name, each in answers(program).items():
            if each.status_code == 200:
                assert contents({name: each})[name] == whole[name]
            else:
                problem_of(each, 503)
                failed += 1
        if turn == 0:  # what was read before may be held; what comes after is read anew
            for worker in program.workers():
                worker.kill()
    assert failed
    assert asked(program, "/health/live").status_code == 200
