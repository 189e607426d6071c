# SPDX-License-Identifier: EUPL-1.2
"""The share of a client, and what it has used."""

from contextlib import ExitStack

import pytest

from guidance_graph.engine.pool.clients import Clients
from guidance_graph.terms.errors import ClientShareError


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_client_has_its_share_and_no_more() -> None:
    clients = Clients(share=2)
    with ExitStack() as running:
        for _ in range(2):
            running.enter_context(clients.asking("192.0.2.1", known=False))
        with (
            pytest.raises(ClientShareError, match="2 queries of this client"),
            clients.asking("192.0.2.1", known=False),
        ):
            pass
        with clients.asking("192.0.2.2", known=False), clients.asking("192.0.2.1", known=True):
            pass
    with clients.asking("192.0.2.1", known=False):
        pass


def test_the_share_comes_back_when_a_query_fails() -> None:
    clients = Clients(share=1)
    for _ in range(3):
        with pytest.raises(KeyError), clients.asking("192.0.2.1", known=False):
            raise KeyError
    with clients.asking("192.0.2.1", known=False):
        pass


def test_this_program_itself_has_no_share_and_uses_nothing() -> None:
    clients = Clients(share=1)
    with clients.asking("", known=False), clients.asking("", known=False):
        clients.charge("", 100)
    assert clients.used("") == 0


def test_what_was_used_counts_half_after_half_a_minute() -> None:
    clock = Clock()
    clients = Clients(share=1, clock=clock)
    clients.charge("192.0.2.1", 8)
    assert clients.used("192.0.2.1") == 8
    clock.now += 30
    assert clients.used("192.0.2.1") == pytest.approx(4)
    clients.charge("192.0.2.1", 1)
    assert clients.used("192.0.2.1") == pytest.approx(5)
    assert clients.used("192.0.2.2") == 0


def test_of_many_clients_the_last_are_remembered() -> None:
    clients = Clients(share=1)
    for number in range(10_001):
        clients.charge(str(number), 1)
    assert clients.used("0") == 0
    assert clients.used("10000") > 0
