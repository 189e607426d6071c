# SPDX-License-Identifier: EUPL-1.2
"""An endpoint that misbehaves, or is not where it should be: an error, and nobody else is asked."""

import asyncio
import gzip
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from guidance_graph.engine.federation.addresses import Address
from guidance_graph.engine.federation.client import LookUp, ServiceClient
from guidance_graph.engine.federation.listed import ServiceAddress
from guidance_graph.terms.errors import (
    GuidanceGraphError,
    QueryRefusedError,
    ResultTooLargeError,
    ServiceError,
)
from tests.backends import Asked, free_port, response, scripted
from tests.engine.worker.test_walls import listener, was_reached

QUERY = "SELECT * WHERE { ?s ?p 'é&=+' }"
WHOLE = b'{"head":{"vars":[]},"results":{"bindings":[{}]}}'
MEDIA_TYPE = "application/sparql-results+json"


def anyone(_: Address) -> bool:
    return True


def at(*addresses: str) -> LookUp:
    """A name service that knows one answer."""

    async def look_up(host: str, port: int) -> Sequence[Address]:
        return list(map(ip_address, addresses))

    return look_up


def ask(url: str, client: ServiceClient | None = None, most: int = 10_000) -> tuple[bytes, str]:
    service = ServiceAddress.read(url)
    assert service is not None
    return asyncio.run((client or ServiceClient(anyone)).ask(service, QUERY, most))


def failure(reply: bytes | Callable[[Asked], bytes], most: int = 10_000) -> GuidanceGraphError:
    """What is raised where this is the reply."""
    with (
        scripted(reply if callable(reply) else lambda _: reply) as endpoint,
        pytest.raises(GuidanceGraphError) as raised,
    ):
        ask(endpoint.url, most=most)
    assert len(endpoint.asked) == 1
    return raised.value


def test_a_query_is_sent_as_a_form_and_nothing_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    with scripted(lambda _: response(WHOLE, f"{MEDIA_TYPE}; charset=utf-8")) as endpoint:
        url = f"{endpoint.url}?default-graph-uri=http%3A%2F%2Fe%2F"
        assert ask(url) == (WHOLE, MEDIA_TYPE)
    (asked,) = endpoint.asked
    assert (asked.method, asked.path) == ("POST", "/sparql?default-graph-uri=http%3A%2F%2Fe%2F")
    assert asked.form == {"query": [QUERY]}
    assert asked.headers.pop("user-agent").startswith("guidance-graph/")
    assert asked.headers.pop("accept").startswith("application/sparql-results+json")
    assert asked.headers.pop("host") in endpoint.url
    assert sorted(asked.headers) == [
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
    ]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 X", "308 Y"])
def test_no_redirect_is_followed(status: str) -> None:
    with listener() as elsewhere:
        port = elsewhere.getsockname()[1]
        reply = response(b"", status=status, Location=f"http://127.0.0.1:{port}/")
        error = failure(reply)
        assert not was_reached(elsewhere)
    assert isinstance(error, ServiceError)
    assert f"sends its clients elsewhere ({status[:3]})" in str(error)
    assert str(port) not in str(error).replace(error.service, "")


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
FAILURES = {
    "an error": (
        response(b"\n\nno\x07 memory\n at x", "text/plain", "500 Oh"),
        "500 Oh: no  memory$",
    ),
    "an error in HTML": (response(b"<h1>no", "text/html", "500 Oh"), "answered 500 Oh$"),
    "a long error": (response(b"x" * 9000, "text/plain", "400 Bad"), "400 Bad: x{200}$"),
    "an error that is compressed": (
        response(gzip.compress(b"no"), "text/plain", "503 Later", Content_Encoding="gzip"),
        "503 Later: no$",
    ),
    "an error that is a bomb": (
        response(gzip.compress(b"no" * (9 << 20)), "", "500 Oh", Content_Encoding="gzip"),
        "500 Oh: (no){100}$",
    ),
    "an error that cannot be read": (
        response(b"x", "text/plain", "500 Oh", Content_Encoding="br"),
        "answered 500 Oh$",
    ),
    "a part": (response(WHOLE, status="206 Partial Content"), "answered 206"),
    "nothing": (response(b"", status="204 No Content", Content_Length=""), "answered 204"),
    "half of it": (response(WHOLE[:-9], Content_Length=str(len(WHOLE))), "broke off"),
    "a chunk that does not end": (CHUNKED + b"30\r\n" + WHOLE, "broke off"),
    "no HTTP": (b"220 mail.example ESMTP\r\n", "broke off"),
    "a head without end": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500_000, "broke off"),
    "brotli": (response(WHOLE, Content_Encoding="br"), "compressed its answer as 'br'"),
    "twice compressed": (response(WHOLE, Content_Encoding="gzip, gzip"), "compressed its"),
    "no gzip": (response(WHOLE, Content_Encoding="gzip"), "gave a broken answer"),
    "half of gzip": (response(gzip.compress(WHOLE)[:-8], Content_Encoding="gzip"), "is cut"),
    "more than gzip": (response(gzip.compress(WHOLE) + b"x", Content_Encoding="gzip"), "is cut"),
    "a limit of Virtuoso": (response(WHOLE, X_SPARQL_MaxRows="10000"), "cut its answer"),
    "a timeout of Virtuoso": (response(WHOLE, X_SQL_State="S1TAT"), "cut its answer"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_what_is_no_whole_answer_is_an_error_that_names_the_service(case: str) -> None:
    reply, said = FAILURES[case]
    error = failure(reply)
    assert isinstance(error, ServiceError)
    assert error.service.startswith("http://127.0.0.1:")
    assert re.search(said, str(error))


def test_gzip_is_read() -> None:
    for name in ("gzip", "X-GZIP"):
        reply = response(gzip.compress(WHOLE), Content_Encoding=name)
        with scripted(lambda _, reply=reply: reply) as endpoint:  # type: ignore[misc]
            assert ask(endpoint.url) == (WHOLE, MEDIA_TYPE)


#: Blocks of no bytes: gzip makes nothing of them, however many they are.
EMPTY_BLOCKS = gzip.compress(b"")[:10] + b"\x00\x00\x00\xff\xff" * 4000
HUGE = {
    "long": response(b"x" * 10_001),
    "without a length": response(b"x" * 500_000, Content_Length=""),
    "a bomb": response(gzip.compress(b" " * (200 << 20)), Content_Encoding="gzip"),
    "compressed nothing": response(EMPTY_BLOCKS, Content_Encoding="gzip"),
}


@pytest.mark.parametrize("case", HUGE)
def test_no_more_is_taken_than_may_be(case: str) -> None:
    error = failure(HUGE[case])
    assert isinstance(error, ResultTooLargeError)
    assert "gives more than 10,000 bytes" in str(error)
    with scripted(lambda _: response(b"x" * 10_000)) as endpoint:
        assert len(ask(endpoint.url)[0]) == 10_000


def test_who_does_not_wait_any_more_closes_the_connection() -> None:
    async def give_up(url: str) -> None:
        service = ServiceAddress.read(url)
        assert service is not None
        async with asyncio.timeout(0.2):
            await ServiceClient(anyone).ask(service, QUERY, 100)

    with scripted() as endpoint:
        with pytest.raises(TimeoutError):
            asyncio.run(give_up(endpoint.url))
        assert endpoint.left.wait(60)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]"])
def test_an_address_that_is_not_public_is_not_connected_to(host: str) -> None:
    with listener() as server:
        url = f"http://{host}:{server.getsockname()[1]}/"
        with pytest.raises(QueryRefusedError, match="not a public one"):
            ask(url, ServiceClient())
        assert not was_reached(server)


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["::1", "1.1.1.1"], ["10.0.0.1"]]
)
def test_a_name_with_one_address_that_is_not_public_is_not_connected_to(
    addresses: list[str],
) -> None:
    with listener() as server:
        url = f"http://endpoint.example:{server.getsockname()[1]}/"
        with pytest.raises(QueryRefusedError, match=r"endpoint\.example.* not a public one"):
            ask(url, ServiceClient(look_up=at(*addresses)))
        assert not was_reached(server)


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_connected_to() -> None:
    looked_up = []
    checked = []

    async def look_up(host: str, port: int) -> Sequence[Address]:
        looked_up.append(host)
        return [ip_address("127.0.0.1" if len(looked_up) == 1 else "127.0.0.9")]

    def may_connect(address: Address) -> bool:
        checked.append(str(address))
        return True

    with scripted(lambda _: response(WHOLE)) as endpoint:
        url = endpoint.url.replace("127.0.0.1", "Rebinding.invalid")
        assert ask(url, ServiceClient(may_connect, look_up)) == (WHOLE, MEDIA_TYPE)
    assert looked_up == ["rebinding.invalid"]
    assert checked == ["127.0.0.1"]
    assert endpoint.asked[0].headers["host"] == url.split("/")[2].lower()


def test_the_next_address_is_tried_where_one_takes_no_connection() -> None:
    with scripted(lambda _: response(WHOLE)) as endpoint:
        client = ServiceClient(anyone, at("::1", "127.0.0.1"))
        assert ask(endpoint.url.replace("127.0.0.1", "e.example"), client) == (WHOLE, MEDIA_TYPE)


def test_what_cannot_be_reached_or_found_is_an_error() -> None:
    async def no_name(host: str, port: int) -> Sequence[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    url = f"http://127.0.0.1:{free_port()}/"
    with pytest.raises(ServiceError, match="cannot be reached"):
        ask(url)
    with pytest.raises(ServiceError, match="cannot be found: no such name"):
        ask(url, ServiceClient(anyone, no_name))
    with pytest.raises(ServiceError, match="has no address"):
        ask(url, ServiceClient(anyone, at()))


class Tls:
    """An endpoint by TLS with a certificate for ``service.example``, for one connection."""

    def __init__(self, folder: Path) -> None:
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
                *("ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=service.example"),
                *("-addext", "subjectAltName=DNS:service.example"),
                *("-days", "2", "-keyout", str(key), "-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
        self.trust = ssl.create_default_context(cafile=certificate)
        self.names: list[str | None] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._context.sni_callback = self._note
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _note(self, _: object, name: str | None, __: object) -> None:
        self.names.append(name)

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection, self._socket:
            try:
                with self._context.wrap_socket(connection, server_side=True) as secure:
                    while QUERY[:6].encode() not in secure.recv(1 << 16):
                        pass
                    secure.sendall(response(WHOLE))
            except OSError:
                pass  # the client did not trust it

    def end(self) -> None:
        self._thread.join()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate")
@pytest.mark.parametrize("host", ["service.example", "other.example"])
def test_the_certificate_is_that_of_the_name_and_not_of_the_address(
    host: str, tmp_path: Path
) -> None:
    server = Tls(tmp_path)
    url = f"https://{host}:{server.port}/sparql"
    client = ServiceClient(anyone, at("127.0.0.1"), server.trust)
    if host == "service.example":
        assert ask(url, client) == (WHOLE, MEDIA_TYPE)
    else:
        with pytest.raises(ServiceError, match=r"cannot be reached: .*certificate"):
            ask(url, client)
    server.end()
    assert server.names == [host]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate")
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    server = Tls(tmp_path)
    with pytest.raises(ServiceError, match=r"cannot be reached: .*certificate"):
        ask(f"https://service.example:{server.port}/", ServiceClient(anyone, at("127.0.0.1")))
    server.end()
