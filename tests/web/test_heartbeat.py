"""The heartbeat: silent clients are asked, and those that don't answer, or never say hello, are cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from wschat.web.heartbeat import (
    HELLO_TIMEOUT,
    PARTS,
    PING_AFTER,
    PING_TIMEOUT,
    PONG_TIMEOUT,
    RETRY_TIMEOUT,
    TICK_EVERY,
    Heartbeat,
)
from wschat.web.websocket import WebSocket

from ..support.frames import frame
from ..support.line import Line
from ..support.room import until


@dataclass
class Greeting:
    """How far a session has come, for the heartbeat."""

    said_hello: bool = True
    refused_at: float | None = None


def heartbeat(line: Line, greeting: Greeting | None = None) -> Callable[..., None]:
    """A heartbeat that watches this line: call it with the time until which it ticks, with one round over all its parts
    at the end. `frozen`: it doesn't tick before that round.
    """
    time = 0.0

    def check(now: float, *, frozen: bool = False) -> None:
        nonlocal time
        while not frozen and time + TICK_EVERY < now:
            time += TICK_EVERY
            beat.tick()
        time = now
        for _ in range(PARTS):
            beat.tick()

    beat = Heartbeat(lambda: time)
    beat.add(line.socket, greeting or Greeting())
    return check


async def test_a_silent_client_is_pinged_and_its_answer_keeps_it(line: Line) -> None:
    """It is pinged once in 20 s, well within the minute after which proxies disconnect."""
    check = heartbeat(line)
    check(PING_AFTER + 1)
    assert await line.hears() == b"\x89\x00"
    line.now = PING_AFTER + 2
    await line.says(frame(10, b""))
    await until(lambda: line.socket.last_heard == line.now)
    check(line.now + PING_AFTER - 1)
    assert line.socket.is_open


async def test_a_client_that_does_not_answer_is_cut(line: Line) -> None:
    """The close code is 4000, in case the client can still receive it."""
    check = heartbeat(line)
    line.now = PING_AFTER + PARTS
    check(line.now)
    assert await line.hears() == b"\x89\x00"
    check(PING_TIMEOUT + 1)
    assert (await line.hears())[2:4] == (4000).to_bytes(2, "big")
    await until(lambda: line.conversation.gone == 1)


async def test_a_node_that_was_frozen_asks_before_it_cuts(line: Line) -> None:
    """Nobody could answer what it didn't ask; whoever doesn't answer now is cut as ever."""
    check = heartbeat(line)
    line.now = 3 * PING_TIMEOUT
    check(line.now, frozen=True)
    assert await line.hears() == b"\x89\x00"
    check(line.now + PONG_TIMEOUT - 1)
    assert line.socket.is_open
    check(line.now + PONG_TIMEOUT)
    await until(lambda: line.conversation.gone == 1)


@pytest.mark.parametrize(("said_hello", "pinged"), [(True, 1.0), (False, 0.0)])
async def test_a_node_that_was_frozen_reads_before_it_cuts(line: Line, said_hello: bool, pinged: float) -> None:
    """A pong, or a hello, that came while it was frozen is read after the first tick: until then it only pings."""
    check = heartbeat(line, Greeting(said_hello))
    line.socket.pinged = pinged
    check(3 * PING_TIMEOUT, frozen=True)
    line.socket.send(b"end")
    assert (await line.hears()).replace(b"\x89\x00", b"") == b"end"


@pytest.mark.parametrize(("said_hello", "pinged"), [(True, 1.0), (False, 0.0)])
async def test_a_node_that_is_frozen_again_reads_again(line: Line, said_hello: bool, pinged: float) -> None:
    """Right after a round that spares everybody: whoever was asked before the second freeze may have answered, too."""
    check = heartbeat(line, Greeting(said_hello))
    check(4 * TICK_EVERY, frozen=True)
    line.socket.pinged = pinged
    check(3 * PING_TIMEOUT, frozen=True)
    line.socket.send(b"end")
    assert (await line.hears()).replace(b"\x89\x00", b"") == b"end"


@pytest.mark.parametrize("step", [3 * TICK_EVERY + 0.1, 10 * TICK_EVERY])
@pytest.mark.parametrize("said_hello", [True, False], ids=["dead", "no hello"])
async def test_a_node_that_always_lags_cuts_all_the_same(line: Line, said_hello: bool, step: float) -> None:
    """Each tick looks like one after a freeze: a round over all parts spares everybody, and the next one doesn't."""
    beat = Heartbeat(lambda: line.now)
    beat.add(line.socket, Greeting(said_hello))
    timeout = PING_TIMEOUT if said_hello else HELLO_TIMEOUT
    while line.socket.is_open:
        assert line.now <= timeout + 3 * PARTS * step
        line.now += step
        beat.tick()
    assert line.now > timeout


@pytest.mark.parametrize(
    ("refused_at", "timeout"), [(None, HELLO_TIMEOUT), (1.0, 1.0 + RETRY_TIMEOUT), (180.0, 180.0 + RETRY_TIMEOUT)]
)
async def test_a_client_that_never_says_hello_is_sent_away(
    line: Line, refused_at: float | None, timeout: float
) -> None:
    """The close code is 4002, however alive the client is. The time to think begins when it was refused."""
    check = heartbeat(line, Greeting(False, refused_at))
    line.socket.last_heard = timeout
    check(timeout)
    assert line.socket.is_open
    line.socket.last_heard = timeout + 1
    check(timeout + 1)
    assert (await line.hears())[2:4] == (4002).to_bytes(2, "big")


async def test_every_socket_is_checked_once_in_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parts take turns and are equally large, and one that was removed is no longer checked."""
    lines = [Line() for _ in range(2 * PARTS + 1)]
    seen: list[WebSocket] = []
    monkeypatch.setattr("wschat.web.heartbeat._ping_if_silent", lambda socket, now: seen.append(socket))
    beat = Heartbeat(lambda: 0.0)
    for line in lines:
        beat.add(line.socket, Greeting())
    beat.remove(lines[-1].socket)
    for checked in range(1, PARTS + 1):
        beat.tick()
        assert len(seen) == 2 * checked
    assert set(seen) == {line.socket for line in lines[:-1]}
    for line in lines:
        line.socket.abort()
        line.far.close()
