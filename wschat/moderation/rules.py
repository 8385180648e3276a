"""A node's copy of a room's rules, kept in sync by their version, with signals and polls."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Any, Protocol

from ..concurrency import Sync
from ..protocol import MALFORMED, RULES_SIGNAL, Rules, RulesSignal, read_rules_signal
from ..redis_link import Call, RedisLink, RoomKeys, ScriptArgs, load_script

logger = logging.getLogger(__name__)


class RulesListener(Protocol):
    """The room, which is told what changes for the people on this node."""

    def on_rules(self) -> None:
        """Called when the rules have changed."""

    def on_barred(self, kind: str, person: str, seconds: float | None) -> None:
        """Called when a person who may be here is muted or removed (`kind`: mute, remove) for `seconds`, 0: for good;
        None: no longer.
        """

    def on_not_muted(self, people: Collection[str]) -> None:
        """Called when the rules were read: these people aren't muted, whatever was known before."""


class RulesCopy:
    """`current`: the rules; `generation`: of the room's moderators' links, empty if there is none.

    `local_people` returns the ids of the people on this node: after a missed signal, Redis is asked whether they are
    barred.
    """

    def __init__(
        self, keys: RoomKeys, link: RedisLink, local_people: Callable[[], Collection[str]], listener: RulesListener
    ) -> None:
        self.current = Rules()
        self.generation = ""
        self._keys = keys
        self._link = link
        self._local_people = local_people
        self._listener = listener
        self._script = load_script("rules")
        self._sync: Sync[RulesSignal] = Sync(self._read, self._apply, lambda: len(local_people()))

    @property
    def is_loaded(self) -> bool:
        return self._sync.ready.is_set()

    async def loaded(self) -> None:
        """Wait until the rules were read for the first time."""
        await self._sync.ready.wait()

    @property
    def is_syncing(self) -> bool:
        return self._sync.is_syncing

    async def close(self) -> None:
        await self._sync.close()

    def on_demoted(self) -> None:
        """Read the bars again, since a person here is no longer a moderator: an earlier mute may apply again."""
        if self.current.version:
            self._sync.resync()

    def on_publish(self, data: bytes | None) -> None:
        """The signal channel's listener: a signal, or None when the subscription begins (again)."""
        if data is None:
            self._sync.resync()
        elif data.startswith(RULES_SIGNAL):
            try:
                self._sync.on_publish(read_rules_signal(data))
            except MALFORMED:
                logger.debug("Ignored an invalid signal", extra={"bytes": len(data)})

    def on_polled(self, version: int) -> None:
        """Read the rules again if Redis has another version than this node."""
        if version != self.current.version and not self.is_syncing:
            self._sync.resync()

    # -- within ------------------------------------------------------------------

    def _apply(self, signal: RulesSignal) -> bool:
        """Apply a signal. False: a change in between was missed, and perhaps a bar with it."""
        if signal.rules is None or signal.rules.version != self.current.version + 1:
            return signal.rules is not None and signal.rules.version == self.current.version
        self._set(signal.rules, signal.generation)
        for kind, told in (("mute", signal.muted), ("remove", signal.removed)):
            for person, seconds in told.items():
                self._listener.on_barred(kind, person, seconds)
        return True

    async def _read(self) -> bool:
        keys = [self._keys.rules, self._keys.barred, self._keys.meta]
        people = self._local_people()
        args: ScriptArgs = [self._keys.kept, *people]
        reply: Any = await self._link.execute(Call.of(self._script, keys, args))
        version, slow, read_only, locked, password, topic, generation, bars = reply
        shown = topic.decode(errors="replace")
        rules = Rules(int(version), int(slow), bool(read_only), bool(locked), bool(password), shown)
        self._set(rules, generation.decode(errors="replace"))
        for kind, person, left in bars:
            self._listener.on_barred(kind.decode(), person.decode(), left / 1000)
        self._listener.on_not_muted({*people} - {person.decode() for kind, person, _ in bars if kind == b"mute"})
        return True

    def _set(self, rules: Rules, generation: str) -> None:
        is_new = (rules, generation) != (self.current, self.generation)
        self.current, self.generation = rules, generation
        if is_new and self.is_loaded:
            self._listener.on_rules()
