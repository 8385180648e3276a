"""Whose pages may connect, and whose address it is: the tables of docs/security-settings.md."""

from __future__ import annotations

import asyncio
import logging
import time
import timeit

import pytest
from websockets.asyncio.client import connect

from wschat.errors import CloseCode, StartError
from wschat.web.client_address import Proxies, rate_limit_key
from wschat.web.origins import Origins

from ..support import Client, Nodes
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
    """The rows are those of the table in docs/security-settings.md."""
    results = [Origins(allowed).allows(origin, HOST) for allowed in ([], LISTED, [*LISTED, "null"])]
    assert results == [alone, listed, with_null]
    assert Origins(["*"]).allows(origin, HOST)


def test_a_usual_port_may_be_left_out() -> None:
    """The default port matches an omitted one, in the origin and in the host."""
    assert Origins().allows("https://chat.example", "chat.example:443")
    assert Origins().allows("http://chat.example:80", "chat.example")
    assert not Origins().allows("https://chat.example", "chat.example:80")
    assert not Origins().allows("https://chat.example", "")


async def test_another_sites_page_gets_403(node: Nodes) -> None:
    """The server answers before the upgrade, so the page's script learns nothing."""
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
    ("10.1.1.1", "unknown", "10.1.1.1"),
    ("10.1.1.1", "203.0.113.5, unknown", "10.1.1.1"),
    ("10.1.1.1", "_gateway", "10.1.1.1"),  # RFC 7239 lets a proxy hide an address
    ("10.1.1.1", "unix:", "10.1.1.1"),  # nginx, of a client on a Unix socket
    ("10.1.1.1", "203.0.113.5:4711", "203.0.113.5"),  # Azure
    ("10.1.1.1", "203.0.113.5:4711, 10.2.2.2:80", "203.0.113.5"),
    ("10.1.1.1", " \t203.0.113.5 ", "203.0.113.5"),
    ("10.1.1.1", '"203.0.113.5"', "203.0.113.5"),
    ("10.1.1.1", "2001:db8::1", "2001:db8::1"),
    ("10.1.1.1", "2a00::5", "2a00::5"),
    ("10.1.1.1", "[2a00::5]", "2a00::5"),
    ("10.1.1.1", "[2a00::5]:4711", "2a00::5"),
    ("10.1.1.1", '"[2a00::5]:4711"', "2a00::5"),
    ("10.1.1.1", "2a00:1:2:3:4:5:6:7", "2a00:1:2:3:4:5:6:7"),
    ("10.1.1.1", "2a00:1:2:3:4:5:6:7:4711", "2a00:1:2:3:4:5:6:7"),
    ("10.1.1.1", "::1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"),
    ("10.1.1.1", "fe80::1%eth0", "fe80::1"),
    ("10.1.1.1", "[fe80::1%25eth0]:80", "fe80::1"),
    ("10.1.1.1", "[2a00::5", "2a00::5"),
    ("10.1.1.1", "[203.0.113.5]", "203.0.113.5"),
    ("10.1.1.1", "::ffff:203.0.113.5:4711", "203.0.113.5"),
    ("10.1.1.1", "203.0.113.999", "10.1.1.1"),
    ("10.1.1.1", "203.0.113.5" + ",10.2.2.2" * 31, "203.0.113.5"),
    ("10.1.1.1", "203.0.113.5" + ",10.2.2.2" * 32, "10.2.2.2"),  # nobody has so many proxies
    ("::ffff:10.1.1.1", "203.0.113.5", "203.0.113.5"),  # an IPv4 peer on an IPv6 socket
    ("10.1.1.1", "::ffff:203.0.113.5", "203.0.113.5"),
    ("2001:db8::9", "203.0.113.5", "203.0.113.5"),
    ("fe80::1%eth0", "203.0.113.5", "fe80::1"),
    ("", "203.0.113.5", ""),
]  # fmt: skip


@pytest.mark.parametrize(("peer", "forwarded", "client"), FORWARDED)
def test_a_forwarded_address_counts_only_from_a_trusted_proxy(peer: str, forwarded: str, client: str) -> None:
    """The header is read from the right, and doubtful entries aren't trusted."""
    assert Proxies(PROXIES).client(peer, {"x-forwarded-for": forwarded}) == client
    assert Proxies([]).client("192.0.2.9", {"x-forwarded-for": forwarded}) == "192.0.2.9"


@pytest.mark.parametrize("peer", ["10.1.1.1", "192.0.2.9"])
@pytest.mark.parametrize("header", ["x-real-ip", "x-client-ip", "cf-connecting-ip", "true-client-ip"])
def test_no_other_header_says_who_somebody_is(peer: str, header: str) -> None:
    """Anybody can send these, and a proxy that doesn't know them passes them on."""
    assert Proxies(PROXIES).client(peer, {header: "203.0.113.5"}) == peer


RFC_7239 = [
    # Forwarded, from 10.1.1.1, and who that is
    ("for=203.0.113.5", "203.0.113.5"),
    ("For=203.0.113.5;proto=https;by=203.0.113.43", "203.0.113.5"),
    ("proto=https; for=203.0.113.5", "203.0.113.5"),
    ('by="[2a00::1]:80";for="[2a00::5]:4711"', "2a00::5"),
    ("for=6.6.6.6, for=203.0.113.5", "203.0.113.5"),
    ("for=203.0.113.5, for=10.2.2.2", "203.0.113.5"),
    ('for="6.6.6.6, for=7.7.7.7", for=203.0.113.5', "203.0.113.5"),
    ('for=203.0.113.5, for="_hidden"', "10.1.1.1"),
    ("for=unknown", "10.1.1.1"),
    ("for=203.0.113.5, proto=https", "10.1.1.1"),  # the nearest proxy says nothing of whom it was talked to from
    ("for = 203.0.113.5", "203.0.113.5"),
    ("xfor=203.0.113.5", "10.1.1.1"),
    ("", "10.1.1.1"),
    ('"', "10.1.1.1"),
    ("," * 100, "10.1.1.1"),
]  # fmt: skip


@pytest.mark.parametrize(("forwarded", "client"), RFC_7239)
def test_the_standard_header_counts_where_there_is_no_other(forwarded: str, client: str) -> None:
    """`Forwarded` is read as RFC 7239 has it, unless the proxy writes `X-Forwarded-For`."""
    assert Proxies(PROXIES).client("10.1.1.1", {"forwarded": forwarded}) == client
    assert Proxies(PROXIES).client("10.1.1.1", {"forwarded": forwarded, "x-forwarded-for": "2a00::7"}) == "2a00::7"
    assert Proxies(PROXIES).client("192.0.2.9", {"forwarded": forwarded}) == "192.0.2.9"


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded"])
@pytest.mark.parametrize(
    "part", ['"', "\\", '"\\', ",", "for=", "10.2.2.2,", "for=10.2.2.2,", ":", "[", "; ", "\t", "%"]
)
def test_a_header_made_to_be_slow_is_read_quickly(header: str, part: str) -> None:
    """Whatever a client writes into the header, 16 KB of it cost less than two milliseconds."""
    proxies = Proxies(PROXIES)
    headers = {header: part * (16_000 // len(part))}
    proxies.client("10.1.1.1", headers)
    taken = min(timeit.repeat(lambda: proxies.client("10.1.1.1", headers), time.process_time, repeat=10, number=1))
    assert taken < 0.002


async def test_several_headers_are_one(nodes: Nodes) -> None:
    """Some proxies add a line of their own instead of lengthening the one that there is (RFC 9110, 5.3)."""
    await nodes.start(1, trusted_proxy=("127.0.0.1", "10.0.0.0/8"), sockets_per_address=1)
    port = nodes.nodes[0].edge.port
    statuses = []
    for real in ("203.0.113.5", "203.0.113.6", "203.0.113.5"):
        lines = f"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: {real}\r\nX-Forwarded-For: 10.2.2.2\r\n"
        raw = await Raw.connect(port, {"Origin": "", "X-Extra": "1\r\n" + lines.rstrip()})
        statuses.append(raw.status)
    assert statuses == [101, 101, 503]


async def test_the_log_has_the_address_of_a_client(nodes: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """From joining to the close; where a wrong password was sent, the network of which all wait for its delay."""
    caplog.set_level(logging.INFO)
    await nodes.start(1, trusted_proxy=("127.0.0.1",), password="sesame")
    headers = {"X-Forwarded-For": "2001:db8:1:2::5"}
    client = Client(await connect(nodes.ws(0), additional_headers=headers, ping_interval=None), "")
    await client.send("hello", name="Ann", password="wrong")
    error = await client.is_refused("password_wrong")
    await asyncio.sleep(error["retry_after"])
    await client.send("hello", name="Ann", password="sesame")
    await client.gets("welcome")
    await client.connection.send("x" * 200_000)
    assert await client.close_code() == CloseCode.TOO_BIG
    found = {one.getMessage(): one.__dict__["address"] for one in caplog.records if "address" in one.__dict__}
    assert found == {
        "Rejected a wrong password": "2001:db8:1:2::/64",
        "Joined": "2001:db8:1:2::5",
        "Closed a connection: message too big": "2001:db8:1:2::5",
    }


def test_limits_count_ipv6_by_the_network_of_a_home() -> None:
    """Otherwise one household would count as 2^64 visitors."""
    assert rate_limit_key("2a00:1:2:3:4:5:6:7") == rate_limit_key("2a00:1:2:3::1") != rate_limit_key("2a00:1:2:4::1")
    assert rate_limit_key("192.0.2.1") != rate_limit_key("192.0.2.2")
    assert rate_limit_key("::ffff:192.0.2.1") == rate_limit_key("192.0.2.1")


def test_an_ipv4_address_behind_a_translator_to_ipv6_counts_alone() -> None:
    """All of them would be one network; nobody can call themselves an address of this machine so."""
    assert rate_limit_key("64:ff9b::8.8.8.8") == rate_limit_key("8.8.8.8") != rate_limit_key("64:ff9b::8.8.4.4")
    assert Proxies(["10.0.0.1"]).client("10.0.0.1", {"x-forwarded-for": "[64:ff9b::808:808]:443"}) == "8.8.8.8"
    assert not Proxies([]).exempt("64:ff9b::127.0.0.1")


def test_this_machine_has_no_limits_unless_it_is_a_proxy() -> None:
    """As a trusted proxy, loopback stands for all clients whose address it didn't forward."""
    assert Proxies([]).exempt("127.0.0.1")
    assert Proxies([]).exempt("::1")
    assert not Proxies(["127.0.0.1"]).exempt("127.0.0.1")
    assert not Proxies([]).exempt("192.0.2.1")


def test_a_forwarded_address_is_never_exempt() -> None:
    """A client may have put «127.0.0.1» into the header, or come through the proxy from this very machine."""
    for proxy in ("10.1.1.1", "127.0.0.1"):
        client = Proxies(PROXIES).identify(proxy, {"x-forwarded-for": "127.0.0.1"})
        assert client.limit_key == "127.0.0.1"
    assert Proxies(["10.0.0.0/8"]).identify("10.1.1.1", {"x-forwarded-for": "127.0.0.1"}).limit_key == "127.0.0.1"
    assert Proxies([]).identify("127.0.0.1", {"x-forwarded-for": "203.0.113.5"}).limit_key == ""


async def test_a_setting_that_is_no_address_stops_the_start(nodes: Nodes) -> None:
    """A typing error must not silently admit or reject anyone."""
    with pytest.raises(StartError, match="trusted-proxy"):
        await nodes.start(1, trusted_proxy=("proxy.example",))


async def test_a_proxy_that_nobody_has_named_is_noticed_once(node: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """Otherwise its operator would wonder why the limits per address don't work."""
    for _ in range(3):
        await Raw.connect(node.nodes[0].edge.port, {"X-Forwarded-For": "203.0.113.1"})
    assert caplog.text.count("--trusted-proxy") == 1


async def test_a_trusted_proxy_that_names_nobody_is_noticed_once(
    nodes: Nodes, caplog: pytest.LogCaptureFixture
) -> None:
    """All its clients count as one address then, which its operator surely didn't want."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",))
    for _ in range(3):
        await Raw.connect(nodes.nodes[0].edge.port)
    assert caplog.text.count("A trusted proxy names no clients") == 1
