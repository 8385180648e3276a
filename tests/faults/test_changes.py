"""Messages that many change at once: each looks the same to everyone in the end, and a deletion stands."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from .node import UNLIMITED
from .oracle import Broken
from .report import Row
from .visitor import Visitor
from .world import QUICK, Scale, World, Worlds, now


async def acked(world: World, visitor: Visitor, text: str) -> int:
    """Post something; its number."""
    post = world.say(visitor, text)
    await world.until(lambda: post in visitor.acked, 10.0, "a post is acknowledged")
    return visitor.acked[post][-1].seq


async def everyone_has(world: World, seq: int) -> None:
    await world.until(lambda: all(one.seq >= seq for one in world.visitors), 10.0, "everyone has a message")


# --- 26: reactions ------------------------------------------------------------------


async def react_all_at_once(world: World, row: Row) -> None:
    """All within a second; the log has few entries for it, and the counts are right everywhere."""
    await world.calm(1.0)
    seq = await acked(world, world.visitors[0], "a question")
    await everyone_has(world, seq)
    people = len(world.visitors)
    start = now()
    for number, visitor in enumerate(world.visitors):
        visitor.ask("react", seq, ref=f"r{number}", emoji="👏" if number % 2 else "🙏")
        if number % (people // 5) == 0:  # all visitors share this loop, which has their answers to read too
            await asyncio.sleep(0.05)
    took = now() - start

    def counts(visitor: Visitor) -> dict[str, int]:
        form = visitor.screen.forms.get(seq, {})
        return {one["emoji"]: one["count"] for one in form.get("reactions", ())}

    # Others may react to it meanwhile, with one of EMOJIS.
    expected = {"👏": people // 2, "🙏": people - people // 2}.items()
    await world.until(
        lambda: all(expected <= counts(one).items() for one in world.visitors), 10.0, "everyone has all counts"
    )
    entries = [data for _, data in world.redis.log_of() if f'"of":{seq}}}'.encode() in data]
    row.note(f"{len(entries)} entries for {people} reactions in {took:.1f} s")
    assert len(entries) <= 24
    row.judged(await world.settle())


@pytest.mark.slow
@pytest.mark.scenario("26a", "100 people react to one message within a second, over 2 nodes")
async def test_a_hundred_reactions_make_few_entries(a_world: Worlds, row: Row) -> None:
    """Each node gathers them, while people write and change other messages."""
    async with a_world(Scale(nodes=2, visitors=100, rate=20.0)) as world:
        await react_all_at_once(world, row)


@pytest.mark.slow
@pytest.mark.scenario("26", "500 people react to one message within a second, over 2 nodes")
async def test_five_hundred_reactions_make_few_entries(a_world: Worlds, row: Row) -> None:
    """The same holds for a crowd."""
    async with a_world(Scale(nodes=2, visitors=500, rate=20.0)) as world:
        await react_all_at_once(world, row)


# --- 27: a deletion and edits -------------------------------------------------------


async def edit_and_delete_at_once(world: World, row: Row, rounds: int) -> None:
    """In each round an author with tabs on three nodes edits a message in two of them and deletes it in the third."""
    tabs = world.visitors[:3]
    for tab in tabs[1:]:
        tab.take_identity_of(tabs[0])
        assert tab.wire is not None
        tab.is_joined = False
        tab.wire.cut()
    await world.until(lambda: all(tab.is_joined for tab in tabs), 10.0, "the tabs are back")
    gone = []
    for number in range(rounds):
        seq = await acked(world, tabs[0], f"secret {number}")
        await everyone_has(world, seq)
        world.chance.shuffle(tabs)
        tabs[0].ask("edit", seq, ref="a", text=f"secret {number} one")
        tabs[1].ask("delete", seq, ref="b")
        tabs[2].ask("edit", seq, ref="c", text=f"secret {number} two")
        gone.append(seq)

    def all_deleted(visitor: Visitor) -> bool:
        return all(visitor.screen.forms.get(seq, {}).get("deleted") for seq in gone)

    await world.until(lambda: all(map(all_deleted, world.visitors)), 10.0, "everyone sees them deleted")
    row.judged(await world.settle())
    found = [number for number in range(rounds) if f"secret {number}".encode() in world.redis.everything()]
    if found:
        raise Broken(f"Redis has {len(found)} deleted texts")
    await nothing_on_disk(world)


async def nothing_on_disk(world: World) -> None:
    """Some seconds later, and after the append-only file was rewritten, no file of Redis has a deleted text."""
    client = world.redis.client
    await world.until(lambda: not client.hexists("{chat}:meta", "purge"), 20.0, "the log is purged")
    client.config_set("rdbcompression", "no")
    client.bgrewriteaof()
    await world.until(lambda: not client.info("persistence")["aof_rewrite_in_progress"], 10.0, "the file is rewritten")
    found = files_with(world.redis.folder, b"secret ")
    if found:
        raise Broken(f"a deleted text is in {found}")


def files_with(folder: Path, text: bytes) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files if text in path.read_bytes()]


@pytest.mark.slow
@pytest.mark.scenario("27", "two edits and a deletion of one message at once on 3 nodes")
async def test_a_deletion_stands_against_edits_at_once(a_world: Worlds, row: Row) -> None:
    """Whatever comes first, the message is deleted on every screen, and its texts are in no file of Redis."""
    async with a_world(Scale(nodes=3, visitors=30, rate=20.0), options=UNLIMITED) as world:
        await edit_and_delete_at_once(world, row, rounds=20)


# --- 24: the defences ---------------------------------------------------------------


async def edits_that_are_seen(world: World, row: Row) -> None:
    """People write and change what they wrote, and newcomers come."""
    world.talk(60.0)
    await asyncio.sleep(3.0)
    world.crowd(10)
    await asyncio.sleep(1.0)
    row.judged(await world.settle(resources=False))


@pytest.mark.slow
@pytest.mark.scenario("24e", "without patching what a node has in memory")
async def test_without_patching_newcomers_see_old_texts(a_world: Worlds, row: Row) -> None:
    """The accounts at the end notice it."""
    async with a_world(QUICK, without="patching") as world:
        with pytest.raises(Broken, match="anomalies") as broken:
            await edits_that_are_seen(world, Row(row.number, row.title))
    row.failed(broken.value)


@pytest.mark.slow
@pytest.mark.scenario("24f", "without comparing revisions")
async def test_without_comparing_an_edit_undoes_a_deletion(a_world: Worlds, row: Row) -> None:
    """A text that was deleted comes back."""
    async with a_world(Scale(nodes=3, visitors=30), options=UNLIMITED, without="comparing") as world:
        with pytest.raises(Broken, match="sees them deleted|deleted text") as broken:
            await edit_and_delete_at_once(world, Row(row.number, row.title), rounds=20)
    row.failed(broken.value)
