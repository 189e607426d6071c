# SPDX-License-Identifier: EUPL-1.2
"""``guidance-graph`` as a process group of its own, as a terminal or a service manager runs it."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from guidance_graph.build.release import Release

#: Seconds after which something that does not come hangs.
HANG = 60.0
COMMAND = (sys.executable, "-c", "from guidance_graph.cli import main; main()")


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not after {HANG:g} s"
        time.sleep(0.02)


def environment(root: Path, releases: Path, **settings: object) -> dict[str, str]:
    """The environment of a process, with some settings."""
    ours = {"ROOT": root, "RELEASES": releases, "LOG_FORMAT": "json", **settings}
    others = {name: value for name, value in os.environ.items() if "GUIDANCE_GRAPH" not in name}
    return others | {f"GUIDANCE_GRAPH_{name.upper()}": str(value) for name, value in ours.items()}


def place_release(release: Release, releases: Path) -> Path:
    """Copy a release into another folder of releases, and make it the current one there."""
    releases.mkdir(parents=True, exist_ok=True)
    path = Path(shutil.copytree(release.path, releases / release.path.name))
    make_current(path)
    return path


def make_current(path: Path) -> None:
    """Have the link lead to a release, in one step."""
    link = path.parent / "next"
    link.symlink_to(path.name)
    link.rename(path.parent / "current")


def living(process: psutil.Process) -> bool:
    """Whether a process has not ended; who must fetch its status is another matter."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until_ended(processes: list[psutil.Process]) -> None:
    """Wait until all of them have ended."""
    until(lambda: not any(map(living, processes)), "the end of all processes")


@dataclass(frozen=True)
class Program:
    """A server that runs.

    Attributes:
        address: where, without a slash at its end.
        process: the server itself.
        printed: what it has said before it took requests.
        log: the file of its standard error.
    """

    address: str
    process: "subprocess.Popen[str]"
    printed: str
    log: Path

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.address.rpartition(":")[2])

    def children(self) -> list[psutil.Process]:
        """Every process that it has started, and these have started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def fork_server(self) -> psutil.Process:
        """The process that forks workers."""
        (process,) = psutil.Process(self.process.pid).children()
        return process

    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return self.fork_server().children()

    def running(self) -> int:
        """How many queries are running, as the server tells."""
        told = httpx.get(f"{self.address}/metrics", timeout=HANG).text
        found = re.findall(r"^guidance_graph_queries_running\{.*\} (\d+)", told, re.MULTILINE)
        assert found, told
        return sum(map(int, found))

    def end_group(self, number: int) -> None:
        """Send a signal to it and all it has started, as Ctrl+C in a terminal does."""
        os.killpg(self.process.pid, number)

    def trouble(self) -> str:
        """What its log tells of errors nobody thought of."""
        text = self.log.read_text(errors="replace")
        return text if "Traceback" in text or "exception" in text else ""


@contextlib.contextmanager
def serving_program(variables: dict[str, str], log: Path, port: int = 0) -> Iterator[Program]:
    """``guidance-graph serve``, ready to answer; nothing of it is left at the end."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=variables | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    assert process.stdout is not None
    printed = ""
    try:
        while "curl" not in printed:
            line = process.stdout.readline()
            assert line, f"{printed}{log.read_text(errors='replace')}"
            printed += line
        found = re.search(r"http://\S+:\d+", printed)
        assert found is not None, printed
        program = Program(found[0], process, printed, log)
        until(lambda: _ready(program), "a server that is ready")
        yield program
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def _ready(program: Program) -> bool:
    assert program.process.poll() is None, program.log.read_text(errors="replace")
    try:
        return httpx.get(f"{program.address}/health/ready").status_code == 200
    except httpx.TransportError:
        return False
