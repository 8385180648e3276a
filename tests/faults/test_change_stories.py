"""Messages that many change, against a model of them: Hypothesis searches for a sequence after which the two differ."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from .model_system import System, tell
from .report import Row
from .visitor import Visitor


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
    tell(lambda: ChangesMachine(system), seed, runs, steps)
    trouble = [line for node in system.nodes for line in node.trouble()]
    assert not trouble, trouble[0]


@pytest.mark.scenario("23c", "Hypothesis: 5 random sequences of 30 steps with changes")
def test_a_few_stories_with_changes_end_as_the_model_says(system: System, seed: int, row: Row) -> None:
    """On each screen each message is what its model is, after changes, reconnects and broken subscriptions."""
    tell_stories(system, seed, runs=5, steps=30)
    row.note(f"{system.posts} posts")


@pytest.mark.slow
@pytest.mark.scenario("23d", "Hypothesis: 60 random sequences of 50 steps with changes")
def test_many_stories_with_changes_end_as_the_model_says(system: System, seed: int, row: Row) -> None:
    """The same holds for more and longer stories."""
    tell_stories(system, seed, runs=60, steps=50)
    row.note(f"{system.posts} posts")
