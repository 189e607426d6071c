# SPDX-License-Identifier: EUPL-1.2
"""The addresses of machines: those of a name, and which of them are public.

What can be reached from this machine and not from the internet is none of a query's business: its
own services, the local network, the metadata service of a cloud.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address

#: Not held back by ``is_global`` everywhere: protocol assignments, and the relays of 6to4.
_SPECIAL_4: Final = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
#: All that is assigned to machines at large (RFC 4291, section 2.4).
_UNICAST_6: Final = IPv6Network("2000::/3")
#: Of these, protocol assignments with Teredo, 6to4, and documentation; tunnels end anywhere.
_SPECIAL_6: Final = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)
#: Where an IPv4 address is written as one of IPv6: as itself, and by NAT64 (RFC 6052).
_HOLDS_4: Final = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))


def is_public(address: Address) -> bool:
    """Whether an address is that of one machine on the internet.

    Loopback, private, shared (RFC 6598), link-local, multicast, reserved and unspecified ones are
    not; an IPv4 address inside one of IPv6 counts as what it is.
    """
    if isinstance(address, IPv6Address):
        if any(address in network for network in _HOLDS_4):
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        return address in _UNICAST_6 and not any(address in network for network in _SPECIAL_6)
    special = address.is_multicast or any(address in network for network in _SPECIAL_4)
    return address.is_global and not special


async def look_up(host: str, port: int) -> Sequence[Address]:
    """Return the addresses of a host, in the order to try them.

    The system's resolver cannot be stopped. It runs in a thread that nobody waits for once the
    caller has given up, also when the program ends; so it is none of a pool's threads.

    Args:
        host: a name, or an address as text, without brackets.
        port: the port to be connected to.

    Raises:
        OSError: the name has no address, or cannot be looked up.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Address]] = loop.create_future()

    def run() -> None:
        addresses: list[Address] = []
        failure: OSError | None = None
        try:
            known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(ip_address(each[4][0]) for each in known))
        except (OSError, ValueError) as error:  # the latter where it is no name
            failure = error if isinstance(error, OSError) else OSError(str(error))
        with contextlib.suppress(RuntimeError):  # the loop is closed, so nobody waits
            loop.call_soon_threadsafe(_settle, found, addresses, failure)

    threading.Thread(target=run, name=f"look up {host}", daemon=True).start()
    return await found


def _settle(
    found: "asyncio.Future[list[Address]]", addresses: list[Address], failure: OSError | None
) -> None:
    if found.done():  # who asked has gone
        return
    if failure is None:
        found.set_result(addresses)
    else:
        found.set_exception(failure)
