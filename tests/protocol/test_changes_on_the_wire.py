"""Clients edit, delete, reply and react over real sockets, on several nodes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from redis.asyncio import Redis

from ..support import Client, Nodes, join


async def asks(client: Client, type_: str, ref: str, answer: str = "done", **fields: Any) -> dict[str, Any]:
    """Send a command, and wait for its answer."""
    await client.send(type_, ref=ref, **fields)
    return await client.gets(answer, ref=ref)


async def test_a_change_reaches_everyone_and_whoever_comes_later(two_nodes: Nodes) -> None:
    """Ann edits, Bob on the other node reacts, and Eve sees what they see."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    seq = await ann.posts("helo")
    done = await asks(ann, "edit", "r1", seq=seq, text="hello ")
    assert done == {"type": "done", "seq": seq + 1, "ref": "r1"}
    amended = await bob.gets("amended", seq=seq + 1)
    assert amended["message"]["text"] == "hello"
    await asks(bob, "react", "r2", seq=seq, emoji="❤")
    amended = await ann.gets("amended", seq=seq + 2)
    reaction = {"emoji": "❤️", "count": 1, "people": [bob.welcome["you"]["id"]]}
    assert amended["message"]["reactions"] == [reaction]
    (eve,) = await two_nodes.join("Eve")
    assert eve.welcome["messages"] == [amended["message"]]
    assert (eve.welcome["seq"], eve.welcome["head"]) == (seq + 2, seq + 2)
    await asks(ann, "delete", "r3", seq=seq)
    gone = (await eve.gets("amended"))["message"]
    assert (gone["deleted"], gone["rev"], "text" in gone, "reactions" in gone) == (True, seq + 3, False, False)
    await eve.send("history", before=seq + 9, ref="h")
    assert (await eve.gets("history", ref="h"))["messages"] == [gone]


async def test_another_tab_of_the_same_person_has_the_same_rights(two_nodes: Nodes) -> None:
    """The author of a message may change it, on every node."""
    ann, _ = await two_nodes.join("Ann", "Bob")
    seq = await ann.posts("mine")
    tab = await join(two_nodes.ws(1), "Ann", token=ann.welcome["token"])
    await asks(tab, "edit", "r1", seq=seq, text="still mine")
    assert (await ann.gets("amended"))["message"]["text"] == "still mine"


async def test_whoever_comes_back_gets_messages_and_changes_in_order(two_nodes: Nodes) -> None:
    """And what follows is numbered on from there."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    await ann.posts("one")
    await bob.hears("one")
    position = {"epoch": bob.welcome["epoch"], "seq": 1}
    await bob.leaves()
    await ann.posts("two")
    await asks(ann, "edit", "r1", seq=1, text="uno")
    await asks(ann, "delete", "r2", seq=2)
    back = await join(two_nodes.ws(1), "Bob", token=bob.welcome["token"], resume=position)
    events = back.welcome["messages"]
    assert back.welcome["recovered"] is True
    assert [(event["type"], event["seq"]) for event in events] == [("message", 2), ("amended", 3), ("amended", 4)]
    assert events[0]["deleted"] is True
    assert events[1]["message"]["text"] == "uno"
    await ann.posts("three")
    assert (await back.hears("three"))["seq"] == 5


async def test_a_reply_says_whom_it_is_to_and_not_what_they_said(node: Nodes) -> None:
    """The page looks the text up, so that a deleted one is nowhere quoted."""
    ann, bob = await node.join("Ann", "Bob")
    seq = await ann.posts("a question")
    await bob.send("post", id="p1", text="an answer", reply=seq)
    heard = await ann.hears("an answer")
    assert heard["reply"] == {"seq": seq, "from": ann.welcome["you"]}
    await asks(bob, "edit", "r1", seq=heard["seq"], text="a better answer")
    assert (await ann.gets("amended"))["message"]["reply"] == heard["reply"]
    found = await asks(bob, "messages", "r2", "messages", seqs=[heard["seq"], 99, seq])
    assert [message["text"] for message in found["messages"]] == ["a better answer", "a question"]


async def test_a_reply_to_what_is_not_kept_is_a_plain_message(node: Nodes, redis: Redis) -> None:
    """It is stored like any other, and once however often it comes: its author may not know whether it was."""
    ann, bob = await node.join("Ann", "Bob")
    seq = await ann.posts("a question")
    await bob.send("post", id="p1", text="an answer", reply=seq)
    first = await bob.gets("ack", id="p1")
    await bob.send("post", id="p1", text="an answer", reply=12345)
    assert await bob.gets("ack", id="p1") == first
    await bob.send("post", id="p2", text="to nobody", reply=12345)
    assert "reply" not in await ann.hears("to nobody")
    await bob.send("post", id="p3", text="to a change", reply=2**53)
    assert "reply" not in await ann.hears("to a change")


async def test_posts_behind_a_reply_keep_their_order(node: Nodes) -> None:
    """To whom it replies must be read from Redis first, and the posts after it wait for it."""
    ann, bob = await node.join("Ann", "Bob")
    for number in range(3):
        await bob.send("post", id=f"a{number}", text=f"a{number}", reply=999)
        await bob.send("post", id=f"b{number}", text=f"b{number}")
    heard = [(await ann.gets("message"))["text"] for _ in range(6)]
    assert heard == ["a0", "b0", "a1", "b1", "a2", "b2"]


async def test_changes_are_activity(nodes: Nodes) -> None:
    """A server where people only react isn't idle."""
    active: list[str] = []
    nodes.activity = lambda: active.append("yes")
    await nodes.start(1)
    (ann,) = await nodes.join("Ann")
    seq = await ann.posts("x")
    for type_, fields in (("react", {"emoji": "👍"}), ("edit", {"text": "y"}), ("delete", {})):
        active.clear()
        await asks(ann, type_, type_, seq=seq, **fields)
        assert active


async def test_a_session_has_so_many_posts_and_changes_waiting(node: Nodes, redis: Redis) -> None:
    """With a slow Redis the rest is busy, and told so by its ref."""
    (ann,) = await node.join("Ann")
    seq = await ann.posts("x")
    await redis.execute_command("CLIENT", "PAUSE", 1000, "ALL")
    for number in range(16):
        await ann.says(str(number))
        await ann.send("edit", seq=seq, text=f"edit {number}", ref=f"r{number}")
    await ann.send("delete", seq=seq, ref="one too many")
    assert (await ann.is_refused("busy"))["ref"] == "one too many"
    for number in range(16):
        await ann.gets("done", ref=f"r{number}")
    assert (await asks(ann, "delete", "now", seq=seq))["seq"] > seq


async def test_a_change_waits_for_redis_like_a_post(node: Nodes, redis: Redis) -> None:
    """Its link is cut again and again meanwhile: each change is stored, once."""
    (ann,) = await node.join("Ann")
    seq = await ann.posts("x")
    await ann.gets("message", seq=seq)  # the node has it in memory: nothing needs to be read, which would be refused
    for number in range(8):
        await ann.send("edit", seq=seq, text=f"edit {number}", ref=f"r{number}")
        await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    for number in range(8):
        await ann.gets("done", ref=f"r{number}")
    entries: Any = await redis.xrange("{chat}:log")
    kinds = [json.loads(fields[b"m"])["type"] for _, fields in entries]
    assert kinds == ["message"] + ["amended"] * 8
    assert json.loads(await redis.hget("{chat}:amended", str(seq)) or b"")["text"] == "edit 7"


async def test_while_redis_is_full_changes_are_refused_and_can_be_repeated(node: Nodes, redis: Redis) -> None:
    """Nothing of it is stored: no number, no form, no reaction."""
    (ann,) = await node.join("Ann")
    seq = await ann.posts("x")
    await redis.config_set("maxmemory", "1")
    try:
        for type_, fields in (("react", {"emoji": "👍"}), ("edit", {"text": "y"}), ("delete", {})):
            await ann.send(type_, seq=seq, ref=type_, **fields)
            assert (await ann.is_refused("unavailable"))["ref"] == type_
    finally:
        await redis.config_set("maxmemory", "0")
    assert await redis.xlen("{chat}:log") == 1
    assert not await redis.exists("{chat}:amended", "{chat}:reactions:1")
    assert (await asks(ann, "delete", "again", seq=seq))["seq"] == seq + 1


async def test_many_people_react_at_once_over_two_nodes(two_nodes: Nodes) -> None:
    """The log has few entries for them, and everyone sees the same counts."""
    people = await two_nodes.join(*(f"person {number}" for number in range(40)))
    seq = await people[0].posts("who comes?")
    await asyncio.gather(*(asks(one, "react", "r", seq=seq, emoji="👍") for one in people))
    (late,) = await two_nodes.join("late")
    assert late.welcome["seq"] <= seq + 10
    assert late.welcome["messages"][0]["reactions"][0]["count"] == 40


async def test_a_node_shows_nothing_that_redis_has_let_go_of(nodes: Nodes) -> None:
    """Its author could no longer delete it, and on another node it would be gone."""
    await nodes.start(1, history_kept=200)
    (ann,) = await nodes.join("Ann")
    posts = [await ann.posts(f"m{number}") for number in range(200)]
    for _ in range(4):
        tab = await join(nodes.ws(), "Ann", token=ann.welcome["token"])
        for number in range(40):  # changes count as entries, too
            await asks(tab, "edit", f"r{number}", seq=posts[-1], text=f"e{number}")
    await nodes.start(1, history_kept=200)
    shown, kept = [
        (await join(nodes.ws(number), f"Bob {number}", history=200)).welcome["messages"] for number in range(2)
    ]
    assert shown
    assert [message for message in shown if message not in kept] == []
    assert (await asks(ann, "delete", "d", seq=shown[0]["seq"]))["type"] == "done"
