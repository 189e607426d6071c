# SPDX-License-Identifier: EUPL-1.2
"""Routes of which FastAPI is spared.

It looks for parameters, dependencies and models in each request. A SPARQL request has none of
these, and looking takes a third of the time of an answer that is in memory.
"""

from starlette.routing import Match, Route
from starlette.types import Scope


class PlainRoute(Route):
    """A route of Starlette that makes itself known in the scope, as those of FastAPI do."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a request is for this route, and what it adds to the scope."""
        match, added = super().matches(scope)
        return match, added if match is Match.NONE else {**added, "route": self}
