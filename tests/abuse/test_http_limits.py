"""HTTP limits: malformed requests, slow clients, and clients that keep the server awake."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from wschat.app.node import Node
from wschat.limits import Rate
from wschat.session import AddressLimits
from wschat.web import edge
from wschat.web.client_address import Proxies
from wschat.web.http_connections import TIMEOUTS, HttpConnections, Phase

from ..support import Nodes
from ..support.certificates import certificate
from ..support.client import PATIENCE
from ..support.http import Stream
from ..support.room import until
from .raw import Raw, request


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
    """The server rejects long heads and bodies, other methods, other paths and other protocols."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.nodes[0].edge.port)
    writer.write(head)
    answer = await asyncio.wait_for(reader.read(200), PATIENCE)
    writer.close()
    assert status in answer.partition(b"\r\n")[0]
    assert b"import" not in answer


@pytest.mark.parametrize("header", ["Sec-WebSocket-Key", "Upgrade", "Connection", "Sec-WebSocket-Version"])
async def test_a_handshake_without_its_headers_is_none(node: Nodes, header: str) -> None:
    """RFC 6455, 4.2.1 requires each of these headers."""
    assert (await Raw.connect(node.nodes[0].edge.port, {header: ""})).status in (400, 426)


async def test_a_proxy_that_drops_upgrade_is_hinted_at_once(node: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody could join through it, and without a line in the log its operator would look elsewhere."""
    port = node.nodes[0].edge.port
    for _ in range(3):
        assert (await Raw.connect(port, {"Upgrade": "", "Connection": "close"})).status == 426
    assert caplog.text.count("a proxy must forward Upgrade and Connection") == 1


async def test_a_wrong_handshake_is_no_fault_of_a_proxy(node: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """The hint stands in the log only when the header is missing."""
    port = node.nodes[0].edge.port
    await Raw.connect(port, {"Sec-WebSocket-Version": "8"})
    await Raw.connect(port, {"Sec-WebSocket-Key": "x"})
    assert "Upgrade" not in caplog.text


async def test_half_a_request_ends_in_time(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request has ten seconds (less in this test), and dripping bytes doesn't extend them."""
    monkeypatch.setattr(edge, "SWEEP_EVERY", 0.05)
    monkeypatch.setitem(TIMEOUTS, Phase.REQUEST, 0.4)
    await nodes.start(1)
    reader, writer = await asyncio.open_connection("127.0.0.1", nodes.nodes[0].edge.port)
    for byte in request(0):
        if reader.at_eof() or reader.exception():
            break
        writer.write(bytes([byte]))
        await asyncio.sleep(0.05)
    else:
        raise AssertionError("the whole of a request that takes ten seconds was taken")
    writer.close()


# -- connections over time -----------------------------------------------------------------------

SECONDS = [
    # what the connection has done, whether the client hasn't read all of it, and how long it may stay
    (Phase.REQUEST, False, 10),
    (Phase.ANSWER, True, 20),
    (Phase.ANSWER, False, 75),
]


@pytest.mark.parametrize(("phase", "unread", "seconds"), SECONDS)
async def test_each_connection_has_a_time_for_what_it_is_at(phase: Phase, unread: bool, seconds: int) -> None:
    """Ten seconds for a request, twenty to take the answer; proxies keep idle ones for sixty, so we do for longer."""
    now = 0.0
    connections = HttpConnections(lambda: now)
    stream = Stream(unread=unread)
    connections.add(stream, "a")
    if phase is Phase.ANSWER:
        connections.request(stream, "a")
    for second in range(seconds + 1):
        now = float(second)
        connections.sweep()
        assert not stream.closed()
    now = seconds + 1.1
    connections.sweep()
    assert stream.closed()
    assert len(connections) == connections.count("a") == 0


@pytest.mark.parametrize("phase", [Phase.BODY, Phase.ANSWER])
async def test_a_phase_that_is_extended_lasts_longer_and_no_other(phase: Phase) -> None:
    """A large body or answer may take its time. A body that doesn't come isn't taken for an answer that has gone."""
    now, seconds = 0.0, TIMEOUTS[phase]
    connections = HttpConnections(lambda: now)
    stream, plain = Stream(unread=phase is Phase.ANSWER), Stream(unread=phase is Phase.ANSWER)
    for one in (stream, plain):
        connections.add(one, "a")
        connections.request(one, "a")
        connections.begin(one, phase)
    connections.extend(stream, 5.0)
    now = seconds + 4.9
    connections.sweep()
    assert (stream.closed(), plain.closed()) == (False, True)
    connections.request(stream, "a")
    now += TIMEOUTS[Phase.ANSWER] + 1.0
    stream._unread = True
    connections.sweep()
    assert stream.closed()


async def test_who_never_reads_an_answer_is_cut(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """It doesn't matter whether the answer lies with us or with the kernel; a client that has read it stays."""
    monkeypatch.setattr(edge, "SWEEP_EVERY", 0.05)
    monkeypatch.setitem(TIMEOUTS, Phase.ANSWER, 0.3)
    await nodes.start(1)
    port = nodes.nodes[0].edge.port
    asked = b"GET /static/vendor/vendor.js HTTP/1.1\r\nHost: x\r\n\r\n"
    readers = []
    for requests in (1, 50):
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        plain.connect(("127.0.0.1", port))
        plain.sendall(asked * requests)
        readers.append(plain)
    good = Raw(*await asyncio.open_connection("127.0.0.1", port))
    good.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    await good.reader.readuntil(b"}")
    await until(lambda: len(nodes.nodes[0].edge.http_connections) == 1)
    await asyncio.sleep(0.5)
    good.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200 OK" in await good.reader.readuntil(b"}")
    for plain in readers:
        plain.close()
    await good.close()


async def test_half_of_a_tls_handshake_ends_in_time(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ten seconds for a request begin with the connection, not with the end of the handshake."""
    monkeypatch.setattr(edge, "SWEEP_EVERY", 0.05)
    monkeypatch.setitem(TIMEOUTS, Phase.REQUEST, 0.4)
    cert, key = certificate(tmp_path)
    await nodes.start(1, tls_cert=cert, tls_key=key)
    port = nodes.nodes[0].edge.port
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"  # the beginning of a ClientHello
    raws = [Raw(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(3)]
    for raw, data in zip(raws, (b"\x16", hello, hello + b"\x03\x03" + b"*" * 100)):
        raw.send(data)
    for raw in raws:
        with suppress(ConnectionError):
            await asyncio.wait_for(raw.reader.read(), PATIENCE)
    assert not nodes.nodes[0].edge.http_connections
    for raw in raws:
        await raw.close()


async def test_a_thousand_requests_dont_keep_another_one_waiting(nodes: Nodes) -> None:
    """Requests are answered in turn, one address after the other."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",), post_rate=5.0)
    port = nodes.nodes[0].edge.port

    def ask(address: str, times: int) -> bytes:
        return f"GET /health HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\n\r\n".encode() * times

    greedy = [Raw(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(50)]
    modest = Raw(*await asyncio.open_connection("127.0.0.1", port))
    for raw in greedy:
        raw.send(ask("203.0.113.1", 20))

    def answered() -> int:
        return sum(raw.reader._buffer.count(b"200 OK") for raw in greedy)  # type: ignore[attr-defined]

    await until(answered)
    before = answered()
    modest.send(ask("203.0.113.2", 1))
    await modest.reader.readuntil(b"}")
    assert answered() - before < 100
    assert answered() < 500
    for raw in [*greedy, modest]:
        await raw.close()


async def test_nobody_answers_a_connection_that_is_gone(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client may have sent hundreds of requests at once before it left."""
    answered = 0
    status = Node.status

    def counted(node: Node) -> dict[str, Any]:
        nonlocal answered
        answered += 1
        return status(node)

    monkeypatch.setattr(Node, "status", counted)
    await nodes.start(1)
    raw = Raw(*await asyncio.open_connection("127.0.0.1", nodes.nodes[0].edge.port))
    raw.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
    await raw.reader.readuntil(b"}")
    nodes.nodes[0].edge.http_connections.close()
    await asyncio.sleep(0.05)
    before = answered
    await asyncio.sleep(0.3)
    assert answered == before < 900
    await raw.close()


async def test_a_stop_doesnt_wait_for_requests_that_wait(nodes: Nodes) -> None:
    """One address has asked for more than it may have, and the node ends in time all the same."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",), post_rate=5.0)
    port = nodes.nodes[0].edge.port
    head = b"GET /static/vendor/vendor.js HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.1\r\n\r\n"
    raws = [Raw(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(30)]
    for raw in raws:
        raw.send(head * 20)
    await asyncio.sleep(0.3)
    started = asyncio.get_running_loop().time()
    await nodes.stop()
    assert asyncio.get_running_loop().time() - started < 8.0
    for raw in raws:
        await raw.close()


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
async def test_a_connection_that_waits_for_its_turn_counts_once(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    """Its address has taken too much of the processor. It counts until it has ended, and then no more."""
    monkeypatch.setattr(Proxies, "exempt", lambda *_: False)
    monkeypatch.setattr(AddressLimits, "of", lambda *_: AddressLimits(Rate(5, 5), processor=Rate(0.01, 0.001)))
    files = dict(zip(("tls_cert", "tls_key"), certificate(tmp_path))) if tls else {}
    await nodes.start(1, post_rate=5.0, **files)
    open_ones, port = nodes.nodes[0].edge.http_connections, nodes.nodes[0].edge.port
    raws = [Raw(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(5)]
    for raw in raws:
        raw.send(b"\x16" if tls else b"GET /health")
    await until(lambda: open_ones.count("127.0.0.1") == len(raws))
    await asyncio.sleep(0.3)  # in which their turns come, one after the other
    assert open_ones.count("127.0.0.1") == len(open_ones) == len(raws)
    for raw in raws:
        await raw.close()
    await until(lambda: not open_ones)
    assert open_ones.count("127.0.0.1") == 0
