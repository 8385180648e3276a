"""Silent clients: some are asked, some are cut, and some keep the server awake."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

import pytest

from wschat.web.heartbeat import PARTS, Heartbeat

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.room import until
from .raw import Raw, command, headers_of


class Peer:
    """A socket as the heartbeat sees it."""

    def __init__(self, last_heard: float, pinged: float) -> None:
        self.opened = 0.0
        self.pinged = pinged
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
    refused_at: float | None = None


IN, NEW, REFUSED = Guest(said_hello=True), Guest(said_hello=False), Guest(said_hello=False, refused_at=1.0)


@pytest.mark.parametrize(
    ("guest", "last_heard", "pinged", "now", "done"),
    [
        (IN, 0.0, 0.0, 19.0, []),
        (IN, 0.0, 0.0, 21.0, ["ping"]),
        (IN, 0.0, 25.0, 41.0, ["close 4000", "abort"]),
        (NEW, 9.0, 0.0, 9.9, []),
        (NEW, 9.0, 0.0, 10.1, ["close 4002"]),
        (REFUSED, 110.0, 0.0, 120.9, []),
        (REFUSED, 120.0, 0.0, 121.1, ["close 4002"]),
    ],
)
def test_who_is_silent_is_asked_and_who_is_dead_is_cut(
    guest: Guest, last_heard: float, pinged: float, now: float, done: list[str]
) -> None:
    """The server checks every socket every five seconds, so it drops a dead one within 45."""
    peer = Peer(last_heard, pinged)
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
    assert (session.said_hello, session.refused_at) == (False, None)
    times = set()
    for name in ("\u200b", "Admin"):
        raw.send(command("hello", name=name))
        await raw.event("error")
        assert not session.said_hello
        times.add(session.refused_at)
    (refused_at,) = times
    assert refused_at == pytest.approx(time.monotonic(), abs=PATIENCE), (
        "a client that goes on being refused has no longer"
    )
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
