"""More callers than connections take turns, and those in the background leave one to the others."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from redis.asyncio import Connection, Redis

from wschat.concurrency import background_rank
from wschat.redis_link.redis_connections import Connections
from wschat.redis_link.redis_errors import LINK_BROKEN

from ..support.client import PATIENCE
from ..support.redis_connections import MOST, TIMEOUT, make


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
