# SPDX-License-Identifier: EUPL-1.2
"""The server, put together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from guidance_graph import __version__
from guidance_graph.build.release import current_release
from guidance_graph.engine.answer import Limits
from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.cache import CachingEngine
from guidance_graph.engine.current import CurrentEngine
from guidance_graph.engine.federation.engine import FederatedEngine
from guidance_graph.engine.federation.federation import Federation
from guidance_graph.engine.text.functions import EXTENSION_FUNCTIONS
from guidance_graph.library.library import Library
from guidance_graph.protocol.description import Abilities, description_router
from guidance_graph.protocol.graphs import dump_router, graph_router
from guidance_graph.protocol.health import Readiness, health_router
from guidance_graph.protocol.logs import RequestLog
from guidance_graph.protocol.metrics import Metrics, metrics_router
from guidance_graph.protocol.observation import Observation, Records
from guidance_graph.protocol.problems import add_problem_handlers
from guidance_graph.protocol.record import note_errors
from guidance_graph.protocol.shortcut import Shortcut
from guidance_graph.protocol.sparql import library_route, sparql_route
from guidance_graph.site.openapi import openapi_router
from guidance_graph.site.problem import problem_page
from guidance_graph.site.start import site_router
from guidance_graph.site.templates import Pages
from guidance_graph.terms.errors import GuidanceGraphError
from guidance_graph.terms.namespaces import BASE
from guidance_graph.terms.settings import Settings


class _Server(FastAPI):
    """FastAPI without its own entrance, which sees to telemetry that is not there.

    Where the start fails for a known reason, ``state.trouble`` is it, to be told in place of a
    traceback.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or start and end."""
        scope["app"] = self
        if self.middleware_stack is None:
            return
        if scope["type"] != "lifespan":
            await self.middleware_stack(scope, receive, send)
            return

        async def send_without_traceback(message: Message) -> None:
            known = message["type"] == "lifespan.startup.failed" and self.state.trouble is not None
            await send({**message, "message": ""} if known else message)

        await self.middleware_stack(scope, receive, send_without_traceback)


def create_app(settings: Settings) -> FastAPI:
    """Return the server; it starts its workers, and follows the current release, while it runs.

    Args:
        settings: what the operator has set.

    Raises:
        SourceError: the query library cannot be read.
        ReleaseError: at the start, there is no release that can be served.
    """
    library = Library.load(settings.root / "queries")
    engine = CurrentEngine(
        partial(current_release, settings),
        Limits.of(settings),
        settings.workers,
        Backend.of(settings),
        settings.memory_triples,
    )
    federation = Federation.of(settings)
    federated = FederatedEngine(engine, federation, engine.limits)
    answers = CachingEngine(federated, engine, settings.cache_size << 20)
    readiness = Readiness(engine)
    metrics = Metrics(engine, answers, settings.cache_size << 20, lambda: readiness.ready)
    log = RequestLog(settings, {query.name for query in library})
    records = Records((metrics.count, log))

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            await engine.refresh()
        except GuidanceGraphError as error:
            app.state.trouble = error
            raise
        watches = [asyncio.create_task(engine.watch())]
        if settings.backend is not None:
            watches.append(asyncio.create_task(readiness.watch()))
        try:
            yield
        finally:
            for watch in watches:
                watch.cancel()
            await engine.close()

    app = _Server(
        title="guidance-graph",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would make an address of what the client says is our name
    )
    app.state.library = library
    app.state.trouble = None
    app.state.readiness = readiness
    here = "/" if settings.base_url is None else str(settings.base_url)
    pages = Pages(here)
    add_problem_handlers(app, partial(problem_page, pages))
    note_errors(app)
    functions = EXTENSION_FUNCTIONS if settings.backend is None else ()
    abilities = Abilities(
        engine.limits,
        settings.query_size << 10,
        federation.services,
        functions,
        BASE if settings.base_url is None else here,
    )
    queries = sparql_route(answers, abilities), library_route(answers, library)
    app.routes.extend(queries)
    app.include_router(description_router(answers, abilities))
    app.include_router(graph_router(answers))
    app.include_router(dump_router(answers))
    app.include_router(health_router(engine, readiness))
    app.include_router(metrics_router(metrics, records.hand_on))
    app.include_router(site_router(engine, library, pages))
    app.include_router(openapi_router(library, abilities, pages))
    app.middleware_stack = Observation(Shortcut(app, queries), records)
    return app
