"""Which addresses outgoing hooks may call: public ones, and those that the operator allows.

Without that, whoever may make a hook or controls the name of its host could reach services within the operator's
network, such as the metadata of a cloud's machine (OWASP: server-side request forgery).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


def url_problem(url: str) -> str:
    """Why no hook can call this URL; "" if one can, as far as the URL itself tells."""
    expected = "expected an address such as https://bot.example/chat"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return expected
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return expected
    if not url.isascii() or not url.isprintable() or " " in url:
        return "write the address as browsers send it, in ASCII (xn--…, %…)"
    if parts.username is not None or "#" in url:
        return "leave out the user, the password and the part after #"
    return ""


def is_allowed(address: str, networks: Iterable[str]) -> bool:
    """Whether hooks may call this IP address: a public one, or one in these networks."""
    ip = ip_address(address.partition("%")[0])
    inner = _embedded(ip)
    return _is_public(inner) or any(one in ip_network(each, strict=False) for each in networks for one in (ip, inner))


def _embedded(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address to which packets for this one go in the end, or the address itself."""
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address) and (ip.sixtofour or ip.teredo or ip.is_site_local):  # two tunnels to IPv4
        return False
    # Python counts multicast and some reserved addresses as global.
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)
