# SPDX-License-Identifier: EUPL-1.2
"""Virtuoso, which makes its own of much: Debian has it as ``virtuoso-opensource-7-bin``."""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from guidance_graph.build.release import Release
from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.backend.graph_store import GraphStore
from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.formats import JSON, N_TRIPLES
from guidance_graph.engine.publication import DEFAULT, Arrival, publish
from guidance_graph.engine.remote import confirm
from guidance_graph.terms.errors import BackendError, ResultTooLargeError
from guidance_graph.terms.namespaces import UNION
from tests.backends import free_port, wait_for
from tests.engine.conftest import PATIENT

VIRTUOSO = shutil.which("virtuoso-t")
CONFIGURATION = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
NumberOfBuffers = 4000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 4
[SPARQL]
ResultSetMaxRows = {rows}
"""

pytestmark = pytest.mark.skipif(VIRTUOSO is None, reason="Virtuoso is not installed")


@contextlib.contextmanager
def virtuoso(folder: Path, rows: int) -> Iterator[tuple[Backend, Backend]]:
    """Virtuoso with a limit on rows: where it takes graphs, and where queries."""
    port = free_port()
    settings = folder / "virtuoso.ini"
    settings.write_text(CONFIGURATION.format(folder=folder, sql=free_port(), http=port, rows=rows))
    with subprocess.Popen(
        [str(VIRTUOSO), "-f", "-c", str(settings)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/sparql", process)
            base = f"http://127.0.0.1:{port}"
            yield (
                Backend(f"{base}/sparql-graph-crud-auth", "dba", "dba"),
                Backend(f"{base}/sparql", "dba", "dba"),
            )
        finally:
            process.kill()


def put(release: Release, store: Backend, endpoint: Backend) -> dict[str, Arrival]:
    return {each.graph: each for each in publish(release, store, endpoint, PATIENT)}


def test_a_release_arrives_and_is_answered_with_digest_credentials(
    tmp_path: Path, example_release: Release
) -> None:
    with virtuoso(tmp_path, rows=1_000_000) as (store, endpoint):
        arrivals = put(example_release, store, endpoint)
        assert [each for each in arrivals.values() if not each.whole] == []
        assert DEFAULT not in arrivals
        assert arrivals[UNION].found == example_release.manifest["triples"]
        confirm(endpoint, example_release.manifest, PATIENT)
        with BlockingEngine(endpoint, PATIENT) as engine:
            said = [engine.query(f"ASK {{ {s} ?p ?o }}").read() for s in ("?s", "<http://e/no>")]
            assert [json.loads(each)["boolean"] for each in said] == [True, False]
            blank = "SELECT ?s { ?s ?p ?o FILTER(ISBLANK(?s)) } LIMIT 1"
            (row,) = json.loads(engine.query(blank, answer_format=JSON).read())["results"][
                "bindings"
            ]
            assert row["s"]["type"] == "bnode"
            assert "//" not in row["s"]["value"]


def test_what_it_cuts_is_told(tmp_path: Path, example_release: Release) -> None:
    triples = example_release.manifest["triples"]
    with virtuoso(tmp_path, rows=triples // 2) as (store, endpoint):
        arrivals = put(example_release, store, endpoint)
        assert arrivals[UNION].state == "not whole"
        with BlockingEngine(endpoint, PATIENT) as engine:
            with pytest.raises(ResultTooLargeError, match="rows at most"):
                engine.query("SELECT * { ?s ?p ?o }").read()
            silent = engine.query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", answer_format=N_TRIPLES)
            assert silent.read().count(b"\n") <= triples // 2 + 1
        with pytest.raises(BackendError, match="raise its limit on answers"):
            confirm(endpoint, example_release.manifest, PATIENT)


def test_its_store_refuses_whoever_has_no_password(tmp_path: Path) -> None:
    with (
        virtuoso(tmp_path, rows=100) as (store, _),
        GraphStore(Backend(store.url, "dba", "wrong")) as graphs,
        pytest.raises(BackendError, match="does not PUT http://e/g: 401"),
    ):
        graphs.put("http://e/g", b"<http://e/s> <http://e/p> 1 .\n")
