# SPDX-License-Identifier: EUPL-1.2
"""Whole graphs: the SPARQL 1.1 Graph Store HTTP Protocol, read side, and the dumps of a release."""

from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from guidance_graph.engine.cache import CachingEngine
from guidance_graph.engine.current import Release
from guidance_graph.engine.formats import CSV, GRAPH_FORMATS, QueryForm
from guidance_graph.engine.question import Question
from guidance_graph.engine.text.terms import Iri
from guidance_graph.protocol.caching import REVALIDATE, entity_tag, unchanged
from guidance_graph.protocol.negotiation import choose_format
from guidance_graph.protocol.request import client_of, format_parameter, parameters, single
from guidance_graph.protocol.response import answer_question
from guidance_graph.terms.errors import ParameterError, ReleaseError
from guidance_graph.terms.namespaces import GRAPHS

READ: Final = ("GET", "HEAD")
WRITE: Final = ("DELETE", "PATCH", "POST", "PUT")

#: Of the place in a file at which a part begins; with more it is past the end of any file.
_MOST_DIGITS: Final = 20
_EVERYTHING: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_MEDIA_TYPES: Final = {each.name: each.media_type for each in (*GRAPH_FORMATS, CSV)}
_OTHER: Final = "application/octet-stream"
#: What a dump can be.
DUMP_TYPES: Final = (*_MEDIA_TYPES.values(), _OTHER)


def graph_router(engine: CachingEngine) -> APIRouter:
    """Return the routes of the graph store, and of each graph at its own address."""
    router = APIRouter()

    @router.api_route("/graph-store", methods=list(READ))
    async def indirect(request: Request) -> Response:
        """Answer with the graph that ``?graph=`` names, or with ``?default``."""
        given = single(parameters(request))
        if ("graph" in given) == ("default" in given):
            raise ParameterError("expected either 'graph' with the IRI of a graph, or 'default'")
        return await graph(request, given.get("graph"), given.get("format"))

    @router.api_route("/graph/{name:path}", methods=list(READ))
    async def direct(request: Request, name: str) -> Response:
        """Answer with the graph whose IRI ends in this path."""
        return await graph(request, GRAPHS + name, format_parameter(request))

    @router.api_route("/graph-store", methods=list(WRITE))
    @router.api_route("/graph/{name:path}", methods=list(WRITE))
    async def write(request: Request) -> Response:
        """Refuse to change anything."""
        raise HTTPException(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"{request.method} would change a graph, and a release is never changed; this graph"
            " store is only read.",
            {"Allow": ", ".join(READ)},
        )

    async def graph(request: Request, name: str | None, wanted: str | None) -> Response:
        chosen = choose_format(request, QueryForm.CONSTRUCT, wanted)
        if name is None:
            text = _EVERYTHING
        elif Iri(name).value in _release(engine).manifest["graphs"]:
            text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {Iri(name)} {{ ?s ?p ?o }} }}"
        else:
            raise HTTPException(
                HTTPStatus.NOT_FOUND,
                f"There is no graph {name}; the service description names those that there are.",
            )
        return await answer_question(
            request,
            engine,
            Question(text, chosen, client=client_of(request)),
            negotiated=not wanted,
        )

    return router


def dump_router(engine: CachingEngine) -> APIRouter:
    """Return the route of the dumps: files of the release, whole or in parts."""
    router = APIRouter()

    @router.api_route("/dumps/{name:path}", methods=list(READ))
    async def dump(request: Request, name: str) -> Response:
        """Answer with a file that the release lists."""
        release = _release(engine)
        file = release.manifest["files"].get(f"dumps/{name}")
        if file is None:
            names = (key.removeprefix("dumps/") for key in release.manifest["files"])
            known = ", ".join(sorted(each for each in names if each.startswith("guidance-graph.")))
            raise HTTPException(
                HTTPStatus.NOT_FOUND,
                f"There is no dump {name!r}; the whole dataset is in: {known}.",
            )
        headers = {"Cache-Control": REVALIDATE}
        tag = entity_tag(file["sha256"][:40])
        path = release.path / "dumps" / name
        if not path.is_file() or (stat := path.stat()).st_size != file["bytes"]:
            raise ReleaseError(f"the dump {name} is missing or damaged")
        modified = formatdate(stat.st_mtime, usegmt=True)
        return unchanged(request, tag, headers, modified) or _Dump(
            path,
            headers=headers | {"ETag": tag},
            media_type=_MEDIA_TYPES.get(name.rpartition(".")[2], _OTHER),
            stat_result=stat,
        )

    return router


class _Dump(FileResponse):
    """A file, or parts of it; a range that it does not have is a problem like any other."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is asked for.

        Parts are for GET, and counted in bytes; else they are not asked for (RFC 9110, 14.2). Of
        several, those that the file does not have are left out.

        Raises:
            HTTPException: the range is none (400), or not in the file (416).
        """
        unit, _, parts = Headers(scope=scope).get("range", "").partition("=")
        kept = [each for each in scope["headers"] if each[0] != b"range"]
        if scope["method"] != "GET" or unit.strip().lower() != "bytes":
            scope = {**scope, "headers": kept}
        elif there := [part for part in parts.split(",") if not self._is_outside(part)]:
            kept.append((b"range", f"bytes={','.join(there)}".encode("latin-1")))
            scope = {**scope, "headers": kept}

        async def send_if_sound(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                place = Headers(raw=message["headers"]).get("content-range")
                raise HTTPException(
                    message["status"],
                    "The header 'Range' names no part of the file, such as bytes=0-999.",
                    None if place is None else {"Content-Range": place},
                )
            await send(message)

        await super().__call__(scope, receive, send_if_sound)

    def _is_outside(self, part: str) -> bool:
        """Whether a part begins past the end of the file, or is of its last 0 bytes."""
        first, _, last = (each.strip() for each in part.partition("-"))
        if not first:
            return last.isdecimal() and not last.strip("0")
        size = int(self.headers["content-length"])
        return first.isdecimal() and int(first[:_MOST_DIGITS]) >= size


def _release(engine: CachingEngine) -> Release:
    if engine.release is None:
        raise ReleaseError("no release is being served yet")
    return engine.release
