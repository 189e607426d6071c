# SPDX-License-Identifier: EUPL-1.2
import asyncio
from ipaddress import ip_address

import pytest

from guidance_graph.engine.federation.addresses import is_public, look_up

PUBLIC = [
    "1.1.1.1",
    "172.32.0.1",
    "193.40.5.76",
    "2606:4700:4700::1111",
    "2a00:1450::1",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
]
NOT_PUBLIC = {
    "this host": "0.0.0.0",
    "loopback": "127.0.0.1",
    "all of loopback": "127.255.255.254",
    "private, 24 bits": "10.0.0.1",
    "private, 20 bits": "172.16.0.1",
    "private, 16 bits": "192.168.1.1",
    "shared by a provider": "100.64.0.1",
    "link-local": "169.254.0.1",
    "a cloud's metadata": "169.254.169.254",
    "protocol assignments": "192.0.0.9",
    "documentation": "192.0.2.1",
    "relays of 6to4": "192.88.99.1",
    "benchmarks": "198.18.0.1",
    "multicast": "224.0.1.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "unspecified": "::",
    "loopback of 6": "::1",
    "loopback as one of 6": "::ffff:127.0.0.1",
    "a cloud's metadata as one of 6": "::ffff:169.254.169.254",
    "loopback, as was written once": "::127.0.0.1",
    "loopback by NAT64": "64:ff9b::7f00:1",
    "private by NAT64": "64:ff9b::a00:1",
    "NAT64 of a local network": "64:ff9b:1::101:101",
    "loopback by 6to4": "2002:7f00:1::",
    "6to4": "2002:101:101::",
    "Teredo": "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "documentation of 6": "2001:db8::1",
    "more documentation of 6": "3fff::1",
    "unique local": "fd00::1",
    "link-local of 6": "fe80::1",
    "link-local with its interface": "fe80::1%eth0",
    "site-local": "fec0::1",
    "multicast of 6": "ff0e::1",
    "discard": "100::1",
    "not assigned": "4000::1",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_on_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_an_address_that_only_some_machines_reach_is_not(address: str) -> None:
    assert not is_public(ip_address(address))


def test_a_name_is_looked_up() -> None:
    found = asyncio.run(look_up("localhost", 80))
    assert found
    assert all(address.is_loopback for address in found)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_stands_for_itself(host: str) -> None:
    assert list(asyncio.run(look_up(host, 80))) == [ip_address(host)]


@pytest.mark.parametrize("host", ["0x7f.1", "2130706433", "127.1"])
def test_an_odd_way_to_write_an_address_hides_nothing(host: str) -> None:
    assert not any(map(is_public, asyncio.run(look_up(host, 80))))


def test_what_is_no_name_cannot_be_looked_up() -> None:
    with pytest.raises(OSError, match="label"):
        asyncio.run(look_up(f"{'a' * 70}.example", 80))


def test_nobody_waits_for_a_name_that_nobody_wants_any_more() -> None:
    async def give_up() -> None:
        async with asyncio.timeout(0):
            await look_up("localhost", 80)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
