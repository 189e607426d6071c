# SPDX-License-Identifier: EUPL-1.2
"""Engines elsewhere, for tests: the Oxigraph server, and one that says what a test tells it to."""

import contextlib
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import httpx

from guidance_graph.engine.backend.backend import Backend

OXIGRAPH = Path(sys.executable).with_name("oxigraph")


@dataclass(frozen=True)
class Server:
    """An engine that runs: where it takes queries and graphs, and its process."""

    query: str
    store: str
    process: subprocess.Popen[bytes]

    @property
    def backend(self) -> Backend:
        return Backend(self.query)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def oxigraph(*options: str) -> Iterator[Server]:
    """The Oxigraph server, empty, on a free port."""
    address = f"127.0.0.1:{free_port()}"
    with subprocess.Popen(
        [str(OXIGRAPH), "serve", "--bind", address, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(f"http://{address}/query?query=ASK%7B%7D", process)
            yield Server(f"http://{address}/query", f"http://{address}/store", process)
        finally:
            process.kill()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until something answers."""
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, "the server ended"
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)
        else:
            return


@dataclass(frozen=True)
class Asked:
    """A request that a scripted engine got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode())


@dataclass
class Scripted:
    """An engine that answers as it is told, and remembers what it was asked."""

    url: str
    reply: "Reply"
    asked: list[Asked] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    @property
    def backend(self) -> Backend:
        return Backend(self.url)


#: Says what to send back for a request: all bytes of the response; none leaves it unanswered.
Reply = Callable[[Asked], bytes]


@contextlib.contextmanager
def scripted(reply: Reply = lambda _: b"") -> Iterator[Scripted]:
    """An engine that sends these bytes, and then closes the connection."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            method, path, _ = self.rfile.readline().decode().split(" ", 2)
            headers = {}
            while (line := self.rfile.readline().strip()) != b"":
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", 0)))
            asked = Asked(method, path, headers, body)
            engine.asked.append(asked)
            if content := engine.reply(asked):
                with contextlib.suppress(OSError):  # a client may have had enough
                    self.wfile.write(content)
            else:
                self.rfile.read(1)  # until the client closes the connection
                engine.left.set()

    class Engine(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Engine(("127.0.0.1", 0), Handler) as server:
        engine = Scripted(f"http://127.0.0.1:{server.server_address[1]}/sparql", reply)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield engine
        finally:
            server.shutdown()
            thread.join()


def response(
    body: bytes,
    media_type: str = "application/sparql-results+json",
    status: str = "200 OK",
    **headers: str,
) -> bytes:
    """A whole response; ``Content_Length="9"`` says another length, and an empty one none."""
    named = {"Content-Type": media_type, "Content-Length": str(len(body))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in named.items() if value]
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, "Connection: close", "", ""])
    return head.encode() + body
