# SPDX-License-Identifier: EUPL-1.2
"""Serve the current release, built first where it is not current."""

import gc
import math
import os
import resource
import shutil
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn
from rich.console import Console

from guidance_graph.build.release import current_release, is_current
from guidance_graph.cli.flags import unknown_variables
from guidance_graph.cli.stopping import Server
from guidance_graph.engine.answer import Limits
from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.federation.listed import read_list
from guidance_graph.engine.remote import confirm
from guidance_graph.library.library import Library
from guidance_graph.protocol.connection import connection_class
from guidance_graph.terms.errors import GuidanceGraphError, ReleaseError, SettingError
from guidance_graph.terms.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

_NAME: Final = "guidance-graph"


def serve(settings: Settings, out: Console) -> None:
    """Serve until interrupted.

    Raises:
        SettingError: the address cannot be listened on, or that of an engine or service is none.
        GuidanceGraphError: there is no release, and none can be built.
    """
    Backend.of(settings)
    read_list(settings.services or "")
    for name in unknown_variables(os.environ):
        out.print(f"warning: no setting is called {name}; it does nothing.", style="bold red")
    listener = listen(settings.host, settings.port)
    with listener:
        _ensure_release(settings, out)
        _ensure_backend(settings)
        from guidance_graph.app import create_app  # after the build, which it does not need
        from guidance_graph.cli.logs import configure_logging

        configure_logging(settings)
        allow_files(settings.connections)
        application = create_app(settings)
        with suppress(OSError):  # a full disk is no reason not to serve
            _greet(settings, application.state.library, listener.getsockname()[1], out)
        config = configuration(application, settings)
        server = Server(config, application.state.readiness, settings.stop_delay)
        gc.freeze()  # what is here now stays, and need not be looked through again and again
        try:
            with suppress(KeyboardInterrupt):  # Ctrl+C is how it ends; uvicorn has closed all
                server.run(sockets=[listener])
        except SystemExit:
            if application.state.trouble is None:
                raise
            raise application.state.trouble from None


def allow_files(connections: int) -> None:
    """Have each connection hold its socket and a dump, beside what the system lets be open anyway.

    That is 1,024 files in most shells and under systemd: less than the connections as set may need.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return
    wanted = soft + 2 * connections
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    with suppress(OSError, ValueError):  # a system may have a bound of its own (macOS)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def configuration(application: "FastAPI", settings: Settings) -> uvicorn.Config:
    """How uvicorn is to run the server.

    Addresses that a proxy forwards are believed only of proxies that the operator names; uvicorn
    would believe whatever runs on this machine.
    """
    return uvicorn.Config(
        application,
        http=connection_class(settings.header_size << 10, settings.request_timeout),
        ws="none",
        log_config=None,  # its loggers have no handlers of their own; see cli.logs
        log_level="warning",
        access_log=False,
        proxy_headers=settings.trusted_proxies is not None,
        forwarded_allow_ips=settings.trusted_proxies or [],
        server_header=False,
        limit_concurrency=settings.connections + 1,  # that many are one too many for uvicorn
        timeout_keep_alive=min(5, math.ceil(settings.request_timeout)),
        timeout_graceful_shutdown=settings.stop_timeout,
    )


def _ensure_release(settings: Settings, out: Console) -> None:
    """Build the release if it is not current; where that fails, the last one stays."""
    if is_current(settings):
        return
    Library.load(settings.root / "queries")  # what is wrong with it is told before the work
    from guidance_graph.cli.building import build_release  # pySHACL and all: seconds to import

    out.print("The release is not current; building it.")
    try:
        build_release(settings, out)
    except GuidanceGraphError as error:
        try:
            release = current_release(settings)
        except ReleaseError:
            raise error from None
        out.print(f"warning: {error}", style="bold red")
        out.print(f"Serving the last release, {release.path.name}, as it is.")


def _ensure_backend(settings: Settings) -> None:
    """Make sure that the engine elsewhere, if one is set, holds the release."""
    backend = Backend.of(settings)
    if backend is not None:
        confirm(backend, current_release(settings).manifest, Limits.of(settings))


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there, so that a port in use is told before anything is built."""
    try:
        info = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(info[4][:2], family=info[0])
    except (OSError, UnicodeError) as error:  # the latter where the host cannot be a name
        raise SettingError(
            f"cannot listen on {host}, port {port}: {_reason(error)}; choose others with --host"
            " and --port"
        ) from error
    listener.set_inheritable(False)
    # asyncio asks this only of sockets made with the protocol named; without it the body of an
    # answer waits up to 40 ms for the client to acknowledge the headers
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _reason(error: OSError | UnicodeError) -> str:
    """What the system calls it; ``create_server`` adds the address to it, which is told already."""
    if isinstance(error, UnicodeError):
        return "no name of a host"
    if error.errno is None or isinstance(error, socket.gaierror):
        return str(error.strerror)
    return os.strerror(error.errno)


def _command() -> str:
    """What to type for this command here: its name where the shell finds it, or its path."""
    if shutil.which(_NAME):
        return _NAME
    return os.path.relpath(Path(sys.executable).parent / _NAME)


def _greet(settings: Settings, library: Library, port: int, out: Console) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{port}"
    out.print(f"Serving {current_release(settings).path.name} on {address} (Ctrl+C ends it)")
    if settings.backend is not None:
        out.print(f"Queries are answered by the engine at {settings.backend}")
    names = [query.name for query in library if not query.parameters]
    ask = "SELECT ?class (COUNT(*) AS ?members) { ?s a ?class } GROUP BY ?class"
    out.print("Ask it, for example:")
    if names:
        out.print(f"  {_command()} query {names[0]}")
    out.print(f"  curl {address}/sparql --data-urlencode 'query={ask}'")
