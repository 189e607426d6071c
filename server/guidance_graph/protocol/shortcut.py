# SPDX-License-Identifier: EUPL-1.2
"""The way of most requests: past FastAPI, and past the layers that their answers do not need.

Where the processor has done other things meanwhile, the layers together take one to two tenths of a
millisecond, a sixth of what an answer from memory takes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, cast

from fastapi import FastAPI, Request, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from guidance_graph.protocol.compression import Compression
from guidance_graph.protocol.headers import SecurityHeaders
from guidance_graph.protocol.observation import Innermost
from guidance_graph.protocol.problems import stopped
from guidance_graph.protocol.record import note
from guidance_graph.protocol.response import WholeResponse
from guidance_graph.protocol.routing import PlainRoute

_Handler = Callable[[Request, Exception], Awaitable[Response]]
_RESPONSE: Final = "guidance_graph.response"


class Shortcut:
    """Has requests of some routes answered at once, and all others by an app that has them too.

    A whole answer has all that it needs; all else passes the layers that see to headers,
    compression and errors. An error is answered as the app answers it.
    """

    def __init__(self, app: FastAPI, routes: Sequence[PlainRoute]) -> None:
        """Take what is needed.

        Args:
            app: what answers requests of other routes.
            routes: those of the others.
        """
        self._others = _layers(app.build_middleware_stack())
        self._layered = _layers(_respond)
        self._routes = routes
        self._at = {route.path: route for route in routes if not route.param_convertors}
        self._handlers = app.exception_handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        route = self._route(scope) if scope["type"] == "http" else None
        if route is None:
            await self._others(scope, receive, send)
            return
        note(scope=scope)
        request = Request(scope, receive, send)
        response = await self._answer(route, request)
        if isinstance(response, WholeResponse):
            await response(scope, receive, send)
        else:
            scope[_RESPONSE] = response
            await self._layered(scope, receive, send)

    async def _answer(self, route: PlainRoute, request: Request) -> ASGIApp:
        """Return the response, also to an error; what raises it, where nobody handles that."""
        error: Exception
        try:
            return cast(Response, await route.endpoint(request))
        except asyncio.CancelledError:
            error = stopped()
        except Exception as caught:  # noqa: BLE001 (it is raised again, inside of the layers)
            error = caught
        kinds = [kind for kind in type(error).__mro__ if kind is not Exception]
        found = next((kind for kind in kinds if kind in self._handlers), None)
        if found is None:
            return _raising(error)
        return await cast(_Handler, self._handlers[found])(request, error)

    def _route(self, scope: Scope) -> PlainRoute | None:
        """Return the route that takes a request whole, its method too.

        Browsers ask by ``OPTIONS`` what a page may ask, which the layers see to.
        """
        if scope["method"] == "OPTIONS":
            return None
        route = self._at.get(scope["path"])
        if route is not None and not scope["root_path"]:
            scope.update(endpoint=route.endpoint, path_params={}, route=route)
            return route if not route.methods or scope["method"] in route.methods else None
        for route in self._routes:
            match, added = route.matches(scope)
            if match is Match.FULL:
                scope.update(added)
                return route
        return None


def _layers(app: ASGIApp) -> ASGIApp:
    return SecurityHeaders(Compression(Innermost(app)))


async def _respond(scope: Scope, receive: Receive, send: Send) -> None:
    await scope[_RESPONSE](scope, receive, send)


def _raising(error: Exception) -> ASGIApp:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 (as any)
        raise error

    return fail
