"""`bar`, `unbar` and `bars` where a room has a key of another type: who is meant then, and what is said."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from ..support import Client, Nodes
from ..support.foreign import put
from ..support.moderation import id_of, is_out
from ..support.program import Program


async def broken(node: Nodes, redis: Redis, *rooms: str) -> list[Client]:
    """An Ann in each of these rooms; the main room can't be searched."""
    anns = [(await node.join("Ann", room=room))[0] for room in rooms]
    (bob,) = await node.join("Bob")
    await bob.posts("hello")
    await bob.leaves()
    await redis.delete("{chat}:log")
    await redis.set("{chat}:log", "junk")
    return anns


async def test_a_name_of_several_people_bars_nobody(node: Nodes, redis: Redis, program: Program) -> None:
    """Namesakes in two rooms are two people, and neither need be the one of the room that was named."""
    anns = await broken(node, redis, "attic", "kitchen")
    done = await program.tried("bar", "chat", "Ann", "--all-rooms", "--json")
    assert (done.code, done.output) == (2, "")
    assert f"name one of the ids: {', '.join(sorted(map(id_of, anns)))}" in done.errors
    for ann in anns:
        await ann.posts("still here")


async def test_an_id_is_one_person_everywhere(node: Nodes, redis: Redis, program: Program) -> None:
    """Also where somebody in another room has it as a name; of two namesakes, only the one with the id goes."""
    ann, other = await broken(node, redis, "kitchen", "yard")
    (thief,) = await node.join(id_of(ann), room="attic")
    done = await program.tried("bar", "chat", id_of(ann), "--all-rooms", "--json")
    assert {one["id"] for one in done.json} == {id_of(ann)}
    await is_out(ann)
    for stays in (other, thief):
        await stays.posts("still here")


@pytest.mark.parametrize("kind", ["log", "acts", "people", "online"])
async def test_a_namesake_in_another_room_is_never_meant(
    node: Nodes, redis: Redis, program: Program, kind: str
) -> None:
    """Who is meant is found by what can still be read of the room, or nobody is: a bar of somebody else is for good."""
    (ann,) = await node.join("Ann")
    await ann.posts("hello")
    (other,) = await node.join("Ann", room="kitchen")
    await put(redis, f"{{chat}}:{kind}", "string")
    done = await program.tried("bar", "chat", "Ann", "--all-rooms", "--json")
    assert {one["id"] for one in done.json} == {id_of(ann)}
    assert (done.code, f"{{chat}}:{kind}" in done.errors) == ((0, False) if kind == "acts" else (2, True)), done
    if kind in ("log", "acts"):
        await is_out(ann)
    await other.posts("still here")


async def test_a_name_found_only_in_another_room_bars_nobody(node: Nodes, redis: Redis, program: Program) -> None:
    """Even if only one person there has it; by the id, which the command names, that one can be meant."""
    (ann,) = await broken(node, redis, "kitchen")
    done = await program.tried("bar", "chat", "Ann", "--all-rooms", "--json")
    assert (done.code, done.output) == (2, "")
    nobody = "Nobody in the room chat has the name or id Ann"
    assert f"{nobody}. If you mean somebody in another room, name one of the ids: {id_of(ann)}\n" in done.errors
    assert "Nothing was changed. This key has the wrong type: {chat}:log." in done.errors
    await ann.posts("still here")
    done = await program.tried("bar", "chat", id_of(ann), "--all-rooms", "--json")
    assert ([one["room"] for one in done.json], done.code) == (["chat", "kitchen"], 2)
    assert "Everything else was done. This key has the wrong type: {chat}:log." in done.errors
    await is_out(ann)


async def test_an_unbar_lets_in_nobody_of_that_name_in_another_room(
    node: Nodes, redis: Redis, program: Program
) -> None:
    """But who is meant in the room that was named, in all rooms, also if a key of it can't be read."""
    (ann,) = await node.join("Ann")
    (other,) = await node.join("Ann", room="kitchen")
    for room, one in (("chat", ann), ("kitchen", other), ("kitchen", ann)):
        await program("bar", room, id_of(one), *(["--all-rooms"] if one is ann else []))
    await put(redis, "{chat}:log", "string")
    done = await program.tried("unbar", "chat", "Ann", "--all-rooms", "--json")
    assert {(one["room"], one["id"]) for one in done.json} == {("chat", id_of(ann)), ("kitchen", id_of(ann))}
    assert (done.code, "{chat}:log" in done.errors) == (2, True)
    done = await program.tried("unbar", "chat", "Ann", "--all-rooms", "--json")
    assert (done.code, done.output) == (2, "")
    nobody = "Nobody with the name or id Ann is barred in the room chat"
    assert f"{nobody}. If you mean somebody in another room, name one of the ids: {id_of(other)}" in done.errors
    assert [one["id"] for one in (await program("bars", "--json")).json] == [id_of(other)]


async def test_who_is_not_in_the_named_room_is_meant_by_the_id_alone(node: Nodes, program: Program) -> None:
    """By name: the Ann of another room is somebody else. An id is one person everywhere."""
    (ann,) = await node.join("Ann", room="kitchen")
    await node.join("Bob")
    done = await program.tried("bar", "chat", "Ann", "--all-rooms")
    assert (done.code, "Nobody in the room chat has the name or id Ann" in done.errors) == (2, True)
    await ann.posts("still here")
    done = await program("bar", "chat", id_of(ann), "--all-rooms", "--json")
    assert [one["room"] for one in done.json] == ["chat", "kitchen"]


async def test_an_unbar_by_id_lets_in_that_person_alone(node: Nodes, program: Program) -> None:
    """Not somebody who is barred in another room, and has the id as a name."""
    (ann,) = await node.join("Ann")
    (thief,) = await node.join(id_of(ann), room="kitchen")
    await program("bar", "chat", id_of(ann))
    await program("bar", "kitchen", id_of(thief))
    done = await program("unbar", "chat", id_of(ann), "--all-rooms", "--json")
    assert [(one["room"], one["id"]) for one in done.json] == [("chat", id_of(ann))]


@pytest.mark.parametrize(
    ("words", "sentence"), [(["bars", "chat"], "Nothing was listed"), (["bar", "chat", "Ann"], "Nothing was changed")]
)
async def test_a_list_says_so_if_nothing_is_listed(
    node: Nodes, redis: Redis, program: Program, words: list[str], sentence: str
) -> None:
    """Only a command that changes something says that nothing was changed."""
    await node.join("Ann")
    await redis.set("{chat}:meta", "junk")
    done = await program.tried(*words)
    assert done.code == 2
    assert done.errors.startswith(f"Error: {sentence}. This key has the wrong type: {{chat}}:meta.")
