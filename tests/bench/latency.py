# SPDX-License-Identifier: EUPL-1.2
"""Seconds per query, of several systems in turn, so that noise of the machine hits all alike."""

import contextlib
import gc
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.bench.cases import Case
from tests.bench.client import Client, NoAnswerError, rows_of
from tests.bench.embedded import Embedded
from tests.bench.systems import EMBEDDED, System

_SEED: Final = 2026
#: However long it takes, each query is sent so often.
_LEAST: Final = 3
#: Seconds after which a system does not answer a query, when it is asked first.
_PATIENCE: Final = 20


@dataclass
class Check:
    """Whether the systems answer, and whether their answers have the same number of rows.

    Attributes:
        cases: the queries that every system answers.
        rows: for each query, those of the store itself.
        refused: for each peer, the queries it does not answer, and what it said.
        differing: for each query, the rows of systems that give another number.
    """

    cases: list[Case] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    refused: dict[str, dict[str, str]] = field(default_factory=dict)
    differing: dict[str, dict[str, int]] = field(default_factory=dict)


def check(cases: Sequence[Case], store: Path, systems: Sequence[System]) -> Check:
    """Ask every system every query once; it warms them too.

    Raises:
        NoAnswerError: the store, or a system started here, does not answer a query.
    """
    found = Check()
    with Embedded(store) as embedded, _clients(systems, _PATIENCE) as clients:
        for case in cases:
            found.rows[case.name] = rows = embedded.ask(case).rows
            everywhere = True
            for system, client in clients.items():
                try:
                    given = rows_of(client.ask(case).body, graph=case.graph)
                except NoAnswerError as error:
                    if system.process is not None:
                        raise NoAnswerError(f"{system.name}: {error}") from error
                    found.refused.setdefault(system.name, {})[case.name] = str(error)[:200]
                    everywhere = False
                else:
                    if given != rows:
                        found.differing.setdefault(case.name, {})[system.name] = given
            if everywhere:
                found.cases.append(case)
    return found


def measure(
    found: Check, store: Path, systems: Sequence[System], rounds: int, seconds: float
) -> dict[str, dict[str, list[float]]]:
    """Return the seconds of each answer, by system and query.

    Args:
        found: what is asked, and how many rows the answers must have.
        store: the store to ask in process.
        systems: what is asked over HTTP.
        rounds: how often each query is sent to each system.
        seconds: after which no further round begins, if each query was sent a few times.

    Raises:
        NoAnswerError: an answer is missing or not whole, or one of a system started here has
            another number of rows than before.
    """
    names = (EMBEDDED, *(system.name for system in systems))
    taken: dict[str, dict[str, list[float]]] = {
        name: {case.name: [] for case in found.cases} for name in names
    }
    order = random.Random(_SEED)
    end = time.monotonic() + seconds
    with Embedded(store) as embedded, _clients(systems) as clients, _without_collection():
        for number in range(rounds):
            if number >= _LEAST and time.monotonic() > end:
                break
            for case in order.sample(found.cases, len(found.cases)):
                asked: list[System | None] = [None, *clients]
                for system in order.sample(asked, len(asked)):
                    if system is None:
                        taken[EMBEDDED][case.name].append(embedded.ask(case).seconds)
                        continue
                    reply = clients[system].ask(case)
                    _compare(found, system, case, rows_of(reply.body, graph=case.graph))
                    taken[system.name][case.name].append(reply.seconds)
    return taken


def _compare(found: Check, system: System, case: Case, rows: int) -> None:
    """Note another number of rows than before; only a peer may give one."""
    expected = found.differing.get(case.name, {}).get(system.name, found.rows[case.name])
    if rows == expected:
        return
    if system.process is not None:
        raise NoAnswerError(f"{system.name}: {case.name} has {rows} rows and had {expected}")
    found.differing.setdefault(case.name, {})[system.name] = rows


@contextlib.contextmanager
def _clients(
    systems: Sequence[System], timeout: float = 3 * _PATIENCE
) -> Iterator[Mapping[System, Client]]:
    """A connection to each system."""
    with contextlib.ExitStack() as stack:
        yield {
            system: stack.enter_context(Client(system.url, system.body_type, timeout))
            for system in systems
        }


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """No search for reference cycles between the start and the end of a measurement."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
