"""What moderators erase: all that somebody wrote of late, by one act."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from wschat.broker import BLOCK, IGNORE_PACE
from wschat.broker.log import room_log
from wschat.model import Person, Position
from wschat.room import delete_by_author

from ..support import Client, Nodes, join
from ..support.moderation import act, deletes, id_of, moderator, refused_act, shown
from ..support.room import LocalNode, RecordingSender, until


async def write(client: Client, reader: Client, *texts: str) -> None:
    """Post these, until the reader has them, and so the reader's node: the ack comes from Redis."""
    for text in texts:
        seq = await client.posts(text)
    await reader.gets("message", seq=seq)


async def test_what_somebody_wrote_of_late_is_erased_by_one_act(
    two_nodes: Nodes, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """On all nodes and in Redis; also of somebody who has left; others' messages and older ones stay."""
    caplog.set_level(logging.INFO)
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    wrote_long_ago(two_nodes, Person(id_of(ann), "Ann"), "old")
    await mod.hears("old")
    for number in range(40):
        await ann.posts(f"spam {number}")
    await mod.posts("good")
    await ann.leaves()
    await act(mod, "erase", person=id_of(ann), seconds=3600)
    for number in (0, 1):
        assert await shown(two_nodes, number) == ["old", *["x"] * 40, "good"]
    assert "spam" not in str(await redis.xrange("{chat}:log"))
    acts = (await act(mod, "barred"))["acts"]
    assert [(one["act"], one["person"]["name"], one["seconds"]) for one in acts] == [("erase", "Ann", 3600)]
    assert [line.act for line in caplog.records if line.message == "Moderated"] == ["erase"]  # type: ignore[attr-defined]


async def test_a_clock_that_is_behind_hides_nothing_that_is_to_be_erased(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that another server dated far back doesn't stand for the end of what was written of late."""
    monkeypatch.setattr(room_log, "PORTION", 2)
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    await write(ann, mod, "spam", "spam")
    wrote_long_ago(node, Person("bob", "Bob"), "dated back")
    await mod.hears("dated back")
    await write(ann, mod, "spam")
    assert (await act(mod, "erase", person=id_of(ann), seconds=3600))["erased"] == 3


async def test_to_erase_again_changes_nothing(node: Nodes) -> None:
    """It is done, and neither told nor recorded; what came meanwhile is erased. Zero seconds stand for everything."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    wrote_long_ago(node, Person(id_of(ann), "Ann"), "old")
    await mod.hears("old")
    await write(ann, mod, "spam")
    for count in (1, 1):
        await act(mod, "erase", person=id_of(ann), seconds=60)
        assert len((await act(mod, "barred"))["acts"]) == count
    await act(mod, "erase", person=id_of(ann), seconds=0)
    assert await shown(node) == ["x", "x"]
    assert len((await act(mod, "barred"))["acts"]) == 2
    await act(mod, "erase", person="nobody", seconds=0)
    assert len((await act(mod, "barred"))["acts"]) == 2


async def test_two_erasures_at_once_count_each_message_once(two_nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever deleted it, on whichever node; both find the same messages, and take turns."""
    monkeypatch.setattr(delete_by_author, "AT_ONCE", 4)
    mods = [await moderator(two_nodes, 0), await moderator(two_nodes, 1, "Max")]
    ann = await join(two_nodes.ws(1), "Ann")
    await ann.posts_many(f"spam {number}" for number in range(40))
    for mod in mods:
        await mod.hears("spam 39")
    found = await asyncio.gather(*(act(mod, "erase", person=id_of(ann), seconds=0) for mod in mods))
    assert sum(done["erased"] for done in found) == 40


async def test_one_act_erases_at_most_so_many(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest; the answer says that there is more, for which the act can be repeated."""
    monkeypatch.setattr(delete_by_author, "ERASED_MAX", 3)
    monkeypatch.setattr(room_log, "PORTION", 2)
    monkeypatch.setattr(delete_by_author, "AT_ONCE", 2)
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    await write(ann, mod, *map(str, range(5)))
    done = await act(mod, "erase", person=id_of(ann), seconds=60)
    assert (done["erased"], done["more"]) == (3, True)
    assert await shown(node) == ["0", "1", "x", "x", "x"]
    for erased in (2, 0):
        done = await act(mod, "erase", person=id_of(ann), seconds=60)
        assert (done["erased"], "more" in done) == (erased, False)
    assert await shown(node) == ["x"] * 5
    await write(ann, mod, *map(str, range(3)))
    assert "more" not in await act(mod, "erase", person=id_of(ann), seconds=0)


async def test_a_moderator_erases_own_messages_at_once(nodes: Nodes) -> None:
    """However many: the pace is the act's, and not that of deletions. They look deleted by their author."""
    mod = await moderator(await nodes.start(1, post_rate=20.0, post_burst=5))
    for number in range(12):
        await mod.posts(str(number))
        await asyncio.sleep(0.05)
    await act(mod, "erase", person=id_of(mod), seconds=0)
    assert await shown(nodes) == ["-"] * 12


async def test_a_long_log_is_searched_beside_everything_else(local_nodes: Callable[[], Awaitable[LocalNode]]) -> None:
    """Also where it is in memory: others get a turn after each block of it."""
    node = await local_nodes()
    await node.fill(5 * BLOCK)
    turns = 0
    for _ in range(2):  # the first time it is read from Redis
        search = asyncio.ensure_future(delete_by_author.written_by(node.feed.log, "nobody", ""))
        turns = 0
        while not search.done():
            turns += 1
            await asyncio.sleep(0)
    assert await search == ([], False)
    assert turns > 5


async def test_an_erasure_leaves_room_for_others(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some deletions it pauses, and what others write meanwhile comes before the next ones."""
    monkeypatch.setattr(delete_by_author, "AT_ONCE", 2)
    monkeypatch.setattr(delete_by_author, "PAUSE", 0.3)
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    for number in range(4):
        await ann.posts(str(number))
    await mod.hears("3")
    await mod.send("moderate", act="erase", person=id_of(ann), seconds=0)
    await mod.gets("amended", seq=6)
    assert await mod.posts("between") == 7
    await mod.gets("amended", seq=9)


async def test_posts_cost_no_more_where_the_log_begins_with_deleted_messages(node: Nodes, redis: Redis) -> None:
    """The first in a room wrote nothing but spam: its tombstones aren't looked at with each post and change."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    await ann.posts_many(map(str, range(300)))
    await act(mod, "erase", person=id_of(ann), seconds=0)
    await redis.config_resetstat()
    for _ in range(10):
        seq = await mod.posts("x")
    await deletes(mod, seq)
    calls = await redis.info("commandstats")
    assert calls["cmdstat_hget"]["calls"] < 60
    assert calls["cmdstat_evalsha"]["calls"] >= 11


async def test_an_erasure_whose_log_is_lost_is_not_said_to_be_done(
    node: Nodes, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows what of it the room still has: the moderator is told to try again, and that erases it."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    await write(ann, mod, "spam", "spam")
    monkeypatch.setattr(room_log, "PORTION", 1)
    heads, looks = room_log.Log.fetch_head, itertools.count(1)

    async def fetch_head(it: room_log.Log) -> Position:
        if next(looks) == 2:  # when one of the two was found
            await redis.hset("{chat}:meta", "epoch", "another")
        return await heads(it)

    monkeypatch.setattr(room_log.Log, "fetch_head", fetch_head)
    error = await refused_act(mod, "erase", person=id_of(ann), seconds=0)
    assert (error["code"], error["retry_after"]) == ("unavailable", 2)
    assert "cleared, restored, or lost" in error["detail"], "Redis is there"
    feed = node.nodes[0].rooms.open("chat").feed
    feed.on_publish(None)
    await until(lambda: feed.log.epoch == "another")
    assert (await act(mod, "barred"))["acts"] == []
    assert (await act(mod, "erase", person=id_of(ann), seconds=0))["erased"] == 2
    assert await shown(node) == ["x", "x"]


async def test_an_erasure_goes_on_when_its_moderator_leaves(two_nodes: Nodes) -> None:
    """A tab that is closed, or loses its connection, doesn't stop half-way what the acts say was done."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await ann.posts_many(f"spam {number}" for number in range(300))
    await mod.hears("spam 299")
    await mod.send("moderate", act="erase", person=id_of(ann), seconds=0)
    await mod.gets("amended")
    await mod.leaves()
    await ann.gets("amended", seq=600)
    erased = {one["message"]["seq"] for one in ann.events if one["type"] == "amended"}
    assert erased == set(range(1, 301))


async def test_only_moderators_erase_and_not_without_pause(node: Nodes) -> None:
    """Nothing is erased for anybody else, nor by a link that was revoked unseen."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    await write(ann, mod, "x")
    for wrong in ({"person": id_of(ann)}, {"seconds": 60}):
        assert (await refused_act(mod, "erase", **wrong))["code"] == "bad_field"
    assert (await refused_act(ann, "erase", person=id_of(ann), seconds=60))["code"] == "not_allowed"
    for _ in range(3):
        await act(mod, "erase", person="nobody", seconds=60)
    error = await refused_act(mod, "erase", person=id_of(ann), seconds=60)
    assert error["code"] == "rate_limited"
    assert error["retry_after"] <= 5
    assert await shown(node) == ["x"]


async def test_a_revoked_link_erases_nothing(two_nodes: Nodes, redis: Redis) -> None:
    """Also where the node hasn't heard of it: the script compares the generation."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await write(ann, mod, "x")
    await redis.hset("{chat}:rules", "generation", "another")
    assert (await refused_act(mod, "erase", person=id_of(ann), seconds=60))["code"] == "not_allowed"
    assert await shown(two_nodes) == ["x"]


def wrote_long_ago(nodes: Nodes, person: Person, text: str) -> None:
    """They wrote this two hours ago."""
    publisher = nodes.nodes[0].publisher
    clock = publisher._clock
    publisher._clock = lambda: time.time() - 7200
    publisher.post("chat", person, "p-old", text, RecordingSender(), share=IGNORE_PACE)
    publisher._clock = clock
