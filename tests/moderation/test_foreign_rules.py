"""A room's rules in Redis are foreign input: they let nobody in and keep nobody out by mistake, and no act fails."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.admin import RoomBars, moderators_link
from wschat.errors import RedisRejected
from wschat.model import Person
from wschat.moderation import BarTerms
from wschat.redis_link import RedisLink

from ..support import Client, Nodes, join
from ..support.foreign import put
from ..support.moderation import act, id_of, link_of, moderator

WRONG = ["string", "list"]
NUMBERS = ["abc", "nan", "-5", "1e300", "2.5", "9" * 400]
RULES = [
    *((field, value) for field in ("slow", "bars", "version") for value in NUMBERS),
    ("topic", b"\xff"),
]


async def with_a_troll(nodes: Nodes) -> tuple[Client, Client, Client]:
    """A moderator, somebody muted, and somebody else."""
    mod = await moderator(nodes, 0)
    troll, ann = await join(nodes.ws(1), "Troll"), await join(nodes.ws(1), "Ann")
    await act(mod, "mute", person=id_of(troll), seconds=600)
    return mod, troll, ann


async def everything_works(nodes: Nodes, mod: Client, ann: Client) -> None:
    """Others post and enter, and each kind of act is done and told."""
    await ann.posts("x")
    bob = await join(nodes.ws(1), "Bob")
    await bob.posts("y")
    await act(mod, "topic", text="soup")
    await bob.gets("rules", topic="soup")
    await act(mod, "mute", person=id_of(bob), seconds=600)
    await bob.says("z")
    await bob.is_refused("muted")
    await act(mod, "barred")


@pytest.mark.parametrize(("field", "value"), RULES, ids=lambda one: str(one)[:8])
async def test_a_broken_field_of_the_rules_breaks_nothing(
    two_nodes: Nodes, redis: Redis, field: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The muted person stays muted, others write, and nothing is logged as a fault."""
    mod, troll, ann = await with_a_troll(two_nodes)
    await redis.hset("{chat}:rules", field, value)
    for node in two_nodes.nodes:
        node.rooms.open("chat").rules.on_publish(None)
    await troll.says("x")
    await troll.is_refused("muted")
    await everything_works(two_nodes, mod, ann)
    await troll.says("x")
    await troll.is_refused("muted")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("key", ["rules", "barred", "acts"])
async def test_a_key_of_the_rules_of_another_type_makes_way(
    two_nodes: Nodes, redis: Redis, key: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A person with an unreadable entry is free, one muted elsewhere stays so, and moderators go on with a new link."""
    _, troll, ann = await with_a_troll(two_nodes)
    await put(redis, f"{{chat}}:{key}", kind)
    if key != "barred":
        await troll.says("x")
        await troll.is_refused("muted")
    mod = await join(two_nodes.ws(0), "Max", mod=await link_of(two_nodes))
    await everything_works(two_nodes, mod, ann)
    if key != "barred":
        await troll.says("x")
        await troll.is_refused("muted")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("kind", WRONG)
async def test_a_persons_keys_of_another_type_keep_nobody_from_anything(
    two_nodes: Nodes, redis: Redis, kind: str
) -> None:
    """Neither from entering, nor from being removed, nor a moderator from acts."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    for name in (f"address:{id_of(ann)}", f"slow:{id_of(ann)}", f"muted:{id_of(ann)}", f"pace:acts:{id_of(mod)}"):
        if kind == "list" or not name.startswith("muted"):
            await put(redis, f"{{chat}}:{name}", kind)
    await act(mod, "slow", seconds=1)
    tab = await join(two_nodes.ws(0), "Ann", token=ann.welcome["token"])
    await tab.posts("x")
    await act(mod, "remove", person=id_of(ann), seconds=60)
    assert await tab.close_code() == 4501


async def test_a_link_that_cant_be_made_revokes_none(two_nodes: Nodes, redis: Redis) -> None:
    """The room's meta is of another type: the former links would hold no longer, and nobody would have a new one."""
    await link_of(two_nodes)
    before = await redis.hgetall("{chat}:rules")
    await redis.delete("{chat}:meta")
    await redis.set("{chat}:meta", "junk")
    with pytest.raises(RedisRejected):
        await moderators_link(two_nodes.nodes[0].link, "chat", revoke=True)
    assert await redis.hgetall("{chat}:rules") == before


async def test_acts_that_can_have_no_further_entry_make_way(two_nodes: Nodes, redis: Redis) -> None:
    """Another program gave one the highest number: an act would be done, and neither told nor acknowledged."""
    mod, troll, ann = await with_a_troll(two_nodes)
    seq = await ann.posts("x")
    highest = 2**64 - 1
    for again in range(2):
        await redis.xadd("{chat}:acts", {"other": "entry"}, f"{highest}-{highest}")
        if again:
            await mod.asks("delete", seq=seq)
        else:
            await act(mod, "let_in", person=id_of(troll))
            await troll.gets("muted", seconds=None)
        (record,) = (await act(mod, "barred"))["acts"]
        assert record["by"]["id"] == id_of(mod)


async def test_a_mute_that_cant_be_begun_leaves_the_rules(redis: Redis, link: RedisLink) -> None:
    """Even those of another type, which make way for an act that is done."""
    bars = RoomBars(link, "chat", Person("operator", "Operator"))
    for key in ("rules", "people"):
        await put(redis, f"{{chat}}:{key}", "string")
    with pytest.raises(RedisRejected):
        await bars.bar(Person("ann", "Ann"), BarTerms("mute", 0))
    assert await redis.get("{chat}:rules") == b"nonsense"


@pytest.mark.parametrize("key", ["online", "names", "people"])
async def test_a_removal_that_cant_be_finished_isnt_begun(redis: Redis, link: RedisLink, key: str) -> None:
    """The list of people is of another type: there is no bar of which nobody hears."""
    bars, ann = RoomBars(link, "chat", Person("operator", "Operator")), Person("ann", "Ann")
    await redis.hset("{chat}:people", "ann", 'ann\n{"id":"ann","name":"Ann"}')
    await put(redis, f"{{chat}}:{key}", "string")
    with pytest.raises(RedisRejected):
        await bars.bar(ann, BarTerms("remove", 0))
    assert not await redis.exists("{chat}:barred")


@pytest.mark.parametrize("key", ["online", "people"])
async def test_a_bar_that_cant_be_ended_wholly_isnt_ended(redis: Redis, link: RedisLink, key: str) -> None:
    """The people, who may be muted because of the same address, are of another type."""
    bars, ann = RoomBars(link, "chat", Person("operator", "Operator")), Person("ann", "Ann")
    await bars.bar(ann, BarTerms("mute", 0))
    await redis.set("{chat}:muted:ann", 1)  # with her address
    await put(redis, f"{{chat}}:{key}", "string")
    with pytest.raises(RedisRejected):
        await bars.let_in(ann)
    assert await redis.hkeys("{chat}:barred") == [b"mute:ann"]
    assert await redis.exists("{chat}:muted:ann")
