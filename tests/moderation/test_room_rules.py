"""The rules of a room, over real sockets: the rights to write, how often, and to enter; on every node at once."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from ..support import Nodes, join
from ..support.moderation import act, entry_refused, id_of, moderator


async def test_rules_are_told_to_everyone_and_to_newcomers(two_nodes: Nodes) -> None:
    """One event for each change, with all rules."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    version = ann.welcome["rules"]["version"]
    await act(mod, "topic", text="  Soup   today\n")
    told = await ann.gets("rules")
    expected = {"slow": 0, "read_only": False, "locked": False, "password": False, "topic": "Soup today"}
    assert told == {"type": "rules", "version": version + 1, **expected}
    assert (await join(two_nodes.ws(0), "Bob")).welcome["rules"] == {"version": version + 1, **expected}


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("soup\u202e gnp.exe", "soup gnp.exe"),
        ("\u2069\u202b a \u2066b", "a b"),
        ("\u202e\u202c", ""),
        ("👩\u200d🍳", "👩\u200d🍳"),
    ],
)
async def test_a_topic_turns_no_text_around(node: Nodes, text: str, topic: str) -> None:
    """Characters that would show a topic's letters, or those behind it, in another order are removed."""
    mod = await moderator(node)
    await act(mod, "topic", text="before")
    await act(mod, "topic", text=text)
    assert (await join(node.ws(), "Ann")).welcome["rules"]["topic"] == topic


async def test_in_a_read_only_room_only_moderators_write(two_nodes: Nodes) -> None:
    """Others can neither post nor edit nor react, but delete what they wrote."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    seq = await ann.posts("before")
    await act(mod, "read_only", on=True)
    await ann.says("now", id="p1")
    assert (await ann.is_refused("read_only"))["id"] == "p1"
    await ann.send("edit", seq=seq, text="other", ref="e")
    assert (await ann.gets("error", ref="e"))["code"] == "read_only"
    await ann.send("react", seq=seq, emoji="👍", ref="r")
    assert (await ann.gets("error", ref="r"))["code"] == "read_only"
    await ann.send("delete", seq=seq, ref="d")
    await ann.gets("done", ref="d")
    await mod.posts("announcement")
    await act(mod, "read_only", on=False)
    await ann.posts("again")


async def test_a_post_that_was_stored_is_acknowledged_again_in_a_read_only_room(node: Nodes) -> None:
    """The rule came between it and its retry."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    seq = await ann.posts("x", id="p1")
    await act(mod, "read_only", on=True)
    assert await ann.posts("x", id="p1") == seq


async def test_slow_mode_spaces_the_posts_of_each_person(two_nodes: Nodes) -> None:
    """Over all tabs and nodes; each is told how long to wait, and a newcomer waits as long before the first."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(0), "Ann")
    tab = await join(two_nodes.ws(1), "Ann", token=ann.welcome["token"])
    await act(mod, "slow", seconds=60)
    await ann.posts("one")
    for client in (ann, tab):
        await client.says("two")
        assert 55 < (await client.is_refused("slow"))["retry_after"] <= 60
    bob = await join(two_nodes.ws(1), "Bob")
    await bob.says("hi")
    assert 55 < (await bob.is_refused("slow"))["retry_after"] <= 60
    for text in ("a", "b"):
        await mod.posts(text)
    await act(mod, "slow", seconds=0)
    await ann.posts("two")


async def test_who_waits_as_told_in_slow_mode_posts(node: Nodes) -> None:
    """The wait that the refusal names is enough."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    await act(mod, "slow", seconds=1)
    await ann.posts("one")
    await ann.says("two", id="p2")
    await asyncio.sleep((await ann.is_refused("slow"))["retry_after"])
    await ann.posts("two", id="p2")


async def test_nobody_new_enters_a_locked_room(two_nodes: Nodes) -> None:
    """People who are in the room can come back, in another tab or after a reload, and moderators can enter."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await act(mod, "lock", on=True)
    await entry_refused(two_nodes, "Bob", "locked", 1)
    tab = await join(two_nodes.ws(0), "Ann", token=ann.welcome["token"])
    await tab.leaves()
    await ann.leaves()
    again = await join(two_nodes.ws(0), "Ann", token=ann.welcome["token"])
    await again.send("rename", name="Anna", ref="n")
    await again.gets("renamed", ref="n")
    await moderator(two_nodes, 1, "Second")
    await act(mod, "lock", on=False)
    await join(two_nodes.ws(1), "Bob")


async def test_a_rooms_password_is_asked_of_newcomers(two_nodes: Nodes, redis: Redis) -> None:
    """In `password` or `room_password`; people who are in stay, and wrong passwords cost time."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await act(mod, "password", text="сезам")
    assert (await ann.gets("rules"))["password"] is True
    assert "сезам".encode() not in bytes(await redis.hget("{chat}:rules", "password") or b"")  # type: ignore[arg-type]
    assert (await entry_refused(two_nodes, "Bob", "password_required", 1))["scope"] == "room"
    wrong = await entry_refused(two_nodes, "Bob", "password_wrong", 1, password="сим")
    assert (wrong["scope"], wrong["retry_after"]) == ("room", 1.0)
    early = await entry_refused(two_nodes, "Bob", "password_wrong", 1, password="сезам")
    assert 0 < early["retry_after"] <= 1.0  # type: ignore[operator]
    await join(two_nodes.ws(0), "Bob", room_password="сезам")
    await join(two_nodes.ws(0), "Eve", password="сезам")
    await join(two_nodes.ws(0), "Ann", token=ann.welcome["token"])
    await act(mod, "password", text="")
    await join(two_nodes.ws(1), "Cleo")


async def test_the_password_of_the_chat_is_not_taken_for_the_rooms(nodes: Nodes) -> None:
    """Where both have one, each has its own field."""
    await nodes.start(1, password="chat")
    mod = await moderator(nodes, password="chat")
    await act(mod, "password", text="room")
    assert (await entry_refused(nodes, "Bob", "password_required", password="chat"))["scope"] == "room"
    await join(nodes.ws(), "Bob", password="chat", room_password="room")


async def test_a_node_that_missed_a_signal_notices_by_the_version(two_nodes: Nodes, redis: Redis) -> None:
    """Its people are told the rules, and one who is removed is closed."""
    mod, (ann, bob) = await moderator(two_nodes, 0), [await join(two_nodes.ws(1), name) for name in ("Ann", "Bob")]
    link = two_nodes.nodes[1].link
    channel = "{chat}:signals"
    listener = two_nodes.nodes[1].rooms.open("chat")._on_signal
    link.subscribe(channel, lambda data: None)
    await act(mod, "lock", on=True)
    await act(mod, "remove", person=id_of(ann), seconds=60)
    assert await ann.close_code() == 4501
    assert (await bob.gets("rules"))["locked"] is True
    link.subscribe(channel, listener)
    assert await bob.is_there()


async def test_a_room_that_is_full_of_rules_costs_others_nothing(node: Nodes, redis: Redis) -> None:
    """A room that was never moderated has neither rules nor bars in Redis."""
    ann = await join(node.ws(), "Ann")
    await ann.posts("x")
    assert not await redis.exists("{chat}:rules", "{chat}:barred", "{chat}:acts")
    assert await redis.hget("{chat}:meta", "rules") is None


async def test_rooms_that_the_operator_does_not_list_are_none(nodes: Nodes) -> None:
    """The main room always exists, and names may be spelled in any way."""
    await nodes.start(1, rooms=("kitchen",))
    await join(nodes.ws(), "Ann")
    await join(nodes.ws(), "Ann", room="Kitchen")
    await entry_refused(nodes, "Ann", "room_unknown", room="cellar")
