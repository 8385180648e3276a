"""Hosts for the URLs to open in a browser, on this machine and on the network."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress

if sys.platform == "linux":
    import fcntl

ADDRESS_OF_INTERFACE = 0x8915  # SIOCGIFADDR of Linux
NAME_MAX = 15  # bytes of an interface's name
SOMEWHERE = ("192.0.2.1", 9)  # an unused address (RFC 5737); nothing is sent to it

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def own_hosts(listening: Iterable[str]) -> list[str]:
    """Hosts by which this machine reaches a server that listens at these addresses: localhost first, if possible.

    Addresses in its networks are included only if the server listens at no local one.
    """
    found = [ipaddress.ip_address(one.partition("%")[0]) for one in listening]
    localhost = _localhost()
    named = any(
        one == name or (one.is_unspecified and one.version == name.version) for name in localhost for one in found
    )
    others = [in_url(one) for one in found if one.is_loopback and one not in localhost]
    return ["localhost", *others] if named else others or [in_url(one) for one in found[:1]]


def hosts_for_others(listening: Iterable[str]) -> list[str]:
    """Hosts by which other machines reach a server at these addresses; none if they are all local to this machine."""
    found = [ipaddress.ip_address(one.partition("%")[0]) for one in listening]
    addresses = [one for one in found if not one.is_unspecified and not one.is_loopback]
    if any(one.is_unspecified and one.version == 4 for one in found):
        addresses += _interfaces()
    return [in_url(one) for one in dict.fromkeys(addresses)]


def in_url(address: _Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


def _localhost() -> set[_Address]:
    try:
        return {ipaddress.ip_address(info[4][0]) for info in socket.getaddrinfo("localhost", None)}
    except OSError:
        return {ipaddress.ip_address("127.0.0.1")}


def _interfaces() -> list[_Address]:
    """This machine's addresses in IPv4 networks."""
    found: list[_Address] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        if sys.platform == "linux":
            for _, name in socket.if_nameindex():
                with suppress(OSError):  # the interface has no address
                    request = struct.pack("256s", name.encode()[:NAME_MAX])
                    reply = fcntl.ioctl(asking.fileno(), ADDRESS_OF_INTERFACE, request)
                    found.append(ipaddress.ip_address(reply[20:24]))
        else:
            with suppress(OSError):  # there is no network
                asking.connect(SOMEWHERE)
                found.append(ipaddress.ip_address(asking.getsockname()[0]))
    return [one for one in found if not one.is_loopback]
