"""Whose address it is: the peer's own, or the one that a trusted proxy forwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_network
from typing import Any, NamedTuple

from .forwarded import address_in, hops, parse_address

UNIX_PEER = "unix"  # in place of an address: the peer of a Unix socket is a proxy on this machine
CACHED = 4096  # addresses at most
NETWORK_V6 = 64  # bits: a home gets a /64, and with it more addresses than there are grains of sand


class ClientAddress(NamedTuple):
    """The origin of a request.

    `network` is what counts by address go by: the address, or the /64 of an IPv6 one. `limit_key` is the same, or ""
    where limits by address don't apply; `bar_key`, or "" for one that no moderator can bar.
    """

    address: str
    network: str
    limit_key: str
    bar_key: str


class Proxies:
    """The proxies whose word on a client's address counts: addresses and networks. Raises ValueError."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted = [ip_network(one.strip(), strict=False) for one in trusted if one.strip()]
        # All are asked for with each join, and to work them out took a tenth of it.
        cached = lru_cache(maxsize=CACHED)
        self._trusts = cached(self._is_trusted)
        self._cached_client = cached(self._identify)
        self._cached_limit_key = cached(self._limit_key)

    def client(self, peer: str, headers: Mapping[str, str]) -> str:
        """The address that a request comes from; `headers` in lower case.

        Each proxy adds, on the right, the address that it was talked to from. So it is read from the right,
        past the proxies that are trusted, up to the first address that isn't one. What stands further left,
        and the whole header where the peer isn't trusted, is just what a client said. Where the header breaks
        off or is no address, the last trusted proxy stands for everyone behind it.
        """
        client = peer
        if self.trusts(peer):
            for hop in hops(headers):
                before = address_in(hop)
                if before is None:
                    break
                client = str(before)
                if not self.trusts(client):
                    break
        return _canonical(client)

    def identify(self, peer: str, headers: Mapping[str, str]) -> ClientAddress:
        """The client behind `peer`, as `client` finds it."""
        return self._cached_client(self.client(peer, headers), peer)

    def peer_limit_key(self, peer: str) -> str:
        """Like ClientAddress.limit_key, for the peer that opens connections: a proxy opens them for everyone."""
        return self._cached_limit_key(peer)

    def exempt(self, peer: str) -> bool:
        """Is it this very machine, with no proxy on it that we know of?

        Limits per address make no sense then: it is the owner, or everyone behind a proxy that forgot to say
        who they are. Only who connects from here counts: a forwarded address can be anything.
        """
        client = parse_address(peer)
        return client is not None and client.is_loopback and not self.trusts(peer)

    def trusts(self, address: str) -> bool:
        """Is it one of the proxies?"""
        return address == UNIX_PEER or self._trusts(address)

    # -- within: what is cached ----------------------------------------------

    def _is_trusted(self, address: str) -> bool:
        parsed = parse_address(address)
        return parsed is not None and any(parsed in network for network in self._trusted)

    def _identify(self, address: str, peer: str) -> ClientAddress:
        network = rate_limit_key(address)
        limit_key = "" if address == UNIX_PEER or self.exempt(peer) else network
        return ClientAddress(address, network, limit_key, self._bar_key(address, network))

    def _bar_key(self, address: str, network: str) -> str:
        """Nobody is barred by the address of this machine, nor by a proxy's: everyone behind it would be."""
        client = parse_address(address)
        return "" if client is None or client.is_loopback or self._trusts(address) else network

    def _limit_key(self, peer: str) -> str:
        return "" if self.exempt(peer) or self.trusts(peer) else rate_limit_key(peer)


def peer_of(address: Any) -> str:
    """The address of a peer, of what its socket calls it; UNIX_PEER for one at a Unix socket, which has no name.

    Any: what that is depends on the family of the socket.
    """
    return str(address[0]) if isinstance(address, tuple) else UNIX_PEER


@lru_cache(maxsize=CACHED)
def _canonical(address: str) -> str:
    return str(parse_address(address) or address)


@lru_cache(maxsize=CACHED)
def rate_limit_key(address: str) -> str:
    """The key for limits per address: an IPv4 address, or the /64 of an IPv6 one."""
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, NETWORK_V6), strict=False))
    return str(parsed or address)
