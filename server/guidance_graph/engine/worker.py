# SPDX-License-Identifier: EUPL-1.2
"""A worker process: reads queries at its standard input, writes answers to its standard output.

``python -m guidance_graph.engine.worker STORE MEMORY``, started by ``engine.pool``. It answers one
query after another until its input ends. A query that must be stopped is stopped by killing it.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

from guidance_graph.engine import walls
from guidance_graph.engine.frames import HEADER, Frame, Kind, Request
from guidance_graph.engine.oxigraph import Store
from guidance_graph.terms.errors import (
    GuidanceGraphError,
    QueryMemoryError,
    QuerySyntaxError,
)


def main(store_path: str, memory: str) -> None:
    """Open the store, put up the walls, and answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = _streams()
    try:
        store = Store.open(Path(store_path))
    except GuidanceGraphError as error:
        _write(target, Frame.of(Kind.ERROR, _described(error)))
        return
    walls.leave_the_processor_to_the_server()
    space = walls.AddressSpace()
    walls.no_more_files()
    space.allow(int(memory))
    worn = space.size + int(memory) // 2
    _write(target, Frame(Kind.READY))
    with contextlib.suppress(BrokenPipeError):  # the pool is gone: nobody is left to tell
        while (request := _read(source)) is not None:
            kind, content = _answer(store, request, target)
            content["worn"] = space.size > worn
            _write(target, Frame.of(kind, content))


def _answer(store: Store, request: Request, target: BinaryIO) -> tuple[Kind, dict[str, Any]]:
    """Answer one query; return what its last frame says."""
    walls.no_longer_than(request.timeout)
    start = time.monotonic()
    try:
        size, rows = store.answer(request, lambda chunk: _write(target, Frame(Kind.DATA, chunk)))
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


def _read(source: BinaryIO) -> Request | None:
    """Return the next request, or None where there will be none."""
    header = source.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, length = HEADER.unpack(header)
    return Request.from_frame(Frame(Kind(kind), source.read(length)))


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
