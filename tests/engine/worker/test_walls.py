# SPDX-License-Identifier: EUPL-1.2
"""The walls that hold even where a query gets past the first one."""

import asyncio
import contextlib
import io
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pyoxigraph as ox
import pytest

from guidance_graph.engine.pool.forking import ForkServer
from guidance_graph.engine.worker.frames import ORDER, Frame, Kind, Order, Request, read_frame
from guidance_graph.engine.worker.worker import OPENED_AT_ONCE

REQUEST = Request(
    text="",
    format="json",
    default_graphs=None,
    named_graphs=None,
    timeout=60,
    size=10_000_000,
    rows=10_000,
)


@contextlib.contextmanager
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def was_reached(server: socket.socket) -> bool:
    try:
        connection, _ = server.accept()
    except BlockingIOError:
        return False
    connection.close()
    return True


def service_query(server: socket.socket, host: str = "127.0.0.1", word: str = "SERVICE") -> str:
    port = server.getsockname()[1]
    return f"SELECT * {{ {word} <http://{host}:{port}/sparql> {{ ?s ?p ?o }} }}"


async def ask(store_path: Path, *texts: str) -> list[Frame]:
    """Ask a worker directly, past every wall of the pool; return the last frame of each answer."""
    server = ForkServer(store_path, 256 << 20)
    last = []
    try:
        worker = await server.fork()
        for text in texts:
            worker.begin(replace(REQUEST, text=text).frame())
            while (frame := await worker.receive()).kind is Kind.DATA:
                pass
            last.append(frame)
    finally:
        await server.stop()
    return last


def test_the_engine_without_walls_would_reach_another_endpoint() -> None:
    with listener() as server:
        program = f"import pyoxigraph as ox; ox.Store().query({service_query(server)!r})"
        process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
        server.setblocking(True)
        server.settimeout(60)
        connection, _ = server.accept()
        connection.close()
        process.kill()
        process.wait()


@pytest.mark.parametrize("word", ["SERVICE", "SERVICE SILENT"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_worker_reaches_no_other_endpoint_and_goes_on_answering(
    store_path: Path, host: str, word: str
) -> None:
    with listener() as server:
        text = service_query(server, host, word)
        refused, after = asyncio.run(ask(store_path, text, "SELECT * { ?s ?p ?o }"))
        assert not was_reached(server)
    if word == "SERVICE":
        assert refused.kind is Kind.ERROR
        assert refused.content["error"] == "QueryRefusedError"
    assert after.kind is Kind.END
    assert after.content["rows"] == 800


def test_a_worker_reads_all_of_its_store_with_no_file_left_to_open(store_path: Path) -> None:
    union = "SELECT ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } ORDER BY ?o"
    answers = asyncio.run(ask(store_path, union, union))
    assert [answer.content["rows"] for answer in answers] == [1600, 1600]


def test_a_worker_reads_a_store_of_more_files_than_are_opened_at_once(tmp_path: Path) -> None:
    """RocksDB opens sixteen at the start, and each of the others when it is first read."""
    store, loads, size = ox.Store(str(tmp_path)), 3, 50  # a fourth load would be merged with them
    for load in range(loads):
        triples = [f"<e:{load}-{n}> <http://e/p{load}> <e:{n}>" for n in range(size)]
        content = "".join(f"{each} .\n{each} <http://e/g{load}> .\n" for each in triples)
        store.bulk_load(content.encode(), format=ox.RdfFormat.N_QUADS)
    del store
    assert len(list(tmp_path.glob("*.sst"))) > 16
    of_a_load = [f"{{ ?s <http://e/p{load}> ?o }}" for load in range(loads)]
    of_all = [f"{{ ?s ?p <e:{each}> }}" for each in range(size)]
    groups = [*of_a_load, *of_all, *(f"{{ GRAPH ?g {each} }}" for each in (*of_a_load, *of_all))]
    texts = [f"SELECT * {each}" for each in groups]
    answers = asyncio.run(ask(tmp_path, "SELECT * { { ?s ?p ?o } }", *texts))
    assert {answer.kind for answer in answers} == {Kind.END}
    rows = [answer.content["rows"] for answer in answers]
    assert rows == [loads * size] + ([size] * loads + [loads] * size) * 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux filters system calls")
def test_a_process_can_open_files_and_no_socket_once_its_calls_are_filtered() -> None:
    program = """
import os, socket, threading
from guidance_graph.engine.worker.seccomp import no_more_sockets
if not no_more_sockets():
    raise SystemExit("not on this processor")
def attempt():
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):
        try:
            socket.socket(family, socket.SOCK_DGRAM)
        except PermissionError:
            continue
        print("a socket could be opened", flush=True)
attempt()
thread = threading.Thread(target=attempt)
thread.start()
thread.join()
if os.fork() == 0:
    attempt()
    os._exit(0)
os.wait()
open(os.devnull).close()
print("shut")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    if "not on this processor" in done.stderr:
        pytest.skip(done.stderr)
    assert (done.stdout, done.stderr) == ("shut\n", "")


@pytest.mark.parametrize("files", [OPENED_AT_ONCE, OPENED_AT_ONCE + 1])
def test_where_sockets_cannot_be_denied_no_store_is_read_that_opens_files_later(files: int) -> None:
    program = f"""
import io, sys
from guidance_graph.engine.worker import worker
worker.no_more_sockets = lambda: False
worker.work(worker.Way(lambda: None, files={files}), 1 << 30, io.BytesIO(), sys.stdout.buffer)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    frame = read_frame(io.BytesIO(done.stdout))
    assert frame is not None
    if files > OPENED_AT_ONCE:
        assert frame.content["error"] == "ReleaseError"
        assert f"{files} files" in frame.content["reason"]
    else:
        assert frame == Frame(Kind.READY)


def test_a_process_can_open_nothing_once_the_wall_is_up() -> None:
    program = """
import os, socket
from guidance_graph.engine.worker import walls
kept = os.open(os.devnull, os.O_RDONLY)
high = os.dup2(kept, 60)
walls.no_more_files()
for attempt in (socket.socket, lambda: open(os.devnull), lambda: os.dup(kept), os.pipe):
    try:
        attempt()
    except OSError:
        continue
    raise SystemExit("something could be opened")
print("shut")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("shut\n", "")


def test_a_worker_left_alone_by_its_pool_ends_itself() -> None:
    program = """
import signal, time
from guidance_graph.engine.worker import walls
walls._GRACE = 0
walls.no_longer_than(0.05)
time.sleep(60)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -14


def test_workers_end_when_their_server_is_gone(store_path: Path) -> None:
    """Killed, it can tell nobody."""
    program = f"""
import asyncio, os, signal
from pathlib import Path
from guidance_graph.engine.pool.forking import ForkServer

async def main():
    server = ForkServer(Path({str(store_path)!r}), 256 << 20)
    print((await server.fork()).pid, (await server.fork()).pid, server.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (-9, "")
    processes = [int(number) for number in done.stdout.split()]
    assert len(processes) == 3
    deadline = time.monotonic() + 60
    while any(psutil.pid_exists(process) for process in processes):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_the_memory_limit_is_what_is_in_use_and_the_bytes_allowed() -> None:
    program = """
from guidance_graph.engine.worker import walls
space = walls.AddressSpace()
space.allow(64 << 20)
bytearray(16 << 20)
try:
    bytearray(96 << 20)
except MemoryError:
    print("limited")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("limited\n", "")


def test_a_worker_that_asks_an_engine_can_reach_nothing_while_it_reads_a_query() -> None:
    """The one connection is made after the wall is gone."""
    with listener() as server:
        program = f"""
import socket
from guidance_graph.engine.worker import walls
from guidance_graph.engine.worker.frames import Request
from guidance_graph.engine.worker.oxigraph import check_syntax
from guidance_graph.terms.errors import QueryRefusedError
text = {service_query(server)!r}.replace("SELECT *", "ASK")
request = Request(text, "json", None, None, 1.0, 1, 1)
with walls.no_new_files():
    try:
        check_syntax(request)
    except QueryRefusedError:
        print("refused")
socket.create_connection({server.getsockname()!r}).close()
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        assert (done.stdout, done.stderr) == ("refused\n", "")
        assert was_reached(server)
        assert not was_reached(server)


def test_a_workbook_with_all_that_there_may_be_in_it_needs_no_file() -> None:
    program = """
from guidance_graph.engine.worker import walls
from guidance_graph.engine.worker.workbook import XSD, workbook_of_solutions
walls.no_more_files()
texts = ["é" * 20_000, "_x0000_ <&>", " ", "<r>x</r>"]
typed = {"integer": "1", "boolean": "true", "date": "2024-02-29", "dateTime": "2024-02-29T00:00:00"}
row = [None, *((text, None) for text in texts), *((typed[name], XSD + name) for name in typed)]
print(workbook_of_solutions([f"x{number}" for number in range(9)], [row])[:2])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("b'PK'\n", "")


def test_workers_end_where_the_server_had_not_read_all_that_it_was_told(store_path: Path) -> None:
    """Its end is then no end of the orders but an error in reading them."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "guidance_graph.engine.worker.forkserver", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
        )
    told = {"path": str(store_path), "memory": 256 << 20}
    ours.sendall(bytes(Frame.of(Kind.SOURCE, told)))
    answers = ours.makefile("rb")
    assert read_frame(answers) == Frame(Kind.READY)
    mine, workers = socket.socketpair()
    with workers:
        socket.send_fds(ours, [ORDER.pack(Order.FORK, 0)], [workers.fileno()])
    frame = read_frame(mine.makefile("rb"))  # the worker is there, and FORKED not read
    assert frame == Frame(Kind.READY)
    (worker,) = psutil.Process(process.pid).children()
    answers.close()
    ours.close()
    assert process.wait(60) == 0
    assert not worker.is_running()
    mine.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no environment is told")
@pytest.mark.parametrize(
    ("set_already", "told"),
    [
        (None, {"glibc.malloc.hugetlb=1", "glibc.malloc.tcache_count=1000"}),
        ("glibc.malloc.check=0", {"glibc.malloc.check=0"}),
    ],
)
def test_the_graph_is_held_as_is_fast_unless_the_operator_says_otherwise(
    store_path: Path, monkeypatch: pytest.MonkeyPatch, set_already: str | None, told: set[str]
) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    if set_already is not None:
        monkeypatch.setenv("GLIBC_TUNABLES", set_already)

    async def environment() -> str:
        server = ForkServer(store_path, 256 << 20)
        try:
            await server.fork()
            return Path(f"/proc/{server.pid}/environ").read_text(errors="replace")
        finally:
            await server.stop()

    # the system's library takes the list apart where it stands
    found = re.findall(r"glibc\.[\w.]+=\w+", asyncio.run(environment()))
    assert set(found) == told
