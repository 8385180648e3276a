"""The role ends with the last session that has a valid authority, on whatever node, and no sooner."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from redis.asyncio import Redis

from wschat.model import MODERATOR, Person
from wschat.moderation import Authority

from ..support import Client, Nodes, join
from ..support.moderation import act, entries, id_of, link_of, moderator, refused_act
from ..support.room import SHORT_TIMES, LocalNode, RecordingOccupant, until

MIA = Person("mia", "Mia")
JWT = Authority("jwt")
MakeNode = Callable[[], Awaitable[LocalNode]]


@pytest.fixture
def make_node(local_nodes: Callable[..., Awaitable[LocalNode]]) -> MakeNode:
    """Makes nodes with short leases."""
    return partial(local_nodes, SHORT_TIMES)


async def loses_the_role(watcher: Client, one: Client) -> None:
    """Wait until the list has this person without it."""
    without = {"id": id_of(one), "name": one.welcome["you"]["name"]}
    while without not in (change := await watcher.gets("online"))["joined"] + change["renamed"]:
        pass


async def role_of(redis: Redis, one: Client) -> bool:
    entry: bytes = await redis.hget("{chat}:people", id_of(one))  # type: ignore[assignment]
    return b'"role":"moderator"' in entry


@pytest.mark.parametrize("number", [0, 1], ids=["same node", "another node"])
async def test_the_role_ends_with_the_session_that_has_the_link(two_nodes: Nodes, number: int) -> None:
    """A tab without it stays, and is nobody who may write or can't be muted."""
    boss, watcher = await moderator(two_nodes, 1, "Boss"), await join(two_nodes.ws(1), "Ann")
    mod = await moderator(two_nodes, 0)
    tab = await join(two_nodes.ws(number), "Mia", token=mod.welcome["token"])
    await act(boss, "read_only", on=True)
    await tab.posts("still a moderator's")
    await mod.leaves()
    await loses_the_role(watcher, mod)
    await tab.says("x")
    await tab.is_refused("read_only")
    await act(boss, "mute", person=id_of(mod), seconds=60)


@pytest.mark.parametrize("number", [0, 1], ids=["same node", "another node"])
async def test_who_comes_back_without_the_link_has_no_role(two_nodes: Nodes, number: int) -> None:
    """Also within the grace: the welcome says so, and the list."""
    mod = await moderator(two_nodes, 0)
    await mod.leaves()
    again = await join(two_nodes.ws(number), "Mia", token=mod.welcome["token"])
    assert "role" not in again.welcome
    assert "role" not in again.welcome["you"]
    assert entries((await join(two_nodes.ws(0), "Ann")).welcome)["Mia"] == ""


@pytest.mark.parametrize("number", [0, 1], ids=["same node", "another node"])
async def test_who_comes_back_with_a_revoked_link_has_no_role(two_nodes: Nodes, redis: Redis, number: int) -> None:
    """Although the list still had them as a moderator."""
    token = await link_of(two_nodes)
    mod = await moderator(two_nodes, 0)
    await mod.leaves()
    await link_of(two_nodes, revoke=True)
    again = await join(two_nodes.ws(number), "Mia", token=mod.welcome["token"], mod=token)
    assert "role" not in again.welcome
    assert (await refused_act(again, "lock", on=True))["code"] == "not_allowed"
    assert not await role_of(redis, mod)


async def test_who_comes_back_with_the_link_never_lost_the_role(two_nodes: Nodes) -> None:
    """A reload of one of two tabs, and of the only one."""
    mod = await moderator(two_nodes, 0)
    await mod.leaves()
    again = await moderator(two_nodes, 1, "Mia", token=mod.welcome["token"])
    assert again.welcome["role"] == "moderator"
    await act(again, "lock", on=True)
    assert entries((await moderator(two_nodes, 0, "Max")).welcome)["Mia"] == "moderator"


async def test_a_revoked_link_does_not_end_the_role_by_another(two_nodes: Nodes, redis: Redis) -> None:
    """The person has the room's link on one node, and that of all rooms on the other."""
    first, watcher = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    everywhere = await link_of(two_nodes, None)
    second = await join(two_nodes.ws(1), "Mia", token=first.welcome["token"], mod=everywhere)
    await act(second, "read_only", on=True)
    await link_of(two_nodes, revoke=True)
    await first.gets("role", role="")
    await watcher.hears_nothing(0.7)
    assert await role_of(redis, first)
    await second.posts("still a moderator's")
    await act(second, "read_only", on=False)


async def test_a_new_link_outlasts_what_is_told_late(two_nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node hears of an act from before the revocation when somebody has come with the new link already."""
    boss = await moderator(two_nodes, 0, "Boss")
    rules = two_nodes.nodes[1].rooms.open("chat").rules
    await rules.loaded()
    late: list[bytes | None] = []
    hear = rules.on_publish
    monkeypatch.setattr(rules, "on_publish", late.append)
    monkeypatch.setattr(rules, "on_polled", lambda version: None)
    await act(boss, "topic", text="before")
    mia = await join(two_nodes.ws(1), "Mia", mod=await link_of(two_nodes, revoke=True))
    await until(lambda: b'{"rules":null}' in late)
    for data in late:
        hear(data)
    await mia.gets("rules", topic="before")
    await act(mia, "topic", text="after")
    assert not [event for event in mia.events if event["type"] == "role"]


# --- nodes that die, freeze, or lose Redis ------------------------------------------


def role_on(node: LocalNode) -> str:
    """Mia's, as this node lists it."""
    return node.presence.roster.people[MIA.id].role


async def two_tabs(make_node: MakeNode) -> tuple[LocalNode, LocalNode, RecordingOccupant]:
    """Two nodes: Mia's tab with the authority is on the first, one without on the other; and the first tab."""
    here, there = await make_node(), await make_node()
    mod = await here.enter(MIA, authority=JWT)
    await there.enter(MIA)
    await until(lambda: role_on(there) == MODERATOR)
    return here, there, mod


async def test_the_role_ends_when_the_node_with_the_authority_dies(make_node: MakeNode, redis: Redis) -> None:
    """The person stays, by the tab on the other node, and is nobody whom the scripts exempt."""
    here, there, _ = await two_tabs(make_node)
    await here.link.stop()
    await until(lambda: role_on(there) == "")
    assert there.names() == ["Mia"]
    assert b"role" not in await redis.hget("{chat}:people", MIA.id)  # type: ignore[operator]
    assert await redis.exists("{chat}:roles") == 0


async def test_the_role_lasts_as_long_as_a_node_has_the_authority(make_node: MakeNode, redis: Redis) -> None:
    """Over many leases, and nobody is told of a change."""
    _, there, mod = await two_tabs(make_node)
    version = there.presence.roster.version
    for _ in range(20):
        await asyncio.sleep(0.1)
        assert role_on(there) == MODERATOR
    assert there.presence.roster.version == version
    assert not mod.has_lost_role


async def test_a_node_that_was_frozen_puts_the_role_back(make_node: MakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its session has the authority still."""
    here, there, mod = await two_tabs(make_node)
    monkeypatch.setattr(here.room.occupants.roles, "restore", lambda: None)
    await here.renewer.stop()
    await until(lambda: role_on(there) == "")
    here.renewer.start()
    await until(lambda: role_on(there) == role_on(here) == MODERATOR)
    assert not mod.has_lost_role


@pytest.mark.parametrize("is_alive", [True, False])
async def test_a_lost_lease_of_a_role_lasts_once_more(make_node: MakeNode, redis: Redis, is_alive: bool) -> None:
    """Redis has lost the key: the node with the authority renews it, or it ends."""
    here, there, _ = await two_tabs(make_node)
    if not is_alive:
        await here.link.stop()
    await redis.delete("{chat}:roles")
    await asyncio.sleep(2 * SHORT_TIMES.lease)
    await until(lambda: role_on(there) == (MODERATOR if is_alive else ""))
    assert (await redis.zscore("{chat}:roles", MIA.id) is not None) == is_alive


async def test_a_role_that_redis_lost_unseen_comes_back(make_node: MakeNode, redis: Redis) -> None:
    """An older copy of the list took the place of the newer one, so no signal says it."""
    _, there, _ = await two_tabs(make_node)
    entry: bytes = await redis.hget("{chat}:people", MIA.id)  # type: ignore[assignment]
    entry = entry.replace(b',"role":"moderator"', b"")
    await redis.hset("{chat}:people", MIA.id, entry)
    await until(lambda: role_on(there) == MODERATOR)
    for _ in range(600):
        if await redis.hget("{chat}:people", MIA.id) != entry:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the list in Redis is still without the role")


async def test_the_role_outlasts_a_redis_that_was_away(make_node: MakeNode) -> None:
    """Nobody could renew it: so its lease begins anew, as that of the person does."""
    here, there, mod = await two_tabs(make_node)
    for node in (here, there):
        await node.renewer.stop()
    await asyncio.sleep(1.0)
    there.renewer.start()
    await asyncio.sleep(0.2)
    here.renewer.start()
    for _ in range(10):
        assert role_on(there) == MODERATOR
        await asyncio.sleep(0.1)
    assert not mod.has_lost_role


async def test_a_session_that_has_left_gets_no_authority(make_node: MakeNode) -> None:
    """A moderator has removed it, or it couldn't be welcomed; what its client said last asks Redis for no lease."""
    here = await make_node()
    mia = await here.enter(MIA)
    here.room.leave(mia)
    await until(lambda: here.presence.is_idle)
    here.room.occupants.set_authority(mia, MIA, JWT)
    assert here.presence.is_idle
    assert not here.room.occupants.roles.authorities()
