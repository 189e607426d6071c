# SPDX-License-Identifier: EUPL-1.2
"""Routes of which FastAPI is spared, and what can be done at one.

It looks for parameters, dependencies and models in each request, and passes it through layers of
its own. A SPARQL request has none of these, and looking takes a third of the time of an answer that
is in memory; the layers take a twentieth.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

_Handler = Callable[[Request, Exception], Awaitable[Response]]


def allowing(methods: Iterable[str]) -> Response:
    """Return the answer to ``OPTIONS``: the methods that can be asked for."""
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": ", ".join(methods)})


class PlainRoute(Route):
    """A route of Starlette that makes itself known in the scope, as those of FastAPI do."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a request is for this route, and what it adds to the scope."""
        match, added = super().matches(scope)
        return match, added if match is Match.NONE else {**added, "route": self}


class Shortcut:
    """Has requests of some routes answered at once, and all others by an app that has them too.

    An error is answered as the app answers it; one that it has no handler for is raised.
    """

    def __init__(self, app: FastAPI, routes: Sequence[PlainRoute]) -> None:
        self._app: ASGIApp = app.build_middleware_stack()
        self._routes = routes
        self._handlers = app.exception_handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        route = self._route(scope) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            response = await route.endpoint(request)
        except Exception as error:
            kinds = [kind for kind in type(error).__mro__ if kind is not Exception]
            found = next((kind for kind in kinds if kind in self._handlers), None)
            if found is None:
                raise
            response = await cast(_Handler, self._handlers[found])(request, error)
        await response(scope, receive, send)

    def _route(self, scope: Scope) -> PlainRoute | None:
        """Return the route that takes a request whole, its method too."""
        for route in self._routes:
            match, added = route.matches(scope)
            if match is Match.FULL:
                scope.update(added)
                return route
        return None
