"""Forgets a person in the rules of a room: among the people barred, in the acts of moderators, among the addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import UNSET

from ..model import Person
from ..moderation import StoredBar, read_stored
from ..protocol import Act, encode
from ..redis_link import Call, RedisLink, load_script
from .catalog import everyone_in

TRIES = 10
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
        for _ in range(TRIES):  # what moderators do meanwhile stays, and may be about the person, too
            calls = await self.calls()
            if not calls:
                return
            await self._link.transaction(calls)

    async def calls(self) -> list[Call]:
        """None where the room keeps nothing of the person. Raises RedisUnavailable."""
        acts, (bars, addresses) = await self._acts(), await self._bars()
        calls = [self._rewording(acts, bars)] if acts or bars else []
        if addresses:
            calls.append(Call.command("HDEL", self._keys.moderation[1], *sorted(addresses)))
        self._people.update(one.id for one in await everyone_in(self._link, self._room) if self._is_person(one))
        remembered = [self._keys.own(f"{kind}{person}") for person in sorted(self._people) for kind in REMEMBERED]
        found = await self._link.pipeline([Call.command("EXISTS", key) for key in remembered]) if remembered else []
        there = [key for key, reply in zip(remembered, found, strict=True) if reply.result()]
        return [*calls, *(Call.command("DEL", key) for key in there)]

    # -- within ------------------------------------------------------------------

    def _rewording(self, acts: list[bytes], bars: list[bytes]) -> Call:
        _, barred, recorded = self._keys.moderation
        return Call.of(load_script("reword"), [recorded, barred], [self._keys.kept, len(acts) // 2, *acts, *bars])

    async def _acts(self) -> list[bytes]:
        """The id and the new words of each act that has the person."""
        changed: list[bytes] = []
        for number, fields in await self._link.execute(Call.command("XRANGE", self._keys.moderation[2], "-", "+")):
            act = read_stored(fields.get(b"a", b""), Act)
            if act is not None and self._rename(act):
                changed += [number, encode(act)]
        return changed

    async def _bars(self) -> tuple[list[bytes], set[str]]:
        """The field, the value and the new value of each bar that has the person; the addresses that go with them."""
        barred = self._keys.moderation[1]
        changed: list[bytes] = []
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
                changed += [field, value, head + encode(bar)]
        return changed, gone - kept

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
