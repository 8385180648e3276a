"""Addresses of people, as they are remembered for bars by address: in bounded space, however many people come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from wschat.errors import RedisWriteRefused
from wschat.model import Person
from wschat.presence import Claim, Leases, LeaseTimes
from wschat.redis_link import PrimaryLink

from ..support import Nodes
from ..support.foreign import put
from ..support.moderation import act, at_the_door, from_home, id_of, link_of

HOUR, WEEK = 3600, 7 * 24 * 3600
CROWD = 120  # new people, more than one address may bring
HOME, ELSEWHERE = "AbCdEfGhIjKlMnOp", "ZbCdEfGhIjKlMnOp"

Enter = Callable[..., Awaitable[None]]


@pytest.fixture
def enter(link: PrimaryLink) -> Enter:
    """People with these numbers enter from an address."""
    leases = Leases(link, LeaseTimes())

    async def enter(*numbers: int, address: str = HOME) -> None:
        people = [(Person(f"p{number}", f"Person {number}"), Claim(address=address)) for number in numbers]
        await leases.enter(link.keys("chat"), people)

    return enter


async def terms(redis: Redis, *numbers: int) -> set[int]:
    """How long (s) they are remembered from now on."""
    return {round(await redis.ttl(f"{{chat}}:address:p{number}"), -2) for number in numbers}


async def test_a_flood_of_new_people_is_remembered_for_an_hour(enter: Enter, redis: Redis) -> None:
    """Those beyond the first hundred of an address, also when they come again; elsewhere nobody is touched."""
    await enter(*range(CROWD))
    assert await terms(redis, *range(100)) == {round(WEEK, -2)}
    assert await terms(redis, *range(100, CROWD)) == {HOUR}
    await redis.expire("{chat}:address:p0", 60)
    await redis.expire(f"{{chat}}:address:p{CROWD - 1}", 60)
    await enter(0, CROWD - 1)
    assert await terms(redis, 0) == {round(WEEK, -2)}
    assert await terms(redis, CROWD - 1) == {HOUR}
    await enter(CROWD, address=ELSEWHERE)
    assert await terms(redis, CROWD) == {round(WEEK, -2)}


async def test_what_is_counted_ends_and_tells_no_address(enter: Enter, redis: Redis) -> None:
    """A week after the first of them; the few letters fit many addresses."""
    await enter(1, 2, 2)
    assert await redis.hgetall("{chat}:newcomers") == {b"AbC": b"2"}
    await redis.expire("{chat}:newcomers", 60)
    await enter(3, address=ELSEWHERE)
    assert await redis.ttl("{chat}:newcomers") <= 60


async def test_a_full_redis_is_not_filled_further(enter: Enter, redis: Redis) -> None:
    """Nothing is written of somebody whom Redis refuses, and those who came before still count."""
    await enter(*range(CROWD))
    keys = set(await redis.keys())
    await redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(RedisWriteRefused):
            await enter(CROWD)
    finally:
        await redis.config_set("maxmemory", "0")
    assert await redis.hgetall("{chat}:newcomers") == {b"AbC": b"%d" % CROWD}
    assert set(await redis.keys()) == keys


@pytest.mark.parametrize("value", ["string", "word", "-9223372036854775809", "9223372036854775807"])
async def test_what_another_program_wrote_keeps_nobody_out(enter: Enter, redis: Redis, value: str) -> None:
    """Keys of another type, and counts that are none, make way."""
    if value == "string":
        await put(redis, "{chat}:newcomers", value)
        await put(redis, "{chat}:address:p1", "hash")
    else:
        await redis.hset("{chat}:newcomers", "AbC", value)
    await enter(1)
    assert await redis.hgetall("{chat}:newcomers") == {b"AbC": b"1"}
    assert await redis.get("{chat}:address:p1") == HOME.encode()


async def test_the_last_four_addresses_of_a_person_are_remembered(enter: Enter, redis: Redis) -> None:
    """The newest stands first."""
    for letter in "abcdea":
        await enter(1, address=letter * 4)
    assert await redis.get("{chat}:address:p1") == b"aaaa eeee dddd cccc"


async def test_a_bar_holds_for_an_address_that_brought_too_many(nodes: Nodes, redis: Redis) -> None:
    """Removing any of its people bars the address too."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",))
    mod = await from_home(nodes, "Mia", address="192.0.2.1", mod=await link_of(nodes))
    ann = await from_home(nodes, "Ann")
    for counted in await redis.hkeys("{chat}:newcomers"):
        await redis.hset("{chat}:newcomers", counted, "100")
    bob = await from_home(nodes, "Bob")
    assert bytes(await redis.get(f"{{chat}}:address:{id_of(bob)}") or b"").startswith(b" ")  # type: ignore[arg-type]
    await act(mod, "remove", person=id_of(bob), seconds=60)
    await (await at_the_door(nodes, "Eve")).is_refused("barred")
    assert await ann.is_there()
