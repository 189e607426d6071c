# SPDX-License-Identifier: EUPL-1.2
"""Settings, from the environment (``GUIDANCE_GRAPH_…``) or from the flags of the command line."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_CHECKOUT = Path(__file__).parents[3]


def _addresses(text: str | None) -> str | None:
    """Check that a text is a list of addresses or networks; uvicorn would take any word for one."""
    for each in text.split(",") if text else ():
        ip_network(each.strip())
    return text


def _base(url: AnyHttpUrl | None) -> AnyHttpUrl | None:
    """Return an address with a slash at its end.

    One to which no path can be added is refused, and one that holds credentials.
    """
    if url is None:
        return None
    text = str(url)
    if "?" in text or "#" in text or url.username or url.password:  # also an empty one
        raise ValueError("has a name, a password, a query or a fragment")
    if "^" in text or "|" in text:
        raise ValueError("has '^' or '|', which no IRI has")
    if "//" in (url.path or ""):
        raise ValueError("has two slashes in its path, so that links would lead elsewhere")
    return AnyHttpUrl(f"{text.rstrip('/')}/")


class Settings(BaseSettings):
    """What an operator may set; ``serve`` has a flag for each, but for secrets."""

    model_config = SettingsConfigDict(env_prefix="GUIDANCE_GRAPH_", frozen=True)

    root: Path = Field(
        default=_CHECKOUT, description="folder that holds ontology/, data/ and queries/"
    )
    releases: Path = Field(
        default=_CHECKOUT / "releases", description="folder that holds the releases"
    )
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0 for any")
    base_url: Annotated[AnyHttpUrl | None, AfterValidator(_base)] = Field(
        default=None,
        description="address by which the public reaches the server, with the path that a proxy"
        " takes off, for links and for what it says of itself; by default"
        " https://w3id.org/guidance-graph/, and links begin with /",
    )
    connections: int = Field(
        default=1000, ge=1, le=100_000, description="connections held at the same time"
    )
    header_size: int = Field(
        default=64, ge=1, le=1024, description="kibibytes request line and headers may have"
    )
    request_timeout: float = Field(
        default=10.0,
        gt=0,
        le=3600,
        description="seconds in which the headers of a request must come, and then its body",
    )
    trusted_proxies: Annotated[str | None, AfterValidator(_addresses)] = Field(
        default=None,
        description="addresses or networks of proxies, comma separated, whose word is taken on who"
        " the client is (X-Forwarded-For)",
    )
    stop_delay: float = Field(
        default=0.0,
        ge=0,
        le=3600,
        description="seconds after SIGTERM in which only /health/ready says that a stop follows",
    )
    stop_timeout: int = Field(
        default=15, ge=0, le=3600, description="seconds that running answers have at a stop"
    )
    workers: int = Field(default=2, ge=1, le=64, description="light queries answered at once")
    heavy_workers: int = Field(
        default=2, ge=0, le=64, description="heavy queries answered at once, beside the light ones"
    )
    light_seconds: float = Field(
        default=0.1,
        gt=0,
        le=3600,
        description="seconds of processor time after which a query is a heavy one",
    )
    client_queries: int = Field(
        default=16, ge=1, le=10_000, description="queries one client may have running and waiting"
    )
    memory_triples: int = Field(
        default=500_000,
        ge=0,
        description="triples up to which a release is held in memory and not read from disk",
    )
    query_timeout: float = Field(
        default=10.0, gt=0, le=3600, description="seconds a query may take"
    )
    query_memory: int = Field(
        default=512,
        ge=64,
        le=1 << 24,
        description="mebibytes a query may take beyond the idle worker",
    )
    query_size: int = Field(
        default=256, ge=1, le=16_384, description="kibibytes the text of a query may have"
    )
    queue_length: int = Field(
        default=64, ge=0, le=10_000, description="queries that may wait for a worker"
    )
    queue_wait: float = Field(
        default=5.0, gt=0, le=3600, description="seconds a query may wait for a worker"
    )
    result_size: int = Field(default=64, ge=1, description="mebibytes an answer may have")
    result_rows: int = Field(
        default=1_000_000, ge=1, description="rows or triples an answer may have"
    )
    cache_size: int = Field(
        default=64, ge=0, description="mebibytes of answers kept in memory; 0 keeps none"
    )
    log_format: Literal["console", "json"] | None = Field(
        default=None,
        description="console or json; by default console on a terminal, else json",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="least level of what is logged: debug, info, warning or error",
    )
    log_queries: bool = Field(
        default=False, description="whether texts of queries are logged, and not only their hashes"
    )
    log_clients: bool = Field(default=False, description="whether addresses of clients are logged")
    backend: AnyHttpUrl | None = Field(
        default=None, description="SPARQL 1.1 engine to ask in place of the store of the release"
    )
    backend_user: str | None = Field(default=None, description="name to give the backend")
    backend_password: SecretStr | None = Field(
        default=None, description="password to give the backend, with backend_user"
    )
    backend_token: SecretStr | None = Field(
        default=None, description="bearer token to give the backend, in place of a name"
    )
    services: str | None = Field(
        default=None,
        description="SPARQL endpoints that SERVICE may ask, comma separated; public addresses only",
    )
