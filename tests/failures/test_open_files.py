# SPDX-License-Identifier: EUPL-1.2
"""A shell or a service manager that lets few files be open: the connections as set are served."""

import resource
import socket
from contextlib import ExitStack

from tests.failures.conftest import Start
from tests.failures.program import HANG

FEW = 128
MANY = 150


def test_all_connections_are_served_where_few_files_may_be_open(start: Start) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, hard))  # the server inherits it
    try:
        program = start(connections=MANY)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with ExitStack() as open_ones:
        for _ in range(MANY):
            connection = socket.create_connection(("127.0.0.1", program.port), HANG)
            open_ones.enter_context(connection)
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
    assert not program.trouble()
