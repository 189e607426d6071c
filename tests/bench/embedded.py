# SPDX-License-Identifier: EUPL-1.2
"""The same engine without a server: pyoxigraph in a process that can be stopped.

``python -m tests.bench.embedded STORE`` is that process: it reads a case a line, as JSON, and
writes what it took, after an empty line when it is ready. The time is that of the query and of
writing its answer, as a server does.
"""

import gc
import json
import resource
import select
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Final, Self

import psutil
import pyoxigraph as ox

from guidance_graph.engine.worker.rows import RowCounter
from tests.bench.cases import Case
from tests.bench.client import NoAnswerError

_CHECKOUT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Taken:
    """What an answer took, in seconds, and its size in bytes and rows."""

    seconds: float
    size: int
    rows: int


class Embedded:
    """A store asked directly, in a process of its own."""

    def __init__(self, store: Path, timeout: float = 600.0) -> None:
        """Take what is needed; the process is started by the first query.

        Args:
            store: the folder of the store.
            timeout: seconds a query may take before its process is killed.
        """
        self._store = store
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, case: Case) -> Taken:
        """Answer a query.

        Raises:
            NoAnswerError: it took too long, or failed.
        """
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asdict(case)).encode() + b"\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], self._timeout)
        line = process.stdout.readline() if ready else b""
        if not line:
            self.close()
            raise NoAnswerError(f"{case.name}: " + ("the process ended" if ready else "timed out"))
        taken = json.loads(line)
        if "error" in taken:
            raise NoAnswerError(f"{case.name}: {taken['error']}")
        return Taken(**taken)

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(self._store)],
            cwd=_CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline():  # its start is not the time of a query
            self.close()
            raise NoAnswerError(f"{self._store}: the process did not start")
        return self._process

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def answered(store: ox.Store, case: Case) -> Taken:
    """Answer a query here, and say what it took."""
    start = perf_counter()
    result = store.query(case.text)
    if isinstance(result, ox.QueryTriples):
        body = ox.serialize(result, format=ox.RdfFormat.N_TRIPLES) or b""
    else:
        body = result.serialize(format=ox.QueryResultsFormat.JSON) or b""
    seconds = perf_counter() - start
    return Taken(seconds, len(body), _rows(result, body))


def _rows(result: object, body: bytes) -> int:
    """Return the rows of an answer that may be too large to be read as JSON."""
    if isinstance(result, ox.QueryTriples):
        return body.count(b"\n")
    if isinstance(result, ox.QueryBoolean):
        return 1
    counter = RowCounter("json")
    counter.feed(body)
    return counter.rows


def main(path: str) -> None:
    """Answer the cases that come in."""
    most = psutil.virtual_memory().total // 2
    resource.setrlimit(resource.RLIMIT_AS, (most, most))  # it ends before the machine is full
    store = ox.Store.read_only(path)
    gc.disable()
    sys.stdout.write("\n")
    sys.stdout.flush()
    for line in sys.stdin:
        try:
            said = asdict(answered(store, Case(**json.loads(line))))
        except (SyntaxError, ValueError, RuntimeError, OSError) as error:
            said = {"error": str(error)}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
