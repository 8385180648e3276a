"""The same bytes to many clients, with io_uring or without: each gets all of them, once and in order."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any, cast

import pytest

from wschat import fan_out as fan_out_module
from wschat.fan_out import DATA_MAX, ENOUGH, FanOut
from wschat.web.socket_stream import SocketStream
from wschat.web.writer import FrameWriter

from .support.recording import ByteRecordingMember
from .support.ring import needs_ring
from .support.room import until

MEMBERS = ENOUGH + 2


class Client:
    """A client with its far end."""

    def __init__(self) -> None:
        here, self.far = socket.socketpair()
        self.far.setblocking(False)
        self.stream = SocketStream(here)
        self.writer = FrameWriter(self.stream, "test")
        self.heard = b""

    def hear(self) -> bytes:
        with suppress(BlockingIOError):
            self.heard += self.far.recv(1 << 20)
        return self.heard


@pytest.fixture
async def clients() -> AsyncIterator[list[Client]]:
    made = [Client() for _ in range(MEMBERS)]
    yield made
    for client in made:
        client.stream.close()
        client.far.close()


@pytest.fixture(params=[pytest.param(True, marks=needs_ring, id="ring"), pytest.param(False, id="one by one")])
def fan_out(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[FanOut]:
    if not request.param:
        monkeypatch.setattr(fan_out_module, "_open_ring", lambda: None)
    opened = FanOut()
    opened.write(b"", [ByteRecordingMember()] * ENOUGH)
    assert (opened._ring is not None) is request.param
    yield opened
    opened.close()


async def test_a_slow_client_gets_everything_in_order(fan_out: FanOut, clients: list[Client]) -> None:
    """Part of a frame is sent, then what waits comes first; the others get theirs at once."""
    slow, *others = clients
    frames = [b"%06d" % number + b"." * 50_000 for number in range(12)]
    for frame in frames:
        fan_out.write(frame, [client.writer for client in clients])
        for other in others:
            other.hear()
    assert slow.writer.waiting > 0
    assert all(other.hear() == b"".join(frames) for other in others)
    await until(lambda: slow.hear() == b"".join(frames))


async def test_a_closed_socket_does_not_speak_to_who_gets_its_number(fan_out: FanOut, clients: list[Client]) -> None:
    """A client's connection may be gone, and its number in use again, before its room knows."""
    fan_out.write(b"before", [client.writer for client in clients])
    number = clients[3].stream.socket.fileno()
    clients[3].stream.close()
    stranger, far = socket.socketpair()
    assert number in (stranger.fileno(), far.fileno())
    fan_out.write(b"secret", [client.writer for client in clients])
    for end in (stranger, far):
        with pytest.raises(BlockingIOError):
            end.recv(100, socket.MSG_DONTWAIT)
    stranger.close()
    far.close()
    assert [client.hear() for client in clients] == [b"beforesecret"] * 3 + [b"before"] + [b"beforesecret"] * 6


async def test_nothing_follows_a_close_frame(fan_out: FanOut, clients: list[Client]) -> None:
    """Its socket is still open, and others are written to."""
    clients[0].writer._mute()
    fan_out.write(b"frame", [client.writer for client in clients])
    assert [client.hear() for client in clients] == [b""] + [b"frame"] * (MEMBERS - 1)


async def test_a_client_that_is_gone_is_noticed(fan_out: FanOut, clients: list[Client]) -> None:
    """The others get theirs."""
    clients[0].far.close()
    fan_out.write(b"frame", [client.writer for client in clients])
    assert not clients[0].writer.is_open
    assert all(client.hear() == b"frame" for client in clients[1:])


@pytest.mark.parametrize(("count", "size"), [(ENOUGH - 1, 10), (MEMBERS, DATA_MAX + 1)])
async def test_few_members_and_many_bytes_take_no_ring(clients: list[Client], count: int, size: int) -> None:
    """It would be slower for them, or hold more memory."""

    class Unused:
        def close(self) -> None: ...

    fan_out, data = FanOut(), b"x" * size
    fan_out._ring, fan_out._has_looked = cast(Any, Unused()), True
    fan_out.write(data, [client.writer for client in clients[:count]])
    await until(lambda: all(client.hear() == data for client in clients[:count]))
    fan_out.close()


async def test_a_closed_fan_out_still_writes(fan_out: FanOut, clients: list[Client]) -> None:
    """A node that stops may still have something to tell."""
    fan_out.write(b"1", [client.writer for client in clients])
    fan_out.close()
    fan_out.write(b"2", [client.writer for client in clients])
    assert all(client.hear() == b"12" for client in clients)
