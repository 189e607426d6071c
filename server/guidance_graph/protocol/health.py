# SPDX-License-Identifier: EUPL-1.2
"""``/health``: whether the server lives, and whether it can answer."""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from guidance_graph import __version__
from guidance_graph.engine.current import CurrentEngine


def health_router(engine: CurrentEngine) -> APIRouter:
    """Return the routes that a monitor asks.

    ``/health/live`` says that the process answers; ``/health/ready``, and ``/health`` with more
    detail, that a release is loaded and a worker is up.
    """
    router = APIRouter(prefix="/health")

    @router.get("/live")
    async def live() -> JSONResponse:
        return JSONResponse({"status": "live"})

    @router.get("/ready")
    @router.get("")
    async def ready() -> JSONResponse:
        release = engine.release
        content = {
            "status": "ready" if engine.ready else "unavailable",
            "version": __version__,
            "release": None if release is None else release.manifest["digest"],
        }
        status = HTTPStatus.OK if engine.ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(content, status, {"Cache-Control": "no-store"})

    return router
