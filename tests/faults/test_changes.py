"""Messages that many change at once: each looks the same to everyone in the end, and a deletion stands."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from .oracle import Broken
from .report import Row
from .story import System
from .test_model import system
from .visitor import Visitor
from .world import QUICK, Scale, World, now

__all__ = ["system"]

Worlds = Callable[..., World]
UNLIMITED = ("--post-rate", "0")  # one person does more than a person may


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
        visitor.ask("react", seq, ref=f"r{number}", emoji="👍" if number % 2 else "🎉")
        if number % (people // 5) == 0:  # all visitors share this loop, which has their answers to read too
            await asyncio.sleep(0.05)
    took = now() - start

    def counts(visitor: Visitor) -> dict[str, int]:
        form = visitor.screen.forms.get(seq, {})
        return {one["emoji"]: one["count"] for one in form.get("reactions", ())}

    expected = {"👍": people // 2, "🎉": people - people // 2}
    await world.until(lambda: all(counts(one) == expected for one in world.visitors), 10.0, "everyone has all counts")
    entries = [data for _, data in world.redis.log_of() if f'"of":{seq}}}'.encode() in data]
    row.note(f"{len(entries)} entries for {people} reactions in {took:.1f} s")
    assert len(entries) <= 24
    row.judged(await world.settle())


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
    row.note(str(broken.value).replace("|", "/")[:160])


@pytest.mark.slow
@pytest.mark.scenario("24f", "without comparing revisions")
async def test_without_comparing_an_edit_undoes_a_deletion(a_world: Worlds, row: Row) -> None:
    """A text that was deleted comes back."""
    async with a_world(Scale(nodes=3, visitors=30), options=UNLIMITED, without="comparing") as world:
        with pytest.raises(Broken, match="sees them deleted|deleted text") as broken:
            await edit_and_delete_at_once(world, Row(row.number, row.title), rounds=20)
    row.note(str(broken.value).replace("|", "/")[:160])


# --- 23: stories --------------------------------------------------------------------


class ChangesMachine(RuleBasedStateMachine):
    """People write, change, go and come back. The model is what each message is like."""

    def __init__(self, system: System) -> None:
        super().__init__()
        self.system = system
        self.room = f"changes-{next(system.rooms)}"
        self.texts: dict[int, str | None] = {}  # number -> text, None for a deleted message
        self.authors: dict[int, Visitor] = {}
        self.reactions: dict[int, set[str]] = {}
        self.seq = 0
        self.here: list[Visitor] = []
        self.away: list[Visitor] = []
        self.refs = itertools.count(1)
        self.chance = random.Random(1)

    @precondition(lambda self: len(self.here) + len(self.away) < 4)
    @rule(history=st.integers(0, 6), node=st.integers(0, 1))
    def somebody_joins(self, history: int, node: int) -> None:
        number = len(self.here) + len(self.away)
        visitor = Visitor(
            f"person {number}", [self.system.nodes[node].ws], self.chance, room=self.room, history=history
        )
        self.comes(visitor)
        stretch = visitor.stretches[-1]
        shown = [seq for seq, _ in stretch.snapshot or stretch.shown]
        assert shown == sorted(self.texts)[len(self.texts) - min(history, len(self.texts)) :]

    @precondition(lambda self: self.here)
    @rule(who=st.integers(0, 3))
    def somebody_writes(self, who: int) -> None:
        visitor = self.here[who % len(self.here)]
        self.seq += 1
        self.texts[self.seq], self.authors[self.seq] = f"text {self.seq}", visitor
        self.reactions[self.seq] = set()
        visitor.say(f"text {self.seq}")
        self.system.posts += 1
        self.system.wait(lambda: not visitor.outbox, "the post is acknowledged")

    @precondition(lambda self: self.here and self.texts)
    @rule(which=st.integers(0, 9), what=st.integers(0, 99))
    def somebody_edits(self, which: int, what: int) -> None:
        seq = self.pick(which)
        author = self.authors[seq]
        if author not in self.here:
            return
        is_change = self.texts[seq] not in (None, f"edit {what}")
        outcome = self.ask(author, "edit", seq=seq, text=f"edit {what}")
        assert outcome == ("gone" if self.texts[seq] is None else "done")
        if is_change:
            self.seq += 1
            self.texts[seq] = f"edit {what}"

    @precondition(lambda self: self.here and self.texts)
    @rule(which=st.integers(0, 9))
    def somebody_deletes(self, which: int) -> None:
        seq = self.pick(which)
        author = self.authors[seq]
        if author not in self.here:
            return
        assert self.ask(author, "delete", seq=seq) == "done"
        self.seq += self.texts[seq] is not None
        self.texts[seq] = None
        self.reactions[seq] = set()

    @precondition(lambda self: self.here and self.texts)
    @rule(who=st.integers(0, 3), which=st.integers(0, 9), on=st.booleans())
    def somebody_reacts(self, who: int, which: int, on: bool) -> None:
        visitor, seq = self.here[who % len(self.here)], self.pick(which)
        outcome = self.ask(visitor, "react", seq=seq, emoji="👍", on=on)
        assert outcome == ("gone" if self.texts[seq] is None else "done")
        if self.texts[seq] is not None and (visitor.me in self.reactions[seq]) != on:
            self.seq += 1
            self.reactions[seq] ^= {visitor.me}

    @precondition(lambda self: self.here)
    @rule(who=st.integers(0, 3))
    def a_connection_drops(self, who: int) -> None:
        visitor = self.here.pop(who % len(self.here))
        self.system.leave(visitor)
        self.away.append(visitor)

    @precondition(lambda self: self.away)
    @rule(who=st.integers(0, 3))
    def somebody_comes_back(self, who: int) -> None:
        visitor = self.away.pop(who % len(self.away))
        self.comes(visitor)
        assert visitor.welcomes[-1][1]["recovered"]

    @rule()
    def subscriptions_break(self) -> None:
        self.system.redis.client.client_kill_filter(_type="pubsub")

    @invariant()
    def everyone_sees_what_is(self) -> None:
        for visitor in self.here:
            self.system.wait(lambda: visitor.seq == self.seq, "everything is shown")  # noqa: B023
            for seq, form in visitor.screen.forms.items():
                assert form.get("text") == self.texts[seq]
                people = [set(one["people"]) for one in form.get("reactions", ())]
                assert people == ([self.reactions[seq]] if self.reactions[seq] else [])
            assert not visitor.anomalies

    # -- within ------------------------------------------------------------------------

    def pick(self, which: int) -> int:
        return sorted(self.texts)[which % len(self.texts)]

    def ask(self, visitor: Visitor, type_: str, **fields: Any) -> str:
        """`done`, or the code of the error."""
        ref = f"s{next(self.refs)}"
        visitor.answers.clear()
        visitor.command(type_, ref=ref, **fields)
        self.system.wait(lambda: ref in visitor.answers, "the change is answered")
        return visitor.answers[ref]

    def comes(self, visitor: Visitor) -> None:
        self.system.come(visitor)
        self.here.append(visitor)

    def teardown(self) -> None:
        for visitor in [*self.here, *self.away]:
            self.system.leave(visitor)


def tell_stories(system: System, seed: int, runs: int, steps: int) -> None:
    def story() -> ChangesMachine:
        return ChangesMachine(system)

    story._hypothesis_internal_use_seed = seed  # type: ignore[attr-defined]  # what @seed does to a class
    run_state_machine_as_test(story, settings=settings(  # type: ignore[arg-type]  # it only calls it
        max_examples=runs, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=[hypothesis.Phase.generate],
    ))  # fmt: skip
    trouble = [line for node in system.nodes for line in node.trouble()]
    assert not trouble, trouble[0]


@pytest.mark.scenario("23c", "Hypothesis: 5 stories of 30 steps with changes")
def test_a_few_stories_with_changes_end_as_the_model_says(system: System, seed: int, row: Row) -> None:
    """On each screen each message is what its model is, after changes, reconnects and broken subscriptions."""
    tell_stories(system, seed, runs=5, steps=30)
    row.note(f"{system.posts} posts")


@pytest.mark.slow
@pytest.mark.scenario("23d", "Hypothesis: 60 stories of 50 steps with changes")
def test_many_stories_with_changes_end_as_the_model_says(system: System, seed: int, row: Row) -> None:
    """The same holds for more and longer stories."""
    tell_stories(system, seed, runs=60, steps=50)
    row.note(f"{system.posts} posts")
