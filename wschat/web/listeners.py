"""All sockets that one server listens on, and their addresses."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import ip_address
from itertools import combinations, product
from typing import NamedTuple

from ..errors import StartError
from .forwarded import IpAddress
from .listener import TCP, listening_sockets, ready
from .unix_listener import inherited, listen_at

UNIX = "unix:"  # before the path of a Unix socket, in the list of addresses


class Places(NamedTuple):
    """Where a server listens: `addresses` with their common `port` (0: none), and `paths` of Unix sockets."""

    addresses: list[str]
    port: int
    paths: list[str]


def open_listeners(hosts: Sequence[str], port: int, *, share: bool = False) -> list[socket.socket]:
    """Sockets that listen on all `hosts`: addresses, host names, `unix:/path`. With `port` 0, all get the same one.

    With `share` this is a worker: others use the same port, and Unix sockets come from its supervisor.

    Raises StartError, and leaves none open.
    """
    tcp = [host for host in hosts if not host.startswith(UNIX)]
    paths = [host.removeprefix(UNIX) for host in hosts if host.startswith(UNIX)]
    _check_distinct(tcp)
    opened: list[socket.socket] = []
    try:
        for host in tcp:
            opened += listening_sockets(host, port, share=share)
            port = opened[0].getsockname()[1]
        opened += ready(inherited() if share else map(listen_at, paths))
    except BaseException:
        for one in opened:
            one.close()
        raise
    return opened


def places_of(listeners: Sequence[socket.socket]) -> Places:
    """Where these sockets listen."""
    tcp = [one for one in listeners if one.family in TCP]
    paths = [str(one.getsockname()) for one in listeners if one.family not in TCP]
    addresses = [address for one in tcp for address in _listening_at(one)]
    return Places(addresses, tcp[0].getsockname()[1] if tcp else 0, paths)


def _listening_at(listener: socket.socket) -> list[str]:
    """The socket's address, and "0.0.0.0" if it listens there, too, as systemd's socket for a port without address."""
    address = str(listener.getsockname()[0])
    if address == "::" and not listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
        return [address, "0.0.0.0"]  # noqa: S104
    return [address]


def _check_distinct(hosts: Sequence[str]) -> None:
    """Raise StartError if two of the hosts have an address in common, or one of them is all addresses."""
    for one, other in combinations(hosts, 2):
        if any(_overlap(*pair) for pair in product(_addresses(one), _addresses(other))):
            raise StartError(f"Could not listen on both {one} and {other}: they overlap.\nLeave one out: --host")


def _addresses(host: str) -> list[IpAddress]:
    """The addresses of a host; none for a name that can't be looked up: the attempt to listen will tell why."""
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, ValueError):
        return []
    return [ip_address(one.partition("%")[0]) for one in found]


def _overlap(one: IpAddress, other: IpAddress) -> bool:
    return one.version == other.version and (one == other or one.is_unspecified or other.is_unspecified)
