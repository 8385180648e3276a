"""Erases a person from the moderation of a room: from its bars, moderators' acts and the remembered addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import UNSET

from ..model import Person
from ..moderation import ADDRESS_BARRED, StoredBar
from ..protocol import Act, encode, read_foreign
from ..redis_link import Call, RedisLink, load_script
from .catalog import everyone_in
from .portions import whole_hash

TRIES = 10
ADDRESSES = re.compile(rb"^(\d+ \d+ )\S+")  # the addresses in the value of a bar (bars.lua), and the part before them


class ModerationEraser:
    """Erases a person from the moderation of a room: `name` replaces the person's name in the acts and bars, which
    stay. The person's addresses are erased, also in bars, which no longer apply to them.

    `people` are further ids of the person, in addition to those that `is_person` finds.
    """

    def __init__(
        self, link: RedisLink, room: str, is_person: Callable[[Person], bool], people: Iterable[str], name: str
    ) -> None:
        self._link = link
        self._room = room
        self._keys = link.keys(room)
        self._is_person = is_person
        self._people = set(people)
        self._name = name

    async def forget(self) -> bool:
        """Erase all there is. False: moderators keep acting on the person, and their acts contain the name.

        Raises RedisUnavailable.
        """
        for _ in range(TRIES):  # acts that moderators do meanwhile stay, and may be about the person, too
            calls = await self.calls()
            if not calls:
                return True
            for reply in await self._link.pipeline(calls):
                reply.result()
        return not await self.calls()

    async def calls(self) -> list[Call]:
        """The calls that erase it; empty if the room keeps nothing about the person. Raises RedisUnavailable."""
        acts, bars = await self._acts(), await self._bars()
        calls = [self._rewording(acts, bars)] if acts or bars else []
        self._people.update(one.id for one in await everyone_in(self._link, self._room) if self._is_person(one))
        people, keys = sorted(self._people), self._keys
        remembered = [key for one in people for key in (keys.address(one), keys.muted(one))]  # both contain addresses
        found = await self._link.pipeline([Call.command("EXISTS", key) for key in remembered]) if remembered else []
        there = [key for key, reply in zip(remembered, found, strict=True) if reply.result()]
        return [*calls, *(Call.command("DEL", key) for key in there)]

    # -- within ------------------------------------------------------------------

    def _rewording(self, acts: list[bytes], bars: list[bytes]) -> Call:
        args: list[bytes | int] = [self._keys.kept, ADDRESS_BARRED * 1000, len(acts) // 2, *acts, *bars]
        return Call.of(load_script("reword"), self._keys.moderation, args)

    async def _acts(self) -> list[bytes]:
        """The id and the new JSON of each act that mentions the person."""
        changed: list[bytes] = []
        for number, fields in await self._link.execute(Call.command("XRANGE", self._keys.acts, "-", "+")):
            act = read_foreign(fields.get(b"a", b""), Act)
            if act is not None and self._rename(act):
                changed += [number, encode(act)]
        return changed

    async def _bars(self) -> list[bytes]:
        """The field, the value and the new value of each bar that mentions the person; theirs lose their addresses."""
        changed: list[bytes] = []
        for field, value in (await whole_hash(self._link, self._keys.barred)).items():
            head, brace, rest = value.partition(b"{")
            bar = read_foreign(brace + rest, StoredBar)
            if bar is None:
                continue
            kept = ADDRESSES.sub(rb"\1", head) if self._is_person(bar.person) else head
            if self._rename(bar) or kept != head:
                changed += [field, value, kept + encode(bar)]
        return changed

    def _rename(self, record: Any) -> bool:
        """Put the name into an act or a bar; False: it doesn't mention the person, or has that name already."""
        before = (record.by, record.person)
        record.by, record.person = self._renamed(record.by), self._renamed(record.person)
        if record.person != before[1]:
            record.reason = UNSET  # it may contain the name
        return (record.by, record.person) != before

    def _renamed(self, person: Any) -> Any:
        if not isinstance(person, Person) or not self._is_person(person):
            return person
        self._people.add(person.id)
        return Person(person.id, self._name)
