# SPDX-License-Identifier: EUPL-1.2
"""What is written of what is logged."""

import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from guidance_graph.build.release import Release
from guidance_graph.cli.logs import Lines, configure_logging
from guidance_graph.protocol.record import RECORD, Record
from guidance_graph.terms.settings import Settings
from tests.serving import write_queries

LOG = logging.getLogger("tests.logs")
SECRET = "s3cret"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root, uvicorn = logging.getLogger(), logging.getLogger("uvicorn.error")
    handlers, level, filters = root.handlers[:], root.level, uvicorn.filters[:]
    least = uvicorn.level
    uvicorn.setLevel(logging.NOTSET)
    yield
    for each in root.handlers:
        if isinstance(each, Lines):
            each.close()
    root.handlers[:], uvicorn.filters[:] = handlers, filters
    root.setLevel(level)
    uvicorn.setLevel(least)
    logging.captureWarnings(capture=False)


def written(stream: io.StringIO) -> str:
    for each in logging.getLogger().handlers:
        each.flush()
    return stream.getvalue()


def objects(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(stream).splitlines()]


def fail() -> None:
    try:
        _ = dict[str, int]()[SECRET]
    except KeyError as error:
        raise ValueError(SECRET + "\nsecond line") from error


def log_failure() -> None:
    try:
        fail()
    except ValueError:
        LOG.exception("It failed")


def test_every_logger_writes_objects_of_json() -> None:
    stream = io.StringIO()
    configure_logging(Settings(), stream)
    LOG.info("Ünïcode %s", "and\nlines")
    logging.getLogger("asyncio").error("from asyncio")
    logging.getLogger("uvicorn.error").warning("from uvicorn")
    logging.getLogger("uvicorn.error").error("ASGI callable returned without completing response.")
    logging.getLogger("uvicorn.error").error("Application startup failed. Exiting.")
    LOG.debug("not told")
    first, *rest = objects(stream)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time"))
    assert first == {"level": "info", "event": "Ünïcode and\nlines", "logger": "tests.logs"}
    assert [each["event"] for each in rest] == ["from asyncio", "from uvicorn"]


def test_the_fields_of_a_request_stand_in_its_line() -> None:
    stream = io.StringIO()
    configure_logging(Settings(), stream)
    LOG.info("request", extra={"fields": {"route": "/sparql", "status": 200}})
    (line,) = objects(stream)
    assert list(line) == ["time", "level", "event", "route", "status"]


def test_a_traceback_is_one_line_of_json() -> None:
    stream = io.StringIO()
    configure_logging(Settings(), stream)
    log_failure()
    (line,) = objects(stream)
    assert line["event"] == "It failed"
    assert "in fail" in line["exception"]
    assert f"KeyError: '{SECRET}'" in line["exception"]
    assert line["exception"].endswith("second line")


@pytest.mark.parametrize("told", [False, True])
def test_in_a_request_an_exception_tells_no_values_unless_asked(told: bool) -> None:
    stream = io.StringIO()
    configure_logging(Settings(log_queries=told), stream)
    token = RECORD.set(Record("r1", "GET", 0.0))
    try:
        log_failure()
    finally:
        RECORD.reset(token)
    (line,) = objects(stream)
    assert line["request_id"] == "r1"
    assert {"ValueError", "KeyError", "in fail"} <= {
        each for each in ("ValueError", "KeyError", "in fail") if each in line["exception"]
    }
    assert (SECRET in str(line)) is told


def test_on_a_terminal_lines_are_for_the_eye_and_command_nothing() -> None:
    stream = Terminal()
    configure_logging(Settings(), stream)
    LOG.warning("evil \x1b[2J\x07 text", extra={"fields": {"text": "\x1b]0;title\x07"}})
    text = written(stream)
    assert not text.startswith("{")
    assert "evil \\x1b[2J\\x07 text" in text
    assert "\x1b[2J" not in text
    assert "\x1b]" not in text


def test_a_line_of_json_is_one_line_and_commands_nothing() -> None:
    stream = io.StringIO()
    text = "\x9b2J\x85\u2028\u2029\x7f é"
    configure_logging(Settings(), stream)
    LOG.warning("said", extra={"fields": {"text": text}})
    assert [each["text"] for each in objects(stream)] == [text]
    assert not {*text} - {*" é2J"} & {*written(stream)}
    assert len(written(stream).splitlines()) == 1


@pytest.mark.parametrize(
    ("wanted", "stream"), [("json", Terminal()), ("console", io.StringIO()), (None, Terminal())]
)
def test_the_setting_decides_how_lines_look(wanted: str | None, stream: io.StringIO) -> None:
    configure_logging(Settings.model_validate({"log_format": wanted}), stream)
    LOG.error("said")
    text = written(stream)
    assert text.startswith("{") is (wanted == "json")
    assert ("\x1b" in text) is (wanted is None)


def test_the_setting_decides_what_is_told() -> None:
    stream = io.StringIO()
    configure_logging(Settings(log_level="error"), stream)
    LOG.warning("not told")
    LOG.error("told")
    assert [each["event"] for each in objects(stream)] == ["told"]


def test_configuring_twice_writes_once() -> None:
    stream = io.StringIO()
    configure_logging(Settings(), io.StringIO())
    configure_logging(Settings(), stream)
    LOG.error("once")
    assert len(objects(stream)) == 1


class Stuck(io.StringIO):
    """A stream that takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.let = threading.Event(), threading.Event()

    def write(self, text: str) -> int:
        self.reached.set()
        self.let.wait(60)
        return super().write(text)


def test_a_stream_that_takes_nothing_holds_up_nobody_and_no_memory() -> None:
    stream = Stuck()
    lines = Lines(stream, most=5)
    lines.setFormatter(logging.Formatter("%(message)s"))
    log = logging.Logger("stuck")
    log.addHandler(lines)
    log.info("first")
    assert stream.reached.wait(60)
    for number in range(8):
        log.info("line %d", number)
    stream.let.set()
    lines.close()
    told = ["first", *(f"line {number}" for number in range(5)), "Lines of the log were dropped"]
    assert stream.getvalue().splitlines() == told


def test_a_line_that_cannot_be_made_fails_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    configure_logging(Settings(), stream)
    LOG.info("%d", "no number")
    LOG.info("after")
    assert [each["event"] for each in objects(stream)] == ["after"]
    assert "no number" in capsys.readouterr().err


def test_a_served_request_is_a_line_on_standard_error_also_right_before_the_end(
    tmp_path: Path, example_release: Release, example_root: Path
) -> None:
    write_queries(example_root)
    environment = os.environ | {
        "GUIDANCE_GRAPH_ROOT": str(example_root),
        "GUIDANCE_GRAPH_RELEASES": str(example_release.path.parent),
        "PYTHONUNBUFFERED": "1",
    }
    command = [str(Path(sys.executable).with_name("guidance-graph")), "serve", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = ""
        while "curl" not in said:
            said += (line := process.stdout.readline())
            assert line, process.stderr.read()
        found = re.search(r"http://\S+:\d+", said)
        assert found is not None
        with httpx.Client(base_url=found[0], transport=httpx.HTTPTransport(retries=9)) as client:
            response = client.get("/sparql", params={"query": f"ASK {{ ?s ?p '{SECRET}' }}"})
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    lines = [json.loads(line) for line in log.splitlines()]
    mine = [each for each in lines if each.get("request_id") == response.headers["x-request-id"]]
    assert [each["event"] for each in mine] == ["request"]
    assert SECRET not in log
