"""HISTORY_DAYS: what is too old is gone from Redis and from the memory of nodes, also where nobody is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import Retention
from wschat.broker.erasing.retention import PORTION
from wschat.concurrency import background_rank, cancel_all, spawn
from wschat.counters import Counters
from wschat.errors import RedisUnavailable
from wschat.redis_link import Call, PrimaryLink, RedisLink
from wschat.redis_link.primary import CONNECTIONS
from wschat.redis_link.redis_connection import CommandArgs
from wschat.redis_link.redis_connections import SPARED

from ..support import Nodes, join
from ..support.program import Program
from ..support.redis import contents
from ..support.retention import DAY, DAYS_AGO, retention
from ..support.room import until


async def test_a_quiet_room_lets_go_of_what_is_too_old(old_room: Nodes, redis: Redis, link: RedisLink) -> None:
    """Its texts, edits and reactions leave no bytes behind, and its numbers go on."""
    await old_room.stop()
    sweep, counters = retention(link)
    await sweep.sweep()
    assert counters.expired == 5
    assert b"old-" not in await contents(redis)
    assert [key async for key in redis.scan_iter("*reactions*")] == []
    await old_room.start(1)
    (bob,) = await old_room.join("Bob", room="kitchen")
    assert (bob.welcome["messages"], bob.welcome["seq"]) == ([], 5)
    assert await bob.posts("new") == 6


async def test_a_sweep_that_was_cut_off_is_brought_to_its_end(
    old_room: Nodes, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one erases nothing, but lets go of the bytes that the first one left beside a young message."""
    await old_room.stop()
    await old_room.start(1)
    (eve,) = await old_room.join("Eve", room="kitchen")
    await eve.posts("young")
    await old_room.stop()
    sweep, _ = retention(link)

    async def fails(*_: object) -> None:
        raise RedisUnavailable("away")

    with monkeypatch.context() as away:
        away.setattr("wschat.broker.erasing.retention.purge", fails)
        with pytest.raises(RedisUnavailable):
            await sweep.sweep()
    assert b"old-" in await contents(redis)
    await sweep.sweep()
    assert b"old-" not in await contents(redis)


@pytest.mark.parametrize("newest", [[], ["fresh"]])
async def test_a_message_that_a_wrong_clock_dated_ahead_keeps_nothing(
    newest: list[str], nodes: Nodes, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is as old as what came after it; where only newer ones did, or none, it stays."""
    now, days = time.time, [0]
    monkeypatch.setattr("wschat.app.node.time.time", lambda: now() + days[-1] * DAY)
    await nodes.start(1)
    (ann,) = await nodes.join("Ann", room="kitchen")
    posts = [(-50, "old-one"), (60, "ahead-one"), (-40, "old-two"), (60, "ahead-two"), *((0, text) for text in newest)]
    for ahead, text in posts:
        days.append(ahead)
        await ann.posts(text)
    days.append(0)
    sweep, counters = retention(link)
    await sweep.sweep()
    assert counters.expired == 3
    left = await contents(redis)
    assert [text in left for text in (b"old-", b"ahead-one", b"ahead-two")] == [False, False, True]


async def test_a_clock_that_was_wrong_for_long_keeps_nothing(
    nodes: Nodes, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dated more messages ahead than are looked at in one step; an old one after them tells their age."""
    now, ahead = time.time, [60 * DAY]
    monkeypatch.setattr("wschat.app.node.time.time", lambda: now() + ahead[-1])
    await nodes.start(1)
    (ann,) = await nodes.join("Ann", room="kitchen")
    await ann.posts_many(f"ahead-{number}" for number in range(3 * PORTION))
    ahead.append(-40 * DAY)
    await ann.posts("old-one")
    ahead.append(0.0)
    await ann.posts("young")
    sweep, counters = retention(link)
    await sweep.sweep()
    assert counters.expired == 3 * PORTION + 1
    left = await contents(redis)
    assert [text in left for text in (b"ahead-", b"old-", b"young")] == [False, False, True]


async def test_changes_of_long_messages_hold_redis_up_for_a_moment_only(redis: Redis, link: RedisLink) -> None:
    """Few are looked at in one call, and of those that stay only the number: it was 50 ms a call."""
    form = '{"type":"message","seq":%d,"text":"' + "x" * 16_000 + '","time":"2999-01-01T00:00:00.000Z"}'
    await redis.xadd("{chat}:log", {"m": form % 1}, "1-0")
    await redis.hset("{chat}:meta", mapping={"epoch": "e", "seq": 2000})
    await redis.hset("{chat}:amended", mapping={str(number): form % number for number in range(1, 1001)})
    await redis.config_resetstat()
    sweep, _ = retention(link)
    await sweep.sweep()
    scripts = (await redis.info("commandstats"))["cmdstat_evalsha"]
    assert scripts["usec_per_call"] < 5000


async def test_a_sweep_comes_after_what_people_wait_for(
    link: PrimaryLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It calls Redis very often in a large log; reads of rooms that people are in come first as well."""
    connections, sent = link._connections, list[object]()
    exchange = connections._exchange

    async def recorded(commands: Sequence[CommandArgs]) -> list[Any]:
        sent.append(commands[0][0])
        return await exchange(commands)

    async def read(*words: str | int) -> None:
        background_rank.set(0.0)
        await link.execute(Call.command(*words))

    monkeypatch.setattr(connections, "_exchange", recorded)
    tasks = [spawn(read("BLPOP", "gate", 0)) for _ in range(CONNECTIONS - SPARED)]
    await until(lambda: len(sent) == len(tasks))
    del sent[:]
    tasks.append(spawn(retention(link)[0].run()))
    await asyncio.sleep(0)  # it waits already
    tasks.append(spawn(read("ECHO", "x")))
    await link.execute(Call.command("PING"))
    await redis.rpush("gate", *["open"] * CONNECTIONS)
    await until(lambda: len(sent) >= 3)
    await cancel_all(tasks)
    assert sent[:3] == ["PING", "ECHO", "SCAN"]


async def test_what_is_young_stays_with_its_changes(old_room: Nodes, redis: Redis, link: RedisLink) -> None:
    """And a change of today about an old message doesn't keep the text of that."""
    await old_room.stop()
    await old_room.start(1)
    node = old_room.nodes[0]
    (eve,) = await old_room.join("Eve", room="kitchen")
    await eve.posts("young")
    await eve.asks("edit", seq=6, text="young-edited")
    await eve.asks("react", seq=3, emoji="👍")
    sweep, counters = retention(link)
    await sweep.sweep()
    assert counters.expired == 5
    assert b"old-" not in await contents(redis)
    assert counters.oldest == pytest.approx(time.time(), abs=60)
    (bob,) = await old_room.join("Bob", room="kitchen")
    await until(lambda: node.rooms.open("kitchen").feed.log.oldest == 6)
    (bob,) = await old_room.join("Bo", room="kitchen")
    assert [message["text"] for message in bob.welcome["messages"]] == ["young-edited"]
    await bob.send("history", before=99, ref="h")
    page = await bob.gets("history", ref="h")
    assert ([message["seq"] for message in page["messages"]], page["start"]) == ([6], True)


async def test_a_form_goes_although_its_message_was_trimmed_before(
    old_room: Nodes, redis: Redis, link: RedisLink
) -> None:
    """HISTORY_KEPT has trimmed the old messages, but not a change of today about one; the young one keeps its own."""
    await old_room.stop()
    await old_room.start(1)
    (eve,) = await old_room.join("Eve", room="kitchen")
    await eve.posts("young")
    await eve.asks("react", seq=3, emoji="👍")
    await eve.asks("edit", seq=6, text="young-edited")
    await redis.xtrim("{chat:kitchen}:log", minid=6, approximate=False)
    await redis.hset("{chat:kitchen}:meta", "purge", "1")  # posts trim whole parts of a stream, with their bytes
    sweep, _ = retention(link)
    await sweep.sweep()
    assert b"old-" not in await contents(redis)
    assert await redis.hkeys("{chat:kitchen}:amended") == [b"6"]
    assert not await redis.exists("{chat:kitchen}:reactions:3")
    epoch = eve.welcome["epoch"]
    await old_room.stop()
    await old_room.start(1)
    (bob,) = await old_room.join("Bob", room="kitchen")
    assert (bob.welcome["epoch"], [one["text"] for one in bob.welcome["messages"]]) == (epoch, ["young-edited"])


async def test_nodes_forget_it_too(old_room: Nodes, redis: Redis, link: RedisLink) -> None:
    """Bob was there all the time; later newcomers get nothing old, and nobody gets a part of what they missed."""
    (bob,) = await old_room.join("Bob", room="kitchen")
    assert len(bob.welcome["messages"]) == 3
    sweep, _ = retention(link)
    await sweep.sweep()
    await until(lambda: old_room.nodes[0].rooms.open("kitchen").feed.log.newest(9, 9999) == [])
    (eve,) = await old_room.join("Eve", room="kitchen")
    assert eve.welcome["messages"] == []
    position = {"epoch": bob.welcome["epoch"], "seq": 1}
    back = await join(old_room.ws(), "Back", room="kitchen", resume=position)
    assert (back.welcome["recovered"], back.welcome["lost"], back.welcome["messages"]) == (False, False, [])
    assert await bob.posts("on") == 6
    assert await eve.hears("on")


async def test_nodes_forget_it_too_where_another_program_has_written_last(
    old_room: Nodes, redis: Redis, link: RedisLink
) -> None:
    """What it wrote has the time in ms as its number: the room's own numbers end long before."""
    log = old_room.nodes[0].rooms.open("kitchen").feed.log
    (bob,) = await old_room.join("Bob", room="kitchen")
    await redis.xadd("{chat:kitchen}:log", {"x": "y"})
    sweep, _ = retention(link)
    await sweep.sweep()
    await until(lambda: log.newest(9, 9999) == [])
    await redis.delete("{chat:kitchen}:log")
    epoch = log.epoch
    assert await bob.posts("next") == 6
    assert log.epoch == epoch, "what is lost had nothing in it"
    await redis.delete("{chat:kitchen}:log")
    await old_room.start(1)
    await join(old_room.ws(1), "Eve", room="kitchen")
    await until(lambda: log.epoch != epoch)


async def test_a_long_log_is_looked_at_in_portions(nodes: Nodes, redis: Redis, link: RedisLink) -> None:
    """Of 1,201 messages none is left 40 days later, and the next one has the next number."""
    await nodes.start(1)
    (ann,) = await nodes.join("Ann")
    await ann.posts_many(f"text {number}" for number in range(1201))
    counters = Counters()
    await Retention(link, 30, lambda: time.time() + DAYS_AGO * DAY, counters).sweep()
    assert counters.expired == 1201
    assert await redis.xlen("{chat}:log") == 0
    assert await ann.posts("next") == 1202


async def test_the_server_does_it_and_shows_it(old_room: Nodes, redis: Redis, redis_server: str) -> None:
    """At its start; the figures are in `stats` and in the metrics."""
    program = Program(redis_server)
    assert (await program("stats", "--json")).json["oldest_message"] < time.strftime("%Y-%m-%d")
    await old_room.start(1, history_days=30.0)
    await until(lambda: old_room.nodes[1].counters.expired == 5)
    facts = (await program("stats", "--json")).json
    assert facts["oldest_message"] is None
    assert facts["last_search_for_old_messages"].startswith(time.strftime("%Y-%m-%dT", time.gmtime()))
    snapshot = old_room.nodes[1].snapshot()
    assert (snapshot.expired, snapshot.oldest) == (5, 0.0)
    assert snapshot.swept == pytest.approx(time.time(), abs=60)
    assert [node.snapshot().retention for node in old_room.nodes] == [0, 30 * DAY]


async def test_without_the_setting_nothing_is_touched(old_room: Nodes, redis: Redis) -> None:
    """Zero days are no limit."""
    await old_room.start(1, history_days=0.0)
    assert old_room.nodes[1].counters.swept == 0
    assert await redis.xlen("{chat:kitchen}:log") == 5


async def test_more_days_than_there_are_keep_everything(old_room: Nodes, redis: Redis, link: RedisLink) -> None:
    """A thousand years reach behind the first moment that a message can be of."""
    sweep, _ = retention(link, days=1e9)
    await sweep.sweep()
    assert await redis.xlen("{chat:kitchen}:log") == 5
