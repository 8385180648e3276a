"""The reach of a mute or a removal: for whom, from when, and how long."""

from __future__ import annotations

import itertools

import pytest
from redis.asyncio import Redis

from wschat.admin import backup, restore
from wschat.redis_link import PrimaryLink

from ..support import Client, Nodes, join
from ..support.moderation import act, at_the_door, from_home, id_of, link_of, moderator
from ..support.program import Program
from ..support.room import until


async def muted_troll(nodes: Nodes) -> tuple[Client, Client]:
    """A moderator, and somebody at HOME whom they have muted."""
    await nodes.start(2, trusted_proxy=("127.0.0.1",))
    mod = await from_home(nodes, "Mia", address="192.0.2.1", mod=await link_of(nodes))
    troll = await from_home(nodes, "Troll")
    await act(mod, "mute", person=id_of(troll), seconds=3600)
    return mod, troll


async def test_who_comes_muted_with_an_address_takes_no_place(nodes: Nodes, redis: Redis) -> None:
    """However many come, the list has the one whom a moderator muted, and others can still be barred."""
    mod, troll = await muted_troll(nodes)
    for number in range(5):
        newcomer = await from_home(nodes, f"N{number}", number % 2)
        assert newcomer.welcome["muted"] > 3500
    assert await redis.hget("{chat}:rules", "bars") == b"1"
    assert await redis.hlen("{chat}:barred") == 2
    assert [one["person"]["id"] for one in (await act(mod, "barred"))["barred"]] == [id_of(troll)]
    for ttl in [await redis.pttl(key) async for key in redis.scan_iter("{chat}:muted:*")]:
        assert 0 < ttl <= 3600_000


async def test_a_mute_with_an_address_ends_with_the_mute_it_came_from(nodes: Nodes) -> None:
    """Everyone who had it is told, on every node."""
    mod, troll = await muted_troll(nodes)
    newcomers = [await from_home(nodes, f"N{number}", number) for number in (0, 1)]
    await act(mod, "let_in", person=id_of(troll))
    for one in (troll, *newcomers):
        await one.gets("muted", seconds=None)
        await one.posts("x")


async def test_one_who_came_muted_is_let_in_alone(nodes: Nodes) -> None:
    """A neighbour of the troll's; the address stays muted."""
    mod, troll = await muted_troll(nodes)
    neighbour, other = await from_home(nodes, "Ann", 1), await from_home(nodes, "Bob", 1)
    await act(mod, "let_in", person=id_of(neighbour))
    assert (await neighbour.gets("muted"))["seconds"] is None
    await neighbour.posts("x")
    for one in (troll, other):
        await one.says("x")
        await one.is_refused("muted")


async def test_a_mute_goes_along_to_another_address(nodes: Nodes) -> None:
    """A person whom the address muted stays muted under the same token elsewhere."""
    await muted_troll(nodes)
    newcomer = await from_home(nodes, "Ann")
    again = await from_home(nodes, "Ann", 1, "198.51.100.9", token=newcomer.welcome["token"])
    assert again.welcome["muted"] > 3500
    await again.says("x")
    await again.is_refused("muted")


async def test_a_longer_mute_takes_the_place_of_a_short_one(node: Nodes) -> None:
    """And a shorter one that of a long one: done means that it is in force."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    for seconds in (60, 600, 300):
        await act(mod, "mute", person=id_of(ann), seconds=seconds)
        assert seconds - 30 < (await act(mod, "barred"))["barred"][0]["seconds"] <= seconds
    assert [one["seconds"] for one in (await act(mod, "barred"))["acts"]] == [300, 600, 60]


@pytest.mark.parametrize("is_told", [True, False])
async def test_the_author_of_a_restored_message_is_muted(nodes: Nodes, link: PrimaryLink, is_told: bool) -> None:
    """Its bytes have the epoch of before the restore, its number is of the room's."""
    await nodes.start(1)
    mod, ann = await moderator(nodes), await join(nodes.ws(), "Ann")
    seq = await ann.posts("rude")
    await restore(link, await backup(link))
    epoch = (await mod.gets("reset"))["epoch"]
    await act(mod, "mute", seq=seq, seconds=60, **({"epoch": epoch} if is_told else {}))
    assert (await ann.gets("muted"))["seconds"] == 60


@pytest.mark.parametrize("is_read", [True, False], ids=["read first", "posted first"])
async def test_a_lost_meta_lets_nobody_write(two_nodes: Nodes, redis: Redis, is_read: bool) -> None:
    """The room's rules are there: a node that begins its meta anew reads them before it lets any post through."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await act(mod, "read_only", on=True)
    for node in two_nodes.nodes:
        await node.poller.stop()
    await redis.delete("{chat}:meta")
    if is_read:
        await two_nodes.nodes[0].rooms.open("chat").feed.verify()
        assert await redis.hget("{chat}:meta", "epoch")
    await ann.says("x")
    await ann.is_refused("read_only")
    assert await redis.xlen("{chat}:log") == 0


async def test_the_rules_live_as_long_as_the_room(node: Nodes, redis: Redis) -> None:
    """Each post keeps them, as it keeps the messages."""
    mod = await moderator(node, room="kitchen")
    await act(mod, "topic", text="soup")
    ann = await join(node.ws(), "Ann", room="kitchen")
    await act(mod, "mute", person=id_of(ann), seconds=0)
    keys = [f"{{chat:kitchen}}:{kind}" for kind in ("log", "meta", "rules", "barred", "acts")]
    for key in keys:
        await redis.expire(key, 100)
    await mod.posts("x")
    assert [await redis.ttl(key) > 1000 for key in keys] == [True] * 5


# -- another name, by another hello ------------------------------------------------------


_numbers = itertools.count(1)


async def listed(nodes: Nodes, name: str) -> list[dict[str, str]]:
    """The people called this or Troll, as newcomers to each node see them; all nodes must agree."""
    found = []
    for number in range(len(nodes.nodes)):
        watcher = await from_home(nodes, f"Watcher {next(_numbers)}", number, "192.0.2.9")
        found.append([one for one in watcher.welcome["online"]["people"] if one["name"] in (name, "Troll")])
        await watcher.leaves()
    assert all(one == found[0] for one in found), found
    return found[0]


@pytest.mark.parametrize("has_tab", [True, False], ids=["with a tab", "alone"])
@pytest.mark.parametrize("number", [0, 1], ids=["same node", "another node"])
async def test_a_muted_person_keeps_the_name(nodes: Nodes, number: int, has_tab: bool) -> None:
    """One entry in every list, under the name of the mute, which everyone would read else; afterwards any is free."""
    mod, troll = await muted_troll(nodes)
    if not has_tab:
        await troll.leaves()
    again = await from_home(nodes, "Message", number, token=troll.welcome["token"])
    assert again.welcome["you"] == {"id": id_of(troll), "name": "Troll"}
    assert again.welcome["muted"] > 3500
    assert await listed(nodes, "Message") == [{"id": id_of(troll), "name": "Troll"}]
    for tab in (again, *([troll] if has_tab else [])):
        await tab.says("x")
        await tab.is_refused("muted")
        await tab.send("rename", name="Message", ref="r")
        assert (await tab.gets("error", ref="r"))["code"] == "muted"
    (bar,) = (await act(mod, "barred"))["barred"]
    await act(mod, "let_in", person=bar["person"]["id"])
    await again.posts("x")
    assert (await from_home(nodes, "Saint", token=troll.welcome["token"])).welcome["you"]["name"] == "Saint"


async def test_a_name_that_somebody_else_has_meanwhile_is_kept_with_a_number(nodes: Nodes, redis: Redis) -> None:
    """As the second Anna of a site is Anna 2."""
    _, troll = await muted_troll(nodes)
    await troll.leaves()
    await until(lambda: not nodes.nodes[0].rooms.open("chat").occupants.of(id_of(troll)))
    await redis.zrem("{chat}:online", id_of(troll))  # the grace is over
    other = await from_home(nodes, "Troll", 0, "192.0.2.8")
    for number in (0, 1):
        again = await from_home(nodes, "Saint", number, token=troll.welcome["token"])
        assert again.welcome["you"]["name"].startswith("Troll ")
        assert again.welcome["muted"] > 3500
    assert await other.is_there()


async def test_a_forgotten_name_is_not_kept(nodes: Nodes, redis: Redis, redis_server: str) -> None:
    """An operator has taken it out of the mute."""
    _, troll = await muted_troll(nodes)
    await Program(redis_server)("forget", "--person", id_of(troll), "--yes")
    assert (await from_home(nodes, "Saint", token=troll.welcome["token"])).welcome["you"]["name"] == "Saint"


@pytest.mark.parametrize("name", ['a "b\\"},"act"', "Мия"])
async def test_any_name_is_kept_as_it_is(nodes: Nodes, name: str) -> None:
    """Also one with marks that JSON writes in another way."""
    await nodes.start(1)
    mod, troll = await moderator(nodes), await join(nodes.ws(), name)
    await act(mod, "mute", person=id_of(troll), seconds=3600)
    again = await join(nodes.ws(), "Saint", token=troll.welcome["token"])
    assert again.welcome["you"] == troll.welcome["you"]


@pytest.mark.parametrize("by", ["token", "address"])
async def test_another_name_ends_no_removal(nodes: Nodes, by: str) -> None:
    """Neither name is in any list, and the old one is free for others."""
    mod, troll = await muted_troll(nodes)
    await act(mod, "remove", person=id_of(troll), seconds=3600)
    for number in (0, 1):
        known = {"token": troll.welcome["token"]} if by == "token" else {}
        back = await at_the_door(nodes, "Saint", number, **known)
        await back.is_refused("barred")
        await back.leaves()
    assert await listed(nodes, "Saint") == []
    other = await from_home(nodes, "Troll", 1, "192.0.2.8")
    assert [one["id"] for one in await listed(nodes, "Saint")] == [id_of(other)]


# -- what a node knows of it -----------------------------------------------------------


async def may_rename(client: Client, name: str) -> bool:
    await client.send("rename", ref=name, name=name)

    async def is_answered() -> bool:
        return await client.is_there() and any(event.get("ref") == name for event in client.events)

    await until(is_answered)
    return any(event["type"] == "renamed" and event["ref"] == name for event in client.events)


@pytest.mark.parametrize("before", ["mute", "remove"])
async def test_an_old_bar_does_not_touch_who_is_a_moderator_by_now(two_nodes: Nodes, before: str) -> None:
    """A node that reads the rules again doesn't put them out, nor take them for muted."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await act(mod, before, person=id_of(ann), seconds=600)
    await ann.leaves()
    ann = await moderator(two_nodes, 1, "Ann", token=ann.welcome["token"])
    copy = two_nodes.nodes[1].rooms.open("chat").rules
    copy.on_publish(None)  # its subscription begins again
    await until(lambda: not copy.is_syncing)
    assert await may_rename(ann, "Anna")
    assert not [event for event in ann.events if event["type"] in ("muted", "error")]


async def test_a_mute_holds_again_when_the_role_ends(two_nodes: Nodes) -> None:
    """The session that had the link says nothing by a name, and is told for how long."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    everywhere = await link_of(two_nodes, None)
    await act(mod, "mute", person=id_of(ann), seconds=600)
    await ann.leaves()
    ann = await join(two_nodes.ws(1), "Ann", token=ann.welcome["token"], mod=everywhere)
    assert "muted" not in ann.welcome
    await link_of(two_nodes, None, revoke=True)
    assert 500 < (await ann.gets("muted"))["seconds"] <= 600
    assert not await may_rename(ann, "Rude")


@pytest.mark.parametrize("number", [0, 1], ids=["same node", "another node"])
async def test_a_tab_without_the_link_is_told_that_a_mute_holds_again(two_nodes: Nodes, number: int) -> None:
    """The role was the person's, so also this tab's; others aren't told of anything."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await act(mod, "mute", person=id_of(ann), seconds=600)
    with_link = await moderator(two_nodes, 1, "Ann", token=ann.welcome["token"])
    tab, bob = await join(two_nodes.ws(number), "Ann", token=ann.welcome["token"]), await join(two_nodes.ws(0), "Bob")
    assert "muted" not in tab.welcome
    await with_link.leaves()
    assert 500 < (await tab.gets("muted"))["seconds"] <= 600
    assert not await may_rename(tab, "Rude")
    assert not [event for event in bob.events if event["type"] == "muted"]


async def test_a_node_that_missed_the_end_of_a_mute_learns_of_it(
    two_nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the rules, when it reads them: the person is told, and nobody else."""
    mod = await moderator(two_nodes, 0)
    ann, bob = await join(two_nodes.ws(1), "Ann"), await join(two_nodes.ws(1), "Bob")
    await act(mod, "mute", person=id_of(ann), seconds=600)
    await ann.gets("muted", seconds=600)
    monkeypatch.setattr(two_nodes.nodes[1].rooms.open("chat").rules, "on_publish", lambda data: None)
    await act(mod, "let_in", person=id_of(ann))
    await ann.gets("muted", seconds=None)
    assert await may_rename(ann, "Anna")
    assert await bob.is_there()
    assert not [event for event in bob.events if event["type"] == "muted"]
