"""Whose pages may connect, and whose address it is: the tables of docs/security-settings.md."""

from __future__ import annotations

import pytest

from wschat.errors import StartError
from wschat.web.addresses import Proxies, rate_limit_key
from wschat.web.origins import Origins

from ..support import Nodes
from .raw import Raw

# -- origins ---------------------------------------------------------------------------------------------

HOST = "chat.example:8888"
LISTED = ["https://site.example", "http://other.example:8080"]
ORIGINS = [
    # origin, allowed with nothing listed, with LISTED, with LISTED and null
    (None, True, True, True),  # no browser
    ("http://chat.example:8888", True, True, True),
    ("https://chat.example:8888", True, True, True),  # TLS ends in a proxy
    ("HTTP://CHAT.EXAMPLE:8888", True, True, True),
    ("http://chat.example", False, False, False),  # another port is another origin
    ("http://chat.example:8889", False, False, False),
    ("http://chat.example.evil.example:8888", False, False, False),
    ("http://evil.example", False, False, False),
    ("http://evil.example/chat.example:8888", False, False, False),
    ("http://chat.example:8888@evil.example", False, False, False),
    ("https://site.example", False, True, True),
    ("https://site.example:443", False, True, True),
    ("http://site.example", False, False, False),  # not the scheme that is listed
    ("https://sub.site.example", False, False, False),
    ("http://other.example:8080", False, True, True),
    ("null", False, False, True),
    ("file://", False, False, False),
    ("", False, False, False),
    ("chat.example:8888", False, False, False),
    ("http://[::1", False, False, False),
    ("http://chat.example:99999", False, False, False),
    ("ftp://chat.example:8888", False, False, False),
]  # fmt: skip


@pytest.mark.parametrize(("origin", "alone", "listed", "with_null"), ORIGINS, ids=[repr(row[0]) for row in ORIGINS])
def test_a_page_may_connect_only_from_here_or_from_the_list(
    origin: str | None, alone: bool, listed: bool, with_null: bool
) -> None:
    """This is the table of docs/security-settings.md."""
    results = [Origins(allowed).allows(origin, HOST) for allowed in ([], LISTED, [*LISTED, "null"])]
    assert results == [alone, listed, with_null]
    assert Origins(["*"]).allows(origin, HOST)


def test_a_usual_port_may_be_left_out() -> None:
    """Browsers leave it out of an origin as they do out of `Host`."""
    assert Origins().allows("https://chat.example", "chat.example:443")
    assert Origins().allows("http://chat.example:80", "chat.example")
    assert not Origins().allows("https://chat.example", "chat.example:80")
    assert not Origins().allows("https://chat.example", "")


async def test_another_sites_page_gets_403(node: Nodes) -> None:
    """It is rejected before the upgrade, so its script learns nothing."""
    port = node.nodes[0].edge.port
    for origin, status in [
        ("http://evil.example", 403),
        ("null", 403),
        (f"http://127.0.0.1:{port}", 101),
        ("", 101),
    ]:
        assert (await Raw.connect(port, {"Origin": origin})).status == status


# -- addresses -------------------------------------------------------------------------------------------

PROXIES = ["10.0.0.0/8", "2001:db8::/32", "127.0.0.1"]
FORWARDED = [
    # peer, X-Forwarded-For, and who that is
    ("192.0.2.9", "", "192.0.2.9"),
    ("192.0.2.9", "203.0.113.5", "192.0.2.9"),  # anyone may send the header; this peer is no proxy of ours
    ("10.1.1.1", "", "10.1.1.1"),  # closed: a silent proxy stands for everyone behind it
    ("10.1.1.1", "203.0.113.5", "203.0.113.5"),
    ("10.1.1.1", "6.6.6.6, 203.0.113.5", "203.0.113.5"),  # what stands left was said by the client
    ("10.1.1.1", "203.0.113.5, 10.2.2.2", "203.0.113.5"),  # a row of proxies
    ("10.1.1.1", "6.6.6.6, 203.0.113.5, 10.2.2.2,10.3.3.3", "203.0.113.5"),
    ("10.1.1.1", "127.0.0.1", "127.0.0.1"),
    ("10.1.1.1", "evil", "10.1.1.1"),  # closed: no address, nobody to blame but the proxy
    ("10.1.1.1", "203.0.113.5, evil", "10.1.1.1"),
    ("10.1.1.1", "203.0.113.5,,", "10.1.1.1"),
    ("10.1.1.1", "evil, 10.2.2.2", "10.2.2.2"),
    ("10.1.1.1", "203.0.113.5:4711", "10.1.1.1"),
    ("10.1.1.1", "2001:db8::1", "2001:db8::1"),
    ("10.1.1.1", "2a00::5", "2a00::5"),
    ("::ffff:10.1.1.1", "203.0.113.5", "203.0.113.5"),  # an IPv4 peer on an IPv6 socket
    ("10.1.1.1", "::ffff:203.0.113.5", "203.0.113.5"),
    ("2001:db8::9", "203.0.113.5", "203.0.113.5"),
    ("fe80::1%eth0", "203.0.113.5", "fe80::1"),
    ("", "203.0.113.5", ""),
]  # fmt: skip


@pytest.mark.parametrize(("peer", "forwarded", "client"), FORWARDED)
def test_a_forwarded_address_counts_only_from_a_trusted_proxy(peer: str, forwarded: str, client: str) -> None:
    """The header is read from the right, and in doubt the proxy itself is the client."""
    assert Proxies(PROXIES).client(peer, forwarded) == client
    assert Proxies([]).client("192.0.2.9", forwarded) == "192.0.2.9"


def test_limits_count_ipv6_by_the_network_of_a_home() -> None:
    """One home would otherwise count as 2^64 visitors."""
    assert rate_limit_key("2a00:1:2:3:4:5:6:7") == rate_limit_key("2a00:1:2:3::1") != rate_limit_key("2a00:1:2:4::1")
    assert rate_limit_key("192.0.2.1") != rate_limit_key("192.0.2.2")
    assert rate_limit_key("::ffff:192.0.2.1") == rate_limit_key("192.0.2.1")


def test_this_machine_has_no_limits_unless_it_is_a_proxy() -> None:
    """Behind a proxy that is trusted, loopback is everyone for whom it didn't say who they are."""
    assert Proxies([]).exempt("127.0.0.1")
    assert Proxies([]).exempt("::1")
    assert not Proxies(["127.0.0.1"]).exempt("127.0.0.1")
    assert not Proxies([]).exempt("192.0.2.1")


async def test_a_setting_that_is_no_address_stops_the_start(nodes: Nodes) -> None:
    """A typing error must not admit or reject anyone in silence."""
    with pytest.raises(StartError, match="trusted-proxy"):
        await nodes.start(1, trusted_proxy=("proxy.example",))


async def test_a_proxy_that_nobody_has_named_is_noticed_once(node: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """Its operator would otherwise wonder why limits per address don't work."""
    for _ in range(3):
        await Raw.connect(node.nodes[0].edge.port, {"X-Forwarded-For": "203.0.113.1"})
    assert caplog.text.count("--trusted-proxy") == 1
