"""Redis is killed, frozen, emptied, put back to an earlier state."""

from __future__ import annotations

import asyncio

import pytest

from .defended import changes_come_late
from .report import Row
from .world import FULL, QUICK, Scale, World, Worlds, now


async def killed(world: World, row: Row, away: float) -> None:
    """Kill Redis while people write, and start it again after `away` seconds."""
    await world.calm()
    closed = sum(len(one.closes) for one in world.visitors)
    world.redis.kill()
    await asyncio.sleep(away)
    world.redis.start()
    row.took(await world.healed(15.0))
    assert sum(len(one.closes) for one in world.visitors) == closed, "a server dropped its clients"
    assert all(any(code == "degraded" for _, code in one.notices) for one in world.visitors)
    await world.until(lambda: all(one.notices[-1][1] == "restored" for one in world.visitors), 5.0, "restored is told")
    row.judged(await world.settle())


@pytest.mark.scenario("2a", "Redis killed for 2 s")
async def test_a_killed_redis_loses_nothing(a_world: Worlds, row: Row) -> None:
    """Posts wait, are stored once when Redis is back, and no client is disconnected."""
    async with a_world(QUICK) as world:
        await killed(world, row, away=2.0)


@pytest.mark.slow
@pytest.mark.scenario("2", "Redis killed for 10 s")
async def test_a_redis_killed_for_long_loses_nothing(a_world: Worlds, row: Row) -> None:
    """The same holds for ten seconds, with a crowd."""
    async with a_world(FULL) as world:
        await killed(world, row, away=10.0)


@pytest.mark.slow
@pytest.mark.parametrize("scale", [pytest.param(FULL, marks=pytest.mark.scenario("3", "Redis comes back empty"))])
async def test_a_redis_that_comes_back_empty_begins_a_new_epoch(a_world: Worlds, row: Row, scale: Scale) -> None:
    """Everyone is told once that history was lost, nobody that it recovered, and waiting posts are stored."""
    async with a_world(scale) as world:
        await world.calm()
        people = len(world.visitors)
        epoch = world.redis.position_of()[0]
        world.redis.kill()
        world.redis.empty()
        await asyncio.sleep(3.0)
        world.lost_before = now()
        since = now()
        world.redis.start()
        row.took(await world.healed(15.0))
        verdict = await world.settle()
        assert world.redis.position_of()[0] != epoch
        assert [one.resets for one in world.visitors] == [1] * people
        assert not [facts for one in world.visitors for at, facts in one.welcomes if at > since and facts["recovered"]]
        # The newcomer of the accounts, who has just left, is in it for a grace of 5 s.
        await world.until(lambda: all(one.count == people for one in world.visitors), 10.0, "everyone is in the list")
        row.judged(verdict)


@pytest.mark.slow
@pytest.mark.scenario("3b", "Redis comes back with what it had a while ago")
async def test_a_redis_that_went_back_begins_a_new_epoch(a_world: Worlds, row: Row) -> None:
    """After a failover to a lagging replica, numbers are reused, so everyone is told once that history was lost."""
    async with a_world(FULL) as world:
        world.talk()
        await asyncio.sleep(2.0)
        world.redis.copy_data(world.folder / "saved")
        await world.calm(1.0)
        world.redis.kill()
        world.redis.put_back_data(world.folder / "saved")
        await asyncio.sleep(3.0)  # long enough for more posts to wait than were lost
        world.lost_before = now()
        world.redis.start()
        row.took(await world.healed(15.0))
        verdict = await world.settle()
        assert [one.resets for one in world.visitors] == [1] * len(world.visitors)
        row.judged(verdict)


@pytest.mark.slow
@pytest.mark.scenario("3c", "changes arrive after the log that they are about was lost")
async def test_changes_of_a_lost_log_meet_no_other_message(a_world: Worlds, row: Row) -> None:
    """They are refused: the messages that have their numbers now stay as they are."""
    async with a_world(QUICK) as world:
        await changes_come_late(world, row)


async def frozen(world: World, row: Row, seconds: float) -> None:
    """SIGSTOP: Redis takes what is sent and answers nothing."""
    await world.calm()
    since = now()
    world.redis.freeze()
    noticed = await world.until(
        lambda: all(any(at > since and code == "degraded" for at, code in one.notices) for one in world.visitors),
        5.0, "everyone is told that Redis is gone",
    )  # fmt: skip
    row.note(f"noticed after {noticed:.1f} s")
    await asyncio.sleep(seconds - noticed)
    world.redis.thaw()
    thawed = now()
    live = await world.until(
        lambda: all(any(at > thawed and code == "restored" for at, code in one.notices) for one in world.visitors),
        3.0, "everyone is told that all is well again",
    )  # fmt: skip
    row.note(f"live after {live:.1f} s")
    row.took(await world.healed(10.0))  # and all that waited is stored and shown
    row.judged(await world.settle())


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [
    pytest.param(12.0, marks=pytest.mark.scenario("4a", "Redis frozen for 12 s")),
    pytest.param(30.0, marks=pytest.mark.scenario("4b", "Redis frozen for 30 s")),
])  # fmt: skip
async def test_a_frozen_redis_is_noticed_and_nothing_is_stored_twice(a_world: Worlds, row: Row, seconds: float) -> None:
    """It is noticed within 5 s, works again 3 s after it resumes, and retried posts are stored once."""
    async with a_world(FULL) as world:
        await frozen(world, row, seconds)
