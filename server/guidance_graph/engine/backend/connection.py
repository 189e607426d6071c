# SPDX-License-Identifier: EUPL-1.2
"""An HTTP client of an engine elsewhere: whom it trusts, and how it says who asks."""

import ssl
from collections.abc import Generator
from typing import Final

import httpx

from guidance_graph.engine.backend.backend import Backend
from guidance_graph.terms.errors import BackendError

_TIME_TO_CONNECT: Final = 5.0
_SHOWN: Final = 200


def connect(backend: Backend) -> httpx.Client:
    """Return a client that talks to this engine and to nobody else.

    It follows no redirect and takes no proxy or password from the environment; it trusts the
    certificates that the system trusts. It waits for an answer as long as it is let.
    """
    auth: httpx.Auth | None = None
    if backend.token is not None:
        auth = _Token(backend.token)
    elif backend.user is not None:
        auth = _Password(backend.user, backend.password or "")
    return httpx.Client(
        auth=auth,
        timeout=httpx.Timeout(None, connect=_TIME_TO_CONNECT),
        limits=httpx.Limits(max_connections=1),
        headers={"Accept-Encoding": "identity", "User-Agent": "guidance-graph"},
        follow_redirects=False,
        trust_env=False,
        verify=ssl.create_default_context(),
    )


def failure(error: httpx.HTTPError) -> BackendError:
    """Return what went wrong between this program and the engine, without its address."""
    what = "cannot be reached" if isinstance(error, _UNREACHED) else "broke off its answer"
    return BackendError(f"the engine behind this server {what}: {error or type(error).__name__}")


def complaint(response: httpx.Response) -> str:
    """Return what the engine says is wrong, in one short line; its response is read.

    What a terminal would take for a command is left out.
    """
    said = f"{response.status_code} {response.reason_phrase}".strip()
    if response.headers.get("Content-Type", "").startswith("text/html"):
        return said
    lines = (line.strip() for line in response.text.splitlines())
    first = next((line for line in lines if line), "")
    first = "".join(character for character in first if character.isprintable())
    return f"{said}: {first[:_SHOWN]}" if first else said


_UNREACHED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)


class _Token(httpx.Auth):
    """A bearer token, sent with each request."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with the token."""
        request.headers["Authorization"] = self._header
        yield request


class _Password(httpx.Auth):
    """A name and password, sent by Basic or Digest once the engine has asked for one of them.

    A password goes in the clear only to an engine that asks for it so.
    """

    def __init__(self, user: str, password: str) -> None:
        self._basic = httpx.BasicAuth(user, password)
        self._digest = httpx.DigestAuth(user, password)
        self._asked: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request, and once more if it is asked who sends it."""
        if self._asked is None:
            response = yield request
            challenge = response.headers.get("WWW-Authenticate", "").lower()
            if response.status_code != httpx.codes.UNAUTHORIZED or not challenge:
                return
            self._asked = self._digest if challenge.startswith("digest") else self._basic
        yield from self._asked.auth_flow(request)
