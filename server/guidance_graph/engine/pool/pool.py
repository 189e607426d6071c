# SPDX-License-Identifier: EUPL-1.2
"""Worker processes over one store, or one engine elsewhere: each answers one query at a time.

Oxigraph cannot be told to stop, so a query runs in a process of its own and is stopped with it.

A query starts in the light lane. One that is not done there in its first moments makes room: it
goes on in the heavy lane, with the lowest priority; or, where that lane is full, it is stopped, and
run again when its turn in the heavy lane comes. One whose answer has begun cannot be run again; for
such there are as many places more, and past these it is broken off. So light queries wait for
moments at most, however many heavy ones there are. A query that this project wrote stays in the
light lane.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from guidance_graph.engine.answer import Answer, Cost, Engine, Limits, Whole
from guidance_graph.engine.formats import formats_of
from guidance_graph.engine.pool.clients import Clients
from guidance_graph.engine.pool.forking import ForkServer, Source
from guidance_graph.engine.pool.lane import Lane, Ticket
from guidance_graph.engine.pool.link import error_of
from guidance_graph.engine.pool.process import Worker
from guidance_graph.engine.pool.run import Query, Run, once
from guidance_graph.engine.pool.stream import Stream
from guidance_graph.engine.pool.verdicts import Verdicts
from guidance_graph.engine.pool.workers import Workers
from guidance_graph.engine.question import Question
from guidance_graph.engine.text.bindings import bind
from guidance_graph.engine.text.service import refuse_service
from guidance_graph.engine.text.terms import Iri
from guidance_graph.engine.text.tokens import SHORT, beside, query_form
from guidance_graph.engine.worker.frames import Kind, Request
from guidance_graph.terms.errors import (
    EngineBusyError,
    GuidanceGraphError,
    ParameterError,
    QueryTimeoutError,
)

_LOOK_AGAIN: Final = 0.05
#: Seconds in which most answers come whole.
_MOMENT: Final = 0.05
#: So many times its moments a query may be in the light lane where the processor is busy.
_PATIENCE: Final = 10
_BUSY: Final = "the server is busy with other heavy queries"


@dataclass(frozen=True)
class PoolState:
    """What a pool does at a moment, and what it has done.

    Attributes:
        light: queries that run in the light lane.
        heavy: queries that run in the heavy lane.
        light_waiting: queries that wait for a turn in the light lane.
        heavy_waiting: queries that wait for a turn in the heavy lane.
        demoted: queries so far that made room.
        started: workers started so far.
    """

    light: int
    heavy: int
    light_waiting: int
    heavy_waiting: int
    demoted: int
    started: int


class WorkerPool(Engine):
    """An engine over the Oxigraph store in a folder, N-Quads in a file, or another engine."""

    def __init__(self, source: Source, limits: Limits, workers: int) -> None:
        """Take what is needed to start.

        Args:
            source: what the workers ask.
            limits: what a query may take.
            workers: light queries at once.
        """
        self._limits = limits
        self._workers = Workers(ForkServer(source, limits.memory), workers)
        self._clients = Clients(limits.share)
        self._verdicts = Verdicts()
        self._light = self._lane(workers, kept_free=1 if workers > 1 and limits.heavy else 0)
        self._heavy = self._lane(limits.heavy, kept_free=0)
        self._begun = self._lane(limits.heavy, kept_free=0)
        self._demoted = 0
        self._queries: set[asyncio.Task[None]] = set()
        self._at_once = 0  # queries that have no task
        self._ending: asyncio.Task[None] | None = None

    @property
    def processes(self) -> tuple[int, ...]:
        """The numbers of the processes that can answer, or are answering."""
        return self._workers.processes

    @property
    def busy(self) -> int:
        """The queries that are running."""
        return self._light.taken + self._heavy.taken + self._begun.taken

    @property
    def waiting(self) -> int:
        """The queries that wait for a turn."""
        return self._light.waiting + self._heavy.waiting

    @property
    def state(self) -> PoolState:
        """What it does now."""
        return PoolState(
            self._light.taken,
            self._heavy.taken + self._begun.taken,
            self._light.waiting,
            self._heavy.waiting,
            self._demoted,
            self._workers.started,
        )

    async def start(self) -> None:
        """Start the workers; return when each can answer.

        Raises:
            ReleaseError: what they ask cannot be opened.
            EngineError: they do not start.
        """
        await self._workers.start()

    async def ask(self, question: Question) -> Answer:
        """Answer a question; see ``Engine.ask``."""
        form = await beside(query_form, question.text)
        short = len(question.text) <= SHORT
        if short:  # a longer one is read by a worker, which can be stopped
            refuse_service(question.text)
        if question.format not in formats_of(form):
            raise ParameterError(
                f"the answer to {form} cannot be written in {question.format.title}"
            )
        query = Query(question, self._request(question, checked=short))
        ticket = Ticket(question.client, question.trusted or self._verdicts.was_light(query.key))
        self._clients.enter(ticket.client, known=ticket.known)
        query.end = once(partial(self._clients.leave, ticket.client, known=ticket.known))
        run = self._begin_at_once(query, ticket)
        if run is not None and (whole := await self._whole(run)) is not None:
            return Answer(form, question.format, whole)
        stream = self._watch(query, ticket, run)
        await stream.begin()
        return Answer(form, question.format, stream)

    async def retire(self) -> None:
        """Let the running and waiting queries end, then close."""
        try:
            while self._queries or self._at_once:
                await asyncio.sleep(_LOOK_AGAIN)
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop everything at once; closing twice is closing once."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())
        await asyncio.shield(self._ending)

    async def _end(self) -> None:
        for query in self._queries:
            query.cancel()
        await asyncio.gather(*self._queries, return_exceptions=True)
        await self._workers.close()

    def _lane(self, size: int, kept_free: int) -> Lane:
        limits = self._limits
        return Lane(
            size, self._clients.used, queue=limits.queue, wait=limits.wait, kept_free=kept_free
        )

    def _request(self, question: Question, *, checked: bool) -> Request:
        default_graphs = named_graphs = None
        if question.default_graphs or question.named_graphs:
            default_graphs = tuple(Iri(graph).value for graph in question.default_graphs)
            named_graphs = tuple(Iri(graph).value for graph in question.named_graphs)
        return Request(
            text=bind(question.text, question.bindings) if question.bindings else question.text,
            format=question.format.name,
            default_graphs=default_graphs,
            named_graphs=named_graphs,
            timeout=min(self._limits.timeout, question.timeout or self._limits.timeout),
            size=self._limits.size,
            rows=self._limits.rows,
            checked=checked,
        )

    def _begin_at_once(self, query: Query, ticket: Ticket) -> Run | None:
        """Have a worker begin, if there is a turn in the light lane and one that stands ready.

        So it works already while a task is made that waits for what it says.
        """
        if self._is_heavy(query) or not self._light.take(ticket):
            return None
        worker = self._workers.take_at_once()
        if worker is None:
            self._light.leave(ticket)
            return None
        return Run(query, ticket, self._light, worker)

    async def _whole(self, run: Run) -> Whole | None:
        """Wait a moment for an answer that comes whole, as most do.

        It so takes no task, no stream, and fewer turns of the loop.

        Returns:
            None where it does not, or the worker has ended.

        Raises:
            GuidanceGraphError: there is no answer.
        """
        moment = min(_MOMENT, self._limits.light, run.query.request.timeout)
        self._at_once += 1
        try:
            frames = await run.worker.whole(moment)
        except BaseException:
            run.query.end()
            self._put_away(run, usable=False)
            raise
        finally:
            self._at_once -= 1
        if frames is None:
            return None
        run.query.end()
        content = frames.pop().content
        usable = self._judge(run, content)
        asyncio.get_running_loop().call_soon(partial(self._put_away, run, usable=usable))
        if "error" in content:
            raise error_of(content)
        return Whole(b"".join([frame.payload for frame in frames]), Cost(**content))

    def _watch(self, query: Query, ticket: Ticket, run: Run | None) -> Stream:
        """Return the stream of an answer, and have a task see to it."""
        task = asyncio.create_task(self._answer(query, ticket, run))
        self._queries.add(task)

        def end(task: asyncio.Task[None]) -> None:
            self._queries.discard(task)
            query.end()
            if run is not None and not run.watched:  # cancelled before its first step
                self._put_away(run, usable=False)

        task.add_done_callback(end)
        query.stream.come_from(task)
        return query.stream

    async def _answer(self, query: Query, ticket: Ticket, begun: Run | None) -> None:
        """Have a query answered in its turn, and say so where it cannot be."""
        try:
            if begun is None and self._is_heavy(query):
                again = True
            else:
                again = await self._answer_in_the_light_lane(query, ticket, begun)
            if again:
                await self._answer_in_the_heavy_lane(query, ticket)
        except GuidanceGraphError as error:
            query.end()
            query.stream.fail(error)

    def _is_heavy(self, query: Query) -> bool:
        """Whether a query is known to be one for the heavy lane."""
        return self._makes_room(query) and self._verdicts.was_heavy(query.key)

    async def _answer_in_the_light_lane(
        self, query: Query, ticket: Ticket, run: Run | None
    ) -> bool:
        """Have a query answered in its turn; return whether it has to be run again."""
        if run is None:
            run = await self._begin_in_turn(query, ticket, self._light, self._workers.take)
        await self._run(run)
        return run.again

    async def _answer_in_the_heavy_lane(self, query: Query, ticket: Ticket) -> None:
        start = self._workers.start_apart
        await self._run(await self._begin_in_turn(query, ticket, self._heavy, start))

    async def _begin_in_turn(
        self, query: Query, ticket: Ticket, lane: Lane, supply: Callable[[], Awaitable[Worker]]
    ) -> Run:
        """Have a worker begin, once there is a turn and a worker."""
        await lane.turn(ticket)
        try:
            worker = await supply()
        except BaseException:
            lane.leave(ticket)
            raise
        return Run(query, ticket, lane, worker)

    async def _run(self, run: Run) -> None:
        """Pass on what a worker says, and give the turn back."""
        worker, request, stream = run.worker, run.query.request, run.query.stream
        run.watched = True
        usable = False
        if run.lane is self._light and self._makes_room(run.query):
            run.patience = _PATIENCE * self._limits.light
            spent = asyncio.get_running_loop().time() - run.began
            self._make_room_later(run, max(self._limits.light - spent, 0))
        try:
            async with asyncio.timeout_at(run.began + request.timeout):
                while (frame := await worker.receive()).kind is Kind.DATA:
                    run.begun = True
                    await stream.put(frame.payload)
            run.done()
            run.query.end()
            content = frame.content
            usable = self._judge(run, content)
            run.again = False  # it has ended in the very moment that it was to make room
            if frame.kind is Kind.ERROR:
                stream.fail(error_of(content))
            else:
                stream.end(Cost(**content))
                await asyncio.sleep(0)  # the answer goes first, and then what is to be put away
        except TimeoutError:
            run.again = False  # its time was over in the very moment that it was to make room
            run.query.end()
            stream.fail(QueryTimeoutError(f"the query was stopped after {request.timeout:g} s"))
        except EOFError:
            if not run.again:
                run.query.end()
            if run.killed and not run.again:
                stream.fail(EngineBusyError(_BUSY))
            elif not run.again:
                stream.fail(await worker.cause_of_death(request.text))
        finally:
            run.done()
            self._put_away(run, usable=usable)

    def _judge(self, run: Run, content: dict[str, Any]) -> bool:
        """Note whether a query was light; return whether its worker can be asked again.

        Args:
            run: the query, which has ended.
            content: what the last frame says; what it says of the worker is taken out.
        """
        worker = run.worker
        used, worker.used_before = worker.used_before, content.pop("processor")
        self._verdicts.judge(run.query.key, light=worker.used_before - used < self._limits.light)
        return not content.pop("worn") and not run.killed

    def _put_away(self, run: Run, *, usable: bool) -> None:
        """Give back the turn of a query that has ended, and the worker if it came to its end."""
        self._charge(run)
        if usable:
            self._workers.give_back(run.worker)
        else:
            run.worker.kill()
        run.lane.leave(run.ticket)

    def _charge(self, run: Run) -> None:
        """Note what a query has taken since this was last noted."""
        since, run.since = run.since, asyncio.get_running_loop().time()
        self._clients.charge(run.ticket.client, run.since - since)

    def _makes_room(self, query: Query) -> bool:
        """Whether a query that turns out to be heavy leaves the light lane."""
        return bool(self._limits.heavy) and not query.question.trusted

    def _make_room_later(self, run: Run, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        run.patience -= seconds
        run.timer = loop.call_later(seconds, self._make_room, run)

    def _make_room(self, run: Run) -> None:
        """Have a query leave the light lane, unless others held it up more than it held them.

        One that its own client holds up leaves at once.
        """
        rest = self._limits.light - run.worker.used
        if rest > 0 and run.patience > 0 and not run.query.stream.is_full:
            self._make_room_later(run, max(rest, _LOOK_AGAIN))
            return
        self._verdicts.judge(run.query.key, light=False)
        self._charge(run)  # at its end would be too late for those who wait meanwhile
        self._demoted += 1
        if self._heavy.take(run.ticket):
            self._move(run, self._heavy)
        elif run.begun and self._begun.take(run.ticket):
            self._move(run, self._begun)
        else:
            run.again = not run.begun
            run.killed = True
            run.worker.kill()
            if run.begun:  # and it may be waiting for its client, not for the worker
                run.query.stream.fail(EngineBusyError(_BUSY))

    def _move(self, run: Run, lane: Lane) -> None:
        """Have a query go on in another lane, and its worker with it."""
        self._workers.set_apart(run.worker)
        run.lane = lane
        self._light.leave(run.ticket)
