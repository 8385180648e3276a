"""One address's share of a node, whatever it opens: it pays for its work before more is done for it."""

from __future__ import annotations

import asyncio
import socket
import struct
import time

import pytest
from msgspec.structs import replace

from wschat.limits import Rate
from wschat.session import AddressLimits, catch_up
from wschat.session.limits import address_share
from wschat.web.client_address import Proxies
from wschat.web.http_server import CONNECTION_COST, LimitedServer

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.room import until
from .poster import FULL_LENGTH, LIMITS, at
from .raw import Raw, command

GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


async def fill(nodes: Nodes, count: int, text: str) -> str:
    """So many messages of this text in the room, by way of a node without limits; returns the room's epoch."""
    await nodes.start(1)
    (writer,) = await nodes.join("Писатель")
    for start in range(0, count, 25):
        for _ in range(start, min(start + 25, count)):
            await writer.says(text)
        for _ in range(start, min(start + 25, count)):
            await writer.gets("ack")
    await writer.leaves()
    return str(writer.welcome["epoch"])


async def test_reading_old_messages_is_paid_for(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read from Redis costs as much as it is long, and the next read waits until that is paid."""
    monkeypatch.setattr(address_share, "READ_COST", 2e-7)  # s a byte: more than the 1.4 MB cost, on whatever machine
    await fill(nodes, 60, FULL_LENGTH)  # more than a node has in memory
    await nodes.start(1, **LIMITS)
    raw = await Raw.join(nodes.nodes[1].edge.port, "Чужой", at("192.0.2.7"), history=0)
    waits = []
    for _ in range(2):
        started = time.monotonic()
        raw.send(command("history", before=2, limit=1))
        assert (await raw.event("history"))["messages"]
        waits.append(time.monotonic() - started)
    assert waits[1] > max(1.0, waits[0])


async def test_what_was_missed_counts_as_an_answer(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that reconnects again and again gets all it asks for, at the pace of its address; others don't wait."""
    limits = AddressLimits(Rate(100, 100), answers=Rate(120_000, 500_000))
    monkeypatch.setattr(AddressLimits, "of", lambda *_: replace(limits))
    epoch = await fill(nodes, 90, "x" * 4000)  # 400 KB, of which a welcome has 256
    await nodes.start(1, **LIMITS)
    port = nodes.nodes[1].edge.port
    resume = {"epoch": epoch, "seq": 0}

    async def catches_up(name: str, host: str) -> None:
        raw = await Raw.join(port, name, at(host), resume=resume)
        await raw.event("message", seq=90)

    for n in range(3):
        await Raw.join(port, f"Чужой {n}", at("192.0.2.7"), resume=resume)
    held = asyncio.ensure_future(catches_up("Последний", "192.0.2.7"))
    await catches_up("Другой", "192.0.2.8")
    assert not held.done()
    await held


@pytest.mark.parametrize(("text", "most"), [("x", 20), (FULL_LENGTH, 8)])
async def test_a_reaction_counts_as_much_as_its_message(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, text: str, most: int
) -> None:
    """Everyone gets the whole message once more: at 24 KB an address may have that done as often as it may post it."""
    limits = AddressLimits(Rate(10, 800))
    monkeypatch.setattr(AddressLimits, "of", lambda *_: replace(limits))
    await nodes.start(1, **LIMITS)
    (writer,) = await nodes.join("Писатель")
    seq = await writer.posts(text)
    port = nodes.nodes[0].edge.port
    done = 0
    for number in range(5):
        raw = await Raw.join(port, f"Чужой {number}", at("203.0.113.1"), history=0)
        for emoji in "👍🎉🔥😂":
            raw.send(command("react", ref=emoji, seq=seq, emoji=emoji))
            while (event := await raw.event()).get("ref") != emoji:
                pass
            done += event["type"] == "done"
    assert most // 2 < done <= most


async def test_a_client_that_has_to_pay_first_is_told_nothing_else(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its catch-up waits for its address for longer than Redis may take to read a room, and comes all the same."""
    limits = AddressLimits(Rate(100, 100), answers=Rate(400_000, 500_000))
    monkeypatch.setattr(AddressLimits, "of", lambda *_: replace(limits))
    monkeypatch.setattr(catch_up, "LOAD_TIMEOUT", 2.0)
    epoch = await fill(nodes, 90, FULL_LENGTH)  # more than a node has in memory
    await nodes.start(1, **LIMITS)
    resume = {"epoch": epoch, "seq": 0}
    for n in range(4):
        started = time.monotonic()
        await Raw.join(nodes.nodes[1].edge.port, f"Чужой {n}", at("192.0.2.7"), resume=resume)
    assert time.monotonic() - started > 2.0


async def test_connections_that_have_gone_hold_up_nobody(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting and leaving as fast as possible keeps nobody behind the same router waiting."""
    monkeypatch.setattr(Proxies, "exempt", lambda *_: False)
    await nodes.start(1, post_rate=5.0, sockets_per_address=20)
    port = nodes.nodes[0].edge.port

    def flood() -> None:
        for _ in range(3000):
            with socket.socket() as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.connect(("127.0.0.1", port))
                one.send(GET)

    await asyncio.to_thread(flood)
    started = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(GET)
    assert b"200" in await reader.readline()
    assert time.monotonic() - started < 5.0
    writer.close()


@pytest.mark.parametrize("waits", [False, True])
async def test_a_connection_that_a_bug_ends_is_reset(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, waits: bool
) -> None:
    """At once, or when it has waited for its turn; the log has a line for both."""
    monkeypatch.setattr(Proxies, "exempt", lambda *_: False)
    slow = Rate(CONNECTION_COST, CONNECTION_COST / 2 if waits else 1.0)
    monkeypatch.setattr(AddressLimits, "of", lambda *_: AddressLimits(Rate(100, 100), processor=slow))
    await nodes.start(1, post_rate=5.0)
    edge = nodes.nodes[0].edge
    _, first = await asyncio.open_connection("127.0.0.1", edge.port)
    first.write(GET)  # before it says something, the kernel tells nobody of it
    await until(lambda: len(edge.http_connections) == 1)
    monkeypatch.setattr(LimitedServer, "_begin", lambda *_: 1 / 0)
    reader, second = await asyncio.open_connection("127.0.0.1", edge.port)
    second.write(GET)
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), PATIENCE)
    assert "Could not set up a connection" in caplog.text
    first.close()
    second.close()
