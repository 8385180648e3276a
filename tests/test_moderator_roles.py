"""The role ends with the last session that has a valid authority, on whatever node, and no sooner."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from .support import Client, Nodes, join
from .support.moderation import act, entries, id_of, link_of, moderator, refused_act


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
