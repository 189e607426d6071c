# SPDX-License-Identifier: EUPL-1.2
"""``SERVICE``, for the endpoints that the operator has listed.

A worker can open no socket, so the server asks before the query runs, and puts the solutions in
place of the clause: ``SERVICE <…> { … }`` becomes ``VALUES (…) { … }``. By SPARQL 1.1 Federated
Query (section 4), a clause is evaluated by itself to a multiset of solutions, which is joined with
the others; so is ``VALUES``, and the answer is the same. A query with no clause left passes
``text.service.refuse_service`` like any other.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from guidance_graph.engine.federation.clauses import Clause, find_clauses
from guidance_graph.engine.federation.client import ServiceClient
from guidance_graph.engine.federation.listed import ServiceAddress, read_list
from guidance_graph.engine.federation.results import Row, read_solutions
from guidance_graph.engine.pool.clients import Clients
from guidance_graph.engine.text.service import refuse_service, uses_service
from guidance_graph.engine.text.tokens import beside, query_form
from guidance_graph.terms.errors import (
    EngineBusyError,
    QueryRefusedError,
    QueryTimeoutError,
    ResultTooLargeError,
    ServiceError,
)
from guidance_graph.terms.settings import Settings

#: Of the seconds of a query, the part that services may take; the rest is for what is here.
_SHARE: Final = 0.75


@dataclass(frozen=True)
class FederationLimits:
    """What services may take of this server.

    Attributes:
        clauses: ``SERVICE`` clauses in a query.
        rows: solutions of each.
        size: bytes of the answer of each, and of a query with the solutions in it.
        at_once: queries that ask services at the same time.
        share: of these and those that wait, the queries of one client.
    """

    clauses: int = 4
    rows: int = 10_000
    size: int = 4 << 20
    at_once: int = 4
    share: int = 2


#: What is asked of whom; where two clauses ask the same, it is asked once.
_Ask = tuple[ServiceAddress, str]


class Federation:
    """Asks what the ``SERVICE`` clauses of queries ask."""

    def __init__(
        self,
        services: str = "",
        limits: FederationLimits | None = None,
        client: ServiceClient | None = None,
    ) -> None:
        """Take the list; nothing is asked of anyone yet.

        Args:
            services: IRIs of the endpoints that may be asked, with commas or white space between.
            limits: what they may take.
            client: what asks them.

        Raises:
            SettingError: one of the IRIs can be no endpoint's.
        """
        self._services = read_list(services)
        self._limits = limits or FederationLimits()
        self._client = client or ServiceClient()
        self._clients = Clients(self._limits.share)
        self._slots = asyncio.Semaphore(self._limits.at_once)
        self._reading = asyncio.Lock()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings ask for.

        Raises:
            SettingError: a service has an address that can be no endpoint's.
        """
        return cls(settings.services or "")

    @property
    def services(self) -> tuple[str, ...]:
        """The IRIs of the endpoints that may be asked."""
        return tuple(map(str, self._services))

    async def resolve(self, text: str, timeout: float, client: str = "") -> str:
        """Return a query with the solutions of its ``SERVICE`` clauses in place of them.

        Args:
            text: the query; each line of it stays where it is.
            timeout: seconds that the query may take in all.
            client: who asks, as far as one client is told from another.

        Returns:
            A query that asks for no service.

        Raises:
            QueryError: it is no query, or asks what may not be asked.
            ServiceError: a service failed, and its clause is not ``SILENT``.
            QueryTimeoutError: the same, for it took too long.
            ResultTooLargeError: a service gives too much, be it ``SILENT`` or not.
            EngineBusyError: too many queries ask services, or too many of this client.
        """
        query_form(text)
        if not self._services or not await beside(uses_service, text):
            refuse_service(text)
            return text
        with self._clients.asking(client, known=False):
            return await self._resolve(text, timeout)

    async def _resolve(self, text: str, timeout: float) -> str:
        deadline = asyncio.get_running_loop().time() + _SHARE * timeout
        try:
            async with asyncio.timeout_at(deadline):
                await self._slots.acquire()
        except TimeoutError:
            raise EngineBusyError("too many queries ask services; try again later") from None
        try:
            clauses = await asyncio.to_thread(self._admit, text)
            tables = await self._ask_all(clauses, deadline)
            return await asyncio.to_thread(self._put_in, text, clauses, tables)
        finally:
            self._slots.release()

    def _admit(self, text: str) -> dict[Clause, _Ask]:
        """Return the clauses of a query, and what each asks of whom.

        All is looked at before anything is asked: what is left of the query, and what is sent.

        Raises:
            QueryError: this may not be asked.
        """
        clauses = find_clauses(text)
        if len(clauses) > self._limits.clauses:
            raise QueryRefusedError(f"a query may have {self._limits.clauses} SERVICE clauses")
        asks = {}
        for clause in clauses:
            address = ServiceAddress.read(clause.service)
            if address is None or address not in self._services:
                raise QueryRefusedError(
                    f"{clause.place}: SERVICE <{clause.service}> is refused; it is not on the list"
                    f" of this endpoint: {', '.join(self.services)}"
                )
            refuse_service(clause.query)
            asks[clause] = (address, clause.query)
        refuse_service(_spliced(text, dict.fromkeys(clauses, "VALUES () { }")))
        return asks

    async def _ask_all(
        self, clauses: Mapping[Clause, _Ask], deadline: float
    ) -> dict[_Ask, Sequence[Row] | None]:
        """Return the solutions for each ask, or None where it failed and all clauses are silent.

        Raises:
            GuidanceGraphError: the first that makes the query fail; the others are not waited for.
        """
        loud = {ask for clause, ask in clauses.items() if not clause.silent}
        tasks: dict[_Ask, asyncio.Task[Sequence[Row] | None]] = {}
        try:
            async with asyncio.TaskGroup() as group:
                for ask in clauses.values():
                    if ask not in tasks:
                        asked = self._solutions(ask, deadline, silent=ask not in loud)
                        tasks[ask] = group.create_task(asked)
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return {ask: task.result() for ask, task in tasks.items()}

    async def _solutions(self, ask: _Ask, deadline: float, *, silent: bool) -> Sequence[Row] | None:
        """Return the solutions of one ask, or None where it is silent and failed.

        Raises:
            GuidanceGraphError: it failed.
        """
        service, query = ask
        try:
            async with asyncio.timeout_at(deadline):
                content, media_type = await self._client.ask(service, query, self._limits.size)
                async with self._reading:  # what is read takes many times its size
                    return await asyncio.to_thread(self._read, service, content, media_type)
        except ServiceError:
            if silent:
                return None
            raise
        except TimeoutError:
            if silent:
                return None
            raise QueryTimeoutError(f"the service <{service}> did not answer in time") from None

    def _read(self, service: ServiceAddress, content: bytes, media_type: str) -> Sequence[Row]:
        try:
            return read_solutions(content, media_type, self._limits.rows)
        except ResultTooLargeError as error:
            raise ResultTooLargeError(f"the service <{service}> gives {error}") from error
        except ValueError as error:
            reason = f"gave no answer that can be read: {error}"
            raise ServiceError(str(service), reason) from error

    def _put_in(
        self,
        text: str,
        clauses: Mapping[Clause, _Ask],
        tables: Mapping[_Ask, Sequence[Row] | None],
    ) -> str:
        """Return the query with a table in place of each clause.

        Raises:
            ResultTooLargeError: it is too large.
        """
        written, size = {}, 0
        for clause, ask in clauses.items():
            written[clause] = _values(clause.variables, tables[ask])
            size += len(written[clause])
            if size > self._limits.size:
                raise ResultTooLargeError(
                    f"what the services give takes more than {self._limits.size:,} characters"
                )
        whole = _spliced(text, written)
        refuse_service(whole)
        return whole


def _values(variables: Sequence[str], rows: Sequence[Row] | None) -> str:
    """Return a table; where there are no rows to be had, that of one solution with no values."""
    names = " ".join(f"?{name}" for name in variables)
    table = [dict[str, str]()] if rows is None else rows
    lines = (" ".join(row.get(name, "UNDEF") for name in variables) for row in table)
    return f"VALUES ({names}) {{ {' '.join(f'({line})' for line in lines)} }}"


def _spliced(text: str, written: Mapping[Clause, str]) -> str:
    """Return the text with something else in place of its clauses, and all lines in their place."""
    pieces: list[str] = []
    copied = 0
    for clause, instead in written.items():
        lines = text.count("\n", clause.start, clause.end)
        pieces += text[copied : clause.start], instead, "\n" * lines
        copied = clause.end
    return "".join((*pieces, text[copied:]))
