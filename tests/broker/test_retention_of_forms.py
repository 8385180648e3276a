"""HISTORY_DAYS and messages that the log has trimmed by number: their forms, which a later change keeps, go as well."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker.erasing.retention import PORTION
from wschat.errors import RedisUnavailable
from wschat.redis_link import Call, RedisLink

from ..support import Client, Nodes, join
from ..support.redis import contents
from ..support.retention import DAY, retention
from ..support.room import until

LOG, META, AMENDED = (f"{{chat:kitchen}}:{kind}" for kind in ("log", "meta", "amended"))


async def trim(redis: Redis, first: int) -> None:
    """As if HISTORY_KEPT had trimmed everything before this number, with its bytes."""
    await redis.xtrim(LOG, minid=first, approximate=False)
    await redis.hset(META, "purge", "1")  # posts trim whole parts of a stream


async def changed_today(room: Nodes) -> Client:
    """Somebody in the room, which has since today the messages 6 and 8, and 7: a reaction to number 3."""
    await room.stop()
    await room.start(1)
    (eve,) = await room.join("Eve", room="kitchen")
    await eve.posts("young")
    await eve.asks("react", seq=3, emoji="👍")
    await eve.posts("younger")
    return eve


def texts(events: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """The number and the text of each message or change."""
    return [(event["seq"], event.get("message", event).get("text")) for event in events]


async def test_the_forms_of_an_empty_log_go(old_room: Nodes, redis: Redis, link: RedisLink) -> None:
    """All was trimmed, or went by its age, before the first look at the forms."""
    await old_room.stop()
    await trim(redis, 4)
    sweep, counters = retention(link)
    await sweep.sweep()
    assert b"old-" not in await contents(redis)
    assert [key async for key in redis.scan_iter("*reactions*")] == []
    assert counters.expired == 4, "two changes, and two messages of which only a form was left"


async def test_the_file_is_rewritten_where_only_forms_were_erased(
    old_room: Nodes, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or their texts would stay in it until it happens to grow."""
    await changed_today(old_room)
    await trim(redis, 6)
    execute, asked = link.execute, list[Call]()

    async def watched(call: Call) -> Any:
        if call.args[0] == "BGREWRITEAOF":
            asked.append(call)
        return await execute(call)

    monkeypatch.setattr(link, "execute", watched)
    await redis.config_set("appendonly", "yes")
    sweep, counters = retention(link, rewrites_file=True)
    await sweep.sweep()
    assert (counters.expired, len(asked)) == (3, 1)
    await sweep.sweep()
    assert len(asked) == 1, "nothing more was erased"


@pytest.mark.parametrize("trimmed", [1, 6], ids=["erased by age", "trimmed by number"])
async def test_nodes_forget_changes_of_what_is_too_old(
    old_room: Nodes, redis: Redis, link: RedisLink, trimmed: int
) -> None:
    """Who comes back gets a hole in place of a change of such a message, from this node as from a fresh one."""
    eve = await changed_today(old_room)
    await trim(redis, trimmed)
    sweep, _ = retention(link)
    await sweep.sweep()
    log = old_room.nodes[0].rooms.open("kitchen").feed.log
    await until(lambda: log.tail_after(6) and b"old-" not in b"".join(log.tail_after(6) or []))
    await old_room.start(1)
    for number in (0, 1):
        position = {"epoch": eve.welcome["epoch"], "seq": 6}
        back = await join(old_room.ws(number), f"Back {number}", room="kitchen", resume=position)
        assert (back.welcome["recovered"], back.welcome["seq"], back.welcome["head"]) == (True, 8, 8)
        assert texts(back.welcome["messages"]) == [(8, "younger")]
    assert await eve.posts("on") == 9


async def test_what_is_on_its_way_is_awaited_before_a_node_forgets(
    old_room: Nodes, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read that has begun, or a change that was just published, may bring it: the next poll tells of it again."""
    await changed_today(old_room)
    node = old_room.nodes[0]
    await node.poller.stop()
    feed = node.rooms.open("kitchen").feed
    forgotten: list[int] = []
    monkeypatch.setattr(feed, "forget_before", forgotten.append)
    monkeypatch.setattr(feed, "on_polled", lambda *_: feed._sync.resync())
    await redis.hset(META, "from", 4)
    await node.poller._poll()
    assert forgotten == []
    await until(lambda: not feed.is_syncing)
    monkeypatch.setattr(feed, "on_polled", lambda *_: None)
    await redis.hincrby(META, "seq", 1)
    await node.poller._poll()
    assert forgotten == []
    feed.log.append(b"")
    await node.poller._poll()
    assert forgotten == [4]


async def test_forms_of_messages_that_the_log_has_stay(
    nodes: Nodes, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong clock left old messages behind a young one, which keeps them: edited or deleted they stay as they are."""
    now, ahead = time.time, [0.0]
    monkeypatch.setattr("wschat.app.node.time.time", lambda: now() + ahead[-1])
    await nodes.start(1)
    (ann,) = await nodes.join("Ann", room="kitchen")
    await ann.posts("young")
    ahead.append(-40 * DAY)
    await ann.posts("first form")
    await ann.posts("to be deleted")
    await ann.asks("edit", seq=2, text="edited")
    await ann.asks("delete", seq=3)
    ahead.append(0.0)
    sweep, counters = retention(link)
    await sweep.sweep()
    assert counters.expired == 0
    await nodes.stop()
    await nodes.start(1)
    (bob,) = await nodes.join("Bob", room="kitchen")
    assert texts(bob.welcome["messages"]) == [(1, "young"), (2, "edited"), (3, None)]


async def test_forms_that_were_lost_are_still_missed_afterwards(old_room: Nodes, redis: Redis, link: RedisLink) -> None:
    """The form of a young message is gone: a new epoch begins, although forms of old ones were erased and counted."""
    eve = await changed_today(old_room)
    await eve.asks("edit", seq=6, text="young-edited")
    await trim(redis, 6)
    await old_room.stop()
    await redis.hdel(AMENDED, "6")
    sweep, counters = retention(link)
    await sweep.sweep()
    assert counters.expired == 3
    await old_room.start(1)
    (bob,) = await old_room.join("Bob", room="kitchen")
    assert bob.welcome["epoch"] != eve.welcome["epoch"]


async def test_a_form_with_a_wrong_time_goes_with_those_after_it(
    old_room: Nodes, redis: Redis, link: RedisLink
) -> None:
    """As a message in the log does: nodes forget everything before the last one that is erased."""
    await changed_today(old_room)
    await trim(redis, 6)
    form = json.loads((await redis.hget(AMENDED, "1")) or b"")
    await redis.hset(AMENDED, "1", json.dumps({**form, "time": "2999-01-01T00:00:00.000Z"}, separators=(",", ":")))
    sweep, _ = retention(link)
    await sweep.sweep()
    await sweep.sweep()
    assert b"old-" not in await contents(redis)
    assert await redis.hget(META, "from") == b"4"


async def test_a_number_that_another_program_made_up_hides_no_lost_log(
    old_room: Nodes, redis: Redis, link: RedisLink
) -> None:
    """Its form goes by its age; nodes forget nothing that is young, and notice that the log is lost."""
    eve = await changed_today(old_room)
    await old_room.stop()
    await redis.hset(AMENDED, "4711", '{"type":"message","time":"2001-01-01T00:00:00.000Z"}')
    await redis.delete(LOG)
    sweep, _ = retention(link)
    await sweep.sweep()
    assert not await redis.hexists(AMENDED, "4711")
    await old_room.start(1)
    (bob,) = await old_room.join("Bob", room="kitchen")
    assert bob.welcome["epoch"] != eve.welcome["epoch"]


@pytest.mark.parametrize("has_log", [True, False])
async def test_a_room_whose_keys_are_just_expiring_does_not_come_back(
    has_log: bool, old_room: Nodes, redis: Redis, link: RedisLink
) -> None:
    """Its keys end one by one: a sweep makes no meta without an end, by which the room would stay in the list."""
    await old_room.stop()
    await redis.delete(META)
    if not has_log:
        await redis.xtrim(LOG, maxlen=0)
    assert await redis.ttl(LOG) > 0
    sweep, counters = retention(link)
    await sweep.sweep()
    assert counters.expired > 0
    assert b"old-" not in await contents(redis)
    assert not await redis.exists(META)


async def test_what_is_left_of_an_expired_room_has_an_end(
    old_room: Nodes, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep is cut off before the purge for which it needs a meta."""
    await old_room.stop()
    await redis.delete(META)
    sweep, _ = retention(link)

    async def fails(*_: object) -> None:
        raise RedisUnavailable("away")

    monkeypatch.setattr("wschat.broker.erasing.retention.purge", fails)
    with pytest.raises(RedisUnavailable):
        await sweep.sweep()
    assert 0 < await redis.ttl(META) <= link.keys("kitchen").kept


@pytest.mark.parametrize("last", [2000, 20_000])
async def test_many_deleted_messages_hold_redis_up_for_a_moment_only(
    redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    """Their forms go in portions, not all with the next message: it was 115 ms for 50,000."""
    form = '{"type":"message","seq":%d,"deleted":true,"time":"1970-01-02T00:00:00.000Z"}'
    forms: Any = {str(number): form % number for number in range(2, 2000)}
    await redis.hset("{chat}:amended", mapping=forms)
    for number in (1, last):
        await redis.xadd("{chat}:log", {"m": (form % number).replace("deleted", "x")}, f"{number}-0")
    await redis.hset("{chat}:meta", mapping={"epoch": "e", "seq": last, "forms": len(forms)})
    execute, most = link.execute, 0

    async def counted(call: Call) -> Any:
        nonlocal most
        await redis.config_resetstat()
        done = await execute(call)
        stats: Any = await redis.info("commandstats")
        most = max(most, *(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("hdel", "del", "hkeys")))
        return done

    monkeypatch.setattr(link, "execute", counted)
    sweep, counters = retention(link)
    await sweep.sweep()
    assert 0 < most <= 3 * PORTION  # two calls for each form; HSCAN gives a few more than it is asked for, by chance
    assert counters.expired == 2 + len(forms)
    assert await redis.xlen("{chat}:log") == 0
    assert not await redis.exists("{chat}:amended")
    assert await redis.hget("{chat}:meta", "from") == b"%d" % (last + 1)
