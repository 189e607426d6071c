# SPDX-License-Identifier: EUPL-1.2
"""Releases that become current one after another under load: every answer is wholly of one."""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from guidance_graph.build.pipeline import build
from guidance_graph.build.release import Release, open_release
from guidance_graph.engine.cache import tag_of
from guidance_graph.engine.formats import CSV
from guidance_graph.engine.question import Question
from guidance_graph.terms.settings import Settings
from tests.build.support import append
from tests.failures.conftest import Start
from tests.failures.program import HANG, Program, make_current, until

POLICY = Path("data/finland/policy.ttl")
#: No proxy stands between that may change a tag.
PLAIN = {"accept-encoding": "identity"}
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
#: More than is gathered before the first byte, so that it streams.
LARGE = "SELECT ?s ?p ?o ?t { ?s ?p ?o . ?x a ?t }"
ALWAYS_ASKED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "query": ("/sparql", {"query": COUNT, "format": "csv"}),
    "large": ("/sparql", {"query": LARGE, "format": "tsv"}),
    "library": ("/queries/terms/classes", {"format": "csv"}),
    "graph": ("/graph-store", {"default": "", "format": "nt"}),
    "metadata": ("/.well-known/void", {}),
    "dump": ("/dumps/guidance-graph.nq", {}),
}


@pytest.fixture
def other(root: Path) -> Path:
    """A second release beside the first one, which stays the current one."""
    releases = root / "releases"
    first = (releases / "current").resolve()
    policy = (root / POLICY).read_text()
    append(root / POLICY, "\nfi:unit gg:partnerOf fi:agency .\n")
    made = build(Settings(root=root, releases=releases))
    (root / POLICY).write_text(policy)
    make_current(first)
    return made.path


@dataclass(frozen=True)
class Expected:
    """What a quiet server answers from a release: tag and body, by the name of a request."""

    release: Release
    answers: Mapping[str, tuple[str, bytes]]

    @property
    def count(self) -> bytes:
        return self.answers["query"][1]


def served(program: Program) -> str:
    return str(httpx.get(f"{program.address}/health", timeout=HANG).json()["release"])


def swap(program: Program, release: Release) -> None:
    make_current(release.path)
    until(lambda: served(program) == release.digest, "the release that is current")


def expected(program: Program, path: Path) -> Expected:
    release = open_release(path)
    swap(program, release)
    answers = {}
    for name, (where, parameters) in ALWAYS_ASKED.items():
        answer = httpx.get(
            program.address + where, params=dict(parameters), headers=PLAIN, timeout=HANG
        )
        assert answer.status_code == 200, answer.text
        answers[name] = answer.headers["etag"], answer.content
    return Expected(release, answers)


class Load:
    """Clients that ask without pause; ``wrong`` has every answer that is of no release."""

    def __init__(self, address: str, known: tuple[Expected, ...]) -> None:
        self.wrong: list[str] = []
        self.answered = 0
        self.releases_seen: set[str] = set()
        self._address = address
        self._known = known
        self._over = threading.Event()
        works: list[Callable[[httpx.Client], Iterator[None]]] = [
            *(self._always(name) for name in ALWAYS_ASKED),
            self._another_each_time,
            self._only_if_new,
        ]
        self._threads = [threading.Thread(target=self._work, args=(work,)) for work in works]

    def start(self) -> None:
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        self._over.set()
        for each in self._threads:
            each.join()

    def more(self, answers: int) -> None:
        """Wait until so many more answers have come."""
        enough = self.answered + answers
        until(lambda: self.answered >= enough or bool(self.wrong), "more answers")

    def _work(self, work: Callable[[httpx.Client], Iterator[None]]) -> None:
        with httpx.Client(base_url=self._address, headers=PLAIN, timeout=HANG) as client:
            steps = work(client)
            while not self._over.is_set():
                try:
                    next(steps)
                except Exception as error:  # noqa: BLE001 (whatever it is, the test tells it)
                    self.wrong.append(repr(error))
                    return
                self.answered += 1

    def _always(self, name: str) -> Callable[[httpx.Client], Iterator[None]]:
        def ask(client: httpx.Client) -> Iterator[None]:
            path, parameters = ALWAYS_ASKED[name]
            while True:
                answer = client.get(path, params=dict(parameters))
                self._check(name, answer, (answer.headers.get("etag", ""), answer.content))
                yield

        return ask

    def _another_each_time(self, client: httpx.Client) -> Iterator[None]:
        """Ask what no memory holds; its tag tells the release, and so must its content."""
        for number in itertools.count():
            text = f"{COUNT} # {number}"
            answer = client.get("/sparql", params={"query": text, "format": "csv"})
            tags = {
                f'"{tag_of(Question(text, CSV), each.release)}"': each.count for each in self._known
            }
            if answer.status_code != 200 or tags.get(answer.headers["etag"]) != answer.content:
                self.wrong.append(f"another: {answer.status_code} {answer.text[:200]}")
            yield

    def _only_if_new(self, client: httpx.Client) -> Iterator[None]:
        path, parameters = ALWAYS_ASKED["query"]
        tag = ""
        while True:
            answer = client.get(path, params=dict(parameters), headers={"if-none-match": tag})
            if answer.status_code == 304:
                if answer.headers["etag"] != tag:
                    self.wrong.append(f"304 for {tag}: {answer.headers}")
            else:
                tag = answer.headers.get("etag", "")
                self._check("query", answer, (tag, answer.content))
            yield

    def _check(self, name: str, answer: httpx.Response, found: tuple[str, bytes]) -> None:
        for each in self._known:
            if answer.status_code == 200 and each.answers[name] == found:
                self.releases_seen.add(each.release.digest)
                return
        self.wrong.append(f"{name}: {answer.status_code} {found[0]} {found[1][:200]!r}")


def test_releases_swapped_under_load_fail_no_request_and_mix_in_none(
    start: Start, root: Path, other: Path
) -> None:
    program = start(queue_wait=HANG, query_timeout=HANG, client_queries=100)
    first = (root / "releases" / "current").resolve()
    with ExitStack() as ending:
        known = tuple(expected(program, path) for path in (other, first))
        assert known[0].answers.keys() == known[1].answers.keys()
        for name in known[0].answers:
            assert known[0].answers[name] != known[1].answers[name] or name == "library"
        assert len(known[0].answers["large"][1]) > 1 << 20
        load = Load(program.address, known)
        load.start()
        ending.callback(load.stop)
        load.more(20)
        for each in (*known, known[0]):
            swap(program, each.release)
            load.more(20)
        for each in known * 3:  # faster than anybody looks
            make_current(each.release.path)
        until(lambda: served(program) == known[1].release.digest, "the last of them")
        load.more(20)
    assert load.wrong == []
    assert load.releases_seen == {each.release.digest for each in known}
    children = psutil.Process(program.process.pid)
    until(lambda: len(children.children()) == 1, "one fork server")
    until(lambda: len(program.workers()) == 2, "as many workers as at the start")
    assert not program.trouble()
