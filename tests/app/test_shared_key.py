"""The key that tokens are signed with is one on all nodes, also when Redis loses it."""

from __future__ import annotations

import asyncio
import time

import pytest
from redis.asyncio import Redis

from wschat.access import key_rank, new_key, new_shared_key
from wschat.app import shared_key
from wschat.redis_link import TOKEN_KEY as KEY

from ..support import Nodes, join
from ..support.room import until


def keys(nodes: Nodes) -> set[bytes]:
    return {node.shared_key.key for node in nodes.nodes}


async def test_all_nodes_have_the_key_that_redis_has(two_nodes: Nodes, redis: Redis) -> None:
    """The first one makes it, the others find it."""
    assert keys(two_nodes) == {await redis.get(KEY)}


async def test_a_lost_key_is_put_back(two_nodes: Nodes, redis: Redis) -> None:
    """Redis was emptied, or evicted it, without any connection being cut."""
    (before,) = keys(two_nodes)
    await redis.delete(KEY)
    await until(lambda: redis.get(KEY))
    assert {await redis.get(KEY)} == keys(two_nodes) == {before}


async def test_a_node_that_starts_after_the_key_was_lost_gets_it_from_the_others(
    two_nodes: Nodes, redis: Redis
) -> None:
    """So Anna is Anna there, and a post that is sent twice, to an old and to the new node, is stored once."""
    (ann,) = await two_nodes.join("Ann")
    await redis.delete(KEY)
    await two_nodes.start(1)
    (key,) = keys(two_nodes)
    assert await redis.get(KEY) == key
    again = await join(two_nodes.ws(2), "Ann", token=ann.welcome["token"])
    assert again.welcome["you"] == ann.welcome["you"]
    assert await ann.posts("once", "p1") == await again.posts("once", "p1")


async def test_a_third_node_asks_before_it_takes_a_key_that_is_new(two_nodes: Nodes, redis: Redis) -> None:
    """The second one made it a moment ago, and a node that runs with the lost one is about to put that back."""
    (ann,) = await two_nodes.join("Ann")
    (old,) = keys(two_nodes)
    await redis.set(KEY, f"{time.time_ns() // 1_000_000}.{new_key()}")
    await two_nodes.start(1)
    assert two_nodes.nodes[2].shared_key.key == old
    again = await join(two_nodes.ws(2), "Ann", token=ann.welcome["token"])
    assert again.welcome["you"] == ann.welcome["you"]


async def test_a_start_waits_for_no_node_without_a_key(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answers the others although it has no key yet."""
    monkeypatch.setattr(shared_key, "ANSWER_TIMEOUT", 30.0)
    await asyncio.wait_for(asyncio.gather(*(nodes.start(1) for _ in range(3))), 10)
    assert len(keys(nodes)) == 1


async def test_two_keys_become_one_and_the_older_wins(two_nodes: Nodes, redis: Redis) -> None:
    """Whatever order they come in; the loser's log says so, and its tokens no longer hold."""
    (old,) = keys(two_nodes)
    younger = b"9999999999999." + b"y" * 43
    await redis.set(KEY, younger)
    await two_nodes.nodes[0].shared_key.check()
    assert await redis.get(KEY) == old
    two_nodes.nodes[1].shared_key._set(younger, is_shared=True)
    await two_nodes.nodes[1].shared_key.check()
    assert keys(two_nodes) == {old}
    await redis.set(KEY, b"a key of an earlier version: 43 random letters")
    for node in two_nodes.nodes:
        await node.shared_key.check()
    assert keys(two_nodes) == {b"a key of an earlier version: 43 random letters"}


async def test_a_key_that_cannot_be_stored_gives_no_tokens(nodes: Nodes, redis: Redis) -> None:
    """Redis is full when the first node starts: it serves, says so, and gives tokens when it has stored the key."""
    await redis.config_set("maxmemory", "1")
    try:
        await nodes.start(1)
        ann = await join(nodes.ws(), "Ann", secret="0123456789abcdef")
        assert ann.welcome["token"] == ""
        assert await redis.get(KEY) is None
    finally:
        await redis.config_set("maxmemory", "0")
    await until(lambda: nodes.nodes[0].shared_key.is_shared)
    again = await join(nodes.ws(), "Ann", secret="0123456789abcdef")
    assert again.welcome["you"] == ann.welcome["you"]
    assert again.welcome["token"]


@pytest.mark.parametrize("foreign", ["", "x", ["a", "list"]])
async def test_what_is_no_key_is_replaced_by_one(nodes: Nodes, redis: Redis, foreign: str | list[str]) -> None:
    """Running nodes keep theirs, and a node that starts makes one: an empty key signs tokens for everybody."""

    async def spoil() -> None:
        await redis.delete(KEY)
        await (redis.set(KEY, foreign) if isinstance(foreign, str) else redis.rpush(KEY, *foreign))

    await spoil()
    await nodes.start(1)
    (key,) = keys(nodes)
    assert len(key) > 40
    await spoil()
    await nodes.nodes[0].shared_key.check()
    assert {await redis.get(KEY)} == keys(nodes) == {key}


async def test_the_log_tells_of_no_deletion_that_redis_refused(
    nodes: Nodes, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """The key is still there, so that nobody searches for what has become of it."""
    await nodes.start(1)
    async with redis.pipeline() as both:  # before the node sees the key
        both.set(KEY, "x")
        both.config_set("min-replicas-to-write", "1")
        await both.execute()
    try:
        await nodes.nodes[0].shared_key.check()
        assert await redis.get(KEY) == b"x"
    finally:
        await redis.config_set("min-replicas-to-write", "0")
    assert "Deleted" not in caplog.text
    await nodes.nodes[0].shared_key.check()
    assert "Deleted an invalid token key" in caplog.text


async def test_a_rotated_key_wins_over_every_older_one(two_nodes: Nodes, redis: Redis) -> None:
    """Both nodes take it over, and a node that still has the old one doesn't put that back."""
    (old,) = keys(two_nodes)
    new = new_shared_key(time.time(), 1)
    await redis.set(KEY, new)
    await until(lambda: keys(two_nodes) == {new})
    await redis.set(KEY, old)
    await two_nodes.nodes[0].shared_key.check()
    assert await redis.get(KEY) == new


def test_the_order_of_keys() -> None:
    """A later rotation comes first, then the older key; one without a time is the oldest."""
    keys = [b"from before", new_shared_key(1e9), new_shared_key(2e9), new_shared_key(3e9, 1), new_shared_key(1e9, 2)]
    assert [keys.index(key) for key in sorted(keys, key=key_rank)] == [4, 3, 0, 1, 2]
