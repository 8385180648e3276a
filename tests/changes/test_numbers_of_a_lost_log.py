"""A number names a message in one epoch: when the log is lost, what was meant for it meets no other message."""

from __future__ import annotations

import json
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import IGNORE_PACE, ChangeOrigin, ReactionRequest
from wschat.errors import ErrorCode, Refused
from wschat.model import Person
from wschat.redis_link import RoomKeys

from ..support import Client, Nodes
from ..support.room import ANN, LocalNode, RecordingSender, until

KEYS = RoomKeys("chat")
MEMORY = 500  # newer messages than a node has in memory

Outcomes = list[int | Refused]


async def deafen(node: LocalNode) -> None:
    """From now on the node doesn't notice what happens in Redis."""
    await node.poller.stop()
    node.link.unsubscribe(KEYS.channel)


def begin(node: LocalNode, act: str, seq: int, epoch: str) -> Outcomes:
    """Ann's change of what was this message in that epoch."""
    outcomes: Outcomes = []
    origin = ChangeOrigin("ann", seq, outcomes.append, IGNORE_PACE, epoch)
    if act == "edit":
        node.room.changes.edit(origin, "meant for another")
    elif act == "delete":
        node.room.changes.delete(origin)
    else:
        node.room.changes.react(seq, ReactionRequest("ann", "👍", True, outcomes.append, IGNORE_PACE, epoch))
    return outcomes


def is_gone(outcomes: Outcomes) -> bool:
    return [one.code if isinstance(one, Refused) else one for one in outcomes] == [ErrorCode.GONE]


async def untouched(redis: Redis) -> bool:
    return await redis.hlen(KEYS.amended) == 0


@pytest.mark.parametrize("act", ["edit", "delete", "react"])
async def test_a_node_that_has_not_noticed_changes_no_other_message(
    room_node: LocalNode, other_node: LocalNode, redis: Redis, act: str
) -> None:
    """The script compares the epochs, and the sender is told of the new one, too."""
    member = room_node.listen()
    await room_node.fill(MEMORY + 50)
    epoch = room_node.feed.log.epoch
    await deafen(room_node)
    await redis.flushdb()
    other_node.feed.on_publish(None)
    await until(lambda: other_node.feed.log.epoch != epoch and other_node.feed.log.seq == 0)
    await other_node.fill(20)
    outcomes = begin(room_node, act, 5, epoch)
    await until(lambda: outcomes)
    assert is_gone(outcomes)
    assert await untouched(redis)
    await until(lambda: member.events[-1]["type"] == "reset")  # it may wait for the end of the audience's pause
    assert member.events[-1]["epoch"] == other_node.feed.log.epoch


@pytest.mark.parametrize("act", ["edit", "delete", "react"])
async def test_a_log_that_went_back_under_the_same_epoch_is_another_log(
    room_node: LocalNode, other_node: LocalNode, redis: Redis, act: str
) -> None:
    """An older state was restored, and its next numbers are other messages': the epoch alone doesn't tell yet."""
    await room_node.fill(10)
    epoch = room_node.feed.log.epoch
    saved = {key: await redis.dump(key) or b"" for key in (KEYS.log, KEYS.meta)}
    await room_node.fill(MEMORY + 50)
    await deafen(room_node)
    await deafen(other_node)
    for key, value in saved.items():
        await redis.restore(key, 0, value, replace=True)
    sender = RecordingSender()
    for number in range(10):
        other_node.post(f"anew{number}", "another", sender)
    await until(lambda: len(sender.acks) == 10)
    assert await redis.hget(KEYS.meta, "epoch") == epoch.encode()
    outcomes = begin(room_node, act, 15, epoch)
    await until(lambda: outcomes)
    assert is_gone(outcomes)
    assert await untouched(redis)


@pytest.mark.parametrize("act", ["edit", "delete", "react"])
async def test_what_waited_on_the_node_while_the_log_was_lost_is_refused(
    room_node: LocalNode, redis: Redis, act: str
) -> None:
    """Behind another change of the message, or gathered with other reactions: the node knows the new log by then."""
    await room_node.fill(3)
    epoch = room_node.feed.log.epoch
    if act == "react":
        first: Outcomes = begin(room_node, "react", 2, epoch)
        await until(lambda: first)
    await room_node.publisher.stop()  # what goes before doesn't come back
    first = begin(room_node, "edit", 2, epoch)
    second = begin(room_node, act, 2, epoch)
    await redis.flushdb()
    room_node.feed.on_publish(None)
    await until(lambda: room_node.feed.log.epoch != epoch)
    room_node.publisher.start()
    await room_node.fill(3)
    await until(lambda: first and second)
    assert is_gone(first)
    assert is_gone(second)
    assert await untouched(redis)


async def test_a_reply_that_waited_is_to_no_other_message(room_node: LocalNode, redis: Redis) -> None:
    """It is stored as a plain one; a reply to what the log still has keeps its target, also behind other posts."""
    await room_node.fill(3)
    epoch = room_node.feed.log.epoch
    reply = await room_node.room.reply_to(epoch, 2)
    room_node.publisher.post("chat", Person("bob", "Bob"), "r1", "an answer", room_node.sender, IGNORE_PACE, reply)
    await until(lambda: ("r1", 4) in room_node.sender.acks)
    await redis.flushdb()
    room_node.feed.on_publish(None)
    await until(lambda: room_node.feed.log.epoch != epoch)
    for number in range(3):
        room_node.post(f"q{number}", "another")
    room_node.publisher.post(
        "chat", Person("bob", "Bob"), "r2", 'x ,"reply":{"id":"y', room_node.sender, IGNORE_PACE, reply
    )
    await until(lambda: ("r2", 4) in room_node.sender.acks)
    entries: Any = await redis.xrange(KEYS.log)
    stored = [json.loads(fields[b"m"]) for _, fields in entries]
    assert stored[-1]["text"] == 'x ,"reply":{"id":"y'
    assert "reply" not in stored[-1]
    assert await room_node.room.reply_to(epoch, 2) is None


async def test_a_reply_keeps_its_target_and_nothing_else_of_it(room_node: LocalNode, redis: Redis) -> None:
    """The id, by which the script knew the message, isn't stored: clients look it up by its number."""
    await room_node.fill(2)
    reply = await room_node.room.reply_to(room_node.feed.log.epoch, 2)
    room_node.publisher.post("chat", Person("bob", "Bob"), "r1", 'an "answer"', room_node.sender, IGNORE_PACE, reply)
    await until(lambda: ("r1", 3) in room_node.sender.acks)
    entries: Any = await redis.xrange(KEYS.log, "3-0", "3-0")
    assert json.loads(entries[0][1][b"m"])["reply"] == {"seq": 2, "from": {"id": ANN.id, "name": ANN.name}}


async def test_a_reply_on_a_node_that_has_not_noticed_is_a_plain_message(
    room_node: LocalNode, other_node: LocalNode, redis: Redis
) -> None:
    """The node checks the message that it reads from Redis against the epoch that the sender knows."""
    await room_node.fill(MEMORY + 50)
    epoch = room_node.feed.log.epoch
    assert await room_node.room.reply_to(epoch, 5) is not None
    room_node.feed.log._blocks.forget()
    await deafen(room_node)
    await redis.flushdb()
    other_node.feed.on_publish(None)
    await until(lambda: other_node.feed.log.epoch != epoch and other_node.feed.log.seq == 0)
    await other_node.fill(20)
    assert await room_node.room.reply_to(epoch, 5) is None


# --- on the wire --------------------------------------------------------------------


async def lose_the_log(redis: Redis, *clients: Client) -> None:
    """Everything of the room is gone, and everyone is told."""
    await redis.flushdb()
    await redis.publish("chat", '{"type":"message","seq":99,"epoch":"none"}')  # the nodes look
    for client in clients:
        await client.gets("reset")


async def test_a_command_may_say_which_epoch_it_means(two_nodes: Nodes, redis: Redis) -> None:
    """One that was on its way while `reset` came, or waited in a page, is refused; without it, the last told holds."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    epoch = ann.welcome["epoch"]
    await ann.posts("the first")
    await lose_the_log(redis, ann, bob)
    assert await ann.posts("another") == 1
    for type_, fields in (("edit", {"text": "x"}), ("react", {"emoji": "👍"}), ("delete", {})):
        await ann.send(type_, ref=type_, seq=1, epoch=epoch, **fields)
        assert (await ann.gets("error", ref=type_))["code"] == "gone"
    await bob.send("post", id="r1", text="an answer", reply=1, epoch=epoch)
    assert "reply" not in await ann.hears("an answer")
    await bob.send("post", id="r2", text="to the new one", reply=1)
    assert (await ann.hears("to the new one"))["reply"]["seq"] == 1
    await ann.send("edit", ref="new", seq=1, text="better")
    await ann.gets("done", ref="new")
