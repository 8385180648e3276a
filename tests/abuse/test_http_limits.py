"""What isn't a request, who takes too long, and who keeps the server awake."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest

from wschat.web import edge
from wschat.web.heartbeat import PARTS, Heartbeat

from ..support import Nodes
from ..support.room import until
from .raw import Raw, command, headers_of, request


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
    answer = await asyncio.wait_for(reader.read(200), 5)
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

    def __init__(self, last_heard: float) -> None:
        self.opened = self.pinged = 0.0
        self.last_heard = last_heard
        self.done: list[str] = []

    def ping(self) -> None:
        self.done.append("ping")

    def close(self, code: int, reason: str = "") -> None:
        self.done.append(f"close {int(code)}")

    def abort(self) -> None:
        self.done.append("abort")


class Guest(NamedTuple):
    """A session as the heartbeat sees it."""

    said_hello: bool
    was_refused: bool = False


IN, NEW, REFUSED = Guest(said_hello=True), Guest(said_hello=False), Guest(said_hello=False, was_refused=True)


@pytest.mark.parametrize(
    ("guest", "last_heard", "now", "done"),
    [
        (IN, 0.0, 19.0, []),
        (IN, 0.0, 21.0, ["ping"]),
        (IN, 0.0, 41.0, ["close 4000", "abort"]),
        (NEW, 9.0, 9.9, []),
        (NEW, 9.0, 10.1, ["close 4002"]),
        (REFUSED, 100.0, 119.0, []),
        (REFUSED, 120.0, 121.0, ["close 4002"]),
    ],
)
def test_who_is_silent_is_asked_and_who_is_dead_is_cut(
    guest: Guest, last_heard: float, now: float, done: list[str]
) -> None:
    """The server checks every socket every five seconds, so it drops a dead one within 45."""
    peer = Peer(last_heard)
    heartbeat = Heartbeat(lambda: now)
    heartbeat.add(peer, guest)  # type: ignore[arg-type]
    for _ in range(PARTS):
        heartbeat.tick()
    assert peer.done == done


async def test_who_was_refused_has_time_to_think(node: Nodes) -> None:
    """A person who reads «this name is taken» needs longer than a program."""
    its_edge = node.nodes[0].edge
    raw = await Raw.connect(its_edge.port)
    ((socket, session),) = its_edge.sessions.items()
    assert [part[socket] for part in its_edge._heartbeat._parts if socket in part] == [session]
    assert (session.said_hello, session.was_refused) == (False, False)
    for name in ("\u200b", "Admin"):
        raw.send(command("hello", name=name))
        await raw.event("error")
        assert (session.said_hello, session.was_refused) == (False, True)
    raw.send(command("hello", name="Анна"))
    await raw.event("welcome")
    assert session.said_hello
    await raw.close()
    await until(lambda: not its_edge.sessions)
    assert not any(its_edge._heartbeat._parts)


async def test_only_those_who_join_keep_the_server_awake(node: Nodes) -> None:
    """Pings, health checks, pages, handshakes, refused names and errors don't, but an accepted hello does."""
    active = 0

    def activity() -> None:
        nonlocal active
        active += 1

    node.activity = activity
    port = node.nodes[0].edge.port
    raw = await Raw.connect(port)
    raw.send(command("ping"), command("stay"), command("post", id="1", text="x"), command("hello", name="Admin"))
    raw.send(command("hello", name=""), command("typing"))
    for _ in range(6):
        await raw.event()
    for path in ("/", "/health", "/nothing"):
        await asyncio.to_thread(headers_of, f"http://127.0.0.1:{port}{path}")
    assert active == 0
    assert node.nodes[0].session_count() == 0
    raw.send(command("hello", name="Анна"))
    await raw.event("welcome")
    assert active == 1
