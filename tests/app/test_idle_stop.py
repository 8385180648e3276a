"""The idle stop: what keeps a server awake, what doesn't, and what people are told."""

from __future__ import annotations

import asyncio
import urllib.request
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.app.idle_stop import IdleWatch
from wschat.idle import IdleClock, IdleWhen
from wschat.protocol import Notice, NoticeCode

from ..support import Nodes, join
from ..support.client import PATIENCE
from ..support.room import until


class Time:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A node with an idle watch of 300 s over it, on a clock of the test's own."""

    def __init__(self, nodes: Nodes, when: IdleWhen) -> None:
        self.nodes = nodes
        self.time = Time()
        self.watch = IdleWatch(IdleClock(300, when, self.time()), self.time, lambda notice: self.node.broadcast(notice))
        nodes.activity = self.watch.activity

    @property
    def node(self) -> Any:
        return self.nodes.nodes[0]

    def stops_after(self, seconds: float) -> bool:
        """Let time pass; whether it is time to stop then."""
        self.time.now += seconds
        return self.watch.check(self.node.session_count())


@pytest.fixture
async def quiet(node: Nodes) -> Watched:
    return Watched(node, IdleWhen.QUIET)


@pytest.fixture
async def empty(node: Nodes) -> Watched:
    return Watched(node, IdleWhen.EMPTY)


async def test_a_server_that_nobody_visits_stops(quiet: Watched) -> None:
    """The clock runs from the start."""
    assert not quiet.stops_after(299)
    assert quiet.stops_after(1)


async def test_a_client_that_joins_is_activity(quiet: Watched) -> None:
    """Its silence counts afterwards."""
    quiet.stops_after(200)
    await quiet.nodes.join("Ann")
    assert not quiet.stops_after(299)
    assert quiet.stops_after(1)


async def test_a_message_from_a_client_is_activity(quiet: Watched) -> None:
    """It counts from the moment of sending."""
    (ann,) = await quiet.nodes.join("Ann")
    quiet.stops_after(299)
    await ann.posts("x")
    assert not quiet.stops_after(299)


async def test_a_message_delivered_to_a_client_is_activity(quiet: Watched, redis: Redis) -> None:
    """The message comes from outside here, as if from another server."""
    (ann,) = await quiet.nodes.join("Ann")
    quiet.stops_after(299)
    await redis.publish("chat", "x")
    await ann.hears("x")
    assert not quiet.stops_after(299)


async def test_a_message_that_nobody_here_hears_is_none(quiet: Watched, redis: Redis) -> None:
    """It is delivered to nobody on this node."""
    quiet.stops_after(299)
    await redis.publish("chat", "x")
    await asyncio.sleep(0.1)
    assert quiet.stops_after(1)


async def test_asking_to_stay_is_activity(quiet: Watched) -> None:
    """It also cancels an announced stop."""
    (ann,) = await quiet.nodes.join("Ann")
    quiet.stops_after(250)
    assert (await ann.gets("notice", code="idle"))["seconds"] == 50
    await ann.send("stay")
    assert await ann.gets("notice", code="active")
    assert not quiet.stops_after(299)


async def test_pings_pages_health_checks_and_mute_sockets_are_no_activity(quiet: Watched) -> None:
    """Refused clients, typing, reading history, listing people and leaving aren't activity either."""
    ann, bob = await join(quiet.nodes.ws(), "Ann"), await join(quiet.nodes.ws(), "Bob")
    quiet.stops_after(299)
    await (await ann.connection.ping())
    for command in ({"type_": "ping"}, {"type_": "typing"}, {"type_": "people"}, {"type_": "history", "before": 5}):
        await ann.send(**command)
    await ann.send("post", id="a", text="")
    for path in ("/", "/health"):
        await asyncio.to_thread(urllib.request.urlopen, quiet.nodes.url() + path)
    mute = await quiet.nodes.visit()
    await mute.send("hello", name="")
    await mute.send("post", id="a", text="x")
    assert await mute.is_there()
    assert await ann.is_there()
    await bob.leaves()
    await asyncio.sleep(0.1)
    assert quiet.stops_after(1)


async def test_a_server_that_waits_until_it_is_empty_is_kept_by_silent_people(empty: Watched) -> None:
    """It stops when the last one has been gone long enough, and sockets without hello don't count."""
    (ann,) = await empty.nodes.join("Ann")
    assert not empty.stops_after(10_000)
    await empty.nodes.visit()
    await ann.leaves()
    await until(lambda: not empty.node.session_count())
    assert not empty.stops_after(299)
    assert empty.stops_after(301)


def watch(timeout: float) -> tuple[IdleWatch, Time, list[Notice]]:
    time, told = Time(), list[Notice]()
    return IdleWatch(IdleClock(timeout, IdleWhen.QUIET, time()), time, told.append), time, told


def test_people_are_told_once_with_the_seconds_that_are_left() -> None:
    """They are told a minute before."""
    idle, time, told = watch(300)
    time.now += 239
    idle.check(1)
    assert told == []
    for _ in range(5):
        time.now += 2.5
        idle.check(1)
    assert told == [Notice(NoticeCode.IDLE, seconds=59)]


def test_they_are_told_when_it_is_called_off_and_again_the_next_time() -> None:
    """Activity at other times sends nothing."""
    idle, time, told = watch(10)
    idle.activity()
    assert told == []
    time.now += 9
    idle.check(1)
    idle.activity()
    time.now += 9
    idle.check(1)
    assert [notice.code for notice in told] == ["idle", "active", "idle"]


async def test_waiting_ends_when_it_is_time() -> None:
    """It never ends while the idle stop is switched off."""
    idle, time, _ = watch(1)
    waiting = asyncio.ensure_future(idle.until_idle(lambda: 0))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    time.now += 1
    await asyncio.wait_for(waiting, PATIENCE)
    never, time, _ = watch(0)
    waiting = asyncio.ensure_future(never.until_idle(lambda: 0))
    time.now += 1e9
    await asyncio.sleep(0.1)
    assert not waiting.done()
    waiting.cancel()


@pytest.mark.parametrize("is_active", [True, False])
async def test_what_is_reported_late_still_prevents_the_stop(is_active: bool) -> None:
    """Activity just before the stop, of which a worker tells a moment after it, counts from then."""
    idle, time, _ = watch(1)
    waiting = asyncio.ensure_future(idle.until_idle(lambda: 0, late=0.2))
    time.now += 1
    await asyncio.sleep(0.1)
    assert not waiting.done()
    if is_active:
        idle.activity()
        await asyncio.sleep(0.3)
        assert not waiting.done()
        time.now += 1
    await asyncio.wait_for(waiting, PATIENCE)
