# SPDX-License-Identifier: EUPL-1.2
"""Routes of which FastAPI is spared, and what can be done at one.

It looks for parameters, dependencies and models in each request. A SPARQL request has none of
these, and looking takes a third of the time of an answer that is in memory.
"""

from collections.abc import Iterable
from http import HTTPStatus

from fastapi import Response
from starlette.routing import Match, Route
from starlette.types import Scope


def allowing(methods: Iterable[str]) -> Response:
    """Return the answer to ``OPTIONS``: the methods that can be asked for."""
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": ", ".join(methods)})


class PlainRoute(Route):
    """A route of Starlette that makes itself known in the scope, as those of FastAPI do."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a request is for this route, and what it adds to the scope."""
        match, added = super().matches(scope)
        return match, added if match is Match.NONE else {**added, "route": self}
