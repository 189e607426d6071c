# SPDX-License-Identifier: EUPL-1.2
"""The log of the server: every logger of the process into one stream, a line an event.

What the server, uvicorn and asyncio say goes through the ``logging`` of the standard library, and
is written by structlog: as JSON, or for the eye.
"""

import json
import logging
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from structlog.dev import ConsoleRenderer
from structlog.processors import JSONRenderer
from structlog.types import EventDict

from guidance_graph.protocol.record import RECORD
from guidance_graph.terms.settings import Settings

#: Lines that may wait for a stream that takes none; more are counted and dropped.
_MOST_LINES: Final = 10_000
#: Seconds for which lines are gathered before they are written together.
_GATHERING: Final = 0.05
_CONTROLS: Final = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\n"
}
_NO_ASCII_CONTROLS: Final = {code: f"\\u{code:04x}" for code in (*range(127, 160), 0x2028, 0x2029)}
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=str)
#: Said by uvicorn of each answer that is broken off, as is by the line of the request; and of a
#: start that failed, after its reason.
_SAID_ALREADY: Final = frozenset(
    (
        "ASGI callable returned without completing response.",
        "Application startup failed. Exiting.",
    )
)


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Have all that this process logs written in one way.

    Args:
        settings: which way, and from which level on.
        stream: where to; standard error by default.
    """
    stream = sys.stderr if stream is None else stream
    as_json = (settings.log_format or ("console" if stream.isatty() else "json")) == "json"
    handler = Lines(stream)
    handler.setFormatter(
        _Formatter(as_json=as_json, colours=stream.isatty(), values=settings.log_queries)
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        if isinstance(old, Lines):
            old.close()
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper())
    logging.captureWarnings(capture=True)
    # told in no line, and looked up for each
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.getLogger("uvicorn.error").addFilter(_not_said_already)


class Lines(logging.Handler):
    """Writes lines from a thread of its own, so that a slow stream holds up no request.

    Lines of some hundredths of a second are written together. Where the stream takes none, they
    wait, up to a bound; then they are dropped, and their number is told.
    """

    def __init__(self, stream: TextIO, most: int = _MOST_LINES) -> None:
        super().__init__()
        self._stream = stream
        self._most = most
        self._waiting: deque[str] = deque()
        self._lost = 0
        self._wake = threading.Event()
        self._writing = threading.Lock()
        self._over = False
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 (a line that cannot be written fails no request)
            self.handleError(record)
            return
        if len(self._waiting) >= self._most:
            self._lost += 1
            return
        self._waiting.append(line)
        if not self._wake.is_set():
            self._wake.set()

    def flush(self) -> None:
        """Write what waits."""
        with self._writing:
            lines: list[str] = []
            while self._waiting:
                lines.append(self._waiting.popleft())
            if lines and self._lost:
                lost, self._lost = self._lost, 0
                lines.append(self.format(_dropped(lost)))
            if lines:
                try:
                    self._stream.write("\n".join(lines) + "\n")
                    self._stream.flush()
                except (OSError, ValueError):
                    pass  # nobody reads, and there is nobody to tell

    def close(self) -> None:
        """Write what waits, and end."""
        self._over = True
        self._wake.set()
        self.flush()
        super().close()

    def _work(self) -> None:
        while not self._over:
            self._wake.wait()
            time.sleep(_GATHERING)
            self._wake.clear()
            self.flush()


def _dropped(lines: int) -> logging.LogRecord:
    said = "Lines of the log were dropped"
    record = logging.LogRecord(__name__, logging.WARNING, __file__, 0, said, None, None)
    record.fields = {"lines": lines}
    return record


class _Formatter(logging.Formatter):
    """Makes a line of what is logged: an object of JSON, or text for the eye."""

    def __init__(self, *, as_json: bool, colours: bool, values: bool) -> None:
        """Say how lines look.

        Args:
            as_json: whether they are JSON.
            colours: whether the eye sees colours.
            values: whether messages of exceptions, which may quote a query, are told in a request.
        """
        super().__init__()
        self._values = values
        self._render: Callable[[None, str, EventDict], str | bytes] = (
            JSONRenderer(serializer=_as_json)
            if as_json
            else ConsoleRenderer(colors=colours, sort_keys=False, timestamp_key="time")
        )
        self._clean = not as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        level = record.levelname.lower()
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event: EventDict = {
            "time": moment.replace("+00:00", "Z"),
            "level": level,
            "event": record.getMessage().rstrip(),
        }
        fields: dict[str, Any] | None = getattr(record, "fields", None)
        event.update(self._about(record) if fields is None else fields)
        if self._clean:
            event = {name: _harmless(value) for name, value in event.items()}
        return str(self._render(None, level, event))

    def _about(self, record: logging.LogRecord) -> EventDict:
        """Return what is told of anything but a request that has ended."""
        about = {"logger": record.name}
        request = RECORD.get()
        if request is not None:
            about["request_id"] = request.id
        if record.exc_info and record.exc_info[1] is not None:
            whole = self._values or request is None
            about["exception"] = _traceback(record.exc_info[1], values=whole)
        return about


def _as_json(event: EventDict, **_: object) -> str:
    line = _ENCODER.encode(event)
    return line if line.isascii() else line.translate(_NO_ASCII_CONTROLS)


def _traceback(error: BaseException, *, values: bool) -> str:
    """Return where an error came from; without values, only the kind of each error is named."""
    if values:
        return "".join(traceback.format_exception(error)).rstrip()
    parts: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        parts.append(
            "".join(traceback.format_tb(cause.__traceback__)) + f"{type(cause).__qualname__}"
        )
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n\nfor which the reason was:\n\n".join(parts)


def _harmless(value: object) -> object:
    """Return a value without what a terminal would take for a command."""
    return value.translate(_CONTROLS) if isinstance(value, str) else value


def _not_said_already(record: logging.LogRecord) -> bool:
    return record.msg not in _SAID_ALREADY
