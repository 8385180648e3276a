"""Listening to Redis: what a listener hears, and a link that notices when it was deaf, or is down."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import RedisError

from wschat.errors import RedisUnavailable
from wschat.redis_link import Call, PrimaryLink, probe
from wschat.redis_link.primary import NO_RETRY
from wschat.redis_link.subscriber import TOLD_AT_ONCE, Subscriber
from wschat.redis_link.subscriptions import PLAIN, SHARDED

from ..support.client import PATIENCE
from ..support.redis import system_redis
from ..support.room import until


async def test_a_listener_is_told_when_listening_begins_and_hears_bytes(link: PrimaryLink, redis: Redis) -> None:
    """It first receives None, and misses nothing from then on."""
    heard: list[bytes | None] = []
    link.subscribe("c", heard.append)
    await until(lambda: heard == [None])
    await redis.publish("c", b"\xff\x00")
    await until(lambda: heard == [None, b"\xff\x00"])


async def test_a_listener_is_told_when_it_may_have_missed_something(link: PrimaryLink, redis: Redis) -> None:
    """After each silent cut it receives None again, and then further messages."""
    heard: list[bytes | None] = []
    states: list[bool] = []
    link.watch(states.append)
    link.subscribe("c", heard.append)
    await until(lambda: heard == [None])
    await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await until(lambda: heard == [None, None])
    assert states == [False, True]
    await redis.publish("c", "after")
    await until(lambda: heard[-1] == b"after")


async def test_others_get_turns_while_many_listeners_are_told(link: PrimaryLink, redis: Redis) -> None:
    """Each of them reads Redis then: what a thousand rooms begin in one turn holds up everyone for its whole time."""
    told = 0
    in_turn: list[int] = []  # how many had been told at each turn

    def tell(data: bytes | None) -> None:
        nonlocal told
        told += 1

    for number in range(2000):
        link.subscribe(f"c{number}", tell)
    await until(lambda: told == 2000)
    told = 0
    await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    while told < 2000:
        in_turn.append(told)
        await asyncio.sleep(0)
    steps = [after - before for before, after in zip(in_turn, [*in_turn[1:], told], strict=True)]
    assert max(steps) <= TOLD_AT_ONCE


async def test_a_link_that_is_dropped_while_many_are_told_is_not_taken_for_one_that_stands(
    link: PrimaryLink, redis: Redis
) -> None:
    """What is still at hand of the old link counts for nothing: all are told again by the new one."""
    told = 0

    def tell(data: bytes | None) -> None:
        nonlocal told
        told += 1
        if told == 1000 + TOLD_AT_ONCE:
            link._subscriber.reconnect()

    for number in range(1000):
        link.subscribe(f"c{number}", tell)
    await until(lambda: told == 1000)
    await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await until(lambda: told > 1000 and link.is_up)
    assert 2000 < told <= 2000 + 2 * TOLD_AT_ONCE


async def test_a_channel_that_is_left_while_many_are_subscribed_to_again_is_not_among_them(
    link: PrimaryLink, redis: Redis
) -> None:
    """Its turn hasn't come when the first ones are told."""
    told = 0

    def tell(data: bytes | None) -> None:
        nonlocal told
        told += 1
        if told == 1001:
            link.unsubscribe("c999")

    for number in range(1000):
        link.subscribe(f"c{number}", tell)
    await until(lambda: told == 1000)
    await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await until(lambda: told == 1999 and link.is_up)
    assert await redis.pubsub_numsub("c0", "c999") == [(b"c0", 1), (b"c999", 0)]


async def test_a_listener_that_fails_deafens_nobody(link: PrimaryLink, redis: Redis) -> None:
    """The other listeners and its own next message are unaffected."""
    heard: list[bytes | None] = []

    def fails(data: bytes | None) -> None:
        heard.append(data)
        raise ValueError(data)

    link.subscribe("a", fails)
    await until(lambda: heard == [None])
    await redis.publish("a", "one")
    await redis.publish("a", "two")
    await until(lambda: heard == [None, b"one", b"two"])
    assert link.is_up


async def test_a_bug_while_the_link_is_made_again_is_logged_and_does_not_end_the_subscription(
    redis: Redis, redis_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The restart of Redis fails here: the log has the traceback, and the channel delivers again."""

    async def restart() -> None:
        raise AttributeError("a bug")

    heard: list[bytes | None] = []
    link = PrimaryLink(redis_server, restart)
    await link.start()
    link.subscribe("c", heard.append)
    await until(lambda: heard == [None])
    await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await until(lambda: heard == [None, None])
    (record,) = [record for record in caplog.records if record.exc_info]
    assert "subscription failed" in record.getMessage()
    await link.stop()


async def test_a_watcher_that_fails_keeps_nothing_from_the_others(
    link: PrimaryLink, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """The failure is logged, and the link comes up again."""

    def fails(up: bool) -> None:
        raise ZeroDivisionError

    states: list[bool] = []
    link.watch(fails)
    link.watch(states.append)
    await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await until(lambda: states == [False, True])
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [ZeroDivisionError] * 2


async def test_whoever_unsubscribed_hears_nothing_more(link: PrimaryLink, redis: Redis) -> None:
    """The link stays up, even without any other channel."""
    heard: list[bytes | None] = []
    link.subscribe("c", heard.append)
    await until(lambda: heard == [None])
    link.unsubscribe("c")

    async def nobody_hears() -> bool:
        return not await redis.publish("c", "x")

    await until(nobody_hears)
    assert link.is_up


async def test_a_redis_that_falls_silent_is_noticed_within_five_seconds(tmp_path: Path) -> None:
    """A frozen Redis raises no error, so the watchdog drops the link, which comes up again afterwards."""
    with system_redis(tmp_path) as url:
        link = PrimaryLink(url)
        await link.start()
        states: list[bool] = []
        link.watch(states.append)
        async with Redis.from_url(url, protocol=2) as client:
            pid = (await client.info("server"))["process_id"]
        os.kill(pid, signal.SIGSTOP)
        try:
            await until(lambda: states == [False], 10.0)  # five, and as many for a busy machine
        finally:
            os.kill(pid, signal.SIGCONT)
        await until(lambda: link.is_up)
        assert await link.execute(Call.command("PING")) in (b"PONG", True)
        await link.stop()


@pytest.mark.parametrize("kind", [PLAIN, SHARDED])
async def test_a_redis_that_never_reads_is_noticed_however_many_channels_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: bytes
) -> None:
    """It takes connections, but not the names of 10,000 channels at once: nobody may wait for that."""
    monkeypatch.setattr("wschat.redis_link.subscriber.PING_EVERY", 0.05)
    monkeypatch.setattr("wschat.redis_link.subscriber.DEAF_AFTER", 0.15)

    async def restart() -> None:
        pass

    with ExitStack() as open_sockets:
        silent = open_sockets.enter_context(socket.socket(socket.AF_UNIX))
        silent.settimeout(PATIENCE)
        silent.bind(str(tmp_path / "silent"))
        silent.listen()
        pool = ConnectionPool.from_url(f"unix://{tmp_path}/silent", retry=NO_RETRY, socket_timeout=None, **probe.PLAIN)
        subscriber = Subscriber(pool.make_connection, restart, lambda up: None)
        for number in range(10_000):
            subscriber.subscribe(f"chat:a-room-with-a-usual-name-{number}", print, sharded=kind is SHARDED)
        subscriber.start()
        for _ in range(3):
            connection, _ = await asyncio.to_thread(silent.accept)
            open_sockets.enter_context(connection)
        await subscriber.stop()


async def test_a_redis_that_is_busy_is_away_although_it_answers(
    link: PrimaryLink, redis: Redis, redis_server: str
) -> None:
    """Somebody's script runs on and on: everything is refused, pings too, and the link comes up again afterwards."""
    states: list[bool] = []
    link.watch(states.append)
    usual = (await redis.config_get("lua-time-limit"))["lua-time-limit"] or 5000
    await redis.config_set("lua-time-limit", 50)
    async with Redis.from_url(redis_server, socket_timeout=60) as client:
        endless: asyncio.Future[Any] = asyncio.ensure_future(client.eval("while true do end", 0))
        try:
            await until(lambda: states == [False], 10.0)
        finally:
            await redis.script_kill()
            with suppress(RedisError):
                await endless
            await redis.config_set("lua-time-limit", usual)
    await until(lambda: link.is_up)


async def test_a_redis_that_loads_its_file_is_away_although_it_takes_subscriptions(tmp_path: Path) -> None:
    """After a restart it does so for minutes, and refuses all else: nobody is told meanwhile that it is back."""
    with system_redis(tmp_path) as url:
        async with Redis.from_url(url) as client:
            await client.mset({f"key {number}": "x" for number in range(5000)})
            await client.save()
        link = PrimaryLink(url)
        await link.start()
    states: list[bool] = []
    link.watch(states.append)
    loads_slowly = ("--key-load-delay", "100", "--loading-process-events-interval-bytes", "1024")
    with ExitStack() as running:
        await asyncio.to_thread(running.enter_context, system_redis(tmp_path, *loads_slowly))
        await until(lambda: link.is_up)
        assert states in ([False, True], [True])
        await link.stop()


async def test_a_link_whose_calls_all_fail_is_down(link: PrimaryLink, redis: Redis) -> None:
    """Its subscription stands, but Redis has no place for another connection; it comes up again when there is one."""
    states: list[bool] = []
    link.watch(states.append)

    async def is_down() -> bool:
        with suppress(RedisUnavailable):
            await link.execute(Call.command("PING"))
        return states == [False]

    await redis.config_set("maxclients", 1)
    try:
        await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await until(is_down, 10.0)
    finally:
        await redis.config_set("maxclients", 10_000)
    await until(lambda: link.is_up)
    assert await link.execute(Call.command("PING")) in (b"PONG", True)


async def test_calls_that_fail_now_and_then_are_no_reason_to_doubt(link: PrimaryLink, redis: Redis) -> None:
    """Connections are killed again and again, and calls between succeed."""
    states: list[bool] = []
    link.watch(states.append)
    for _ in range(50):
        await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        for _ in range(2):
            with suppress(RedisUnavailable):
                await link.execute(Call.command("PING"))
        await asyncio.sleep(0.1)
    assert states == []
