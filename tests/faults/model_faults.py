"""The faults in a story: what happens to a node, to Redis, to its keys, and to the way between them."""

from __future__ import annotations

import signal
from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .model_conversation import NAMES, NODE, ConversationModel, Trouble
from .model_system import System

FROZEN = 2.0  # s: longer than a (short) lease
SLOW = 0.2  # s at most that a chunk of bytes takes between a slow Redis and a node
KEYS_OF_PEOPLE = ["names", "people", "online"]
KEYS = ["log", "meta", *KEYS_OF_PEOPLE]


class TroubledConversation(ConversationModel):
    """One trouble at a time; `_end` puts an end to it."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self._end: Callable[[], object] = str

    # -- that is over at once --------------------------------------------------------------------

    @rule(key=st.sampled_from([*KEYS, "token key"]))
    def redis_loses(self, key: str) -> None:
        """Lose a key: nobody notices when it is people's, and everyone is told once when it is messages'."""
        redis = self.system.redis.client
        if key == "token key":
            redis.delete("wschat:key")
        elif key in KEYS_OF_PEOPLE:
            redis.delete(self.key(key))
        elif self.trouble is not None or not self.log:
            return
        elif key == "meta":
            self.messages_are_lost(lambda: redis.delete(self.key("meta")), len(self.log))
        else:
            self.messages_are_lost(self.everything_of_messages_goes, 0)
        self.system.faults += 1

    def everything_of_messages_goes(self) -> None:
        redis = self.system.redis.client
        redis.delete(self.key("log"), self.key("meta"), *redis.keys(f"{{{self.tag}}}:sent:*"))
        redis.client_kill_filter(_type="pubsub")  # a Redis that lost its log was restarted

    @precondition(lambda self: self.trouble is None and self.is_room_for_one)
    @rule(name=NAMES, node=NODE, ahead=st.booleans())
    def somebody_claims_a_false_position(self, name: str, node: int, ahead: bool) -> None:
        self.system.faults += 1
        visitor = self.newcomer(name, node, 3)
        epoch, _ = self.system.redis.position_of(self.tag)
        visitor.position = (epoch, len(self.log) + 1000) if ahead and epoch else ("neverwas", 1)
        self.comes(visitor)
        welcome = visitor.welcomes[-1][1]
        assert (welcome["recovered"], welcome["lost"]) == (False, True)

    @precondition(lambda self: self.trouble is None)
    @rule(node=NODE)
    def a_node_restarts_in_order(self, node: int) -> None:
        self.system.faults += 1
        at = self.system.nodes[node]
        theirs = [one for one in self.here if self.node_of(one) == node]
        welcomes = [len(one.welcomes) for one in theirs]
        at.signal(signal.SIGTERM)
        assert self.system.run(at.exit_code(10.0)) == 0
        self.system.run(at.launch().started())
        self.system.wait(
            lambda: all(len(one.welcomes) > before for one, before in zip(theirs, welcomes)), "all are back"
        )
        assert all(one.welcomes[-1][1]["recovered"] for one in theirs)

    # -- that lasts ------------------------------------------------------------------------------

    @precondition(lambda self: self.trouble is None)
    @rule(kind=st.sampled_from(["frozen", "full", "wrong type", "slow"]), node=NODE, key=st.sampled_from(KEYS))
    def trouble_begins(self, kind: str, node: int, key: str) -> None:
        self.system.faults += 1
        if kind == "frozen":
            self.trouble, self._end = Trouble(kind, node), self.a_node_freezes(node)
        elif kind == "full":
            self.trouble, self._end = Trouble(kind), self.redis_is_full()
        elif kind == "slow":
            self.trouble, self._end = Trouble(kind, node, holds_posts=False), self.redis_is_slow(node)
        else:
            trouble = Trouble(kind, holds_posts=key not in KEYS_OF_PEOPLE)
            self.trouble, self._end = trouble, self.a_key_has_the_wrong_type(key)
            self.system.check_another_room()

    def a_node_freezes(self, node: int) -> Callable[[], object]:
        at = self.system.nodes[node]
        at.signal(signal.SIGSTOP)
        return lambda: at.signal(signal.SIGCONT)

    def redis_is_full(self) -> Callable[[], object]:
        redis = self.system.redis.client
        redis.config_set("maxmemory", 1)
        return lambda: redis.config_set("maxmemory", 0)

    def redis_is_slow(self, node: int) -> Callable[[], object]:
        faults = self.system.proxies[node].faults
        faults.delay = SLOW
        return lambda: setattr(faults, "delay", 0.0)

    def a_key_has_the_wrong_type(self, key: str) -> Callable[[], object]:
        redis = self.system.redis.client
        name = self.key(key)
        was = redis.dump(name)
        redis.delete(name)
        if key == "log":
            redis.set(name, "wrong")
        else:
            redis.xadd(name, {"wrong": 1})

        def mend() -> None:
            redis.delete(name)
            if was is not None:
                redis.restore(name, 0, was)

        return mend

    @precondition(lambda self: self.trouble is not None)
    @rule(seconds=st.sampled_from([0.0, FROZEN]))
    def the_trouble_is_over(self, seconds: float) -> None:
        self.system.pause(seconds)
        self._end()
        self.trouble = None
        self.settle()

    # -- within ----------------------------------------------------------------------------------

    def can_join(self, node: int) -> bool:
        """Also into a room that Redis can't store: to read."""
        return super().can_join(node) or (self.trouble is not None and self.trouble.kind in ("full", "slow"))

    def key(self, name: str) -> str:
        return f"{{{self.tag}}}:{name}"

    def messages_are_lost(self, lose: Callable[[], object], kept: int) -> None:
        """The log's life is over; its first `kept` messages keep their numbers in the next one."""
        told = [visitor.resets + 1 for visitor in self.here]
        lose()
        self.lost |= {*self.log[kept:]}
        self.log, self.trimmed, self.losses = self.log[:kept], min(self.trimmed, kept), self.losses + 1
        if self.here:
            self.system.wait(lambda: [one.resets for one in self.here] == told, "everyone is told once of the loss")
        else:
            self.system.pause(0.05)  # the nodes aren't seen to have noticed

    def teardown(self) -> None:
        self._end()
        self.trouble = None
        super().teardown()
