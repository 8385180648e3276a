"""What waits to be sent to a client: its order, its bounds, and the end of one that doesn't read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest

from wschat.fan_out import text_frame
from wschat.web.streams import Stream
from wschat.web.writer import OUTBOX_MAX, FrameWriter

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.line import STREAMS, Line
from ..support.room import until


@pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS)
async def test_a_stream_that_has_just_ended_is_no_error(make: Callable[[socket.socket], Stream]) -> None:
    """Tornado's path may find a client gone, which it answers all the same."""
    here, far = socket.socketpair()
    stream = make(here)
    stream.close()
    stopped = FrameWriter(stream, "test")
    stopped.send(text_frame(b"nobody hears it"))
    assert stopped.waiting == 0
    far.close()


async def test_frames_keep_their_order_when_the_client_reads_slowly(line: Line) -> None:
    """Bytes that the kernel doesn't accept wait in the queue."""
    frames = [text_frame(b"%06d" % number + b"." * 5000) for number in range(100)]
    for frame in frames:
        line.socket.send(frame)
    assert line.socket.waiting > 0
    data = b""
    while len(data) < sum(map(len, frames)):
        data += await line.hears()
    assert data == b"".join(frames)
    await asyncio.wait_for(line.socket.drained(), PATIENCE)
    assert line.socket.waiting == 0


async def test_nothing_overtakes_what_waits(line: Line) -> None:
    """This holds even if the kernel has room again before the stream has noticed."""
    big, small = text_frame(b"x" * 900_000), text_frame(b"small")
    line.socket.send(big)
    assert line.socket.waiting > 0
    data = line.far.recv(1 << 20)
    line.socket.send(small)
    assert line.socket.write(small) == len(small)
    while len(data) < len(big) + 2 * len(small):
        data += await line.hears()
    assert data == big + small + small


async def test_a_client_that_does_not_read_is_cut(line: Line) -> None:
    """At most 1 MiB is queued, and the memory is freed."""
    frame = text_frame(b"x" * 60_000)
    most = 0
    for _ in range(200):
        line.socket.send(frame)
        most = max(most, line.socket.waiting)
    assert most <= OUTBOX_MAX
    await until(lambda: line.conversation.gone == 1)
    assert line.socket.waiting == 0


async def test_a_client_that_stops_reading_is_cut_in_time(line: Line) -> None:
    """Even if less than the limit is queued; each piece that it takes gives it more time."""
    line.socket.send(text_frame(b"x" * 900_000))
    assert line.buffers.outgoing.total == line.socket.waiting > 0
    for _ in range(2):
        line.now += 20
        before = line.socket.waiting
        while line.socket.waiting == before:
            await line.hears()
        line.buffers.sweep()
        assert line.socket.is_open
    line.now += 31
    line.buffers.sweep()
    assert not line.socket.is_open
    assert line.buffers.outgoing.total == 0


async def test_whoever_waits_for_a_drain_is_woken_when_the_connection_goes(line: Line) -> None:
    """No task waits forever for a client that has gone."""
    line.socket.send(text_frame(b"x" * 900_000))
    waiting = asyncio.ensure_future(line.socket.drained())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    line.socket.abort()
    await asyncio.wait_for(waiting, PATIENCE)


async def test_a_client_that_resets_the_connection_is_gone(line: Line) -> None:
    """No exception is raised anywhere."""
    line.far.close()
    await until(lambda: line.conversation.gone == 1)
    for _ in range(3):
        line.socket.send(text_frame(b"x"))
    assert not line.socket.is_open


async def test_a_slow_consumer_loses_its_connection_and_nobody_else_waits(node: Nodes) -> None:
    """Bob stops reading while Ann writes megabytes: he is dropped, and Eve receives everything meanwhile."""
    ann, eve = await node.join("Ann", "Eve")
    bob = (await node.join("Bob"))[0]
    bob.connection.transport.pause_reading()
    text = "x" * 3900
    for number in range(1, 3000):
        await ann.says(text, id=f"p{number}")
        if number % 30 == 0:
            await eve.gets("message", seq=number)
            if len(node.nodes[0].edge.sessions) == 2:
                break
    assert len(node.nodes[0].edge.sessions) == 2
    assert await eve.is_there()
    bob.connection.transport.resume_reading()
    assert await bob.close_code() == 1006


async def test_a_client_that_goes_between_two_pieces_leaves_nothing(line: Line) -> None:
    """It holds no memory any more, and isn't called a slow consumer later."""
    line.socket.send(text_frame(b"x" * 900_000))
    before = line.socket.waiting
    while line.socket.waiting == before:
        await line.hears()
    assert line.socket.waiting > 0
    line.far.close()
    await until(lambda: line.conversation.gone == 1)
    assert line.buffers.outgoing.total == 0
