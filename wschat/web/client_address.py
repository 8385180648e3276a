"""Finds a client's address: the peer's own, or the one that a trusted proxy forwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_network
from typing import Any

from ..session import ClientAddress
from .forwarded import address_in, hops, parse_address

UNIX_PEER = "unix"  # in place of an address: the peer of a Unix socket is a proxy on this machine
CACHED = 4096  # addresses at most
NETWORK_V6 = 64  # bits: a home gets a /64, and so more addresses than there are grains of sand


class Proxies:
    """The proxies that are trusted to name a client's address: addresses and networks. Raises ValueError."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted = [ip_network(one.strip(), strict=False) for one in trusted if one.strip()]
        # Each join needs all of these, and computing them took a tenth of it.
        cached = lru_cache(maxsize=CACHED)
        self._trusts = cached(self._is_trusted)
        self._cached_client = cached(self._identify)
        self._cached_limit_key = cached(self._limit_key)

    def client(self, peer: str, headers: Mapping[str, str]) -> str:
        """The address that a request comes from; `headers` in lower case.

        Each proxy adds, on the right, the address from which it was contacted. So the header is read from the right,
        past the trusted proxies, up to the first address that isn't one. Anything further left, and the whole header
        if the peer isn't trusted, is only a client's claim. If the header ends early or has no valid address, the last
        trusted proxy stands for everyone behind it.
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
        """The client behind `peer`, with its keys for limits and bars; `headers` in lower case."""
        return self._cached_client(self.client(peer, headers), peer)

    def peer_limit_key(self, peer: str) -> str:
        """The limit key of a peer that opens a connection; "" for a proxy, which opens them for everyone."""
        return self._cached_limit_key(peer)

    def exempt(self, peer: str) -> bool:
        """Whether the peer is on this machine, and isn't a known proxy.

        Limits per address make no sense then: it is the owner, or everyone behind a proxy that names no clients. Only
        the peer counts here, since a forwarded address can be anything.
        """
        client = parse_address(peer)
        return client is not None and client.is_loopback and not self.trusts(peer)

    def trusts(self, address: str) -> bool:
        """Whether it is the address of a trusted proxy."""
        return address == UNIX_PEER or self._trusts(address)

    # -- within: cached ------------------------------------------------------

    def _is_trusted(self, address: str) -> bool:
        parsed = parse_address(address)
        return parsed is not None and any(parsed in network for network in self._trusted)

    def _identify(self, address: str, peer: str) -> ClientAddress:
        network = rate_limit_key(address)
        limit_key = "" if address == UNIX_PEER or self.exempt(peer) else network
        return ClientAddress(address, network, limit_key, self._bar_key(address, network))

    def _bar_key(self, address: str, network: str) -> str:
        """The bar key; "" for this machine and for proxies: a bar would be for everyone behind them."""
        client = parse_address(address)
        return "" if client is None or client.is_loopback or self._trusts(address) else network

    def _limit_key(self, peer: str) -> str:
        return "" if self.exempt(peer) or self.trusts(peer) else rate_limit_key(peer)


def peer_of(address: Any) -> str:
    """The address of a peer, from its socket's address; UNIX_PEER for a peer at a Unix socket, which has none.

    The type is Any, since it depends on the family of the socket.
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
