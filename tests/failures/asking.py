# SPDX-License-Identifier: EUPL-1.2
"""Clients that ask without pause, and know what every answer must be."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

from tests.failures.program import HANG, until

_PAIRS = 40_000


@dataclass
class Asked:
    """What became of the requests of some clients.

    Attributes:
        right: answers that were whole and right.
        refused: texts of problems with status 503.
        broken: answers or connections that were broken off.
        wrong: everything else.
    """

    right: int = 0
    refused: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Requests that had no answer, and were told so."""
        return len(self.refused) + len(self.broken)


#: Sends one request; returns whether the answer is right.
Ask = Callable[[httpx.Client, random.Random], tuple[httpx.Response, bool]]


def count_of(client: httpx.Client, chance: random.Random) -> tuple[httpx.Response, bool]:
    """Ask for a number that only this question has as its answer; some are heavy."""
    number = chance.randrange(1_000_000_000)
    combined = chance.choice((1_000, 1_000, 1_000, 800_000))
    text = (
        f"SELECT (COUNT(*) + {number} AS ?n)"
        f" {{ {{ SELECT * {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} LIMIT {combined} }} }}"
    )
    response = client.post("/sparql", data={"query": text, "format": "csv"})
    return response, response.text == f"n\r\n{number + combined}\r\n"


def rows_of(client: httpx.Client, chance: random.Random) -> tuple[httpx.Response, bool]:
    """Ask for a streamed answer, several times what is gathered before its first byte."""
    number = chance.randrange(1_000_000_000)
    text = (
        f"SELECT ({number} AS ?n) (STR(?c) AS ?a) {{"
        f" {{ SELECT * {{ ?x ?y ?z . ?d ?e ?c }} LIMIT {_PAIRS} }} }}"
    )
    response = client.post("/sparql", data={"query": text, "format": "tsv"})
    return response, response.content.count(f"\n{number}\t".encode()) == _PAIRS


class Clients:
    """Clients that ask, each in a thread of its own, for the time of a ``with`` statement."""

    def __init__(self, address: str, *asks: Ask) -> None:
        self.asked = Asked()
        self._over = threading.Event()
        self._counting = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(address, ask, random.Random(seed)))
            for seed, ask in enumerate(asks)
        ]

    def answered(self, more: int) -> None:
        """Wait until so many more answers have come."""
        enough = self.asked.right + more
        until(lambda: self.asked.right >= enough or bool(self.asked.wrong), "more answers")

    def _work(self, address: str, ask: Ask, chance: random.Random) -> None:
        with httpx.Client(base_url=address, timeout=HANG) as client:
            while not self._over.is_set():
                try:
                    response, right = ask(client, chance)
                except httpx.TransportError as error:
                    kept, told = self.asked.broken, repr(error)
                    if isinstance(error, httpx.TimeoutException):
                        kept = self.asked.wrong
                    with self._counting:
                        kept.append(told)
                else:
                    self._count(response, right=right)

    def _count(self, response: httpx.Response, *, right: bool) -> None:
        with self._counting:
            if response.status_code == 503:
                self.asked.refused.append(response.json()["detail"])
            elif response.status_code == 200 and right:
                self.asked.right += 1
            else:
                self.asked.wrong.append(f"{response.status_code} {response.text[:300]}")

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        for each in self._threads:
            each.join()
