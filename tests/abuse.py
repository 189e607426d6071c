# SPDX-License-Identifier: EUPL-1.2
"""Clients that send runaway queries without pause, and one of the query library among them.

The abusers are a process of their own (``python -m tests.abuse ADDRESS SECONDS …``), so that what
the client of the library measures is not the trouble of its neighbours in the same interpreter.
Used by ``tests/failures/test_abuse.py``, which asserts, and by ``make bench``, which reports.
"""

import asyncio
import contextlib
import json
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import psutil

#: What no server answers in time, each of another kind; a comment makes each text another.
RUNAWAYS: Final = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f",
    "SELECT (COUNT(*) AS ?n) { ?a (!<urn:x>|^!<urn:x>)* ?b . ?b (!<urn:x>|^!<urn:x>)* ?c }",
    "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?d), STR(?g)); SEPARATOR=', ') AS ?x)"
    " { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
    " FILTER(REGEX(CONCAT(STR(?c), STR(?f), STR(?i)), '(a|b|ab)*c.*d$')) }",
    "CONSTRUCT { ?a ?b ?f } { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT DISTINCT ?a ?f ?i { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(!STRSTARTS(STR(?c), STR(?i))) }",
)
ABUSERS: Final = 16
#: Seconds after which something that does not come hangs.
HANG: Final = 60.0
_LOOKED_AT: Final = 0.1


@dataclass(frozen=True)
class Wanted:
    """A request of the client of the library, and the answer that it must have.

    Attributes:
        path: below the address of the server.
        parameters: of its query string.
        content: the bytes of the answer, as a quiet server gives them.
    """

    path: str
    parameters: Mapping[str, str]
    content: bytes


@dataclass
class Report:
    """What happened.

    Attributes:
        ends: how often requests of abusers ended so: by status, or "broken off"; whatever a
            client cannot know the end of, by the name of the error.
        seconds: of each answer of the client of the library, to its last byte.
        failures: requests of that client without their answer, and what came in its place.
        memory: most bytes of all processes of the server together, shares of shared ones added.
        processes: most of its processes at once.
    """

    ends: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    memory: int = 0
    processes: int = 0

    def percentile(self, percent: int) -> float:
        """Return the seconds that so many in a hundred answers took at most."""
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[percent - 1]

    def __str__(self) -> str:
        """Return the figures as one line."""
        p50, p95, p99 = (1000 * self.percentile(each) for each in (50, 95, 99))
        return (
            f"{len(self.seconds)} answers of the library, p50 {p50:.1f}, p95 {p95:.1f},"
            f" p99 {p99:.1f} ms, {len(self.failures)} failures; abusers {dict(self.ends)};"
            f" {self.memory >> 20} MiB in {self.processes} processes at most"
        )


async def ask(address: str, wanted: Sequence[tuple[str, Mapping[str, str]]]) -> list[Wanted]:
    """Ask a quiet server, for the answers that an abused one must give."""
    async with httpx.AsyncClient(base_url=address, timeout=HANG) as client:
        answers = [await client.get(path, params=given) for path, given in wanted]
    for each in answers:
        each.raise_for_status()
    return [
        Wanted(path, given, answer.content)
        for (path, given), answer in zip(wanted, answers, strict=True)
    ]


async def abuse(
    address: str,
    seconds: float,
    wanted: Sequence[Wanted],
    process: int,
    *,
    one_address: bool = False,
    rounds: int = 1,
) -> Report:
    """Ask a server under abuse, and look at its processes.

    Args:
        address: where it is, without a slash at its end.
        seconds: for which it is abused, at least.
        wanted: what the client of the library asks, in turn.
        process: the number of the server's process.
        one_address: whether all abusers come from the address of that client; else each has one
            of its own, 127.0.1.1 and so on.
        rounds: how often each is asked, at least.
    """
    report = Report()
    places = "same" if one_address else "own"
    abusers = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.abuse", address, places),
        cwd=Path(__file__).parents[1],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert abusers.stdin is not None
    assert abusers.stdout is not None
    looking = asyncio.create_task(_look(process, report))
    try:
        await abusers.stdout.readline()  # they have begun
        end = time.monotonic() + seconds
        while rounds > 0 or time.monotonic() < end:
            await _ask_all(address, wanted, report)
            rounds -= 1
        abusers.stdin.close()  # which ends them
        report.ends.update(json.loads(await abusers.stdout.read()))
        await abusers.wait()
    finally:
        looking.cancel()
        with contextlib.suppress(ProcessLookupError):
            abusers.kill()
    return report


async def _ask_all(address: str, wanted: Sequence[Wanted], report: Report) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=HANG) as client:
        for each in wanted:
            start = time.perf_counter()
            try:
                answer = await client.get(each.path, params=each.parameters)
            except httpx.HTTPError as error:
                report.failures.append(f"{each.path}: {error!r}")
                continue
            report.seconds.append(time.perf_counter() - start)
            if answer.status_code != 200 or answer.content != each.content:
                report.failures.append(f"{each.path}: {answer.status_code} {answer.text[:300]}")


async def _look(process: int, report: Report) -> None:
    while True:
        memory, processes = await asyncio.to_thread(held, process)
        report.memory = max(report.memory, memory)
        report.processes = max(report.processes, processes)
        await asyncio.sleep(_LOOKED_AT)


def held(process: int) -> tuple[int, int]:
    """Return the bytes that a process and all it has started hold, and how many these are."""
    server = psutil.Process(process)
    memory, living = 0, 0
    for each in (server, *server.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):  # a worker may end meanwhile
            memory += each.memory_full_info().pss
            living += 1
    return memory, living


async def _abuse(address: str, *, one_address: bool) -> None:
    """Abuse a server until standard input ends; write how the requests ended."""
    ends: Counter[str] = Counter()
    over = asyncio.Event()
    abusers = [
        asyncio.create_task(_abuser(address, number, ends, over, one_address=one_address))
        for number in range(ABUSERS)
    ]
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    over.set()
    for each in abusers:
        each.cancel()
    found = await asyncio.gather(*abusers, return_exceptions=True)
    for error in found:
        if not isinstance(error, asyncio.CancelledError | None):
            ends[repr(error)] += 1
    sys.stdout.write(json.dumps(ends))


async def _abuser(
    address: str, number: int, ends: Counter[str], over: asyncio.Event, *, one_address: bool
) -> None:
    place = "127.0.0.1" if one_address else f"127.0.1.{number + 1}"
    chance = random.Random(number)
    transport = httpx.AsyncHTTPTransport(local_address=place)
    async with httpx.AsyncClient(base_url=address, transport=transport, timeout=HANG) as client:
        turn = 0
        while not over.is_set():
            turn += 1
            text = f"{chance.choice(RUNAWAYS)} # {number} {turn}"
            ends[await _end_of(client, text)] += 1


async def _end_of(client: httpx.AsyncClient, text: str) -> str:
    """Return how a request ended."""
    try:
        async with client.stream("POST", "/sparql", data={"query": text}) as answer:
            async for _ in answer.aiter_raw():
                pass
    except httpx.RemoteProtocolError:
        return "broken off"
    except httpx.HTTPError as error:
        return type(error).__name__
    return str(answer.status_code)


if __name__ == "__main__":
    asyncio.run(_abuse(sys.argv[1], one_address=sys.argv[2] == "same"))
