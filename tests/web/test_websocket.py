"""The socket of one client: what it receives, and how it closes."""

from __future__ import annotations

import asyncio

import pytest

from wschat.errors import CloseCode
from wschat.fan_out import text_frame
from wschat.limits import Rate
from wschat.web import closing

from ..support.frames import frame
from ..support.line import Line
from ..support.room import until


async def test_what_a_client_says_is_passed_on(line: Line) -> None:
    """Messages keep their order, however the bytes are split."""
    data = frame(1, b"one") + frame(1, b"two")
    await line.says(data[:4])
    await asyncio.sleep(0.01)
    await line.says(data[4:])
    await until(lambda: line.conversation.received == [b"one", b"two"])


async def test_a_ping_is_answered_with_what_it_held(line: Line) -> None:
    """RFC 6455, 5.5.3 requires it."""
    await line.says(frame(9, b"abc"))
    assert await line.hears() == b"\x8a\x03abc"


async def test_a_close_is_answered_with_its_code_and_ends_the_connection(line: Line) -> None:
    """The conversation is notified once."""
    await line.says(frame(8, (1000).to_bytes(2, "big")))
    assert await line.hears() == b"\x88\x02\x03\xe8"
    assert await line.hears() == b""
    await until(lambda: line.conversation.gone == 1)
    line.socket.send(b"late")
    line.socket.close(1000)
    line.socket.abort()
    assert line.conversation.gone == 1


async def test_after_our_close_nothing_more_is_said_or_listened_to(line: Line) -> None:
    """The client's response ends the connection."""
    line.socket.close(CloseCode.RESTARTING, "bye")
    line.socket.send(text_frame(b"late"))
    await line.says(frame(1, b"too late") + frame(8, (1012).to_bytes(2, "big")))
    assert await line.hears() == b"\x88\x05\x03\xf4bye"
    assert await line.hears() == b""
    assert line.conversation.received == []


async def test_the_answer_to_a_close_waits_behind_what_was_sent_before(line: Line) -> None:
    """A client that reads slowly still gets everything up to the close frame, and then the end."""
    big = text_frame(b"x" * 900_000)
    line.socket.send(big)
    assert line.socket.waiting > 0
    await line.says(frame(8, (1000).to_bytes(2, "big")))
    data = b""
    while part := await line.hears():
        data += part
    assert data == big + b"\x88\x02\x03\xe8"
    await until(lambda: line.conversation.gone == 1)


async def test_a_client_that_does_not_fetch_the_answer_to_its_close_is_cut(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time-out for closing also bounds how long the answer may wait to be sent."""
    monkeypatch.setattr(closing, "CLOSE_TIMEOUT", 0.05)
    line.socket.send(text_frame(b"x" * 900_000))
    await line.says(frame(8, (1000).to_bytes(2, "big")))
    await until(lambda: line.conversation.gone == 1)
    assert line.socket.waiting == 0


async def test_a_broken_rule_ends_our_half_of_the_connection_at_once(line: Line) -> None:
    """The close frame and TCP's end come without waiting for the client, and what it still sends is dropped."""
    await line.says(frame(1, b"before") + b"\x81\x01x" + frame(1, b"after"))
    assert (await line.hears())[2:4] == (1002).to_bytes(2, "big")
    assert await line.hears() == b""
    await line.says(frame(1, b"later") * 100)
    await asyncio.sleep(0.02)
    assert (line.conversation.received, line.conversation.gone) == ([b"before"], 0)
    line.far.close()
    await until(lambda: line.conversation.gone == 1)


async def test_a_broken_rule_ends_our_half_behind_what_waits(line: Line) -> None:
    """The close code comes after the frames that were sent before it, however slowly they are read."""
    big = text_frame(b"x" * 900_000)
    line.socket.send(big)
    await line.says(b"\x81\x01x")
    data = b""
    while part := await line.hears():
        data += part
    assert data[: len(big)] == big
    assert data[len(big) + 2 : len(big) + 4] == (1002).to_bytes(2, "big")


async def test_a_client_that_goes_on_after_a_broken_rule_is_cut(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection ends after a time-out, and sooner when it sends very much."""
    monkeypatch.setattr(closing, "CLOSE_TIMEOUT", 0.05)
    await line.says(b"\x81\x01x")
    await until(lambda: line.conversation.gone == 1)
    greedy = Line()
    monkeypatch.setattr(closing, "CLOSE_TIMEOUT", 60.0)
    monkeypatch.setattr(closing, "DISCARD_MAX", 1000)
    await greedy.says(b"\x81\x01x" + b"." * 500)
    await asyncio.sleep(0.02)
    assert greedy.conversation.gone == 0
    await greedy.says(b"." * 1001)
    await until(lambda: greedy.conversation.gone == 1)
    greedy.far.close()


async def test_frames_within_the_limit_are_acted_on_before_a_flood_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """This holds for the limit of one read and for the one over several."""
    for portions in ([7], [4, 3]):
        line = Line(Rate(1, 5))
        for count in portions:
            await line.says(frame(1, b"x") * count)
            await asyncio.sleep(0.01)
        assert (await line.hears())[2:4] == (4003).to_bytes(2, "big")
        assert 4 <= len(line.conversation.received) <= 5
        line.socket.abort()
        line.far.close()


async def test_a_message_must_be_whole_in_time(line: Line) -> None:
    """Half of it is kept for 30 s, however slowly it goes on to come."""
    half = frame(1, b"x" * 60_000)[:-10_000]
    await line.says(frame(1, b"whole") + half)
    await until(lambda: line.buffers.incoming.total == len(half))
    for _ in range(3):
        line.now += 9.9
        await line.says(b"x")
        await asyncio.sleep(0.01)
        line.buffers.sweep()
    assert line.buffers.incoming.total == len(half) + 3
    line.now += 1.0
    line.buffers.sweep()
    assert (await line.hears())[2:4] == (4003).to_bytes(2, "big")
    assert line.buffers.incoming.total == 0


async def test_pings_dont_prolong_the_time_of_a_message(line: Line) -> None:
    """A control frame may come in the middle of one, and says nothing about it."""
    await line.says(b"\x01" + frame(1, b"x" * 100)[1:])
    await until(lambda: line.buffers.incoming.total)
    for _ in range(4):
        line.now += 9.0
        await line.says(frame(9, b""))
        await asyncio.sleep(0.01)
        line.buffers.sweep()
    assert (4003).to_bytes(2, "big") in await line.hears()


async def test_a_message_that_is_completed_leaves_nothing(line: Line) -> None:
    """Nor does a connection that ends in the middle of one."""
    data = frame(1, b"x" * 60_000)
    await line.says(data[:30_000])
    await until(lambda: line.buffers.incoming.total == 30_000)
    await line.says(data[30_000:])
    await until(lambda: line.conversation.received)
    assert line.buffers.incoming.total == 0
    await line.says(data[:30_000])
    await until(lambda: line.buffers.incoming.total == 30_000)
    line.far.close()
    await until(lambda: line.conversation.gone)
    assert line.buffers.incoming.total == 0
