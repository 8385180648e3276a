"""Bytes that are the same for many clients, sent with io_uring or without: each gets all of them, once and in order."""

from __future__ import annotations

import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any, cast

import pytest

from wschat.fan_out import fan_out as fan_out_module
from wschat.fan_out.fan_out import DATA_MAX, RING_MIN, FanOut
from wschat.web.socket_stream import SocketStream
from wschat.web.writer import FrameWriter

from ..support.recording import ByteRecordingMember
from ..support.ring import needs_ring
from ..support.room import until

MEMBERS = RING_MIN + 2


class Client:
    """A client with its far end."""

    def __init__(self) -> None:
        here, self.far = socket.socketpair()
        self.far.setblocking(False)
        self.stream = SocketStream(here)
        self.writer = FrameWriter(self.stream, "test")
        self.received = b""

    def receive(self) -> bytes:
        with suppress(BlockingIOError):
            self.received += self.far.recv(1 << 20)
        return self.received


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
    opened.write(b"", [ByteRecordingMember()] * RING_MIN)
    assert (opened._ring is not None) is request.param
    yield opened
    opened.close()


async def test_a_slow_client_gets_everything_in_order(fan_out: FanOut, clients: list[Client]) -> None:
    """What waits comes first; the others get theirs at once."""
    slow, *others = clients
    frames = [b"%06d" % number + b"." * (DATA_MAX - 6) for number in range(150)]
    for frame in frames:
        fan_out.write(frame, [client.writer for client in clients])
        for other in others:
            other.receive()
    assert slow.writer.waiting > 0
    assert all(other.receive() == b"".join(frames) for other in others)
    await until(lambda: slow.receive() == b"".join(frames))


@pytest.mark.parametrize(("result", "rest"), [(6, b"frame"), (0, b"whole frame"), (-errno.EAGAIN, b"whole frame")])
async def test_a_member_is_sent_what_the_ring_left(result: int, rest: bytes) -> None:
    """Part of a frame, or all of it if its socket took nothing; the others have it already."""

    class Socket:
        def fileno(self) -> int:
            return 3

    class SocketMember(ByteRecordingMember):
        socket = cast(Any, Socket())

    class TornRing:
        def send(self, data: bytes, sockets: list[int]) -> list[int]:
            return [result, *[len(data)] * (len(sockets) - 1)]

    fan_out, members = FanOut(), [SocketMember() for _ in range(RING_MIN)]
    fan_out._ring, fan_out._tried_ring = cast(Any, TornRing()), True
    fan_out.write(b"whole frame", members)
    assert [member.sent for member in members] == [[rest]] + [[]] * (RING_MIN - 1)


async def test_the_next_owner_of_a_closed_sockets_number_gets_nothing(fan_out: FanOut, clients: list[Client]) -> None:
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
    assert [client.receive() for client in clients] == [b"beforesecret"] * 3 + [b"before"] + [b"beforesecret"] * 6


async def test_nothing_follows_a_close_frame(fan_out: FanOut, clients: list[Client]) -> None:
    """Its socket is still open, and others are written to."""
    clients[0].writer._mute()
    fan_out.write(b"frame", [client.writer for client in clients])
    assert [client.receive() for client in clients] == [b""] + [b"frame"] * (MEMBERS - 1)


async def test_a_client_that_is_gone_is_noticed(fan_out: FanOut, clients: list[Client]) -> None:
    """The others get theirs."""
    clients[0].far.close()
    fan_out.write(b"frame", [client.writer for client in clients])
    assert not clients[0].writer.is_open
    assert all(client.receive() == b"frame" for client in clients[1:])


@needs_ring
async def test_a_ring_sends_past_the_sockets(clients: list[Client]) -> None:
    """Otherwise it gains nothing."""

    def fail(_: bytes) -> int:
        raise AssertionError("written one by one")

    fan_out, frame = FanOut(), b"frame"
    for client in clients:
        client.writer.write = fail
    fan_out.write(frame, [client.writer for client in clients])
    assert all(client.receive() == frame for client in clients)
    fan_out.close()


@needs_ring
async def test_a_ring_that_the_kernel_refuses_is_not_used_again(clients: list[Client]) -> None:
    """A sandbox may allow the one system call and not the other. Everybody gets everything all the same."""
    fan_out = FanOut()
    fan_out.write(b"1", [client.writer for client in clients])
    fan_out._ring._fd = -1  # type: ignore[union-attr]
    fan_out.write(b"2", [client.writer for client in clients])
    assert fan_out._ring is None
    fan_out.write(b"3", [client.writer for client in clients])
    assert all(client.receive() == b"123" for client in clients)


async def test_members_without_sockets_are_written_to_one_by_one(fan_out: FanOut) -> None:
    """Over TLS there is nothing to send past the encryption."""
    members = [ByteRecordingMember() for _ in range(RING_MIN)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ByteRecordingMember, "send", None)
        fan_out.write(b"frame", members)
    assert [member.sent for member in members] == [[b"frame"]] * RING_MIN


@pytest.mark.parametrize(("count", "size"), [(RING_MIN - 1, 10), (MEMBERS, DATA_MAX + 1)])
async def test_few_members_and_many_bytes_take_no_ring(clients: list[Client], count: int, size: int) -> None:
    """It would be slower for few, and with many bytes keep the processor from others too long."""

    class Unused:
        def close(self) -> None: ...

    fan_out, data = FanOut(), b"x" * size
    fan_out._ring, fan_out._tried_ring = cast(Any, Unused()), True
    fan_out.write(data, [client.writer for client in clients[:count]])
    await until(lambda: all(client.receive() == data for client in clients[:count]))
    fan_out.close()


async def test_a_closed_fan_out_still_writes(fan_out: FanOut, clients: list[Client]) -> None:
    """A node that stops may still have something to tell."""
    fan_out.write(b"1", [client.writer for client in clients])
    fan_out.close()
    fan_out.write(b"2", [client.writer for client in clients])
    assert all(client.receive() == b"12" for client in clients)
