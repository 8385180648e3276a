"""Requests that wait for their address: those whose client has gone, and how many there may be."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest
from tornado.httputil import HTTPHeaders
from tornado.iostream import IOStream

from wschat.limits import Rate
from wschat.session import AddressLimits
from wschat.web.http_server import PAGE_REQUESTS, LimitedServer
from wschat.web.turns import Turns

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.http import Stream
from ..support.room import until
from .raw import Raw

FILE = b"GET /static/css/print.css HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\n\r\n"
STRANGER, OTHER = b"203.0.113.1", b"203.0.113.2"
POOR = {
    "processor": AddressLimits(Rate(5, 5), processor=Rate(1e-6, 1e-6)),
    "answers": AddressLimits(Rate(5, 5), answers=Rate(1, 1)),
}


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> set[asyncio.Task[Any] | None]:
    """The tasks whose requests wait for their turn."""
    tasks: set[asyncio.Task[Any] | None] = set()
    turn = LimitedServer.turn

    async def noted(server: LimitedServer, connection: Any, headers: HTTPHeaders) -> None:
        tasks.add(asyncio.current_task())
        try:
            await turn(server, connection, headers)
        finally:
            tasks.discard(asyncio.current_task())

    monkeypatch.setattr(LimitedServer, "turn", noted)
    return tasks


async def start(nodes: Nodes, limits: AddressLimits, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> int:
    """A node behind a proxy on this machine, on which an address gets one answer and then none; returns its port."""
    monkeypatch.setattr(AddressLimits, "of", lambda *_: limits)
    await nodes.start(1, trusted_proxy=("127.0.0.1",), post_rate=5.0, **settings)
    port = nodes.nodes[0].edge.port
    first = await ask(port)
    assert b"200" in await asyncio.wait_for(first.reader.readline(), PATIENCE)
    await first.close()
    return port


async def ask(port: int, address: bytes = STRANGER) -> Raw:
    raw = await Raw.open(port)
    raw.send(FILE % address)
    return raw


def abort(raw: Raw) -> None:
    """Leave as a proxy does whose client has gone."""
    raw.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.writer.transport.abort()


@pytest.mark.parametrize("leave", [abort, lambda raw: raw.writer.close()], ids=["reset", "closed"])
@pytest.mark.parametrize("owes", POOR)
async def test_a_request_whose_client_has_gone_waits_no_longer(
    nodes: Nodes,
    monkeypatch: pytest.MonkeyPatch,
    waiting: set[asyncio.Task[Any] | None],
    owes: str,
    leave: Callable[[Raw], None],
) -> None:
    """Else what a stranger asks for and leaves would fill the memory, however few connections a server holds."""
    port = await start(nodes, POOR[owes], monkeypatch)
    raws = [await ask(port) for _ in range(50)]
    await until(lambda: len(waiting) == 50)
    assert b"200" in await (await ask(port, OTHER)).reader.readline()
    for raw in raws:
        leave(raw)
    await until(lambda: not waiting)
    assert nodes.nodes[0].edge.http_connections.count(STRANGER.decode()) == 0


async def test_requests_that_wait_are_bounded_by_the_address_behind_the_proxy(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, waiting: set[asyncio.Task[Any] | None]
) -> None:
    """The oldest one makes room, but never for the files of one page."""
    port = await start(nodes, POOR["processor"], monkeypatch, sockets_per_address=4)
    raws = [await ask(port) for _ in range(PAGE_REQUESTS + 16)]
    for raw in raws[:16]:
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(raw.reader.read(), PATIENCE)
    await until(lambda: len(waiting) == PAGE_REQUESTS)
    assert nodes.nodes[0].edge.http_connections.count(STRANGER.decode()) == PAGE_REQUESTS
    assert b"200" in await (await ask(port, OTHER)).reader.readline()


async def test_a_request_that_waits_fills_no_memory(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, waiting: set[asyncio.Task[Any] | None]
) -> None:
    """What its client sends meanwhile stays with the kernel, but for little."""
    raw = await ask(await start(nodes, POOR["processor"], monkeypatch))
    await until(lambda: len(waiting) == 1)
    raw.send(b"x" * 200_000)
    (stream,) = nodes.nodes[0].edge.http_connections._all
    assert isinstance(stream, IOStream)
    await until(lambda: stream._read_buffer_size)
    await asyncio.sleep(0.1)  # it would read on
    assert stream._read_buffer_size <= 32 << 10


async def test_those_that_have_gone_take_no_turns() -> None:
    """Also where no address has limits: what had to make room would pile up behind the few that are still there."""
    turns, streams = Turns(), [Stream() for _ in range(200)]
    tasks = [asyncio.create_task(turns.wait(stream, "")) for stream in streams]
    await asyncio.sleep(0)
    for stream in streams[:-1]:
        stream.close()
    for _ in range(3):  # turns of the loop
        await asyncio.sleep(0)
    assert all(task.done() for task in tasks)
    streams[-1].close()
