# SPDX-License-Identifier: EUPL-1.2
"""A worker process: reads queries at its standard input, writes answers to its standard output.

``python -m guidance_graph.engine.worker STORE MEMORY`` or, for an engine elsewhere,
``python -m guidance_graph.engine.endpoint MEMORY``, started by ``engine.process``. It answers one
query after another until its input ends. A query that must be stopped is stopped by killing it.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from guidance_graph.engine import walls
from guidance_graph.engine.frames import HEADER, Frame, Kind, Request
from guidance_graph.engine.oxigraph import Store
from guidance_graph.terms.errors import (
    GuidanceGraphError,
    QueryMemoryError,
    QuerySyntaxError,
)


class Answers(Protocol):
    """What a worker asks: a store, or an endpoint elsewhere."""

    def answer(self, request: Request, send: Callable[[bytes], None]) -> tuple[int, int]:
        """Answer a query, handing on its bytes; return how many bytes and rows they were.

        Raises:
            GuidanceGraphError: the query cannot be answered, or its answer is too large.
        """
        ...


def main(store_path: str, memory: str) -> None:
    """Answer from a store."""
    work(lambda _: Store.open(Path(store_path)), int(memory), alone=True)


def work(reach: Callable[[BinaryIO], Answers], memory: int, *, alone: bool) -> None:
    """Reach what is asked, put up the walls, and answer.

    Args:
        reach: opens what is asked; it may read frames that come before the requests.
        memory: bytes that answering may take.
        alone: whether answering needs neither files nor sockets beyond those that are open.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = _streams()
    try:
        asked = reach(source)
    except GuidanceGraphError as error:
        _write(target, Frame.of(Kind.ERROR, _described(error)))
        return
    walls.leave_the_processor_to_the_server()
    space = walls.AddressSpace()
    if alone:
        walls.no_more_files()
    space.allow(memory)
    worn = space.size + memory // 2
    _write(target, Frame(Kind.READY))
    with contextlib.suppress(BrokenPipeError):  # the pool is gone: nobody is left to tell
        while (frame := read_frame(source)) is not None:
            kind, content = _answer(asked, Request.from_frame(frame), target)
            content["worn"] = space.size > worn
            _write(target, Frame.of(kind, content))


def _answer(asked: Answers, request: Request, target: BinaryIO) -> tuple[Kind, dict[str, Any]]:
    """Answer one query; return what its last frame says."""
    walls.no_longer_than(request.timeout)
    start = time.monotonic()
    try:
        size, rows = asked.answer(request, lambda chunk: _write(target, Frame(Kind.DATA, chunk)))
    except GuidanceGraphError as error:
        return Kind.ERROR, _described(error)
    except MemoryError:
        return Kind.ERROR, _described(QueryMemoryError("the query reached its memory limit"))
    finally:
        walls.no_longer_than(0)
    return Kind.END, {"seconds": time.monotonic() - start, "size": size, "rows": rows}


def _streams() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output for the frames, so that nothing else can write among them."""
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return source, target


def read_frame(source: BinaryIO) -> Frame | None:
    """Return the next frame, or None where there will be none."""
    header = source.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, length = HEADER.unpack(header)
    return Frame(Kind(kind), source.read(length))


def _write(target: BinaryIO, frame: Frame) -> None:
    rest = memoryview(bytes(frame))
    while rest:
        rest = rest[target.write(rest) :]


def _described(error: GuidanceGraphError) -> dict[str, Any]:
    described: dict[str, Any] = {"error": type(error).__name__, "reason": str(error)}
    if isinstance(error, QuerySyntaxError):
        described |= {"reason": error.reason, "line": error.line, "column": error.column}
    return described


if __name__ == "__main__":
    main(*sys.argv[1:])
