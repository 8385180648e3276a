"""Forgets a person in the rules of a room: among the people barred, in the acts of moderators, among the addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import UNSET

from ..model import Person
from ..moderation import StoredBar, read_stored
from ..protocol import Act, encode
from ..redis_link import Call, RedisLink
from .catalog import everyone_in

ADDRESS = "address:"  # begins the fields of barred addresses
REMEMBERED = (ADDRESS, "muted:")  # begin the keys of a person in which addresses are


class Forgetting:
    """The work to do in a room: `name` replaces the person's in the acts and bars, which stay. Their
    addresses go, also out of the bars, which no longer hold for these.

    `people` are ids that are the person's beyond those which `is_person` finds.
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

    async def forget(self) -> None:
        """Raises RedisUnavailable."""
        calls = await self.calls()
        if calls:
            await self._link.transaction(calls)

    async def calls(self) -> list[Call]:
        """None where the room keeps nothing of the person. Raises RedisUnavailable."""
        calls = [*await self._acts(), *await self._bars()]
        self._people.update(one.id for one in await everyone_in(self._link, self._room) if self._is_person(one))
        remembered = [self._keys.own(f"{kind}{person}") for person in sorted(self._people) for kind in REMEMBERED]
        found = await self._link.pipeline([Call.command("EXISTS", key) for key in remembered]) if remembered else []
        there = [key for key, reply in zip(remembered, found, strict=True) if reply.result()]
        return [*calls, *(Call.command("DEL", key) for key in there)]

    # -- within ------------------------------------------------------------------

    async def _acts(self) -> list[Call]:
        acts = self._keys.moderation[2]
        recorded, is_known = [], False
        for _, fields in await self._link.execute(Call.command("XRANGE", acts, "-", "+")):
            act = read_stored(fields.get(b"a", b""), Act)
            if act is not None:
                is_known |= self._rename(act)
                recorded.append(encode(act))
        if not is_known:
            return []
        calls = [Call.command("DEL", acts), *(Call.command("XADD", acts, "*", "a", act) for act in recorded)]
        return [*calls, Call.command("EXPIRE", acts, self._keys.kept)] if self._keys.kept else calls

    async def _bars(self) -> list[Call]:
        barred = self._keys.moderation[1]
        calls: list[Call] = []
        gone, kept = set[str](), set[str]()
        for field in await self._link.execute(Call.command("HKEYS", barred)):
            value = await self._link.execute(Call.command("HGET", barred, field)) or b""
            head, brace, rest = value.partition(b"{")
            bar = read_stored(brace + rest, StoredBar)
            if bar is None:
                continue
            is_theirs, addresses = self._is_person(bar.person), _address_fields(field, head)
            (gone if is_theirs else kept).update(addresses)
            if self._rename(bar) or (is_theirs and addresses):
                head = _without_addresses(head) if is_theirs else head
                calls.append(Call.command("HSET", barred, field, head + encode(bar)))
        return [*calls, *([Call.command("HDEL", barred, *sorted(gone - kept))] if gone - kept else [])]

    def _rename(self, record: Any) -> bool:
        """Put the name into an act or a bar; False: the person isn't in it, or has that name already."""
        before = (record.by, record.person)
        record.by, record.person = self._renamed(record.by), self._renamed(record.person)
        if record.person != before[1]:
            record.reason = UNSET  # it may have the name
        return (record.by, record.person) != before

    def _renamed(self, person: Any) -> Any:
        if not isinstance(person, Person) or not self._is_person(person):
            return person
        self._people.add(person.id)
        return Person(person.id, self._name)


def _address_fields(field: bytes, head: bytes) -> list[str]:
    """The fields of the addresses for which this bar holds too. `head` is what stands before its JSON."""
    kind, parts = field.decode(errors="replace").partition(":")[0], head.decode(errors="replace").split(" ")
    return [f"{ADDRESS}{kind}:{one}" for one in parts[2].split(",") if one] if len(parts) > 2 else []


def _without_addresses(head: bytes) -> bytes:
    parts = head.split(b" ")
    return b" ".join([*parts[:2], b"", *parts[3:]])
