"""Where a key of a room's people is of another type, a script changes nothing before it fails: nobody would be told."""

from __future__ import annotations

import time

import pytest
from redis.asyncio import Redis

from wschat.errors import RedisRejected
from wschat.model import Person
from wschat.presence import Leases, LeaseTimes
from wschat.presence.claims import Claim
from wschat.redis_link import RedisLink, RoomKeys

from ..support.foreign import put

ANN, BOB = Person("ann", "Ann"), Person("bob", "Bob")
KEYS = RoomKeys("chat")
KINDS = ["online", "people", "names", "meta", "roles"]


async def state(redis: Redis) -> dict[bytes, bytes | None]:
    """All keys with their values."""
    return {key: await redis.dump(key) async for key in redis.scan_iter()}


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_enters_by_halves(link: RedisLink, redis: Redis, kind: str) -> None:
    """Nobody has a name, or is in the list, who wasn't let in."""
    await put(redis, KEYS.own(kind), "string")
    before = await state(redis)
    with pytest.raises(RedisRejected):
        await Leases(link, LeaseTimes()).enter(KEYS, [(ANN, Claim(address="abc")), (BOB, Claim(authority="*"))])
    assert await state(redis) == before


async def test_a_broken_list_of_roles_keeps_nobody_out_who_has_none(link: RedisLink, redis: Redis) -> None:
    """Only a moderator needs it."""
    await put(redis, KEYS.roles, "string")
    await Leases(link, LeaseTimes()).enter(KEYS, [(ANN, Claim())])
    assert await redis.zscore(KEYS.online, ANN.id)


async def test_a_broken_list_of_roles_keeps_no_lease_from_being_renewed(link: RedisLink, redis: Redis) -> None:
    """It makes way, or somebody else could take the names of people who are there; moderators stay moderators."""
    leases = Leases(link, LeaseTimes())
    await leases.enter(KEYS, [(ANN, Claim(authority="*")), (BOB, Claim())])
    await redis.zadd(KEYS.online, {ANN.id: 1, BOB.id: 1})
    await redis.hset(KEYS.meta, "looked", int(time.time() * 1000))
    await redis.delete(KEYS.roles)
    await put(redis, KEYS.roles, "string")
    (renewed,) = await leases.renew([(KEYS, 1, [ANN.id, BOB.id], [ANN.id])])
    assert renewed is not None
    assert await redis.zcount(KEYS.online, time.time() * 1000, "+inf") == 2
    assert await redis.zrange(KEYS.roles, 0, -1) == [ANN.id.encode()]


@pytest.mark.parametrize("kind", ["online", "people"])
async def test_leases_that_were_not_renewed_are_not_said_to_be(link: RedisLink, redis: Redis, kind: str) -> None:
    """Or they would count as run out as soon as the list of people is repaired."""
    leases = Leases(link, LeaseTimes())
    await leases.enter(KEYS, [(ANN, Claim(authority="*"))])
    await redis.hset(KEYS.meta, "looked", int(time.time() * 1000) - 5000)
    await redis.delete(KEYS.own(kind))
    await put(redis, KEYS.own(kind), "string")
    before = await state(redis)
    assert await leases.renew([(KEYS, 1, [ANN.id], [ANN.id])]) == [None]
    assert await state(redis) == before


@pytest.mark.parametrize("kind", ["online", "people", "names", "meta"])
async def test_nobody_goes_untold(link: RedisLink, redis: Redis, kind: str) -> None:
    """Whose lease has run out is taken off the list when that can be told, and no sooner."""
    leases = Leases(link, LeaseTimes())
    await leases.enter(KEYS, [(ANN, Claim())])
    await redis.zadd(KEYS.online, {ANN.id: 1})  # it has run out
    await redis.hset(KEYS.meta, "looked", int(time.time() * 1000))
    await redis.delete(KEYS.own(kind))
    await put(redis, KEYS.own(kind), "string")
    before = await state(redis)
    assert await leases.renew([(KEYS, 1, [], [])]) == [None]
    assert await state(redis) == before
