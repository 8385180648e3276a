"""Addresses in the forms that proxies write: `X-Forwarded-For`, and `Forwarded` (RFC 7239)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

IpAddress = IPv4Address | IPv6Address

HOPS_MAX = 32  # proxies in a row; anything further left was written by the client
TRANSLATED = IPv6Network("64:ff9b::/96")  # IPv4 addresses in the form of a translator in front of the server
SIZE_MAX = 4 << 10  # characters of a header that are read, from the right

_ELEMENT = re.compile(r'(?:"[^"]*"?|[^",]+)+')  # it never backtracks: linear for any input
_FOR = re.compile(r'(?:^|;)[ \t]*for[ \t]*=[ \t]*("[^"]*"|[^";]*)', re.IGNORECASE)


def hops(headers: Mapping[str, str]) -> list[str]:
    """The address from which each proxy was contacted, as the proxy wrote it, nearest proxy first; empty if none did.

    `X-Forwarded-For` takes precedence: a proxy that writes it may pass on a `Forwarded` that a client made up.
    """
    listed = headers.get("x-forwarded-for", "")
    if listed:
        return listed[-SIZE_MAX:].split(",")[: -HOPS_MAX - 1 : -1]
    forwarded = headers.get("forwarded", "")
    if not forwarded:
        return []
    elements = _ELEMENT.findall(forwarded[-SIZE_MAX:])
    found = (_FOR.search(element) for element in elements[: -HOPS_MAX - 1 : -1])
    return [match[1] if match else "" for match in found]


def address_in(hop: str) -> IpAddress | None:
    """The address in an entry that a proxy wrote: with a port, in brackets, in quotes, with a zone.

    None for `unknown`, names that hide an address (`_gateway`), Unix sockets, nothing, and everything else.
    """
    text = hop.strip(' \t"')
    if text.startswith("["):
        return parse_address(text[1:].partition("]")[0])
    return parse_address(text) or parse_address(text.rpartition(":")[0])


@lru_cache(maxsize=4096)  # each address is parsed several times, which was a tenth of a join
def parse_address(text: str) -> IpAddress | None:
    """The address in the system's notation, without its zone; None if it isn't one. An IPv4 address that was mapped to
    IPv6 by an IPv6 socket or a translator (RFC 6052) is returned as IPv4: all of these would be one home's network.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if address in TRANSLATED:
        translated = IPv4Address(int(address) & 0xFFFFFFFF)
        return translated if translated.is_global else address  # as the RFC requires: so nobody can claim 127.0.0.1
    return getattr(address, "ipv4_mapped", None) or address
