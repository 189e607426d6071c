# SPDX-License-Identifier: EUPL-1.2
"""What happens to a query that runs away, and to its neighbours."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pyoxigraph as ox
import pytest

from guidance_graph.build.files import sha256
from guidance_graph.engine.answer import Limits
from guidance_graph.engine.formats import CSV, JSON, SOLUTION_FORMATS, XLSX, Format
from guidance_graph.engine.pool import pool
from guidance_graph.engine.pool.forking import Quads, Source
from guidance_graph.engine.pool.pool import WorkerPool
from guidance_graph.engine.question import Question
from guidance_graph.engine.text.tokens import SHORT
from guidance_graph.engine.worker.frames import CHUNK
from guidance_graph.terms.errors import (
    ClientShareError,
    EngineBusyError,
    EngineError,
    QueryMemoryError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTimeoutError,
    ReleaseError,
    ResultTooLargeError,
)
from tests.engine.conftest import PATIENT
from tests.workbooks import cells_of

#: Not done while anyone lives: 800 to the 5th rows.
RUNAWAY = "SELECT (COUNT(*) AS ?n) {?a ?b ?c. ?d ?e ?f. ?g ?h ?i. ?j ?k ?l. ?m ?o ?p}"
#: 512 million rows, kept until they are sorted.
MEMORY_BOMB = "SELECT * {?a ?b ?c. ?d ?e ?f. ?g ?h ?i} ORDER BY ?c"
DEFAULT = ox.DefaultGraph()
#: Read to the end of the stack, or beyond; the first is short, and read by the server first.
TOO_DEEP = {
    "short": "ASK { FILTER(" + "STR(" * 1600,
    "groups": "SELECT * " + "{" * 50_000 + "}" * 50_000,
    "negations": "ASK { FILTER(" + "!" * 60_000 + "?x) }",
    "unions": "ASK {" + " UNION ".join(["{?a ?b ?c}"] * 12_000) + "}",
}
#: Many rows, as they come.
LONG = "SELECT * {?a ?b ?c. ?d ?e ?f. ?g ?h ?i}"


@contextlib.asynccontextmanager
async def running(source: Source, workers: int = 1, **limits: Any) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(source, replace(PATIENT, **limits), workers)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


async def still_answers(pool: WorkerPool) -> bool:
    answer = await pool.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", answer_format=CSV)
    return await answer.read() == b"n\r\n800\r\n"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


def test_a_runaway_query_is_stopped_at_its_limit_and_the_next_one_answers(
    store_path: Path,
) -> None:
    async def scenario() -> None:
        async with running(store_path, timeout=0.5) as pool:
            before = pool.processes
            with pytest.raises(QueryTimeoutError, match=r"stopped after 0\.5 s"):
                await pool.query(RUNAWAY)
            await until(lambda: len(pool.processes) == 1 and pool.processes != before)
        async with running(store_path) as pool:
            with pytest.raises(QueryTimeoutError, match=r"stopped after 0\.2 s"):
                await pool.query(RUNAWAY, timeout=0.2)
            assert await still_answers(pool)

    asyncio.run(scenario())


def test_a_signal_for_the_server_leaves_a_fork_server_that_starts(
    store_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Signalled(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.send_signal(signal.SIGINT)
            self.send_signal(signal.SIGTERM)

    monkeypatch.setattr(subprocess, "Popen", Signalled)

    async def scenario() -> None:
        async with running(store_path) as pool:
            assert await still_answers(pool)

    asyncio.run(scenario())


def test_a_client_may_ask_for_less_time_and_never_for_more(store_path: Path) -> None:
    async def scenario() -> None:
        async with running(store_path, timeout=0.5) as pool:
            with pytest.raises(QueryTimeoutError, match=r"stopped after 0\.5 s"):
                await pool.query(RUNAWAY, timeout=3600)

    asyncio.run(scenario())


def test_a_query_that_takes_too_much_memory_is_stopped(store_path: Path) -> None:
    async def scenario() -> None:
        async with running(store_path, memory=64 << 20) as pool:
            with pytest.raises(QueryMemoryError, match="more memory"):
                await pool.query(MEMORY_BOMB)
            assert await still_answers(pool)

    asyncio.run(scenario())


@pytest.mark.parametrize("nested", TOO_DEEP.values(), ids=TOO_DEEP)
def test_a_query_nested_too_deeply_has_its_place_and_costs_its_worker_and_nothing_else(
    store_path: Path, nested: str
) -> None:
    async def scenario() -> None:
        async with running(store_path) as pool:
            with pytest.raises(QuerySyntaxError, match=r"line 1, column .* nested too deeply"):
                await pool.query(nested)
            assert await still_answers(pool)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("limit", "answer_format"),
    [
        (limit, each)
        for limit in ("size", "rows")
        for each in SOLUTION_FORMATS
        if (limit, each) != ("size", XLSX)
    ],
    ids=lambda each: getattr(each, "name", each),
)
def test_an_answer_past_its_limit_breaks_off_with_an_error(
    store_path: Path, limit: str, answer_format: Any
) -> None:
    async def scenario() -> None:
        async with running(store_path, **{limit: 20_000}) as pool:
            received = 0
            with pytest.raises(ResultTooLargeError, match="more than 20,000"):
                async for chunk in await pool.query(LONG, answer_format=answer_format):
                    received += len(chunk)
            if limit == "size":
                assert received <= 20_000
            assert await still_answers(pool)

    asyncio.run(scenario())


def test_of_a_workbook_past_a_limit_nothing_is_sent(store_path: Path) -> None:
    text = "SELECT * {?a ?b ?c. ?d ?e ?f} LIMIT 2000"

    async def scenario() -> None:
        for limit, most in (("size", 20_000), ("rows", 1_999)):
            async with running(store_path, **{limit: most}) as pool:
                with pytest.raises(ResultTooLargeError, match=f"more than {most:,}"):
                    await pool.query(text, answer_format=XLSX)
                assert await still_answers(pool)
        async with running(store_path, memory=64 << 20) as pool:
            with pytest.raises(QueryMemoryError, match="memory"):
                await pool.query(LONG, answer_format=XLSX)
            assert await still_answers(pool)
        async with running(store_path, rows=2_000) as pool:
            whole = await (await pool.query(text, answer_format=XLSX)).read()
            assert len(cells_of(whole)) == 2_001
            assert len(whole) > 20_000
            with pytest.raises(QueryTimeoutError):
                await pool.query(LONG, answer_format=XLSX, timeout=0.05)
            assert await still_answers(pool)

    asyncio.run(scenario())


def test_an_answer_of_exactly_the_rows_allowed_is_whole(store_path: Path) -> None:
    async def scenario() -> None:
        async with running(store_path, rows=10) as pool:
            for text in ("SELECT * {?s ?p ?o}", "CONSTRUCT {?s ?p ?o} WHERE {?s ?p ?o}"):
                answer = await pool.query(f"{text} LIMIT 10")
                await answer.read()
                assert answer.cost is not None
                assert answer.cost.rows == 10
                with pytest.raises(ResultTooLargeError, match="more than 10 rows"):
                    await (await pool.query(f"{text} LIMIT 11")).read()

    asyncio.run(scenario())


def test_the_first_bytes_come_while_the_query_still_runs(store_path: Path) -> None:
    async def scenario() -> None:
        async with running(store_path) as pool:
            answer = await pool.query(LONG)
            first = await anext(aiter(answer))
            assert first.startswith(b'{"head"')
            assert answer.cost is None
            await answer.aclose()
            assert await still_answers(pool)

    asyncio.run(scenario())


def test_an_answer_nobody_reads_takes_no_memory_of_its_size_and_is_stopped_in_time(
    store_path: Path,
) -> None:
    async def scenario() -> None:
        async with running(store_path, timeout=1) as pool:
            answer = await pool.query(LONG)
            await until(lambda: not pool.busy)
            received = 0
            with pytest.raises(QueryTimeoutError):
                async for chunk in answer:
                    received += len(chunk)
            assert received < 1 << 20
            assert await still_answers(pool)

    asyncio.run(scenario())


@pytest.mark.parametrize("answer_format", [CSV, JSON])
def test_a_long_term_comes_in_chunks_like_many_short_ones(
    store_path: Path, answer_format: Format
) -> None:
    tenfold = ", ".join(["?a"] * 10)
    steps = "".join(f"BIND(CONCAT({tenfold}) AS ?{n}) ".replace("?a", f"?{m}") for m, n in PAIRS)

    async def scenario() -> None:
        async with running(store_path) as pool:
            text = f'SELECT ?e {{ BIND("{"x" * 100}" AS ?a) {steps} }}'
            answer = await pool.query(text, answer_format=answer_format)
            sizes = [len(chunk) async for chunk in answer]
            assert sum(sizes) > 1_000_000
            assert max(sizes) <= 2 * CHUNK

    asyncio.run(scenario())


PAIRS = (("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"))


def test_a_slow_client_of_a_small_answer_holds_up_no_worker(store_path: Path) -> None:
    async def scenario() -> None:
        async with running(store_path) as pool:
            slow = await pool.query("SELECT * { ?s ?p ?o }")
            assert await still_answers(pool)
            assert len(await slow.read()) > 50_000

    asyncio.run(scenario())


def test_closing_an_answer_stops_its_query(store_path: Path) -> None:
    async def scenario() -> None:
        async with running(store_path) as pool:
            before = pool.processes
            async with await pool.query(LONG):
                pass
            assert not pool.busy
            await until(lambda: len(pool.processes) == 1 and pool.processes != before)

    asyncio.run(scenario())


@pytest.mark.parametrize("later", [0, 0.1])
def test_a_client_that_leaves_before_the_first_byte_stops_its_query(
    store_path: Path, later: float
) -> None:
    async def scenario() -> None:
        async with running(store_path) as pool:
            asked = asyncio.create_task(pool.query(RUNAWAY))
            await until(lambda: pool.busy == 1)
            await asyncio.sleep(later)  # past the moment in which most answers come whole
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            assert not pool.busy
            assert await still_answers(pool)

    asyncio.run(scenario())


def test_a_killed_worker_costs_its_own_query_only(store_path: Path) -> None:
    async def scenario() -> None:
        async with running(store_path) as pool:
            asked = asyncio.create_task(pool.query(RUNAWAY))
            await until(lambda: pool.busy == 1)
            os.kill(pool.processes[0], signal.SIGKILL)
            with pytest.raises(EngineError, match="worker that ran the query ended"):
                await asked
            assert await still_answers(pool)

    asyncio.run(scenario())


def test_a_worker_killed_while_idle_is_replaced(store_path: Path) -> None:
    async def scenario() -> None:
        async with running(store_path) as pool:
            before = pool.processes
            os.kill(before[0], signal.SIGKILL)
            await until(lambda: len(pool.processes) == 1 and pool.processes != before)
            assert await still_answers(pool)

    asyncio.run(scenario())


def test_more_queries_than_may_wait_are_turned_away(store_path: Path) -> None:
    async def scenario() -> None:
        async with running(store_path, queue=1) as pool:
            first = asyncio.create_task(pool.query(RUNAWAY))
            await until(lambda: pool.busy == 1)
            second = asyncio.create_task(pool.query("ASK {}"))
            await until(lambda: pool.waiting == 1)
            with pytest.raises(EngineBusyError, match="1 queries are waiting already"):
                await pool.query("ASK {}")
            first.cancel()
            assert await (await second).read() == b'{"head":{},"boolean":true}'

    asyncio.run(scenario())


def test_a_query_waits_for_a_worker_only_so_long(store_path: Path) -> None:
    async def scenario() -> None:
        async with running(store_path, wait=0.1) as pool:
            first = asyncio.create_task(pool.query(RUNAWAY))
            await until(lambda: pool.busy == 1)
            with pytest.raises(EngineBusyError, match=r"within 0\.1 s"):
                await pool.query("ASK {}")
            first.cancel()

    asyncio.run(scenario())


def test_many_queries_at_once_each_get_their_own_answer(store_path: Path) -> None:
    async def size_of(pool: WorkerPool, number: int) -> str:
        text = f"SELECT ?n {{ <http://example.org/thing/{number}> <http://example.org/size> ?n }}"
        answer = await pool.query(text, answer_format=CSV)
        return (await answer.read()).decode().split()[1]

    async def scenario() -> None:
        async with running(store_path, workers=2) as pool:
            sizes = await asyncio.gather(*(size_of(pool, number) for number in range(60)))
            assert sizes == [str(number) for number in range(60)]

    asyncio.run(scenario())


def test_retiring_lets_queries_end(store_path: Path) -> None:
    async def scenario() -> None:
        pool = WorkerPool(store_path, PATIENT, 1)
        await pool.start()
        answer = await pool.query("SELECT * { ?s ?p ?o }")
        processes = pool.processes
        await pool.retire()
        assert (await answer.read()).endswith(b"]}}")
        assert answer.cost is not None
        for process in processes:
            with pytest.raises(ProcessLookupError):
                os.kill(process, 0)

    asyncio.run(scenario())


def test_retiring_lets_a_query_end_that_has_just_begun(store_path: Path) -> None:
    async def scenario() -> None:
        pool = WorkerPool(store_path, PATIENT, 1)
        await pool.start()
        asked = asyncio.create_task(pool.query("SELECT * { ?s ?p ?o }"))
        await asyncio.sleep(0)
        assert pool.busy == 1
        await pool.retire()
        assert (await (await asked).read()).endswith(b"]}}")

    asyncio.run(scenario())


def test_a_store_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        with pytest.raises(ReleaseError, match="holds no store that can be read"):
            await WorkerPool(tmp_path / "none", Limits(), 2).start()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", QueryRefusedError),
        ("LOAD <http://127.0.0.1/>", QueryRefusedError),
        ("INSERT DATA { <a:a> <a:b> <a:c> }", QueryRefusedError),
        ("SELECT * { ?s ?p ?o } SELECT * { ?s ?p ?o }", QuerySyntaxError),
        ("SELECT", QuerySyntaxError),
    ],
)
def test_what_is_no_query_to_answer_costs_no_worker(
    store_path: Path, text: str, error: type[Exception]
) -> None:
    async def scenario() -> None:
        async with running(store_path) as pool:
            before = pool.processes
            with pytest.raises(error):
                await pool.query(text)
            assert await still_answers(pool)
            assert pool.processes == before

    asyncio.run(scenario())


def test_coroutines_run_while_a_query_does(store_path: Path) -> None:
    async def ticks() -> int:
        count = 0
        while True:
            await asyncio.sleep(0)
            count += 1
            if count == 1000:
                return count

    async def scenario(start: Awaitable[int]) -> None:
        async with running(store_path) as pool:
            asked = asyncio.create_task(pool.query(RUNAWAY))
            await until(lambda: pool.busy == 1)
            assert await start == 1000
            assert not asked.done()
            asked.cancel()

    asyncio.run(scenario(ticks()))


def heavy_pool(source: Path, heavy: int, workers: int = 1, **limits: Any) -> Any:
    return running(source, workers, heavy=heavy, light=0.05, **limits)


def test_a_heavy_query_makes_room_for_light_ones_and_goes_on(store_path: Path) -> None:
    async def scenario() -> None:
        async with heavy_pool(store_path, heavy=1) as pool:
            asked = asyncio.create_task(pool.query(RUNAWAY))
            await until(lambda: pool.state.heavy == 1)
            assert await still_answers(pool)
            assert not asked.done()
            assert pool.state.demoted == 1
            asked.cancel()

    asyncio.run(scenario())


def test_a_heavy_query_is_run_again_when_its_turn_comes(store_path: Path) -> None:
    """The second is stopped in the light lane, since the heavy one is full; it loses nothing."""
    some_time = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(STR(?c) < STR(?f)) }"

    async def scenario() -> None:
        async with heavy_pool(store_path, heavy=1) as pool:
            first = asyncio.create_task(pool.query(RUNAWAY))
            await until(lambda: pool.state.heavy == 1)
            second = asyncio.create_task(pool.query(some_time, answer_format=CSV))
            await until(lambda: pool.state.heavy_waiting == 1)
            assert await still_answers(pool)
            first.cancel()
            assert int((await (await second).read()).split()[1]) > 0

    asyncio.run(scenario())


def test_a_query_that_was_heavy_is_known_as_such(store_path: Path) -> None:
    async def scenario() -> None:
        async with heavy_pool(store_path, heavy=1, timeout=0.3) as pool:
            for _ in range(2):
                with pytest.raises(QueryTimeoutError):
                    await pool.query(RUNAWAY)
            assert pool.state.demoted == 1

    asyncio.run(scenario())


def test_an_answer_that_has_begun_is_not_begun_again(store_path: Path) -> None:
    async def scenario() -> None:
        async with heavy_pool(store_path, heavy=1, workers=2) as pool:
            first = asyncio.create_task(pool.query(RUNAWAY))
            await until(lambda: pool.state.heavy == 1)
            answer = await pool.query("SELECT * {?a ?b ?c. ?d ?e ?f} LIMIT 9000")
            await until(lambda: pool.state.heavy == 2)
            content = await answer.read()
            assert content.count(b'{"head"') == 1
            assert content.endswith(b"]}}")
            first.cancel()

    asyncio.run(scenario())


def test_an_answer_that_has_begun_is_broken_off_when_there_are_too_many(store_path: Path) -> None:
    async def scenario() -> None:
        async with heavy_pool(store_path, heavy=1, workers=2) as pool:
            slow = [await pool.query(f"{LONG} # {number}") for number in range(2)]
            await until(lambda: pool.state.heavy == 2)
            with pytest.raises(EngineBusyError, match="busy with other heavy queries"):
                await (await pool.query(f"{LONG} # one more")).read()
            for each in slow:
                await each.aclose()
            assert await still_answers(pool)

    asyncio.run(scenario())


def test_answers_that_nobody_reads_hold_up_no_light_query(store_path: Path) -> None:
    async def scenario() -> None:
        async with heavy_pool(store_path, heavy=1) as pool:
            slow = [await pool.query(f"{LONG} # {number}") for number in range(3)]
            async with asyncio.timeout(10):  # far less than a query may take
                assert await still_answers(pool)
            for each in slow:
                await each.aclose()

    asyncio.run(scenario())


def test_a_client_goes_last_that_uses_what_has_not_ended(store_path: Path) -> None:
    async def scenario() -> None:
        async with heavy_pool(store_path, heavy=1) as pool:
            greedy = Question(RUNAWAY, CSV, client="greedy")
            asked = asyncio.create_task(pool.ask(greedy))
            await until(lambda: pool.state.heavy == 1)
            assert pool._clients.used("greedy") > 0
            asked.cancel()

    asyncio.run(scenario())


def test_a_client_over_its_share_is_turned_away_and_others_are_not(store_path: Path) -> None:
    async def scenario() -> None:
        async with heavy_pool(store_path, heavy=1, share=2) as pool:
            mine = [asyncio.create_task(pool.ask(asked(f"{RUNAWAY} # {n}", "a"))) for n in range(2)]
            await until(lambda: pool.state.heavy == 1 and pool.state.heavy_waiting == 1)
            with pytest.raises(ClientShareError):
                await pool.ask(asked("ASK { ?s ?p ?o }", "a"))
            assert await (await pool.ask(asked("ASK { ?s ?p ?o }", "b"))).read()
            trusted = replace(asked("ASK { ?s ?p 1 }", "a"), trusted=True)
            assert await (await pool.ask(trusted)).read()
            for each in mine:
                each.cancel()

    asyncio.run(scenario())


def test_a_share_is_given_back_before_the_answer(store_path: Path) -> None:
    """Who has the answer to one query may ask the next at once."""

    async def scenario() -> None:
        async with heavy_pool(store_path, heavy=1, share=1) as pool:
            for turn in range(20):
                answer = await pool.ask(asked(f"ASK {{ ?s ?p {turn} }}", "a"))
                async for _ in answer:
                    pass
                await (await pool.ask(asked(f"SELECT * {{ ?s ?p {turn} }}", "a"))).aclose()
                with pytest.raises(QuerySyntaxError):
                    await pool.ask(asked("SELECT * {", "a"))

    asyncio.run(scenario())


def asked(text: str, client: str) -> Question:
    return Question(text, JSON, client=client)


def test_light_queries_are_answered_among_many_heavy_ones(store_path: Path) -> None:
    """Those who ask the heavy ones ask again and again, each time another."""

    async def abuse(pool: WorkerPool, number: int) -> None:
        for turn in count():
            with contextlib.suppress(EngineError):
                text = f"{RUNAWAY} # {number} {turn}"
                await pool.ask(Question(text, JSON, client=f"192.0.2.{number}", timeout=0.4))

    async def scenario() -> None:
        async with heavy_pool(store_path, heavy=1, workers=2, queue=8, wait=0.5) as pool:
            abusers = [asyncio.create_task(abuse(pool, number)) for number in range(16)]
            await until(lambda: pool.state.demoted > 20)
            for _ in range(30):
                assert await still_answers(pool)
            for each in abusers:
                each.cancel()
            await asyncio.gather(*abusers, return_exceptions=True)

    asyncio.run(scenario())


@pytest.fixture(scope="module")
def quads(store_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Quads:
    """The named graphs of the store as N-Quads."""
    path = tmp_path_factory.mktemp("quads") / "some.nq"
    with path.open("wb") as file:
        ox.serialize(
            (quad for quad in ox.Store.read_only(str(store_path)) if quad.graph_name != DEFAULT),
            file,
            ox.RdfFormat.N_QUADS,
        )
    return Quads(path, sha256(path))


def test_quads_held_in_memory_give_the_same_answers(store_path: Path, quads: Quads) -> None:
    queries = (
        "SELECT * { ?s ?p ?o } ORDER BY ?s ?p",
        "SELECT * { GRAPH ?g { ?s ?p ?o } } ORDER BY ?s ?p",
        "SELECT (COUNT(*) AS ?n) FROM <http://example.org/graph/a> { ?s ?p ?o }",
    )

    async def answers(source: Source) -> list[bytes]:
        async with running(source) as pool:
            return [await (await pool.query(text, answer_format=CSV)).read() for text in queries]

    assert asyncio.run(answers(store_path)) == asyncio.run(answers(quads))


@pytest.mark.parametrize("killed", ["worker", "fork server"])
def test_quads_held_in_memory_outlive_any_process(quads: Quads, killed: str) -> None:
    async def scenario() -> None:
        async with running(quads) as pool:
            before = pool.processes
            victim = before[0] if killed == "worker" else psutil.Process(before[0]).ppid()
            os.kill(victim, signal.SIGKILL)
            await until(lambda: len(pool.processes) == 1 and pool.processes != before)
            assert await still_answers(pool)

    asyncio.run(scenario())


def test_a_killed_fork_server_costs_the_queries_that_ran(store_path: Path) -> None:
    async def scenario() -> None:
        async with running(store_path) as pool:
            asked = asyncio.create_task(pool.query(RUNAWAY))
            await until(lambda: pool.busy == 1)
            os.kill(psutil.Process(pool.processes[0]).ppid(), signal.SIGKILL)
            with pytest.raises(EngineError, match="worker that ran the query ended"):
                await asked
            assert await still_answers(pool)

    asyncio.run(scenario())


def test_what_is_no_n_quads_is_said_so(tmp_path: Path) -> None:
    broken = tmp_path / "broken.nq"
    broken.write_text("<http://e/s> nothing\n")

    async def scenario() -> None:
        with pytest.raises(ReleaseError, match="holds no N-Quads that can be read"):
            await WorkerPool(Quads(broken, sha256(broken)), Limits(), 2).start()

    asyncio.run(scenario())


def test_service_in_a_long_query_is_refused_by_the_worker(
    store_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To read a long text would hold up the server; a worker can be stopped."""
    monkeypatch.setattr(pool, "refuse_service", lambda text: None)
    text = "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }" + " " * SHORT

    async def ask() -> None:
        async with running(store_path) as workers:
            with pytest.raises(QueryRefusedError, match="line 1, column 12: SERVICE is refused"):
                await workers.query(text)
            assert await still_answers(workers)

    asyncio.run(ask())
