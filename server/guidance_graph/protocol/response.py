# SPDX-License-Identifier: EUPL-1.2
"""An answer on its way to the client, and the query stopped when there is no client any more."""

import asyncio
import logging
from collections.abc import Awaitable
from http import HTTPStatus
from types import TracebackType
from typing import Final

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from guidance_graph.engine.answer import Answer, Whole
from guidance_graph.engine.cache import CachingEngine
from guidance_graph.engine.question import Question
from guidance_graph.protocol.caching import NEVER, REVALIDATE, entity_tag, unchanged, weakened
from guidance_graph.protocol.compression import WORTH_COMPRESSING, coding_for, compress
from guidance_graph.protocol.gathering import GatheredResponse, Room
from guidance_graph.protocol.headers import RAW_SECURITY_HEADERS
from guidance_graph.protocol.record import note
from guidance_graph.protocol.spreadsheet import for_spreadsheet, spreadsheet_tag
from guidance_graph.terms.errors import EngineError

_CODED: Final = "Accept-Encoding"
_LOG: Final = logging.getLogger(__name__)
#: For answers that are gathered: two of the largest.
_ROOM: Final = Room(128 << 20)

#: Seconds in which most answers come; only past them it is looked whether the client is there.
_MOMENT: Final = 0.05


class ClientGoneError(Exception):
    """The client has closed the connection; nobody will read an answer."""


async def answer_question(
    request: Request,
    engine: CachingEngine,
    question: Question,
    *,
    negotiated: bool,
    spreadsheet: bool = False,
) -> Response:
    """Return the response to a question: 304 for a client that has the answer, without asking.

    Args:
        request: what is answered.
        engine: what answers.
        question: what is asked.
        negotiated: whether the format was chosen by ``Accept``.
        spreadsheet: whether an answer in CSV is for a spreadsheet.

    Raises:
        GuidanceGraphError: there is no answer.
    """
    note(question=question)
    headers = {"Vary": "Accept"} if negotiated else {}
    if spreadsheet or question.format.is_file:
        name = f"answer.{question.format.name}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    tag = engine.tag(question)
    if tag is not None:
        tag = entity_tag(spreadsheet_tag(tag) if spreadsheet else tag)
    kept = headers | {"Cache-Control": REVALIDATE}
    if (response := unchanged(request, tag, kept)) is not None:
        return response
    try:
        answer = await answer_for(request, engine.ask(question))
    except ClientGoneError:
        note(left=True)
        return Response(status_code=HTTPStatus.NO_CONTENT)
    note(answer=answer)
    if spreadsheet:
        answer = for_spreadsheet(answer)
    if answer.tag is None:
        headers["Cache-Control"] = NEVER
    else:
        headers |= {"Cache-Control": REVALIDATE, "ETag": entity_tag(answer.tag)}
    return await respond(request, engine, answer, headers)


async def answer_for(request: Request, asked: Awaitable[Answer]) -> Answer:
    """Wait for an answer as long as its client does.

    Raises:
        ClientGoneError: the client has gone.
        GuidanceGraphError: there is no answer.
    """
    async with _WhileThere(request.receive):
        return await asked


class _WhileThere:
    """Ends what is done in it when the client goes.

    It begins to look a moment later, so that it costs most answers no more than a timer.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._gone = False
        self._looking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._waits = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(_MOMENT, self._begin_to_look)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._looking is not None:
            self._looking.cancel()  # not awaited: the answer, if it came, is to be handed on
        if self._gone and self._waits is not None:
            nobody_else = self._waits.uncancel() == 0
            if nobody_else and kind is asyncio.CancelledError:
                raise ClientGoneError from error

    def _begin_to_look(self) -> None:
        self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        await _disconnected(self._receive)
        self._gone = True
        if self._waits is not None:
            self._waits.cancel()


class WholeResponse(Response):
    """Brings a whole answer, in the coding that it is to have, and with all of its headers."""

    def __init__(self, content: bytes, headers: dict[str, str]) -> None:
        """Take what is sent; the base class would look for what is not there."""
        self.status_code = HTTPStatus.OK
        self.background = None
        self.body = content
        self.raw_headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers.items()
        ]
        self.raw_headers.append((b"content-length", b"%d" % len(content)))
        self.raw_headers += RAW_SECURITY_HEADERS


class AnswerResponse(Response):
    """Streams an answer.

    Where the answer fails after its first bytes, the connection is broken off: the last chunk of
    HTTP/1.1 is missing, so no client takes the answer for whole. HTTP/1.0 cannot say that; for it
    the answer is gathered first.
    """

    def __init__(self, answer: Answer, headers: dict[str, str]) -> None:
        super().__init__(None, 200, headers | {"Content-Type": answer.format.content_type})
        del self.headers["content-length"]
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer; stop its query when the client has gone."""
        async with self._answer:
            if scope["method"] == "HEAD":
                await self._start(send)
                await send({"type": "http.response.body", "body": b""})
                return
            sending = asyncio.create_task(self._send_all(send))
            gone = asyncio.create_task(_disconnected(receive))
            try:
                await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    await sending
                else:
                    note(left=True)
            except EngineError as error:
                note(error=error)
                _LOG.warning("An answer was broken off: %s", error)
            finally:
                await _cancel(gone)
                await _cancel(sending)

    async def _send_all(self, send: Send) -> None:
        await self._start(send)
        async for chunk in self._answer:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _start(self, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )


async def respond(
    request: Request, engine: CachingEngine, answer: Answer, headers: dict[str, str]
) -> Response:
    """Return the response that brings an answer to its client.

    Args:
        request: what is answered.
        engine: what has answered, and may have the answer compressed.
        answer: the answer.
        headers: further headers.

    Raises:
        EngineError: the client speaks HTTP/1.0, and the answer fails, or there is no room for it.
    """
    headers |= {"Content-Type": answer.format.content_type}
    if not isinstance(answer.chunks, Whole):
        if request.scope["http_version"] != "1.0":
            return AnswerResponse(answer, headers)
        return GatheredResponse(await _ROOM.gather(answer), headers)
    content = answer.chunks.content
    if answer.format.is_file:
        return WholeResponse(content, headers)
    headers["Vary"] = f"{headers['Vary']}, {_CODED}" if "Vary" in headers else _CODED
    coding = coding_for(request) if len(content) >= WORTH_COMPRESSING else None
    if coding is not None:
        content = await engine.coded(answer, content, coding, compress)
        headers["Content-Encoding"] = coding
        if "ETag" in headers:  # a strong tag is that of the bytes as they are
            headers["ETag"] = weakened(headers["ETag"])
    return WholeResponse(content, headers)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cancel(task: "asyncio.Future[None]") -> None:
    """Cancel a task and wait for its end; who waits may be cancelled meanwhile, and then is."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
