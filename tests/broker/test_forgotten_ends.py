"""A node that has forgotten the newest entry of a log by its age still notices that Redis has lost that entry."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from wschat.cli.say import post
from wschat.model import Person
from wschat.redis_link import PrimaryLink

from ..support import Nodes
from ..support.retention import retention
from ..support.room import until

KEYS = [f"{{chat:kitchen}}:{kind}" for kind in ("log", "meta", "amended")]


async def dumped(redis: Redis) -> dict[str, bytes]:
    return {key: await redis.dump(key) or b"" for key in KEYS}


async def go_back(redis: Redis, before: dict[str, bytes]) -> None:
    async with redis.pipeline(transaction=True) as step:  # the node may write to the room at any time
        step.delete(*KEYS)
        for key, value in before.items():
            step.restore(key, 0, value)
        await step.execute()


@pytest.mark.parametrize("newest", ["a change of what is too old", "a message"])
async def test_a_lost_log_is_noticed_after_its_newest_entry_was_forgotten(
    old_room: Nodes, redis: Redis, link: PrimaryLink, redis_server: str, newest: str
) -> None:
    """Redis goes back (a lagging replica, an old snapshot), and another message gets the number of that entry."""
    await old_room.stop()
    await old_room.start(1)
    (eve,) = await old_room.join("Eve", room="kitchen")
    node, is_change = old_room.nodes[0], newest != "a message"
    if is_change:
        await eve.posts("young")
    before = await dumped(redis)
    await (eve.asks("react", seq=3, emoji="👍") if is_change else eve.posts("young"))
    log = node.rooms.open("kitchen").feed.log
    number, epoch = log.seq, log.epoch
    sweep, _ = retention(link, 30 if is_change else -1)
    await sweep.sweep()
    await until(lambda: not any(log.tail_after(number - 1) or ()))
    await node.poller.stop()  # it would look between the next two steps
    await go_back(redis, before)
    other = PrimaryLink(redis_server)
    await other.start()
    assert await post(other, "kitchen", Person("zed", "Zed"), "another") == number
    await other.stop()
    await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await until(lambda: log.epoch != epoch)
    assert b"another" in (log.tail_after(number - 1) or [b""])[-1]
    assert (await eve.gets("reset"))["messages"][-1]["text"] == "another"
