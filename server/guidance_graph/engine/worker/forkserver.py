# SPDX-License-Identifier: EUPL-1.2
"""A process with one thread that forks workers: ``python -m …engine.worker.forkserver N``.

``N`` is the number of a socket. The first frame that comes there says what the workers ask. After
that each order is an ``ORDER``: to fork a worker, with the socket that it shall answer at, or to
end one. Told are the number of each worker and, later, how it ended. Where the socket is closed,
the server is gone, and all ends.

A worker that dies costs a fork, some milliseconds: this process has imported everything, and holds
the graph where it is held in memory, which its children share as long as nobody writes to it. It
must not have a second thread, whose locks a child would inherit and nobody would open; so it never
opens a store on disk, which starts threads. A worker does that for itself.
"""

import gc
import os
import selectors
import signal
import socket
import sys
from pathlib import Path
from socket import SocketIO
from typing import Any, Final

from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.worker.frames import ORDER, Frame, Kind, Order, read_frame, write_frames
from guidance_graph.engine.worker.oxigraph import Store
from guidance_graph.engine.worker.worker import Way, described, work
from guidance_graph.terms.errors import GuidanceGraphError

#: Signals that end the server in its own time; its workers go with it and not before.
_FOR_THE_SERVER: Final = (signal.SIGINT, signal.SIGTERM)


def main(number: str) -> None:
    """Fork workers until the server is gone."""
    for each in _FOR_THE_SERVER:
        signal.signal(each, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _FOR_THE_SERVER)
    control = socket.socket(fileno=int(number))
    source, target = control.makefile("rb"), control.makefile("wb", buffering=0)
    frame = read_frame(source)
    if frame is None:
        return
    try:
        way = _way_to(frame.content)
    except GuidanceGraphError as error:
        write_frames(target, Frame.of(Kind.ERROR, described(error)))
        return
    gc.freeze()
    write_frames(target, Frame(Kind.READY))
    nursery = _Nursery(control, target, way, frame.content["memory"])
    try:
        nursery.serve()
    except (BrokenPipeError, ConnectionResetError):
        pass  # the server is gone, and has not read all that it was told
    finally:
        nursery.end()


def _way_to(told: dict[str, Any]) -> Way:
    """Return how a worker reaches what it asks.

    Raises:
        ReleaseError: the graph cannot be read.
    """
    if "backend" in told:
        from guidance_graph.engine.worker.endpoint import Endpoint  # noqa: PLC0415 (an HTTP client)

        backend = Backend(**told["backend"])
        return Way(lambda: Endpoint.at(backend), sockets=True)
    if "quads" in told:
        store = Store.load(Path(told["quads"]), told["sha256"])
        return Way(lambda: store)
    path = Path(told["path"])
    return Way(lambda: Store.open(path), files=sum(1 for _ in path.glob("*.sst")))


class _Nursery:
    """The children of this process."""

    def __init__(self, control: socket.socket, target: SocketIO, way: Way, memory: int) -> None:
        self._control = control
        self._target = target
        self._way = way
        self._memory = memory
        self._children: set[int] = set()

    def serve(self) -> None:
        """Do as told, and tell of the children that have ended, until the server is gone."""
        woken, waker = os.pipe()
        for end in (woken, waker):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker)
        with selectors.DefaultSelector() as selector:
            selector.register(woken, selectors.EVENT_READ)
            selector.register(self._control, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if woken in ready:
                    os.read(woken, 512)
                    self._reap()
                if self._control in ready and not self._obey():
                    return

    def end(self) -> None:
        """End all children."""
        for process in self._children:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)

    def _obey(self) -> bool:
        """Carry out one order; return whether the server is there."""
        content, numbers, _, _ = socket.recv_fds(self._control, ORDER.size, 1)
        if len(content) < ORDER.size:
            return False
        order, process = ORDER.unpack(content)
        if order == Order.FORK:
            self._fork(numbers[0])
        elif process in self._children:
            os.kill(process, signal.SIGKILL)  # it is not reaped yet, so the number is its own
        return True

    def _fork(self, number: int) -> None:
        process = os.fork()
        if process == 0:
            self._be_a_worker(number)
        os.close(number)
        self._children.add(process)
        write_frames(self._target, Frame.of(Kind.FORKED, {"process": process}))

    def _be_a_worker(self, number: int) -> None:
        """Answer queries at a socket, and never come back."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._control.fileno())  # which must end with the fork server
            connection = socket.socket(fileno=number)
            work(
                self._way,
                self._memory,
                connection.makefile("rb"),
                connection.makefile("wb", buffering=0),
            )
            status = 0
        finally:
            os._exit(status)

    def _reap(self) -> None:
        """Tell how children ended, as far as they have."""
        for process in sorted(self._children):
            found, status = os.waitpid(process, os.WNOHANG)
            if found:
                self._children.discard(process)
                ended = {"process": process, "status": os.waitstatus_to_exitcode(status)}
                write_frames(self._target, Frame.of(Kind.ENDED, ended))


if __name__ == "__main__":
    main(sys.argv[1])
