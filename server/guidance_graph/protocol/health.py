# SPDX-License-Identifier: EUPL-1.2
"""``/health``: whether the server lives, and whether it can answer."""

import asyncio
import json
import logging
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from guidance_graph import __version__
from guidance_graph.engine.current import CurrentEngine
from guidance_graph.engine.formats import JSON
from guidance_graph.engine.remote import HELD, NOT_HELD
from guidance_graph.terms.errors import EngineBusyError, GuidanceGraphError, ReleaseError

_LOG: Final = logging.getLogger(__name__)

_TIME_TO_ANSWER: Final = 2.0
_RETRY_AFTER: Final = "5"


class Readiness:
    """Whether to ask the server: a release, a worker, and the engine elsewhere if one is set.

    That engine is asked in the background, and not when somebody wants to know, so that a monitor
    costs it nothing.

    Attributes:
        stopping: whether the server answers, but is about to stop.
    """

    def __init__(self, engine: CurrentEngine) -> None:
        self.stopping = False
        self._engine = engine
        self._lost: str | None = None

    @property
    def trouble(self) -> str | None:
        """Why the server should not be asked; None where it should."""
        if self.stopping:
            return "the server is about to stop"
        if not self._engine.ready:
            return "no worker is up"
        return self._lost

    @property
    def ready(self) -> bool:
        """Whether the server should be asked."""
        return self.trouble is None

    async def watch(self, interval: float = 5.0) -> None:
        """Ask the engine elsewhere every so many seconds, until cancelled."""
        while True:
            await asyncio.sleep(interval)
            await self.probe()

    async def probe(self) -> None:
        """Find out whether the engine elsewhere answers, and from the release that is served.

        It is asked through a worker, as for every query.
        """
        release = self._engine.release
        if release is None:
            return
        probe = HELD % release.manifest["identifier"]
        try:
            answer = await self._engine.query(probe, answer_format=JSON, timeout=_TIME_TO_ANSWER)
            held = json.loads(await answer.read())["boolean"]
            if not held and self._engine.release is release:  # and not another one meanwhile
                raise ReleaseError(NOT_HELD)
        except EngineBusyError:
            return  # all workers have queries, so nothing is known of it
        except GuidanceGraphError as error:
            if self._lost is None:
                _LOG.warning("Not ready: %s", error)
            self._lost = str(error)
        else:
            if self._lost is not None:
                _LOG.info("Ready again")
            self._lost = None


def health_router(engine: CurrentEngine, readiness: Readiness) -> APIRouter:
    """Return the routes that a monitor asks.

    ``/health/live`` says that the process answers; ``/health/ready``, and ``/health``, that it can
    answer queries, or why not.
    """
    router = APIRouter(prefix="/health")

    @router.api_route("/live", methods=["GET", "HEAD"])
    async def live() -> JSONResponse:
        return JSONResponse({"status": "live"}, headers={"Cache-Control": "no-store"})

    @router.api_route("/ready", methods=["GET", "HEAD"])
    @router.api_route("", methods=["GET", "HEAD"])
    async def ready() -> JSONResponse:
        release, trouble = engine.release, readiness.trouble
        content = {
            "status": "ready" if trouble is None else "unavailable",
            "version": __version__,
            "release": None if release is None else release.manifest["digest"],
        }
        headers = {"Cache-Control": "no-store"}
        if trouble is None:
            return JSONResponse(content, headers=headers)
        return JSONResponse(
            content | {"reason": trouble},
            HTTPStatus.SERVICE_UNAVAILABLE,
            headers | {"Retry-After": _RETRY_AFTER},
        )

    return router
