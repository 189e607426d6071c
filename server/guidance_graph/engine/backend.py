# SPDX-License-Identifier: EUPL-1.2
"""A SPARQL engine elsewhere: its address, and what to show it."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from guidance_graph.terms.errors import SettingError
from guidance_graph.terms.settings import Settings


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
        """Refuse credentials in the address, where logs would show them.

        Raises:
            SettingError: the address holds a name or password, or is none.
        """
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingError("the address of an engine must start with http:// or https://")
        if parts.username is not None:
            raise SettingError(
                "the address of an engine must hold no credentials; set"
                " GUIDANCE_GRAPH_BACKEND_USER and GUIDANCE_GRAPH_BACKEND_PASSWORD"
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
