"""The connections on which Redis is asked: each reply goes to who asked for it, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
import weakref
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from redis.asyncio import Connection, ConnectionPool, Redis
from redis.exceptions import ResponseError

from wschat.redis_link.probe import PLAIN
from wschat.redis_link.redis_connections import STALE, Connections
from wschat.redis_link.redis_errors import LINK_BROKEN
from wschat.tasks import background_rank

from ..support.client import PATIENCE
from ..support.room import until

MOST = 2
TIMEOUT = 20.0  # s: long enough for a busy machine


def make(url: str) -> Connection:
    connection: Connection = ConnectionPool.from_url(url, socket_timeout=None, **PLAIN).make_connection()
    return connection


@pytest.fixture
async def connections(redis_server: str) -> AsyncIterator[Connections]:
    connections = Connections(lambda: make(redis_server), MOST, TIMEOUT)
    yield connections
    connections.close()


async def test_an_error_stands_for_its_reply(connections: Connections) -> None:
    """The replies after it are those of their own commands, also in the next exchange."""
    first, problem, last = await connections.exchange([("ECHO", "1"), ("NO-SUCH-COMMAND",), ("ECHO", b"\xff")])
    assert (first, last) == (b"1", b"\xff")
    assert isinstance(problem, ResponseError)
    assert await connections.exchange([("ECHO", 2)]) == [b"2"]


async def test_nothing_is_answered_by_nothing(connections: Connections) -> None:
    """Nobody waits for the reply to no command."""
    assert await asyncio.wait_for(connections.exchange([]), PATIENCE) == []


async def test_a_reply_that_nobody_waits_for_is_nobodys(connections: Connections, redis: Redis) -> None:
    """Whatever is wrong with a server that sends one, the next caller gets another connection."""
    (number,) = await connections.exchange([("CLIENT", "ID")])
    (idle,) = connections._idle
    idle.send([("ECHO", "stray")])
    await until(lambda: not idle.is_open)
    (other,) = await connections.exchange([("CLIENT", "ID")])
    assert other != number


async def test_a_connection_that_waits_long_between_calls_is_not_overdue(redis_server: str) -> None:
    """The time-out is that of a call, and one timer measures many of them."""
    connections = Connections(lambda: make(redis_server), MOST, 0.5)
    (number,) = await connections.exchange([("CLIENT", "ID")])
    for _ in range(4):
        await asyncio.sleep(0.2)
        assert await connections.exchange([("CLIENT", "ID")]) == [number]
    await asyncio.sleep(0.6)
    assert await connections.exchange([("CLIENT", "ID")]) == [number]
    connections.close()


@pytest.mark.parametrize("is_in_use", [False, True])
async def test_a_lost_connection_keeps_no_memory(connections: Connections, redis: Redis, is_in_use: bool) -> None:
    """It is gone with the last who uses it: garbage is collected rarely, and a link may break each second."""
    (number,) = await connections.exchange([("CLIENT", "ID")])
    (idle,) = connections._idle
    lost = weakref.ref(idle)
    del idle

    async def ask() -> None:
        with suppress(*LINK_BROKEN):
            await connections.exchange([("BLPOP", "nothing", 0)])

    asking = asyncio.ensure_future(ask()) if is_in_use else None
    await asyncio.sleep(0.05)
    gc.disable()
    try:
        await redis.execute_command("CLIENT", "KILL", "ID", number)
        if asking is not None:
            await asking
        await asyncio.sleep(0.05)
        assert (await connections.exchange([("CLIENT", "ID")])) != [number]
        assert lost() is None
    finally:
        gc.enable()


async def test_connections_of_before_a_renewal_serve_no_call_any_more(connections: Connections) -> None:
    """Neither those that were idle nor one that was being asked."""
    (number,) = await connections.exchange([("CLIENT", "ID")])
    asking = asyncio.ensure_future(connections.exchange([("BLPOP", "nothing", 0.2), ("CLIENT", "ID")]))
    await asyncio.sleep(0.05)
    connections.renew()
    assert await asking == [None, number]
    (other,) = await connections.exchange([("CLIENT", "ID")])
    assert other != number


async def test_who_gives_up_leaves_no_reply_to_the_next(connections: Connections, redis: Redis) -> None:
    """A caller is cancelled while Redis is at it: the connection goes with it."""
    asking = asyncio.ensure_future(connections.exchange([("BLPOP", "nothing", 0)]))
    while not (await redis.info("clients"))["blocked_clients"]:
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    for number in range(2 * MOST):
        assert await connections.exchange([("ECHO", number)]) == [b"%d" % number]


async def test_more_callers_than_connections_take_turns(connections: Connections, redis: Redis) -> None:
    """Each gets its own reply, and Redis sees no more than so many connections."""
    before = (await redis.info("clients"))["connected_clients"]
    asked = [connections.exchange([("ECHO", number), ("ECHO", -number)]) for number in range(50)]
    assert await asyncio.gather(*asked) == [[b"%d" % number, b"%d" % -number] for number in range(50)]
    assert (await redis.info("clients"))["connected_clients"] <= before + MOST


async def test_who_asks_in_the_background_leaves_a_connection_to_others(connections: Connections) -> None:
    """All rooms read their logs after a lost link; a post between waits for none of them, and each gets its answer."""
    slow = "for i = 1, 100000 do redis.call('PING') end return KEYS[1]"

    async def read(number: int) -> tuple[int, list[Any]]:
        background_rank.set(0)
        return number, await connections.exchange([("EVAL", slow, 1, str(number))])

    done: list[asyncio.Future[Any]] = []
    reading = [asyncio.ensure_future(read(number)) for number in range(10)]
    for each in reading:
        each.add_done_callback(done.append)
    await asyncio.sleep(0)
    assert await connections.exchange([("ECHO", "post")]) == [b"post"]
    assert len(done) <= MOST
    assert await asyncio.gather(*reading) == [(number, [b"%d" % number]) for number in range(10)]


async def test_in_the_background_the_lowest_rank_goes_first(connections: Connections) -> None:
    """The room with the most people reads its log first, and not when its turn comes among thousands."""
    order: list[int] = []

    async def read(number: int) -> None:
        background_rank.set(-number)
        await connections.exchange([("ECHO", "x")])
        order.append(number)

    await asyncio.gather(*(read(number) for number in range(10)))
    assert order == [0, 9, 8, 7, 6, 5, 4, 3, 2, 1]


async def test_who_asks_in_the_background_waits_no_longer_than_others(redis_server: str) -> None:
    """A primary that is gone holds up nobody behind those who wait for it: the room may be another's by now."""
    connections = Connections(lambda: make(redis_server), MOST, 0.5)
    background_rank.set(0)
    asking = [connections.exchange([("BLPOP", "nothing", 0)]) for _ in range(20)]
    began = time.monotonic()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(answer, LINK_BROKEN) for answer in answers)
    assert time.monotonic() - began < 5
    connections.close()


@pytest.mark.parametrize("rank", [None, 0])
async def test_who_waits_behind_many_that_are_answered_does_not_give_up(redis_server: str, rank: float | None) -> None:
    """Thousands of rooms read after a lost link: those who gave up would only come again, and none would be through."""
    connections = Connections(lambda: make(redis_server), MOST, 0.5)
    background_rank.set(rank)
    began = time.monotonic()
    asking = [connections.exchange([("BLPOP", "nothing", 0.2)]) for _ in range(12)]
    assert await asyncio.gather(*asking) == [[None]] * 12
    assert time.monotonic() - began > 2 * 0.5
    connections.close()


async def test_who_is_cancelled_while_they_wait_keeps_no_turn(redis_server: str) -> None:
    """At whatever point of the wait."""
    connections = Connections(lambda: make(redis_server), MOST, TIMEOUT)
    for turns in range(12):
        asking = [asyncio.ensure_future(connections.exchange([("ECHO", "x")])) for _ in range(4 * MOST)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for each in asking[MOST:]:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    assert await asyncio.wait_for(connections.exchange([("ECHO", "x")]), TIMEOUT) == [b"x"]
    assert connections._free._value == MOST
    connections.close()


async def test_one_that_cannot_be_made_costs_no_turn(redis_server: str) -> None:
    """As where the certificates to trust can't be read: the callers after it fail likewise, or get their replies."""
    problems = [OSError("no certificate")] * (MOST + 1)

    def make_later() -> Connection:
        if problems:
            raise problems.pop()
        return make(redis_server)

    connections = Connections(make_later, MOST, TIMEOUT)
    for _ in range(MOST + 1):
        with pytest.raises(OSError, match="no certificate"):
            await asyncio.wait_for(connections.exchange([("ECHO", "x")]), PATIENCE)
    assert await connections.exchange([("ECHO", "x")]) == [b"x"]
    connections.close()


async def test_one_that_redis_closed_meanwhile_is_made_again(connections: Connections, redis: Redis) -> None:
    """An idle connection that was cut costs no caller an error."""
    (number,) = await connections.exchange([("CLIENT", "ID")])
    assert await redis.execute_command("CLIENT", "KILL", "ID", number) == 1
    (idle,) = connections._idle
    await until(lambda: not idle.is_open)
    (other,) = await connections.exchange([("CLIENT", "ID")])
    assert other != number


async def test_one_whose_end_was_just_read_is_made_again(connections: Connections, redis: Redis) -> None:
    """A caller whose turn comes before it counts as lost gets no error either."""
    (number,) = await connections.exchange([("CLIENT", "ID")])
    turn = asyncio.get_running_loop().create_future()
    with socket.socket(socket.AF_UNIX) as killer:
        killer.connect(redis.connection_pool.connection_kwargs["path"])
        killer.sendall(b"CLIENT KILL ID %d\r\n" % number)
        assert killer.recv(100) == b":1\r\n"
    time.sleep(0.01)  # the end is there before the loop looks
    asyncio.get_running_loop().call_soon(turn.set_result, None)
    await turn
    (other,) = await connections.exchange([("CLIENT", "ID")])
    assert other != number


async def test_an_idle_connection_keeps_no_reply(connections: Connections) -> None:
    """A log that was read may have megabytes, and texts that are deleted by now."""
    await connections.exchange([("ECHO", "x" * 1000)])
    (idle,) = connections._idle
    assert not idle._replies


async def test_one_that_nobody_used_for_long_is_made_again(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A router that has forgotten it says nothing: the first call on it would wait for its whole time-out."""
    (number,) = await connections.exchange([("CLIENT", "ID")])
    assert await connections.exchange([("CLIENT", "ID")]) == [number]
    later = time.monotonic() + STALE + 1
    monkeypatch.setattr("wschat.redis_link.redis_connections.monotonic", lambda: later)
    (other,) = await connections.exchange([("CLIENT", "ID")])
    assert other != number
    assert await connections.exchange([("CLIENT", "ID")]) == [other]


@pytest.mark.parametrize("accepts", [True, False])
async def test_a_redis_that_is_silent_is_given_up(redis_server: str, accepts: bool) -> None:
    """It takes the connection and says nothing, from the first word on or later. When it answers again, all is well."""
    silent = asyncio.Event()
    open_ones: set[asyncio.StreamWriter] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.add(writer)
        while await reader.read(1000):
            if not silent.is_set():
                writer.write(b"+OK\r\n")
        writer.close()
        await writer.wait_closed()
        open_ones.discard(writer)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/{0 if accepts else 1}"  # SELECT is a first word
    connections = Connections(lambda: make(url), MOST, 0.5)
    if accepts:
        assert await connections.exchange([("PING",)]) == [b"OK"]
    silent.set()
    for _ in range(MOST + 1):
        with pytest.raises(LINK_BROKEN):
            await connections.exchange([("PING",)])
    silent.clear()
    assert await connections.exchange([("PING",)]) == [b"OK"]
    connections.close()
    server.close()
    await until(lambda: not open_ones)


async def test_closing_ends_what_is_being_asked(connections: Connections, redis: Redis) -> None:
    """A caller that waits for a reply learns at once that there is none, and later calls connect again."""
    asking = asyncio.ensure_future(connections.exchange([("BLPOP", "nothing", 0)]))
    while not (await redis.info("clients"))["blocked_clients"]:
        await asyncio.sleep(0.01)
    connections.close()
    with pytest.raises(LINK_BROKEN):
        await asking
    assert await connections.exchange([("ECHO", "x")]) == [b"x"]
