# SPDX-License-Identifier: EUPL-1.2
"""Every request observed, from outside of all that the server does with it.

Two pure ASGI middlewares: ``Observation`` is the outermost, so that it sees the bytes as they are
sent; ``Innermost`` is next to the router, so that it sees the route, and an error that nothing
has handled while there still is a response to give.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from guidance_graph.protocol.problems import problem, stopped
from guidance_graph.protocol.record import RECORD, Record, note

#: Takes what is known of a request once it has ended; it raises nothing.
Observer = Callable[[Record], None]

#: Seconds after which records are handed on.
_LATER: Final = 0.005
_LOG: Final = logging.getLogger(__name__)


class Records:
    """The records of requests that have ended, handed on some together and a moment later.

    To count and log a request takes some hundredths of a millisecond, in which a client on this
    machine may wait for the processor, and the next request does for the loop.
    """

    def __init__(self, observers: Sequence[Observer]) -> None:
        """Take those that the records are handed to."""
        self._observers = observers
        self._ended: list[Record] = []

    def add(self, record: Record) -> None:
        """Take the record of a request that has just ended."""
        self._ended.append(record)
        if len(self._ended) == 1:
            asyncio.get_running_loop().call_later(_LATER, self.hand_on)

    def hand_on(self) -> None:
        """Hand on what there is."""
        ended, self._ended = self._ended, []
        for record in ended:
            for observe in self._observers:
                observe(record)


class Observation:
    """Middleware that keeps a record of each request."""

    def __init__(self, app: ASGIApp, records: Records) -> None:
        self._app = app
        self._records = records

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; name it in its response by ``X-Request-ID``."""
        if scope["type"] != "http":
            try:
                await self._app(scope, receive, send)
            finally:
                self._records.hand_on()  # the server ends
            return
        record = Record(os.urandom(8).hex(), scope["method"], time.perf_counter())
        name = (b"x-request-id", record.id.encode())

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                message["headers"] = [*message.get("headers", ()), name]
            elif message["type"] == "http.response.body":
                record.size += len(message.get("body", b""))
            await send(message)

        token = RECORD.set(record)
        try:
            await self._app(scope, receive, send_noted)
        finally:
            RECORD.reset(token)
            record.seconds = time.perf_counter() - record.began
            self._records.add(record)


class Innermost:
    """Middleware that notes what the router saw, and answers an error that nothing has handled.

    The answer so has the headers of every other, and the traceback in the log the name of the
    request. Where the response has begun, the connection is broken off. A request is cancelled only
    at a stop whose time is over, and then is answered too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        note(scope=scope)
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            record = RECORD.get()
            if record is None:
                raise
            record.error = stopped()
            if record.status == 0:
                await problem(503, str(record.error))(scope, receive, send)
        except Exception as error:
            record = RECORD.get()
            if record is None:
                raise
            record.error = error
            _LOG.exception("A request failed")
            if record.status == 0:
                response = problem(500, "This is an error of the server, not of the request.")
                await response(scope, receive, send)
