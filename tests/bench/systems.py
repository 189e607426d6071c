# SPDX-License-Identifier: EUPL-1.2
"""What is measured: our endpoint, the Oxigraph server, and peers by their address."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from tests.bench.cases import Case
from tests.bench.client import DIRECT, FORM, Client, NoAnswerError
from tests.bench.releases import Graph

EMBEDDED: Final = "in process"
FIRST: Final = "first answers"
REPEATED: Final = "repeated answers"
OXIGRAPH: Final = "oxigraph server"

_PROGRAM: Final = Path(sys.executable).with_name("guidance-graph")
_OXIGRAPH: Final = Path(sys.executable).with_name("oxigraph")
_PREFIX: Final = "GUIDANCE_GRAPH_"
#: One client sends all that is sent here, and 64 at once are no attack; these limits cost no time.
_WIDE: Final = {"CLIENT_QUERIES": "1000", "QUEUE_LENGTH": "1000", "QUEUE_WAIT": "60"}
_NO_CACHE: Final = {"CACHE_SIZE": "0"}
_PATIENCE: Final = 120.0
_PAUSE: Final = 0.002


class NoServerError(Exception):
    """A server that does not start."""


@dataclass(frozen=True)
class System:
    """Something that answers queries over HTTP.

    Attributes:
        name: what it is called in the figures.
        url: where it takes queries.
        body_type: how queries are sent to it.
        process: its number, where it was started here.
        started: seconds from its start to its first whole answer.
    """

    name: str
    url: str
    body_type: str = DIRECT
    process: int | None = None
    started: float | None = None

    def memory(self) -> int | None:
        """Return the bytes it holds, with those it shares counted by share; None for a peer."""
        if self.process is None:
            return None
        root = psutil.Process(self.process)
        total = 0
        for each in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):  # a worker may end meanwhile
                total += each.memory_full_info().pss
        return total


@contextlib.contextmanager
def endpoint(
    graph: Graph, case: Case, *, cache: bool, limits: Mapping[str, str] | None = None
) -> Iterator[System]:
    """Our server on a release.

    Args:
        graph: the release.
        case: the query whose answer ends the start.
        cache: whether answers are kept.
        limits: further settings, without their prefix.

    Raises:
        NoServerError: it does not start, or serves another release.
    """
    port = _free_port()
    settings = {
        "ROOT": str(graph.settings.root),
        "RELEASES": str(graph.settings.releases),
        **_WIDE,
        **({} if cache else _NO_CACHE),
        **(limits or {}),
    }
    environment = {name: value for name, value in os.environ.items() if not _ours(name)}
    environment |= {f"{_PREFIX}{name}": value for name, value in settings.items()}
    command = [str(_PROGRAM), "serve", "--port", str(port)]
    name, url = REPEATED if cache else FIRST, f"http://127.0.0.1:{port}/sparql"
    with _running(name, command, url, case, environment) as system:
        current = (graph.settings.releases / "current").resolve()
        if current != graph.release.path.resolve():
            raise NoServerError("the server built another release; was the program changed?")
        yield system


def _ours(name: str) -> bool:
    return name.upper().startswith(_PREFIX)


@contextlib.contextmanager
def oxigraph(store: Path, case: Case) -> Iterator[System]:
    """The Oxigraph server on a copy of a store.

    Raises:
        NoServerError: it does not start.
    """
    with tempfile.TemporaryDirectory(dir=store.parents[2]) as folder:
        copy = shutil.copytree(store, Path(folder) / "store")
        address = f"127.0.0.1:{_free_port()}"
        command = [str(_OXIGRAPH), "serve-read-only", "--location", str(copy), "--bind", address]
        with _running(OXIGRAPH, command, f"http://{address}/query", case, os.environ) as system:
            yield system


def peer(name: str, url: str, case: Case) -> System:
    """A peer by its address; queries are sent in a form where it takes them in no other way.

    Raises:
        NoServerError: it answers neither.
    """
    errors = []
    for body_type in (DIRECT, FORM):
        try:
            with Client(url, body_type) as client:
                client.ask(case)
        except NoAnswerError as error:
            errors.append(str(error))
        else:
            return System(name, url, body_type)
    raise NoServerError(f"{name} does not answer at {url}: {'; '.join(errors)}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def _running(
    name: str, command: Sequence[str], url: str, case: Case, environment: Mapping[str, str]
) -> Iterator[System]:
    """Start a server, wait for its first whole answer, and end it."""
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            started = _first_answer(process, url, case, start)
            if started is None:
                log.seek(0)
                said = log.read()[-2000:].decode(errors="replace")
                raise NoServerError(f"{name} did not start: {said}")
            yield System(name, url, DIRECT, process.pid, started)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _first_answer(
    process: "subprocess.Popen[bytes]", url: str, case: Case, start: float
) -> float | None:
    """Return the seconds to the first whole answer; None where there is none."""
    while process.poll() is None and time.perf_counter() - start < _PATIENCE:
        try:
            with Client(url) as client:
                client.ask(case)
        except NoAnswerError:
            time.sleep(_PAUSE)
        else:
            return time.perf_counter() - start
    return None
