"""A node's copy of a room's rules: which signal it takes, and when it reads Redis instead."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from redis.asyncio import Redis

from wschat.moderation import RulesCopy
from wschat.protocol import Rules, RulesSignal, encode
from wschat.redis_link import PrimaryLink

from ..support.room import until


class RecordingListener:
    """A room that keeps what it learns."""

    def __init__(self) -> None:
        self.changes = 0
        self.barred: list[tuple[str, str, float | None]] = []
        self.not_muted: list[set[str]] = []

    def on_rules(self) -> None:
        self.changes += 1

    def on_barred(self, kind: str, person: str, seconds: float | None) -> None:
        self.barred.append((kind, person, seconds))

    def on_not_muted(self, people: Collection[str]) -> None:
        self.not_muted.append(set(people))


@pytest.fixture
def listener() -> RecordingListener:
    return RecordingListener()


@pytest.fixture
async def copy(link: PrimaryLink, redis: Redis, listener: RecordingListener) -> RulesCopy:
    """The copy of a room at version 1, with Ann in it; it has read Redis once."""
    await redis.hset("{chat}:rules", mapping={"version": 1, "slow": 5})
    copy = RulesCopy(link.keys("chat"), link, lambda: ["ann"], listener)
    copy.on_publish(None)
    await until(lambda: copy.is_loaded and not copy.is_syncing)
    return copy


async def test_it_is_what_redis_holds(copy: RulesCopy, listener: RecordingListener) -> None:
    """The first read is no change, and says of everyone here that they aren't muted."""
    assert (copy.current.version, copy.current.slow) == (1, 5)
    assert (listener.changes, listener.barred, listener.not_muted) == (0, [], [{"ann"}])


async def test_the_next_version_is_taken_from_its_signal(copy: RulesCopy, listener: RecordingListener) -> None:
    """Redis isn't asked, where the copy is unchanged still; the same signal again changes nothing."""
    signal = encode(RulesSignal(rules=Rules(version=2, slow=9), generation="g", muted={"ann": 60}))
    for _ in range(2):
        copy.on_publish(signal)
        assert (copy.current.slow, copy.generation) == (9, "g")
    assert (listener.changes, listener.barred) == (1, [("mute", "ann", 60)])
    assert not copy.is_syncing


async def test_a_signal_after_a_gap_is_a_reason_to_read_redis(
    copy: RulesCopy, redis: Redis, listener: RecordingListener
) -> None:
    """What was missed may have been a bar, so what Redis holds counts, and not the signal alone."""
    await redis.hset("{chat}:rules", mapping={"version": 3, "slow": 7})
    copy.on_publish(encode(RulesSignal(rules=Rules(version=3, slow=8))))
    await until(lambda: copy.current.version == 3)
    assert copy.current.slow == 7
    assert (listener.changes, len(listener.not_muted)) == (1, 2)


async def test_a_poll_reads_only_another_version(copy: RulesCopy, redis: Redis) -> None:
    """A signal that never came is noticed by the number."""
    copy.on_polled(1)
    assert not copy.is_syncing
    await redis.hset("{chat}:rules", mapping={"version": 2, "slow": 0})
    copy.on_polled(2)
    await until(lambda: copy.current == Rules(version=2))


async def test_what_is_no_signal_changes_nothing(copy: RulesCopy) -> None:
    """Anybody may publish there, and other signals have the same channel."""
    for data in (b'{"typing":[]}', b'{"rules":', b'{"rules":1}', b'{"rules":{}}\xff', b""):
        copy.on_publish(data)
    assert (copy.current.version, copy.is_syncing) == (1, False)
