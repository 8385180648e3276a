"""Before anyone is in: origins, addresses, how many, headers, times, TLS."""

from __future__ import annotations

import asyncio
import datetime
import json
import resource
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import connect

from wschat.clocks import Pace
from wschat.errors import StartError
from wschat.web import edge, gate
from wschat.web.addresses import Proxies, group
from wschat.web.gate import Gate, GateLimits
from wschat.web.heartbeat import Heartbeat
from wschat.web.origins import Origins

from ..support import Nodes, settings
from .raw import Raw, command, request

# -- origins -------------------------------------------------------------------

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


@pytest.mark.parametrize(
    ("origin", "alone", "listed", "with_null"), ORIGINS, ids=[repr(row[0]) for row in ORIGINS]
)
def test_a_page_may_connect_only_from_here_or_from_the_list(
    origin: str | None, alone: bool, listed: bool, with_null: bool
) -> None:
    """The table of docs/security-settings.md."""
    results = [Origins(allowed).allows(origin, HOST) for allowed in ([], LISTED, [*LISTED, "null"])]
    assert results == [alone, listed, with_null]
    assert Origins(["*"]).allows(origin, HOST)


def test_a_usual_port_may_be_left_out() -> None:
    """By a browser in its origin as in the host."""
    assert Origins().allows("https://chat.example", "chat.example:443")
    assert Origins().allows("http://chat.example:80", "chat.example")
    assert not Origins().allows("https://chat.example", "chat.example:80")
    assert not Origins().allows("https://chat.example", "")


async def test_another_sites_page_gets_403(node: Nodes) -> None:
    """Before the upgrade, so its script learns nothing."""
    port = node.nodes[0].edge.port
    for origin, status in [
        ("http://evil.example", 403),
        ("null", 403),
        (f"http://127.0.0.1:{port}", 101),
        ("", 101),
    ]:
        assert (await Raw.connect(port, {"Origin": origin})).status == status


# -- addresses -------------------------------------------------------------------

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
    """Read from the right, and closed in doubt."""
    assert Proxies(PROXIES).client(peer, forwarded) == client
    assert Proxies([]).client("192.0.2.9", forwarded) == "192.0.2.9"


def test_limits_count_ipv6_by_the_network_of_a_home() -> None:
    """Otherwise one home would be 2^64 visitors."""
    assert group("2a00:1:2:3:4:5:6:7") == group("2a00:1:2:3::1") != group("2a00:1:2:4::1")
    assert group("192.0.2.1") != group("192.0.2.2")
    assert group("::ffff:192.0.2.1") == group("192.0.2.1")


def test_this_machine_has_no_limits_unless_it_is_a_proxy() -> None:
    """Behind a proxy that is trusted, loopback is everyone for whom it didn't say who they are."""
    assert Proxies([]).exempt("127.0.0.1")
    assert Proxies([]).exempt("::1")
    assert not Proxies(["127.0.0.1"]).exempt("127.0.0.1")
    assert not Proxies([]).exempt("192.0.2.1")


async def test_a_setting_that_is_no_address_stops_the_start(nodes: Nodes) -> None:
    """A typing error mustn't open or close the door in silence."""
    with pytest.raises(StartError, match="trusted-proxy"):
        await nodes.start(1, trusted_proxy=("proxy.example",))


async def test_a_proxy_that_nobody_has_named_is_noticed_once(
    node: Nodes, caplog: pytest.LogCaptureFixture
) -> None:
    """Its operator would otherwise wonder why limits per address don't work."""
    for _ in range(3):
        await Raw.connect(node.nodes[0].edge.port, {"X-Forwarded-For": "203.0.113.1"})
    assert caplog.text.count("--trusted-proxy") == 1


# -- how many ---------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_gate_counts_in_all_and_by_address() -> None:
    """Whoever leaves makes room; an address without limits is counted in all only."""
    door = Gate(GateLimits(sockets=5, per_address=2, pace=Pace(0, 0)), Clock())
    for address in ("a", "a", "b", ""):
        assert door.refuses(address) is None
        door.enter(address)
    assert door.refuses("a") == "too many connections from one address"
    assert door.refuses("c") is None
    door.enter("")
    assert door.refuses("c") == "too many connections"
    door.leave("a")
    assert door.refuses("a") is None


def test_the_gate_has_a_pace_for_each_address() -> None:
    """So many at once, then so many a second."""
    clock = Clock()
    door = Gate(GateLimits(pace=Pace(2, 3)), clock)
    assert [door.refuses("a") is None for _ in range(5)] == [True, True, True, False, False]
    assert door.refuses("b") is None
    clock.now = 0.5
    assert door.refuses("a") is None
    assert door.refuses("a") is not None


def test_the_gate_forgets_in_bounds() -> None:
    """A million addresses don't fill the memory."""
    door = Gate(GateLimits(), Clock())
    for number in range(10_100):
        door.refuses(str(number))
    assert len(door._paces) == 10_000
    assert not door._open


async def test_too_many_sockets_get_503_before_the_upgrade(nodes: Nodes) -> None:
    """From one address, and in all; with a word about when to come back. Others still come in."""
    await nodes.start(1, sockets_per_address=3, sockets=5, trusted_proxy=("127.0.0.1",))
    port = nodes.nodes[0].edge.port

    async def comes_from(address: str) -> Raw:
        return await Raw.connect(port, {"X-Forwarded-For": address})

    first = [await comes_from("203.0.113.1") for _ in range(4)]
    assert [raw.status for raw in first] == [101, 101, 101, 503]
    assert "Retry-After: 5" in first[3].head
    assert [(await comes_from(f"2a00::{n}")).status for n in (1, 2)] == [101, 101]
    assert (await comes_from("203.0.113.9")).status == 503
    await first[0].close()
    await asyncio.sleep(0.05)
    assert (await comes_from("203.0.113.9")).status == 101


async def test_joins_from_one_address_have_a_pace(nodes: Nodes) -> None:
    """The rest waits; somebody from elsewhere doesn't."""
    await nodes.start(1, sockets_per_address=10, socket_rate=5.0, trusted_proxy=("127.0.0.1",))
    port = nodes.nodes[0].edge.port
    statuses = []
    for _ in range(15):
        raw = await Raw.connect(port, {"X-Forwarded-For": "203.0.113.1"})
        statuses.append(raw.status)
        await raw.close()
    assert statuses.count(101) in (10, 11)
    assert (await Raw.connect(port, {"X-Forwarded-For": "203.0.113.2"})).status == 101


async def test_connections_that_say_nothing_are_bounded(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also before there is a request: those beyond are closed at once, the others get their time."""
    monkeypatch.setattr(gate, "REQUESTS_MOST", 20)
    await nodes.start(1)
    port = nodes.nodes[0].edge.port
    silent = [Raw(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(25)]
    await asyncio.sleep(0.1)
    assert sum(raw.reader.at_eof() for raw in silent) == 5
    for raw in silent:
        await raw.close()
    await asyncio.sleep(0.05)
    assert (await Raw.connect(port)).status == 101


async def test_running_out_of_file_descriptors_turns_people_away(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sockets and requests together stay below what the process may open; who is there isn't harmed."""
    monkeypatch.setattr(gate, "room_for_connections", lambda: 6)
    await nodes.start(1)
    port = nodes.nodes[0].edge.port
    anna = await Raw.join(port, "Анна")
    silent = [Raw(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(12)]
    await asyncio.sleep(0.1)
    assert sum(raw.reader.at_eof() for raw in silent) == 7
    anna.send(command("post", id="1", text="я здесь"))
    await anna.event("ack")
    for raw in silent:
        await raw.close()
    await asyncio.sleep(0.05)
    await Raw.join(port, "Борис")


def test_the_process_helps_itself_to_all_descriptors_that_it_may_have() -> None:
    """Some systems give 1,024 unless one asks."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        room = gate.room_for_connections()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == room + gate.SPARE > 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


# -- sizes and times ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", b""),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", b""),
        (b"GET /ws HTTP/1.1\r\nHost: x\r\n\r\n", b"426"),
        (b"POST /ws HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", b"405"),
        (b"GET /../server.py HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
        (b"GET /static/../server.py HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
        (b"GET /static//etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
        (b"GET /static/%2e%2e/server.py HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
        (b"GET /server.py HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
        (b"\x16\x03\x01 not http\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
    ],
)
async def test_what_isnt_a_request_is_turned_away(node: Nodes, head: bytes, status: bytes) -> None:
    """Too long a head or body, other methods, other people's files, other protocols."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.nodes[0].edge.port)
    writer.write(head)
    answer = await asyncio.wait_for(reader.read(200), 5)
    writer.close()
    assert status in answer.partition(b"\r\n")[0]
    assert b"import" not in answer


@pytest.mark.parametrize("header", ["Sec-WebSocket-Key", "Upgrade", "Connection", "Sec-WebSocket-Version"])
async def test_a_handshake_without_its_headers_is_none(node: Nodes, header: str) -> None:
    """RFC 6455, 4.2.1."""
    assert (await Raw.connect(node.nodes[0].edge.port, {header: ""})).status in (400, 426)


async def test_half_a_request_ends_in_time(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds as a rule, less here; dripping bytes doesn't win more."""
    monkeypatch.setattr(edge, "HANDSHAKE_TIMEOUT", 0.4)
    await nodes.start(1)
    reader, writer = await asyncio.open_connection("127.0.0.1", nodes.nodes[0].edge.port)
    started = asyncio.get_running_loop().time()
    for byte in request(0):
        if reader.at_eof():
            break
        writer.write(bytes([byte]))
        await asyncio.sleep(0.05)
    assert asyncio.get_running_loop().time() - started < 2.0
    writer.close()


class Peer:
    """A socket as the heartbeat sees it."""

    def __init__(self) -> None:
        self.opened = self.heard = self.pinged = 0.0
        self.done: list[str] = []

    def ping(self) -> None:
        self.done.append("ping")

    def close(self, code: int, reason: str = "") -> None:
        self.done.append(f"close {int(code)}")

    def abort(self) -> None:
        self.done.append("abort")


@pytest.mark.parametrize(
    ("patience", "heard", "now", "done"),
    [
        (float("inf"), 0.0, 19.0, []),
        (float("inf"), 0.0, 21.0, ["ping"]),
        (float("inf"), 0.0, 41.0, ["close 4000", "abort"]),
        (10.0, 9.0, 9.9, []),
        (10.0, 9.0, 10.1, ["close 4002"]),
        (120.0, 100.0, 119.0, []),
    ],
)
def test_who_is_silent_is_asked_and_who_is_dead_is_cut(
    patience: float, heard: float, now: float, done: list[str]
) -> None:
    """Every socket is looked at every five seconds, so a dead one is gone within 45."""
    peer = Peer()
    peer.heard = heard
    heartbeat = Heartbeat(list, lambda socket: patience, lambda: now)  # type: ignore[arg-type]
    heartbeat.look(peer, now)  # type: ignore[arg-type]
    assert peer.done == done


async def test_who_was_refused_has_time_to_think(node: Nodes) -> None:
    """A person reads «this name is taken» and needs longer than a program."""
    door = node.nodes[0].edge
    raw = await Raw.connect(door.port)
    socket = next(iter(door.sessions))
    assert door._patience(socket) == 10.0
    raw.send(command("hello", name="\u200b"))
    await raw.event("error")
    raw.send(command("hello", name="Admin"))
    await raw.event("error")
    assert door._patience(socket) == 120.0
    raw.send(command("hello", name="Анна"))
    await raw.event("welcome")
    assert door._patience(socket) == float("inf")


async def test_only_those_who_join_keep_the_server_awake(node: Nodes) -> None:
    """Not pings, health checks, pages, handshakes, refused names or errors; a hello that is let in does."""
    active = 0

    def activity() -> None:
        nonlocal active
        active += 1

    node.activity = activity
    port = node.nodes[0].edge.port
    raw = await Raw.connect(port)
    raw.send(
        command("ping"), command("stay"), command("post", id="1", text="x"), command("hello", name="Admin")
    )
    raw.send(command("hello", name=""), command("typing"))
    for _ in range(6):
        await raw.event()
    for path in ("/", "/health", "/nothing"):
        await asyncio.to_thread(_get, f"http://127.0.0.1:{port}{path}")
    assert active == 0
    assert node.nodes[0].people_here() == 0
    raw.send(command("hello", name="Анна"))
    await raw.event("welcome")
    assert active == 1


# -- headers and TLS --------------------------------------------------------------------


def _get(url: str, context: ssl.SSLContext | None = None) -> dict[str, str]:
    try:
        with urllib.request.urlopen(url, context=context) as answer:
            return dict(answer.headers)
    except urllib.error.HTTPError as problem:
        with problem:
            return dict(problem.headers)


@pytest.mark.parametrize(
    "path", ["/", "/r/any", "/health", "/nothing", "/static/css/page.css", "/manifest.webmanifest"]
)
async def test_every_answer_has_the_headers(node: Nodes, path: str) -> None:
    """Also errors: a policy that only some answers have is none."""
    headers = await asyncio.to_thread(_get, f"http://127.0.0.1:{node.nodes[0].edge.port}{path}")
    policy = headers["Content-Security-Policy"]
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'self'",
        "require-trusted-types-for 'script'",
    ):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    assert "Tornado" not in headers.get("Server", "")


async def test_a_site_may_frame_the_chat_when_it_is_named(nodes: Nodes) -> None:
    """And nobody else may."""
    await nodes.start(1, frame_ancestors="'self' https://site.example")
    headers = await asyncio.to_thread(_get, nodes.url())
    assert "frame-ancestors 'self' https://site.example;" in headers["Content-Security-Policy"]


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(signed.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert_file, key_file


async def test_the_server_speaks_tls_by_itself(nodes: Nodes, tmp_path: Path) -> None:
    """The page with HSTS, and the chat over wss, also for messages that don't fit one packet."""
    cert, key = certificate(tmp_path)
    await nodes.start(1, tls_cert=cert, tls_key=key)
    port = nodes.nodes[0].edge.port
    context = ssl.create_default_context(cafile=str(cert))
    headers = await asyncio.to_thread(_get, f"https://localhost:{port}/", context)
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    async with connect(
        f"wss://localhost:{port}/ws", ssl=context, ping_interval=None, max_size=None
    ) as socket:
        await socket.send('{"type":"hello","name":"Анна"}')
        assert '"welcome"' in str(await socket.recv())
        for number in range(20):
            await socket.send(json.dumps({"type": "post", "id": f"p{number}", "text": "я" * 4000}))
        seen = 0
        while seen < 20:
            seen += '"type":"message"' in str(await asyncio.wait_for(socket.recv(), 10))


@pytest.mark.parametrize("what", ["missing", "not a certificate"])
async def test_a_certificate_that_cant_be_used_stops_the_start(
    nodes: Nodes, tmp_path: Path, what: str
) -> None:
    """Better no server than one that seems to be private."""
    file = tmp_path / "cert.pem"
    if what != "missing":
        file.write_text("hello")
    with pytest.raises(StartError, match="certificate"):
        await nodes.start(1, tls_cert=file, tls_key=file)


def test_the_defaults_are_the_safe_ones() -> None:
    """Without any setting: local, limited, own pages only, no proxy believed."""
    defaults = settings(post_rate=5.0, socket_rate=20.0)
    assert (defaults.origin, defaults.trusted_proxy, defaults.frame_ancestors) == ((), (), "'self'")
    assert defaults.post_burst == 20
    assert defaults.sockets_per_address <= 500
