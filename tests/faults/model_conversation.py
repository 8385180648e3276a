"""The model of a room: people who join, write, drop, come back and share names; and the steps of its stories."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from wschat.broker.storing.publisher import REFUSED_RETRY
from wschat.names import skeletons

from .model_system import TIMEOUT, System
from .visitor import Visitor

PEOPLE = 6  # tabs in a story
NAMES = st.sampled_from(["Anna", "Anпa", "Boris", "Vera"])  # the first two look alike
WHO, NODE = st.integers(0, PEOPLE - 1), st.integers(0, 1)


@dataclass
class Trouble:
    """A fault that lasts. Where people can't come, write or leave, no step of the story lets them."""

    kind: str
    node: int = -1  # that has it; -1: all
    holds_posts: bool = True  # nothing is stored before it is over; else posts are only late

    def spares(self, node: int) -> bool:
        return self.node not in (-1, node)

    def holds_posts_of(self, node: int) -> bool:
        return self.holds_posts and not self.spares(node)


class ConversationModel(RuleBasedStateMachine):
    """The model is `log`: the ids of the messages, in order, the first `trimmed` of them gone; and the people here.

    While there is trouble posts may wait; what became of them is looked at when it is over.

    What may happen next is decided by the model alone, never by how far the system is: Hypothesis finds new sequences
    only if the same draws always lead to the same choices.
    """

    def __init__(self, system: System) -> None:
        super().__init__()
        self.system = system
        self.room = f"story-{next(system.rooms)}"
        self.tag = f"chat:{self.room}"
        self.log: list[str] = []
        self.trimmed = 0
        self.losses = 0
        self.lost: set[str] = set()  # what stood in logs that are lost
        self.here: list[Visitor] = []
        self.away: list[tuple[Visitor, int]] = []  # with how many losses they know of
        self.held: list[Visitor] = []  # whose posts wait for the end of the trouble
        self.names: set[str] = set()  # that anybody had: skeletons
        self.trouble: Trouble | None = None
        self.chance = random.Random(1)

    # -- what may happen -----------------------------------------------------------------------

    @initialize(names=st.lists(NAMES, min_size=3, max_size=3), count=st.integers(1, 4))
    def it_begins(self, names: list[str], count: int) -> None:
        for number, name in enumerate(names):
            self.somebody_joins(name, 0, number % 2)
            self.somebody_writes(number, count)

    @precondition(lambda self: self.is_room_for_one)
    @rule(name=NAMES, history=st.integers(0, 6), node=NODE)
    def somebody_joins(self, name: str, history: int, node: int) -> None:
        if not self.can_join(node):
            return
        kept = self.log[self.trimmed :]
        visitor = self.newcomer(name, node, history)
        self.comes(visitor)
        shown = [post for _, post in visitor.stretches[-1].shown]
        # A node's memory may hold what Redis has let go of.
        if self.trouble is None:
            assert shown == self.log[len(self.log) - len(shown) :]
            assert min(history, len(kept), 4) <= len(shown) <= history

    @precondition(lambda self: self.here and self.is_room_for_one)
    @rule(who=WHO, node=NODE)
    def somebody_opens_another_tab(self, who: int, node: int) -> None:
        if not self.can_join(node):
            return
        tab = self.newcomer("", node, 0)
        tab.take_identity_of(self.here[who % len(self.here)])
        self.comes(tab)
        assert tab.me == self.here[who % (len(self.here) - 1)].me

    @precondition(lambda self: self.here)
    @rule(who=WHO, count=st.integers(1, 4))
    def somebody_writes(self, who: int, count: int) -> None:
        visitor = self.here[who % len(self.here)]
        posts = [visitor.say(f"message {number}") for number in range(count)]
        if self.trouble is None:
            self.settle()
            assert self.log[-count:] == posts
        else:
            self.hold_posts_of(visitor)

    @precondition(lambda self: self.here)
    @rule(who=WHO)
    def a_connection_drops(self, who: int) -> None:
        visitor = self.here[who % len(self.here)]
        if visitor in self.held:
            return  # whether these are stored is another test's: the model needs to know
        self.wait_until_stored([visitor])
        self.here.remove(visitor)
        self.system.leave(visitor)
        self.away.append((visitor, self.losses))

    @precondition(lambda self: self.away)
    @rule(who=WHO)
    def somebody_writes_offline(self, who: int) -> None:
        visitor, _ = self.away[who % len(self.away)]
        visitor.say("written without a connection")

    @precondition(lambda self: self.away)
    @rule(who=WHO)
    def somebody_comes_back(self, who: int) -> None:
        visitor, losses = self.away[who % len(self.away)]
        if not self.can_join(self.node_of(visitor)):
            return
        del self.away[who % len(self.away)]
        position, me, resets, has_written = visitor.seq, visitor.me, visitor.resets, bool(visitor.outbox)
        self.comes(visitor)
        assert visitor.me == me
        self.check_welcome(visitor, losses, position, resets)
        if self.trouble is None:
            self.settle()
        elif has_written:
            self.hold_posts_of(visitor)

    @precondition(lambda self: self.trouble is None and len(self.log) > self.trimmed)
    @rule(keep=st.integers(0, 5))
    def the_log_is_trimmed(self, keep: int) -> None:
        self.system.redis.client.xtrim(f"{{{self.tag}}}:log", maxlen=keep, approximate=False)
        self.trimmed = max(self.trimmed, len(self.log) - keep)

    @precondition(lambda self: self.trouble is None and self.here)
    @rule()
    def all_lists_are_right(self) -> None:
        """Each person here, whatever their tabs, is in each list, under their own name, and nobody else is."""
        self.system.wait(self.names_differ, "no two people have one name", lambda: self.lists()[0])

        def agreed() -> bool:
            people, lists = self.lists()
            return all(shown == people for shown in lists) and {one.count for one in self.here} == {len(people)}

        self.system.wait(agreed, "all lists are right", self.lists)

    # -- what holds at each moment ---------------------------------------------------------------

    @precondition(lambda self: self.trouble is None)
    @invariant()
    def everyone_shows_the_log(self) -> None:
        for visitor in self.here:
            self.system.wait(lambda: visitor.seq == len(self.log), "everything is shown", lambda: visitor.seq)  # noqa: B023
            last = visitor.stretches[-1]
            numbers = [seq for seq, _ in last.shown]
            assert numbers == list(range(last.base + 1, len(self.log) + 1))
            assert [post for _, post in last.shown] == self.log[last.base :]
            assert not visitor.anomalies

    # -- within ----------------------------------------------------------------------------------

    @property
    def is_room_for_one(self) -> bool:
        return len(self.here) + len(self.away) < PEOPLE

    def newcomer(self, name: str, node: int, history: int) -> Visitor:
        url = self.system.nodes[node].ws
        visitor = Visitor(name, [url], self.chance, room=self.room, history=history)
        visitor.gives_way = True
        return visitor

    def node_of(self, visitor: Visitor) -> int:
        return [node.ws for node in self.system.nodes].index(visitor.urls[0])

    def can_join(self, node: int) -> bool:
        return self.trouble is None or self.trouble.spares(node)

    def comes(self, visitor: Visitor) -> None:
        wanted = visitor.name
        self.system.come(visitor)
        self.here.append(visitor)
        looks = {*skeletons(wanted)}
        assert visitor.name == wanted or looks & self.names, "somebody didn't get a name that nobody ever had"
        self.names |= looks | {*skeletons(visitor.name)}

    def check_welcome(self, visitor: Visitor, losses: int, position: int, resets: int) -> None:
        """A client that comes back from this position knows what became of the log."""
        welcome = visitor.welcomes[-1][1]
        if losses != self.losses and welcome["lost"]:
            assert not welcome["recovered"]
        elif losses != self.losses:  # its node had nobody in the room, and hasn't looked since
            self.system.wait(lambda: visitor.resets > resets, "somebody who came back is told of the loss")
        elif position >= self.trimmed:
            assert welcome["recovered"]
        else:
            assert not welcome["lost"]

    def settle(self) -> None:
        """Wait until everything that people here wrote is stored, and learn in which order."""
        self.wait_until_stored(self.here)
        self.held.clear()
        known = {*self.log, *self.lost}
        tabs = [*self.here, *(tab for tab, _ in self.away)]
        new = sorted((acks[-1].seq, post) for tab in tabs for post, acks in tab.acked.items() if post not in known)
        assert [seq for seq, _ in new] == list(range(len(self.log) + 1, len(self.log) + len(new) + 1))
        self.log += [post for _, post in new]
        self.system.posts += len(new)

    def hold_posts_of(self, visitor: Visitor) -> None:
        """Note, while there is trouble, that they have written something that can't be stored before it is over."""
        if self.trouble is not None and self.trouble.holds_posts_of(self.node_of(visitor)):
            self.held.append(visitor)

    def wait_until_stored(self, visitors: list[Visitor]) -> None:
        """Wait until everything that they wrote is acknowledged."""
        self.system.wait(
            lambda: not any(one.outbox for one in visitors),
            "the posts are acknowledged",
            lambda: [(one.name, one.errors[-2:], one.notices[-2:]) for one in visitors if one.outbox],
            TIMEOUT + REFUSED_RETRY,
        )

    def lists(self) -> tuple[dict[str, str], list[dict[str, str]]]:
        """The people here under the names that they know, and the list that each of them sees."""
        return {one.me: one.name for one in self.here}, [one.people for one in self.here]

    def names_differ(self) -> bool:
        people, lists = self.lists()
        return all(len({skeletons(name)[0] for name in names.values()}) == len(names) for names in [people, *lists])

    def teardown(self) -> None:
        for visitor in [*self.here, *(visitor for visitor, _ in self.away)]:
            self.system.leave(visitor)
