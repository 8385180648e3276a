"""Addresses in the forms that proxies write: `X-Forwarded-For`, and `Forwarded` (RFC 7239)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

IpAddress = IPv4Address | IPv6Address

HOPS_MAX = 32  # proxies in a row; what stands further left was written by the client
TRANSLATED = IPv6Network("64:ff9b::/96")  # IPv4 addresses as a translator in front of the server writes them
SIZE_MAX = 4 << 10  # characters of a header that are read, from the right

_ELEMENT = re.compile(r'(?:"[^"]*"?|[^",]+)+')  # it never fails after it has begun: linear, whatever comes
_FOR = re.compile(r'(?:^|;)[ \t]*for[ \t]*=[ \t]*("[^"]*"|[^";]*)', re.IGNORECASE)


def hops(headers: Mapping[str, str]) -> list[str]:
    """Whom each proxy was talked to from, as it wrote that, the nearest one first; empty where no proxy said.

    `X-Forwarded-For` counts where there is one: a proxy that writes it may pass on a `Forwarded` that a client made up.
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
    """The address in what a proxy wrote: with a port, in brackets, in quotes, with a zone.

    None for `unknown`, names that hide an address (`_gateway`), Unix sockets, nothing, and everything else.
    """
    text = hop.strip(' \t"')
    if text.startswith("["):
        return parse_address(text[1:].partition("]")[0])
    return parse_address(text) or parse_address(text.rpartition(":")[0])


@lru_cache(maxsize=4096)  # an address is asked for several times; parsing it was a tenth of a join
def parse_address(text: str) -> IpAddress | None:
    """An address as the system writes it, without its zone; an IPv4 one on an IPv6 socket, or behind a translator to
    IPv6 (RFC 6052), is an IPv4 address: all of them would be one network of a home.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if address in TRANSLATED:
        translated = IPv4Address(int(address) & 0xFFFFFFFF)
        return translated if translated.is_global else address  # as the RFC has it: no way to call oneself 127.0.0.1
    return getattr(address, "ipv4_mapped", None) or address
