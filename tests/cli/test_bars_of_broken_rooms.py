"""`bar`, `unbar` and `bars` where a room has a key of another type: who is meant then, and what is said."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from ..support import Client, Nodes
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


async def test_the_only_one_with_a_name_is_meant(node: Nodes, redis: Redis, program: Program) -> None:
    """However many rooms know them."""
    (ann,) = await broken(node, redis, "kitchen")
    await node.join("Ann", room="attic", token=ann.welcome["token"])
    done = await program.tried("bar", "chat", "Ann", "--all-rooms", "--json")
    assert {one["id"] for one in done.json} == {id_of(ann)}
    await is_out(ann)


async def test_who_is_not_in_the_named_room_is_not_looked_for_elsewhere(node: Nodes, program: Program) -> None:
    """If the room can be searched: the Ann of another room is somebody else."""
    (ann,) = await node.join("Ann", room="kitchen")
    await node.join("Bob")
    done = await program.tried("bar", "chat", "Ann", "--all-rooms")
    assert (done.code, "Nobody in the room chat has the name or id Ann" in done.errors) == (2, True)
    await ann.posts("still here")


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
