"""Nodes on one Redis are one chat: messages, people, history, rooms."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from redis.asyncio import Redis

from ..support import Client, Nodes, join, visit
from ..support.client import PATIENCE


def names(event: dict[str, Any], which: str = "people") -> list[str]:
    return [person["name"] for person in event[which]]


async def counts(client: Client, count: int) -> dict[str, Any]:
    """The `online` event with this number."""
    return await client.gets("online", count=count)


# --- messages -------------------------------------------------------------------


async def test_a_message_reaches_someone_on_another_node(two_nodes: Nodes) -> None:
    """Ann on the first node says hello; Bob on the second hears it, and so does Ann."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    seq = await ann.posts("hello")
    for client in (ann, bob):
        message = await client.hears("hello")
        assert (message["seq"], message["from"]["name"]) == (seq, "Ann")


async def test_everyone_hears_all_messages_in_one_order(two_nodes: Nodes) -> None:
    """Four people on two nodes post at the same time: 40 messages, numbered without a hole, the same row for all."""
    people = await two_nodes.join("A", "B", "C", "D")
    await asyncio.gather(*(one.says(f"{one.name}{n}") for n in range(10) for one in people))
    rows = []
    for one in people:
        rows.append([await one.gets("message", seq=seq) for seq in range(1, 41)])
    texts = [[message["text"] for message in row] for row in rows]
    assert texts[0] == texts[1] == texts[2] == texts[3]
    assert len(set(texts[0])) == 40


async def test_a_post_that_is_sent_again_is_stored_once(two_nodes: Nodes) -> None:
    """Also at another node, by the same person after a reconnect: the same number each time."""
    (ann,) = await two_nodes.join("Ann")
    seq = await ann.posts("once", id="p1")
    again = await join(two_nodes.ws(1), "Ann", token=ann.welcome["token"])
    assert await again.posts("once", id="p1") == seq
    assert await again.posts("two", id="p2") == seq + 1


async def test_the_same_id_of_another_person_is_another_message(two_nodes: Nodes) -> None:
    """Nobody can block somebody else's posts."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    assert await ann.posts("a", id="p1") != await bob.posts("b", id="p1")


async def test_what_is_written_stays_what_it_was(node: Nodes) -> None:
    """A post in any script, with quotes, tags and line breaks, loses empty lines at its ends and nothing else."""
    (ann,) = await node.join("Ann")
    text = "\"'<b>&\\ \u2028 \r\n мир 🙂 e\u0301 \u200f שלום"
    await ann.posts(f"\n {text} \n")
    assert (await ann.hears(f" {text}"))["text"] == f" {text}"


async def test_whoever_subscribes_in_redis_sees_the_bytes_that_the_client_gets(two_nodes: Nodes, redis: Redis) -> None:
    """Channel `chat`; encoded once, for everyone."""
    (ann,) = await two_nodes.join("Ann")
    async with redis.pubsub() as subscription:
        await subscription.subscribe("chat")
        await subscription.get_message(timeout=PATIENCE)
        await ann.posts("Привет")
        published = await subscription.get_message(timeout=PATIENCE)
    await ann.hears("Привет")
    assert published["data"] in ann.frames
    assert json.loads(published["data"])["text"] == "Привет"


# --- joining ----------------------------------------------------------------------


async def test_a_welcome_says_all_that_a_client_needs(node: Nodes) -> None:
    """As docs/protocol.md lists it."""
    (ann,) = await node.join("Аня")
    welcome = ann.welcome
    assert welcome["text"] == "Вы подключились к чату!"
    assert welcome["room"] == "chat"
    assert welcome["you"]["name"] == "Аня"
    assert (welcome["recovered"], welcome["lost"], welcome["messages"]) == (False, False, [])
    assert (welcome["seq"], welcome["head"]) == (0, 0)
    assert welcome["online"] == {"count": 1, "people": [welcome["you"]]}
    assert welcome["limits"]["text"] == 4000
    assert {"token", "epoch", "version"} <= welcome.keys()


async def test_a_newcomer_sees_what_was_said(two_nodes: Nodes) -> None:
    """The newest 50, or as many as asked for, oldest first; at either node."""
    (ann,) = await two_nodes.join("Ann")
    for number in range(1, 61):
        await ann.posts(f"m{number}")
    for place in (0, 1):
        for asked, first in ({}, 11), ({"history": 5}, 56), ({"history": 0}, 61), ({"history": 200}, 1):
            bob = await join(two_nodes.ws(place), f"Bob{place}{first}", **asked)
            assert [message["seq"] for message in bob.welcome["messages"]] == list(range(first, 61))
            assert (bob.welcome["seq"], bob.welcome["head"]) == (60, 60)
            await bob.leaves()


async def test_whoever_comes_back_gets_exactly_what_was_missed(two_nodes: Nodes) -> None:
    """From the position of the last message, at another node too; as the same person."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    await ann.posts("heard")
    await bob.hears("heard")
    await bob.leaves()
    await ann.posts("missed 1")
    await ann.posts("missed 2")
    position = {"epoch": bob.welcome["epoch"], "seq": 1}
    for place in (0, 1):
        back = await join(two_nodes.ws(place), "Bob", token=bob.welcome["token"], resume=position)
        assert back.welcome["recovered"] is True
        assert [message["text"] for message in back.welcome["messages"]] == ["missed 1", "missed 2"]
        assert back.welcome["you"] == bob.welcome["you"]
        assert back.welcome["seq"] == 3


async def test_a_connection_that_breaks_before_welcome_leaves_nobody_else_behind(two_nodes: Nodes) -> None:
    """The next attempt, at another node too, is the same person, so the name is free for it; not for a stranger."""
    secret = "0123456789abcdef"
    first = await visit(two_nodes.ws(0))
    await first.send("hello", name="Ann", secret=secret)
    first.connection.transport.abort()
    bob = await join(two_nodes.ws(1), "Bob")
    while not any(person["name"] == "Ann" for person in bob.welcome["online"]["people"]):
        await bob.leaves()
        bob = await join(two_nodes.ws(1), "Bob", token=bob.welcome["token"])
    stranger = await visit(two_nodes.ws(1))
    await stranger.send("hello", name="Ann", secret="another secret of somebody")
    await stranger.is_refused("name_taken")
    ann = await join(two_nodes.ws(1), "Ann", secret=secret)
    assert ann.welcome["you"] in bob.welcome["online"]["people"]


async def test_whoever_missed_nothing_gets_nothing(node: Nodes) -> None:
    """The welcome is `recovered`, with an empty list."""
    (ann,) = await node.join("Ann")
    await ann.posts("x")
    position = {"epoch": ann.welcome["epoch"], "seq": 1}
    again = await join(node.ws(), "Ann", token=ann.welcome["token"], resume=position)
    assert (again.welcome["recovered"], again.welcome["messages"], again.welcome["seq"]) == (True, [], 1)


async def test_a_position_of_another_epoch_means_that_the_history_was_lost(node: Nodes) -> None:
    """A snapshot, and `lost`; the same for a position that the log hasn't reached."""
    (ann,) = await node.join("Ann")
    await ann.posts("x")
    for position in {"epoch": "another", "seq": 1}, {"epoch": ann.welcome["epoch"], "seq": 99}:
        again = await join(node.ws(), "Ann", token=ann.welcome["token"], resume=position)
        assert (again.welcome["recovered"], again.welcome["lost"]) == (False, True)
        assert [message["text"] for message in again.welcome["messages"]] == ["x"]


async def test_older_messages_come_in_pages(node: Nodes) -> None:
    """The last page is marked with `start`."""
    (ann,) = await node.join("Ann")
    for number in range(1, 11):
        await ann.posts(str(number))
    await ann.hears("10")  # what is stored is acknowledged, and may reach the node a moment later
    await ann.send("history", ref="a", before=11, limit=6)
    page = await ann.gets("history", ref="a")
    assert [message["seq"] for message in page["messages"]] == [5, 6, 7, 8, 9, 10]
    assert not page.get("start", False)
    await ann.send("history", ref="b", before=5, limit=6)
    page = await ann.gets("history", ref="b")
    assert [message["seq"] for message in page["messages"]] == [1, 2, 3, 4]
    assert page["start"] is True


# --- people -----------------------------------------------------------------------


async def test_list_and_number_are_the_same_on_both_nodes(two_nodes: Nodes) -> None:
    """Someone comes: both see two people."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    change = await counts(ann, 2)
    assert change["joined"] == [bob.welcome["you"]]
    assert bob.welcome["online"]["count"] == 2
    for client in (ann, bob):
        await client.send("people", ref="r")
        assert names(await client.gets("people", ref="r")) == ["Ann", "Bob"]


async def test_whoever_leaves_is_seen_to_leave_everywhere(two_nodes: Nodes) -> None:
    """After the grace in which a reload comes back unseen."""
    ann, bob, eve = await two_nodes.join("Ann", "Bob", "Eve")
    await counts(ann, 3)
    await eve.leaves()
    for client in (ann, bob):
        assert names(await counts(client, 2), "left") == ["Eve"]


async def test_two_tabs_are_one_person(two_nodes: Nodes) -> None:
    """On two nodes; one tab closes, and the person is still there."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    tab = await join(two_nodes.ws(1), "Ann", token=ann.welcome["token"])
    assert tab.welcome["online"]["count"] == 2
    assert tab.welcome["you"]["id"] == ann.welcome["you"]["id"]
    await ann.leaves()
    await asyncio.sleep(0.3)
    assert await bob.is_there()
    await bob.send("people", ref="r")
    assert names(await bob.gets("people", ref="r")) == ["Ann", "Bob"]


async def test_a_name_is_somebodys_everywhere(two_nodes: Nodes) -> None:
    """Another person on the other node can't have it, nor one that looks like it; one is suggested, and it works."""
    await two_nodes.join("Ann")
    bob = await two_nodes.visit(1)
    await bob.send("hello", name="ANN")
    refused = await bob.is_refused("name_taken")
    await bob.send("hello", name=refused["suggestion"])
    assert (await bob.gets("welcome"))["you"]["name"] == refused["suggestion"]


async def test_a_new_name_is_seen_by_all_and_stands_on_the_next_message(two_nodes: Nodes) -> None:
    """The person stays who they were."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    await counts(ann, 2)
    await ann.send("rename", name="Анна", ref="r")
    assert (await ann.gets("renamed", ref="r"))["you"] == {"id": ann.welcome["you"]["id"], "name": "Анна"}
    for client in (ann, bob):
        known: dict[str, str] = {}
        while known.get(ann.welcome["you"]["id"]) != "Анна":
            event = await client.gets("online")
            known.update({person["id"]: person["name"] for person in (*event["joined"], *event["renamed"])})
    await ann.posts("it's me")
    assert (await bob.hears("it's me"))["from"]["name"] == "Анна"


async def test_others_see_who_types(two_nodes: Nodes) -> None:
    """On another node."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    await ann.send("typing")
    assert names(await bob.gets("typing")) == ["Ann"]


# --- rooms ------------------------------------------------------------------------


async def test_rooms_hear_nothing_of_each_other(two_nodes: Nodes) -> None:
    """Own messages, own people, own numbers."""
    (ann,) = await two_nodes.join("Ann")
    bob, eve = await two_nodes.join("Ann", "Eve", room="Кухня")
    assert bob.welcome["room"] == "кухня"
    assert eve.welcome["online"]["count"] == 2
    assert await ann.posts("in the main room") == 1
    assert await bob.posts("in the kitchen") == 1
    assert await eve.hears("in the kitchen")
    assert "in the main room" not in [event.get("text") for event in eve.events]


async def test_another_rooms_channel_is_named_after_it(node: Nodes, redis: Redis) -> None:
    """The channel is `chat:<room>`."""
    (ann,) = await node.join("Ann", room="team")
    await redis.publish("chat:team", "from a program")
    assert (await ann.hears("from a program"))["room"] == "team"
