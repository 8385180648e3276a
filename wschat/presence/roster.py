"""This node's list of a room's people, and the merged `online` events about them. It doesn't use Redis."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable

from msgspec import Raw

from ..fan_out import Audience, text_frame
from ..model import Person
from ..names import numbered
from ..protocol import Online, OnlineChange, PeoplePage, Signal, TypingNow, encode
from .name_index import NameIndex

MERGE = 0.55  # s between two `online` events: at most two a second, however many come and go
LIST = 200  # people in a `welcome`
CROWD = 500  # with more people than that, an event carries the changes only if they are at most FEW
FEW = 50
TYPING_MERGE = 1.0  # s between two `typing` events
TYPING_MOST = 5  # names in one event: nobody reads more


class Roster:
    """Everyone in the room, over all nodes. `local_sessions` counts each person's sessions on this node.

    `on_demoted` is called when a person here is no longer a moderator.
    """

    def __init__(self, audience: Audience, on_demoted: Callable[[], None]) -> None:
        self.people: dict[str, Person] = {}
        self.local_sessions: Counter[str] = Counter()
        self.version = -1
        self._audience = audience
        self._on_demoted = on_demoted
        self._index = NameIndex()
        self._before: dict[str, Person | None] = {}  # people who changed since the last event, as they were then
        self._shown: dict[str, Person | None] = {}  # the same people as a welcome has shown them meanwhile
        self._typing: dict[str, Person] = {}
        self._changes = Throttled(MERGE, self._send_changes)
        self._typists = Throttled(TYPING_MERGE, self._send_typing)
        self._snapshot: Raw | None = None

    # -- changes -------------------------------------------------------------------

    def replace(self, people: dict[str, Person], version: int) -> None:
        """Replace the whole list by these people (by id), except people with sessions here, who stay."""
        for gone in self.people.keys() - people.keys():
            self.remove(gone)
        for person in people.values():
            self.put(person)
        self.version = version

    def apply(self, signal: Signal) -> bool:
        """Apply a change that any node has published. False: a change in between was missed."""
        for person in signal.typing:
            self._typing[person.id] = person
            self._typists.soon()
        if not signal.version or signal.version <= self.version:
            return True
        if signal.version != self.version + 1:
            return False
        self.version = signal.version
        for person in (*signal.joined, *signal.renamed):
            self.put(person)
        for person in signal.left:
            self.remove(person.id)
        return True

    def put(self, person: Person) -> None:
        known = self.people.get(person.id)
        if known != person:
            self._before.setdefault(person.id, known)
            self.people[person.id] = person
            self._index.put(person)
            self._changes.soon()
            if known is not None and known.role and not person.role and self.local_sessions[person.id] > 0:
                self._on_demoted()

    def remove(self, person: str) -> None:
        if self.local_sessions[person] > 0:
            return  # they have a session here: they get a new lease at the next renewal
        known = self.people.pop(person, None)
        if known is not None:
            self._index.discard(person)
            self._before.setdefault(person, known)
            self._changes.soon()

    # -- events ----------------------------------------------------------------

    def snapshot(self) -> Raw:
        """The field `online` of a `welcome`, encoded once for many clients that join together.

        In a crowd it is as old as the last `online` event: its receivers get the changes since then with the next one.
        """
        if self._snapshot is None or len(self.people) <= LIST:
            for changed in self._before:
                self._shown[changed] = self.people.get(changed) or self._shown.get(changed)
            first, _ = self._index.page("", 0, LIST)
            self._snapshot = Raw(encode(Online(len(self.people), first)))
        return self._snapshot

    def page(self, ref: str, query: str, offset: int, limit: int) -> PeoplePage:
        """A page of the people whose name contains `query`, sorted by name. `ref` is returned in it."""
        people, count = self._index.page(query, offset, limit)
        after = offset + limit
        return PeoplePage(ref, people, count, after if after < count else None)

    def free_name(self, name: str) -> str:
        """`name` with the first number that makes it free, by a quick comparison, since it is only a suggestion."""
        return next(free for n in itertools.count(2) if not self._index.has(free := numbered(name, n)))

    def take_changes(self) -> OnlineChange | None:
        """The changes since the last call, complete also for clients welcomed since then; None if there are none."""
        before, self._before = self._before, {}
        shown, self._shown = self._shown, {}
        event = OnlineChange(len(self.people), [], [], [])
        for person_id, was in before.items():
            now = self.people.get(person_id)
            gone = was or shown.get(person_id)
            if now is None and gone is not None:
                event.left.append(gone)
            if now is not None and (was is None or person_id in shown):
                event.joined.append(now)
            if now is not None and was is not None and was != now:
                event.renamed.append(now)
        changes = len(event.joined) + len(event.left) + len(event.renamed)
        if len(self.people) > CROWD and changes > FEW:
            return OnlineChange(len(self.people), [], [], [], more=True)
        return event if changes else None

    def close(self) -> None:
        self._changes.cancel()
        self._typists.cancel()

    # -- within ----------------------------------------------------------------------

    def _send_changes(self) -> None:
        event = self.take_changes()
        self._snapshot = None
        if event is not None:
            self._audience.broadcast(text_frame(encode(event)), urgent=False)

    def _send_typing(self) -> None:
        people = list(self._typing.values())[:TYPING_MOST]
        self._typing.clear()
        if people:
            self._audience.broadcast(text_frame(encode(TypingNow(people))), urgent=False)


class Throttled:
    """Calls `action` at once after a quiet time, otherwise at most every `pause` seconds."""

    def __init__(self, pause: float, action: Callable[[], None]) -> None:
        self._pause = pause
        self._action = action
        self._next = 0.0
        self._timer: asyncio.Handle | None = None

    def soon(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._next, loop.time()), self._now)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _now(self) -> None:
        self._timer = None
        self._next = asyncio.get_running_loop().time() + self._pause
        self._action()
