"""What `forget --person` finds of messages that the log no longer keeps: the forms that remain until their last change
is trimmed, too.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from redis.asyncio import Redis

from ..support import Client, Nodes
from ..support.moderation import id_of
from ..support.program import Program


async def asks(client: Client, type_: str, **fields: Any) -> None:
    await client.send(type_, ref=type_, **fields)
    await client.gets("done", ref=type_)


async def forms(redis: Redis) -> dict[int, dict[str, Any]]:
    return {int(number): json.loads(form) for number, form in (await redis.hgetall("{chat}:amended")).items()}


async def test_an_edited_message_whose_edit_is_left_is_forgotten(node: Nodes, redis: Redis, program: Program) -> None:
    """Everyone who has it on the screen learns of that: now, and who comes back and would have got the edited text."""
    ann, bob, eve = await node.join("Ann", "Bob", "Eve")
    await ann.posts("secret-one")
    away = {"epoch": eve.welcome["epoch"], "seq": 1}
    await eve.leaves()
    await bob.posts("words of Bob")
    await asks(ann, "edit", seq=1, text="secret-two")
    await bob.gets("amended", seq=3)
    await redis.xtrim("{chat}:log", minid=2, approximate=False)
    done = await program("forget", "--person", "Ann", "--yes", "--json")
    assert done.json == {"messages": 1, "reactions": 0, "rooms": 1, "file": "done"}
    gone = (await bob.gets("amended", seq=4))["message"]
    assert (gone["seq"], gone["deleted"], gone["from"]) == (1, True, {"id": id_of(ann), "name": "—"})
    (eve,) = await node.join("Eve again", resume=away)
    assert eve.welcome["recovered"]
    read = [event["message"] if event["type"] == "amended" else event for event in eve.welcome["messages"]]
    assert [(event["seq"], event.get("text")) for event in read] == [(2, "words of Bob"), (1, None), (1, None)]
    assert [event["seq"] for event in eve.welcome["messages"]] == [2, 3, 4]
    stored = str([await redis.hvals("{chat}:amended"), await redis.xrange("{chat}:log")])
    assert "secret" not in stored
    assert '"name":"Ann"' not in stored
    assert (await program.tried("forget", "--person", "Ann", "--yes")).code == 2


async def test_a_tombstone_before_the_log_loses_its_name(node: Nodes, redis: Redis, program: Program) -> None:
    """Bob's message after it is trimmed, so that it isn't read with the messages; its deletion is still in the log."""
    ann, bob = await node.join("Ann", "Bob")
    await ann.posts("one")
    await bob.posts_many(["two", "three"])
    await asks(ann, "delete", seq=1)
    await redis.xtrim("{chat}:log", minid=3, approximate=False)
    before = (await forms(redis))[1]
    await program("forget", "--person", "Ann", "--yes")
    after = (await forms(redis))[1]
    assert after == {**before, "from": {"id": id_of(ann), "name": "—"}, "rev": 5}


async def test_a_reaction_to_a_message_before_the_log_is_taken_back(
    node: Nodes, redis: Redis, program: Program
) -> None:
    """The other's stays, as does the message."""
    ann, bob = await node.join("Ann", "Bob")
    await bob.posts_many(["one", "two"])
    for person in (ann, bob):
        await asks(person, "react", seq=1, emoji="👍")
    await asks(ann, "react", seq=1, emoji="🎉")
    await redis.xtrim("{chat}:log", minid=2, approximate=False)
    done = await program("forget", "--person", id_of(ann), "--yes", "--json")
    assert done.json["reactions"] == 2
    form = (await forms(redis))[1]
    assert form["text"] == "one"
    assert form["reactions"] == [{"emoji": "👍", "count": 1, "people": [id_of(bob)]}]
    assert len(await redis.zrange("{chat}:reactions:1", 0, -1)) == 1


@pytest.mark.parametrize("lost", [("log",), ("log", "meta")])
async def test_what_is_left_over_from_a_lost_log_is_forgotten(
    node: Nodes, redis: Redis, program: Program, lost: tuple[str, ...]
) -> None:
    """Nobody sees it, also where another message has its number by now, which stays; nobody loses the history again."""
    ann, bob = await node.join("Ann", "Bob")
    await ann.posts_many(["secret-one", "secret-two"])
    for seq in (1, 2):
        await asks(ann, "edit", seq=seq, text=f"secret again {seq}")
    await redis.delete(*(f"{{chat}}:{kind}" for kind in lost))
    if "meta" in lost:
        await bob.gets("reset")
        assert await bob.posts("words of Bob") == 1
    done = await program("forget", "--person", "Ann", "--yes", "--json")
    assert done.json["messages"] == 2
    assert "secret" not in str(await redis.hvals("{chat}:amended"))
    await bob.posts("more of Bob")
    if "meta" not in lost:
        await bob.gets("reset")
    (eve,) = await node.join("Eve")
    assert "more of Bob" in [message.get("text") for message in eve.welcome["messages"]]
    assert ("words of Bob" in [message.get("text") for message in eve.welcome["messages"]]) == ("meta" in lost)
    (other,) = await node.join("Ivy")
    assert other.welcome["epoch"] == eve.welcome["epoch"] == str(await redis.hget("{chat}:meta", "epoch"))[2:-1]


async def test_a_form_whose_change_is_trimmed_too_goes_without_a_word(
    node: Nodes, redis: Redis, program: Program
) -> None:
    """Nobody gets it any more, so nobody is told, and the room's history keeps its places."""
    ann, bob = await node.join("Ann", "Bob")
    await ann.posts("secret-one")
    await asks(ann, "edit", seq=1, text="secret-two")
    await bob.posts("words of Bob")
    await redis.xtrim("{chat}:log", minid=3, approximate=False)
    await program("forget", "--person", "Ann", "--yes")
    assert await forms(redis) == {}
    assert await redis.hget("{chat}:meta", "seq") == b"3"
    assert await bob.posts("more of Bob") == 4
