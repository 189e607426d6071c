# SPDX-License-Identifier: EUPL-1.2
"""A worker: reads queries, writes answers, one after another until nobody asks any more.

It is a process that ``forkserver`` has forked. A query that must be stopped is stopped by
killing it.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Protocol

from guidance_graph.engine.text.service import refuse_service
from guidance_graph.engine.worker import walls
from guidance_graph.engine.worker.frames import (
    CHUNK,
    Frame,
    Kind,
    Request,
    Sink,
    read_frame,
    write_frames,
)
from guidance_graph.engine.worker.seccomp import no_more_sockets
from guidance_graph.terms.errors import (
    GuidanceGraphError,
    QueryMemoryError,
    QuerySyntaxError,
    ReleaseError,
)


class Answers(Protocol):
    """What a worker asks: a store, or an endpoint elsewhere."""

    def answer(self, request: Request, send: Callable[[bytes], None]) -> tuple[int, int]:
        """Answer a query, handing on its bytes; return how many bytes and rows they were.

        Raises:
            GuidanceGraphError: the query cannot be answered, or its answer is too large.
        """
        ...


#: Files of a store that RocksDB opens when it opens the store.
OPENED_AT_ONCE: Final = 16


@dataclass(frozen=True)
class Way:
    """How a worker reaches what it asks, and what it needs then.

    Attributes:
        reach: opens it.
        sockets: whether answering needs new sockets.
        files: files that answering may open; past some a store on disk opens its own when they are
            first read.
    """

    reach: Callable[[], Answers]
    sockets: bool = False
    files: int = 0


def work(way: Way, memory: int, source: BinaryIO, target: Sink) -> None:
    """Reach what is asked, put up the walls, and answer.

    Args:
        way: how.
        memory: bytes that answering may take.
        source: where requests are read.
        target: where answers are written; it takes no more than it can at a time.
    """
    denied = way.sockets or no_more_sockets()  # before a store starts threads
    try:
        if way.files > OPENED_AT_ONCE and not denied:
            raise ReleaseError(
                f"the store has {way.files} files to be opened as they are read, and here a process"
                " that may do that cannot be denied sockets; hold the release in memory"
                " (memory_triples), or have another engine answer (backend)"
            )
        asked = way.reach()
    except GuidanceGraphError as error:
        write_frames(target, Frame.of(Kind.ERROR, described(error)))
        return
    space = walls.AddressSpace()
    if not way.sockets:
        walls.no_more_files(but=way.files if denied else 0)
    space.allow(memory)
    worn = space.size + memory // 2
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # nobody is left to tell
        write_frames(target, Frame(Kind.READY))
        while (frame := read_frame(source)) is not None:
            gathered = _Gathered(target)
            kind, content = _answer(asked, Request.from_frame(frame), gathered)
            content |= {"worn": space.size > worn, "processor": time.process_time()}
            gathered.end(Frame.of(kind, content))


class _Gathered:
    """The bytes of an answer on their way: they go in frames of some size, the last with its end.

    Each frame is worth a turn of the server's loop, and most answers are short.
    """

    def __init__(self, target: Sink) -> None:
        self._target = target
        self._chunks: list[bytes] = []
        self._size = 0

    def take(self, chunk: bytes) -> None:
        """Take some bytes, and send what there is if it is enough."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size >= CHUNK:
            write_frames(self._target, self._frame())

    def end(self, last: Frame) -> None:
        """Send what there is, and the frame that says how the answer ended."""
        if self._chunks and last.kind is Kind.END:
            write_frames(self._target, self._frame(), last)
        else:
            write_frames(self._target, last)

    def _frame(self) -> Frame:
        frame = Frame(Kind.DATA, b"".join(self._chunks))
        self._chunks.clear()
        self._size = 0
        return frame


def _answer(asked: Answers, request: Request, gathered: _Gathered) -> tuple[Kind, dict[str, Any]]:
    """Answer one query; return what its last frame says."""
    walls.no_longer_than(request.timeout)
    start = time.monotonic()
    try:
        if not request.checked:
            refuse_service(request.text)
        size, rows = asked.answer(request, gathered.take)
    except GuidanceGraphError as error:
        return Kind.ERROR, described(error)
    except MemoryError:
        return Kind.ERROR, described(QueryMemoryError("the query reached its memory limit"))
    finally:
        walls.no_longer_than(0)
    return Kind.END, {"seconds": time.monotonic() - start, "size": size, "rows": rows}


def described(error: GuidanceGraphError) -> dict[str, Any]:
    """Return what an ``ERROR`` frame says of an error."""
    described: dict[str, Any] = {"error": type(error).__name__, "reason": str(error)}
    if isinstance(error, QuerySyntaxError):
        described |= {"reason": error.reason, "line": error.line, "column": error.column}
    return described
