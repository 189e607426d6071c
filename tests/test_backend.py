# SPDX-License-Identifier: EUPL-1.2
"""The whole server on another engine: published, served, lost and found again."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from guidance_graph.build.release import Release
from guidance_graph.cli import main
from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.publication import publish
from guidance_graph.terms.namespaces import METADATA
from guidance_graph.terms.settings import Settings
from tests.backends import Server, free_port, oxigraph, response, scripted
from tests.engine.conftest import PATIENT
from tests.serving import RUNAWAY, serving, write_queries

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def engine() -> Iterator[Server]:
    with oxigraph("--timeout-s", "2") as server:
        yield server


@pytest.fixture
def run(
    example_root: Path,
    example_release: Release,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Command:
    """Runs the command over the example; gives its exit code and what it printed."""
    write_queries(example_root)
    monkeypatch.setenv("GUIDANCE_GRAPH_ROOT", str(example_root))
    monkeypatch.setenv("GUIDANCE_GRAPH_RELEASES", str(example_release.path.parent))

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["guidance-graph", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


def test_publish_says_of_each_graph_whether_it_arrived(
    run: Command, engine: Server, example_release: Release
) -> None:
    code, out, err = run("publish", engine.store, "--backend", engine.query)
    assert (code, err) == (0, "")
    header, *rows, end = out.splitlines()
    assert header == "graph\tsent\tfound\tstate"
    graphs = example_release.manifest["graphs"]
    assert {row.split("\t")[0] for row in rows} == {*graphs, "default graph"}
    assert {row.split("\t")[3] for row in rows} == {"whole"}
    assert end.startswith(
        f"Release {example_release.path.name} is there, whole: {len(rows)} graphs"
    )
    assert end.endswith(f"guidance-graph serve --backend {engine.query}")


def test_publish_that_fails_is_one_line_and_an_exit_code(run: Command, engine: Server) -> None:
    down = f"http://127.0.0.1:{free_port()}/"
    for arguments, code, said in (
        (["publish", engine.store], 2, "Give its address by --backend"),
        (["publish", engine.store, "--backend", "e"], 2, "backend: Input should be a valid URL"),
        (["publish", "e", "--backend", engine.query], 2, "must start with http"),
        (["publish", down, "--backend", engine.query], 3, "cannot be reached"),
        (["publish", engine.store, "--backend", down], 3, "cannot be reached"),
        (["publish", engine.query, "--backend", engine.query], 3, "does not PUT"),
        (["serve", "--port", "0", "--backend", down], 3, "cannot be reached"),
        (["serve", "--port", "0", "--backend", engine.query], 3, "guidance-graph publish"),
    ):
        ended, out, err = run(*arguments)
        assert (ended, out.count("Traceback")) == (code, 0)
        assert said in err
        assert err.startswith("error: ")
        assert err.count("\n") == 1


def test_credentials_in_an_address_are_refused_and_not_repeated(run: Command) -> None:
    address = "http://me:s3cret@127.0.0.1:1/"
    code, out, err = run("publish", address, "--backend", address)
    assert code == 2
    assert "must hold no credentials" in err
    assert "s3cret" not in out + err


def settings(root: Path, release: Release, backend: str, **more: float) -> Settings:
    write_queries(root)
    return Settings.model_validate(
        {"root": root, "releases": release.path.parent, "backend": backend, **more}
    )


def put(release: Release, engine: Server) -> None:
    arrivals = publish(release, Backend(engine.store), engine.backend, PATIENT)
    assert all(each.whole for each in arrivals)


def test_pages_and_api_stay_and_queries_go_to_the_engine(
    tmp_path: Path, engine: Server, example_release: Release
) -> None:
    put(example_release, engine)
    triples = example_release.manifest["triples"]
    with (
        serving(settings(tmp_path, example_release, engine.query, query_timeout=1)) as address,
        httpx.Client(base_url=address, timeout=60) as http,
    ):
        start = http.get("/", headers={"Accept": "application/json"})
        assert start.json()["digest"] == example_release.digest
        count = http.get("/sparql", params={"query": COUNT, "format": "csv"})
        assert count.text == f"n\r\n{triples}\r\n"
        asked = http.get("/queries/terms/echo", params={"text": '" }', "format": "csv"})
        assert asked.text == 'back,next,given\r\n""" }",8,false\r\n'
        void = http.get("/.well-known/void", params={"format": "nt"}).text
        described = example_release.manifest["graphs"][METADATA]["triples"]
        assert void.count("\n") > described
        assert "sparqlEndpoint" in void
        assert http.get("/sparql", params={"query": RUNAWAY}).status_code == 504
        assert http.get("/sparql", params={"query": "SELECT"}).json()["line"] == 1
        engine.process.kill()
        engine.process.wait()
        lost = http.get("/sparql", params={"query": "SELECT (COUNT(?s) AS ?n) { ?s ?p ?o }"})
        assert lost.status_code == 502
        assert "cannot be reached" in lost.json()["detail"]
        assert engine.query not in lost.text
        assert http.get("/health/live").status_code == 200


def test_a_cut_answer_is_an_error_over_http_too(tmp_path: Path, example_release: Release) -> None:
    """An engine that knows the release, and then gives half of an answer."""
    graphs = {name: each["triples"] for name, each in example_release.manifest["graphs"].items()}
    triples = example_release.manifest["triples"]

    def rows(*values: dict[str, str]) -> bytes:
        bindings = [
            {name: {"type": "literal", "value": value} for name, value in row.items()}
            for row in values
        ]
        head = {"vars": list(values[0])}
        return json.dumps({"head": head, "results": {"bindings": bindings}}).encode()

    replies = {
        "?identifier": rows({"identifier": example_release.manifest["identifier"]}),
        "GROUP BY ?graph": rows(*({"graph": g, "triples": str(n)} for g, n in graphs.items())),
        "(COUNT(*) AS ?triples)": rows({"triples": str(triples)}),
        "(1 AS ?one)": rows(*({"one": "1"} for _ in range(triples))),
    }
    graph = b"".join(b"<http://e/%d> <http://e/p> 'o' .\n" % n for n in range(triples))

    def reply(query: str) -> bytes:
        if "CONSTRUCT" in query:
            return response(graph.replace(b"'", b'"'), "application/n-triples")
        known = next((each for text, each in replies.items() if text in query), None)
        half = rows(*({"x": str(n)} for n in range(9)))[:-40]
        return response(known or half)

    with (
        scripted(lambda asked: reply(asked.form["query"][0])) as engine,
        serving(settings(tmp_path, example_release, engine.url)) as address,
    ):
        answer = httpx.get(f"{address}/sparql", params={"query": "SELECT ?x { ?x ?y ?z }"})
        assert answer.status_code == 502
        assert "cut or cannot be read" in answer.json()["detail"]


def test_a_release_copied_to_another_folder_serves_on_its_own(
    tmp_path: Path, example_release: Release
) -> None:
    """What a replica is: the folder of the releases, and the queries."""
    write_queries(tmp_path)
    replica = Path(
        shutil.copytree(example_release.path.parent, tmp_path / "releases", symlinks=True)
    )
    with serving(Settings(root=tmp_path, releases=replica)) as address:
        count = httpx.get(f"{address}/sparql", params={"query": COUNT, "format": "csv"})
        assert count.text == f"n\r\n{example_release.manifest['triples']}\r\n"
