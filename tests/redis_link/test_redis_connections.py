"""The connections on which Redis is asked: each reply goes to who asked for it, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
import weakref
from contextlib import suppress

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from wschat.redis_link.redis_connections import STALE, Connections
from wschat.redis_link.redis_errors import LINK_BROKEN

from ..support.client import PATIENCE
from ..support.redis_connections import MOST, make
from ..support.room import until


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
