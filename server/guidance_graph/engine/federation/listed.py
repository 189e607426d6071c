# SPDX-License-Identifier: EUPL-1.2
"""The addresses that ``SERVICE`` may ask: read strictly, so that each has one way to be written."""

import re
from dataclasses import dataclass
from typing import Final, Self

from guidance_graph.terms.errors import SettingError

_ADDRESS: Final = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?P<query>\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_BETWEEN: Final = re.compile(r"[\s,]+")
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True)
class ServiceAddress:
    """The address of a SPARQL endpoint; two that are equal are the same endpoint.

    Attributes:
        scheme: ``http`` or ``https``.
        host: a name in small letters, or an address without brackets.
        port: the port, also where it is that of the scheme.
        target: the path, and the query part with its question mark.
    """

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def read(cls, iri: str) -> Self | None:
        """Return the address that an IRI is, or None where it is none that could be listed.

        Credentials, fragments, and characters outside ASCII are in none.
        """
        found = _ADDRESS.fullmatch(iri)
        if found is None:
            return None
        scheme = found["scheme"].lower()
        port = int(found["port"] or _PORTS[scheme])
        if not 0 < port < 1 << 16:
            return None
        target = (found["path"] or "/") + (found["query"] or "")
        return cls(scheme, found["host"].lower().strip("[]"), port, target)

    @property
    def authority(self) -> str:
        """The host, and its port where it is not that of the scheme: what ``Host`` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        """Return the address as an IRI."""
        return f"{self.scheme}://{self.authority}{self.target}"


def read_list(text: str) -> tuple[ServiceAddress, ...]:
    """Return the addresses of a list that an operator wrote, with commas or white space between.

    Raises:
        SettingError: an entry can be no endpoint's address.
    """
    read = []
    for iri in filter(None, _BETWEEN.split(text)):
        address = ServiceAddress.read(iri)
        if address is None:
            raise SettingError(
                f"GUIDANCE_GRAPH_SERVICES or --services: {_without_credentials(iri)} is not the"
                " address of an endpoint; it starts with http:// or https://, has ASCII characters"
                " only (%-escapes for others), and neither a name and password nor a # part"
            )
        read.append(address)
    return tuple(dict.fromkeys(read))


def _without_credentials(iri: str) -> str:
    return re.sub(r"//[^/]*@", "//…@", iri)
