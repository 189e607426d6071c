# SPDX-License-Identifier: EUPL-1.2
"""A connection of a client: how much a request may be, and how long it may take to come.

uvicorn reads requests with httptools, which has no limit on the size of their head or on the time
that they take, writes to standard error for each broken one, loses the body of a request that
offers another protocol (Java's client offers HTTP/2 with each), and takes bytes that do not parse
as reason to answer at once, also where the answer to an earlier request is still to come. Here a
counter and a timer are added, and whatever is refused gets a problem document.
"""

import asyncio
import logging
import re
from asyncio import TimerHandle
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from guidance_graph.protocol.headers import SECURITY_HEADERS
from guidance_graph.protocol.problems import problem

MOST_HEADERS: Final = 100
#: Requests that one connection may have waiting for their turn.
MOST_PIPELINED: Final = 16
#: Connections past the limit that are told so; more are closed unheard.
SPARE_CONNECTIONS: Final = 20

_HOST: Final = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::[0-9]{0,5})?")
_LOG: Final = logging.getLogger(__name__)


class _RefusedError(Exception):
    """What is being read is no request that is answered here."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        self.status = status
        self.detail = detail
        super().__init__(detail)


class Connection(HttpToolsProtocol):
    """A connection; uvicorn makes one for each that it accepts.

    Attributes:
        head_bytes: what the request line and the headers may have, and trailers with them.
        seconds: in which the head of a request must have come, and then its body.
        stalled: seconds in which a client has to take some of its answer.
        ended: seconds in which an answer has to begin when its client has ended what it sends.
    """

    head_bytes: ClassVar[int] = 64 << 10
    seconds: ClassVar[float] = 10.0
    stalled: ClassVar[float] = 60.0
    ended: ClassVar[float] = 1.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading = False  # a request has begun and is not whole
        self._in_head = False
        self._begun_anew = False  # a head or a body has, which has a time of its own
        self._over = False  # what the client still sends is dropped
        self._offers_upgrade = False
        self._is_last = False  # the client has ended what it sends
        self._answered: RequestResponseCycle | None = None  # what is being answered, or was last
        self._size = 0
        self._unread = 0  # bytes since the parser last reported something
        self._refusal: bytes | None = None  # to be sent after the answers to earlier requests
        self._deadline: TimerHandle | None = None
        self._watch: TimerHandle | None = None
        self._leaving: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to count the time; close what is far past the number of connections."""
        super().connection_made(transport)
        limit = self.limit_concurrency
        if limit is not None and len(self.connections) >= limit + SPARE_CONNECTIONS:
            transport.abort()
            return
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers, and tell what is being answered, which may not be the last request."""
        for timer in (self._deadline, self._watch, self._leaving):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)
        if self._answered is not None and not self._answered.response_complete:
            self._answered.disconnected = True
            self._answered.message_event.set()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer a client that has ended what it sends, and then close.

        One that has gone looks the same until something is written to it, so that an answer which
        does not begin soon is for nobody.

        Returns:
            Whether the connection stays open.
        """
        answered = self._answered
        waits = answered is not None and not (answered.response_complete or answered.more_body)
        self._is_last = True
        if waits and not (self._over and self._refusal is None):
            self._leave_later()
        else:
            self._finish()
        return not self.transport.is_closing()

    def data_received(self, data: bytes) -> None:
        """Read on; refuse what cannot be read."""
        while data and not self._over:
            self._unread += len(data)
            data = self._read(data)
        if self._begun_anew and not self._over:
            self._begun_anew = False
            self._set_deadline()

    def _read(self, data: bytes) -> bytes:
        """Read some bytes; return what of them has to be read again."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            return self._without_upgrade(data[offer.args[0] :])
        except httptools.HttpParserCallbackError as error:
            known = error.__context__
            if not isinstance(known, _RefusedError):  # what else is looked at there is the target
                known = _broken("The request line has no address that can be read.")
            self._refuse(known)
        except httptools.HttpParserError as error:
            self._refuse(_broken(f"The request does not parse: {error}."))
        else:
            if self._unread > self.head_bytes:
                self._refuse(self._head_too_large())
        return b""

    def on_message_begin(self) -> None:
        """Begin a request; only this, and not any byte, ends the wait for the next one."""
        self._unset_keepalive_if_required()
        super().on_message_begin()
        self._reading = self._in_head = True
        self._offers_upgrade = False
        self._size = 0
        self._begun_anew = True

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self._unread = 0
        super().on_url(url)
        if len(self.url) > self.head_bytes:
            raise _RefusedError(
                HTTPStatus.REQUEST_URI_TOO_LONG,
                f"The request line may have {self.head_bytes:,} bytes; a longer query can be sent"
                " by POST.",
            )

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a trailer is counted and not passed on."""
        self._unread = 0
        self._size += len(name) + len(value) + 4
        if self._size + len(self.url) > self.head_bytes or len(self.headers) >= MOST_HEADERS:
            raise self._head_too_large()
        if self._in_head:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Have the request answered, if it is one."""
        self._unread = 0
        self._in_head = False
        self._check_head()
        if self.parser.should_upgrade():
            self._offers_upgrade = True
            return
        self._begun_anew = True
        super().on_headers_complete()
        # an answer that ends the connection ends it as is done here
        writer = HeadWithBody(self.transport, self._finish)
        self.cycle.transport = cast(asyncio.Transport, writer)

        def answered() -> None:
            writer.flush()  # to HEAD there is no body that the head could go with
            self.on_response_complete()

        self.cycle.on_response = answered

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._unread = 0
        if self._offers_upgrade:
            return
        self._reading = self._begun_anew = False
        self._unset_deadline()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request, unless this was the last."""
        if self._refusal is not None and not self.pipeline:
            self._send(self._refusal)
        elif self._over and self._refusal is None:
            return
        elif self._is_last and not self.pipeline:
            self._finish()
        elif self.expect_100_continue and self._reading and not self._in_head:
            self._finish()  # whether a body is to come now, the two sides may see differently
        else:
            super().on_response_complete()
            if self._is_last:
                self._leave_later()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def _leave_later(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
        self._leaving = self.loop.call_later(self.ended, self._leave)

    def _leave(self) -> None:
        """Close, unless an answer has begun: by what is written of it, it is seen who has gone."""
        if self._answered is not None and not self._answered.response_started:
            self.transport.abort()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that has been idle."""
        self._finish()

    def pause_writing(self) -> None:
        """Wait for a client to take what it asked for, as long as it takes some of it."""
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        """Go on."""
        if self._watch is not None:
            self._watch.cancel()
        super().resume_writing()

    def _check_head(self) -> None:
        """Refuse a head that parses and yet is none.

        Raises:
            _RefusedError: it is of another version, for a proxy, without a host, with a body whose
                length is not certain, or one of too many.
        """
        version = self.parser.get_http_version()
        hosts: list[bytes] = []
        codings: list[bytes] = []
        for name, value in self.headers:
            if name == b"host":
                hosts.append(value)
            elif name == b"transfer-encoding":
                codings.append(value.lower())
        if version not in ("1.0", "1.1"):
            raise _broken("HTTP/1.1 and HTTP/1.0 are spoken here.")
        if self.parser.get_method() == b"CONNECT":
            raise _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "This is no proxy.")
        if len(hosts) > 1 or (version == "1.1" and not hosts):
            raise _broken(f"Expected one header 'Host', found {len(hosts)}.")
        if not all(map(_HOST.fullmatch, hosts)):
            raise _broken("The header 'Host' names no host.")
        if codings and (version == "1.0" or codings != [b"chunked"]):
            raise _broken("The only transfer coding is 'chunked', in HTTP/1.1.")
        if len(self.pipeline) >= MOST_PIPELINED:
            raise _RefusedError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"A connection may have {MOST_PIPELINED} requests waiting.",
            )
        limit = self.limit_concurrency
        if limit is not None and max(len(self.connections), len(self.tasks)) >= limit:
            raise _RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE, f"{limit - 1:,} connections are all that are held."
            )

    def _without_upgrade(self, rest: bytes) -> bytes:
        """Return the request once more, without its offer of another protocol, and what follows.

        The parser has taken its body for the other protocol, so it is read by a new one.
        """
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/1.1"]
        lines += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return b"\r\n".join([*lines, b"", rest])

    def _head_too_large(self) -> _RefusedError:
        return _RefusedError(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"The request line and headers may have {self.head_bytes:,} bytes, and there may be"
            f" {MOST_HEADERS} headers.",
        )

    def _refuse(self, error: _RefusedError) -> None:
        """Read no more; answer with a problem document, after the answers to earlier requests."""
        _LOG.info("A request was refused: %s", error)
        self._over = True
        content = self._written(error)
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._send(content)
        elif self.pipeline or not cycle.more_body:
            if cycle.more_body:  # what is broken is the last of those that wait
                self.pipeline.popleft()
            self._unset_deadline()
            self._refusal = content
        else:
            started = cycle.response_started
            cycle.disconnected = True
            cycle.message_event.set()
            if started:
                self._finish()
            else:
                self._send(content)

    def _written(self, error: _RefusedError) -> bytes:
        response = problem(error.status, error.detail, SECURITY_HEADERS | {"Connection": "close"})
        lines = [*self.server_state.default_headers, *response.raw_headers]
        head = b"".join(name + b": " + value + b"\r\n" for name, value in lines)
        return STATUS_LINE[error.status] + head + b"\r\n" + bytes(response.body)

    def _send(self, content: bytes) -> None:
        self.transport.write(content)
        self._finish()

    def _finish(self) -> None:
        """Say no more, and close.

        What the client still sends of its request is taken and dropped for a time: on a connection
        that is closed before, it would find an error of the system and not what was answered.
        """
        self._over = True
        self._refusal = None
        self.pipeline.clear()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self._reading and not self._is_last and self.transport.can_write_eof():
            self.transport.write_eof()
            self._set_deadline()
        else:
            self._unset_deadline()
            self.transport.close()
            self._watch_writing()

    def _set_deadline(self) -> None:
        self._unset_deadline()
        self._deadline = self.loop.call_later(self.seconds, self._late)

    def _unset_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        if self._over:
            self.transport.abort()
        elif self.flow.read_paused:
            self._set_deadline()
        elif not self._reading:
            self._finish()
        else:
            what = "head" if self._in_head else "body"
            self._refuse(
                _RefusedError(
                    HTTPStatus.REQUEST_TIMEOUT,
                    f"The {what} of the request did not come within {self.seconds:g} s.",
                )
            )

    def _watch_writing(self, before: int | None = None) -> None:
        """Break off when the client has taken nothing since the last look."""
        left = self.transport.get_write_buffer_size()
        if before is not None and left >= before:
            _LOG.info("A client takes nothing of its answer; the connection is broken off")
            self.transport.abort()
            return
        if self._watch is not None:
            self._watch.cancel()
        self._watch = self.loop.call_later(self.stalled, self._watch_writing, left)


class HeadWithBody:
    """Where a response is written: its head goes together with the first of its body.

    As two packets they would wake the client twice. Where the body is not there at once, the head
    goes alone, at the next turn of the loop.
    """

    def __init__(self, transport: asyncio.Transport, finish: Callable[[], None]) -> None:
        """Take what is needed.

        Args:
            transport: where to write.
            finish: closes it.
        """
        self.is_closing = transport.is_closing
        self._transport = transport
        self._finish = finish
        self._head: bytes | None = None
        self._begun = False

    def write(self, content: bytes) -> None:
        """Write the head, and then the body piece by piece."""
        if not self._begun:
            self._begun = True
            self._head = content
            asyncio.get_running_loop().call_soon(self.flush)
        elif self._head is None:
            self._transport.write(content)
        else:
            head, self._head = self._head, None
            self._transport.writelines((head, content))

    def close(self) -> None:
        """Write what is left, and close."""
        self.flush()
        self._finish()

    def flush(self) -> None:
        """Write the head, if it is still held."""
        if self._head is not None:
            head, self._head = self._head, None
            if not self._transport.is_closing():
                self._transport.write(head)


def connection_class(head_bytes: int, seconds: float) -> type[Connection]:
    """Return the class of connections that have these bounds.

    Args:
        head_bytes: bytes that the request line and the headers may have.
        seconds: in which the head of a request must have come, and then its body.
    """

    class Bounded(Connection):
        pass

    Bounded.head_bytes = head_bytes
    Bounded.seconds = seconds
    return Bounded


def _broken(detail: str) -> _RefusedError:
    return _RefusedError(HTTPStatus.BAD_REQUEST, detail)
