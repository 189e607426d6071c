# SPDX-License-Identifier: EUPL-1.2
"""A SPARQL engine elsewhere: its address, and what to show it."""

import re
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, ValidationError

from guidance_graph.terms.errors import SettingError
from guidance_graph.terms.settings import Settings

_VISIBLE: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Backend:
    """Where an engine is asked, and the credentials; these are in no text made of it.

    Attributes:
        url: the address that queries, or graphs, are sent to.
        user: a name, with ``password``; Basic or Digest, as the engine asks.
        password: the password of the name.
        token: a bearer token, in place of a name.
    """

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be sent, and credentials in the address, where logs would show them.

        Raises:
            SettingError: the address holds a name or password, or is none; the token is none.
        """
        if urlsplit(_valid(self.url)).username is not None:
            raise SettingError(
                "the address of an engine must hold no credentials; set"
                " GUIDANCE_GRAPH_BACKEND_USER and GUIDANCE_GRAPH_BACKEND_PASSWORD"
            )
        if self.token is not None and not _VISIBLE.fullmatch(self.token):
            raise SettingError(
                "GUIDANCE_GRAPH_BACKEND_TOKEN: a token has visible ASCII characters only, and no"
                " space or end of line"
            )
        try:
            f"{self.user}{self.password}".encode()
        except UnicodeEncodeError:  # which holds them
            raise SettingError(
                "GUIDANCE_GRAPH_BACKEND_USER and GUIDANCE_GRAPH_BACKEND_PASSWORD: not UTF-8"
            ) from None
        if self.password is not None and self.user is None and self.token is None:
            raise SettingError(
                "GUIDANCE_GRAPH_BACKEND_PASSWORD: it needs a name, GUIDANCE_GRAPH_BACKEND_USER"
            )

    @classmethod
    def of(cls, settings: Settings, url: str | None = None) -> Self | None:
        """Return the engine that the settings name, or None where they name none.

        Args:
            settings: what the operator has set.
            url: another address of the same engine, with the same credentials.

        Raises:
            SettingError: the address cannot be used.
        """
        if url is None:
            if settings.backend is None:
                return None
            url = str(settings.backend)
        password, token = settings.backend_password, settings.backend_token
        return cls(
            url,
            settings.backend_user,
            None if password is None else password.get_secret_value(),
            None if token is None else token.get_secret_value(),
        )


def _valid(url: str) -> str:
    """Return an address as it is.

    Raises:
        SettingError: it is no address of HTTP.
    """
    try:
        AnyHttpUrl(url)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
    else:
        if url.isprintable():
            return url
        reason = "it has a character that is not printable"
    raise SettingError(
        f"the address of an engine must start with http:// or https:// and be valid: {reason}"
    )
