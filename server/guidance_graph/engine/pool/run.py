# SPDX-License-Identifier: EUPL-1.2
"""A query on its way through the pool, and its run in a worker."""

import asyncio
from collections.abc import Callable

from guidance_graph.engine.pool.lane import Lane, Ticket
from guidance_graph.engine.pool.process import Worker
from guidance_graph.engine.pool.stream import Stream
from guidance_graph.engine.question import Question
from guidance_graph.engine.worker.frames import Request


def once(action: Callable[[], None]) -> Callable[[], None]:
    """Return what does something when it is first called, and then nothing."""
    left = [action]
    return lambda: left.pop()() if left else None


class Query:
    """A question on its way to an answer.

    Attributes:
        end: counts it no longer as one of its client's; the first call does.
    """

    end: Callable[[], None]

    def __init__(self, question: Question, request: Request) -> None:
        self.question = question
        self.request = request
        self.stream = Stream()
        self.key = hash((request.text, request.default_graphs, request.named_graphs))


class Run:
    """A query in a worker, which has begun with it.

    Attributes:
        worker: the worker.
        lane: the lane that it has a turn in.
        began: when, by the clock of the loop.
        since: when its client was last charged for it, in seconds of the loop.
        patience: seconds that it may yet be in the light lane where the processor is busy.
        begun: whether the answer has begun, so that it can be begun by no other worker.
        killed: whether it was stopped to make room.
        again: whether it then is to be run again.
        watched: whether there is who waits for what the worker says.
        timer: makes it make room.
    """

    def __init__(self, query: Query, ticket: Ticket, lane: Lane, worker: Worker) -> None:
        """Have the worker begin."""
        worker.begin(query.request.frame())
        self.worker = worker
        self.query = query
        self.ticket = ticket
        self.lane = lane
        self.began = self.since = asyncio.get_running_loop().time()
        self.patience = 0.0
        self.begun = False
        self.killed = False
        self.again = False
        self.watched = False
        self.timer: asyncio.TimerHandle | None = None

    def done(self) -> None:
        """Note that it has ended."""
        if self.timer is not None:
            self.timer.cancel()
