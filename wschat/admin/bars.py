"""Keeps a person or an address out of a room, or from writing there, with the same script as moderators' acts."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from itertools import chain

from ..broker import clear_room, opened_log
from ..errors import ErrorCode, RedisRejected, Refused
from ..model import Person
from ..moderation import VERIFIED, Acts, BarTerms, address_digest
from ..names import folded
from ..protocol import Bar, Moderate, event_position, read_message
from ..redis_link import TOKEN_KEY, Call, CallResult, RedisLink
from .catalog import everyone_in
from .foreign import each_room
from .portions import portions, text

AT_ADDRESS = "address-"  # begins the id of the person that stands for everyone from an address
RECENT = 200  # messages whose authors can be found by name after they have left
RECENT_BYTES = 1 << 20


class RoomBars:
    """The bars of one room. `operator` is named in the list of acts."""

    def __init__(self, link: RedisLink, room: str, operator: Person) -> None:
        self.room = room
        self._link = link
        self._keys = link.keys(room)
        self._operator = operator
        self._acts = Acts(room, self._keys, link, time.time, lambda: clear_room(link, room))

    async def people_called(self, who: str) -> tuple[list[Person], list[str]]:
        """(the person with the id `who`, even if others have that as a name, or else the people with that name: among
        those who are online, are barred, or wrote lately; foreign keys because of which some of these are left out).

        Raises RedisUnavailable.
        """
        known, foreign = await self._known()
        for one in known:
            if one.id == who:
                return [one], foreign
        name = folded(who)
        return list({one.id: one for one in reversed(known) if folded(one.name) == name}.values()), foreign

    async def bar(self, person: Person, terms: BarTerms) -> None:
        """Bar a person. Raises Refused, RedisUnavailable."""
        await self._acts.bar(self._operator, person, terms)

    async def bar_address(self, address: Person, digest: str, terms: BarTerms) -> AsyncIterator[Person]:
        """Bar everyone who comes from an address, and the people online who came from there; yield each when that is
        done, since the next one may be refused.

        Moderators aren't barred, and a longer bar of a person stays. Raises Refused, RedisUnavailable.
        """
        terms = terms._replace(address=digest)
        await self.bar(address, terms)
        yield address
        kept = await self._longer_barred(terms)
        for person in await self._people_from(digest):
            if person.id in kept:
                continue
            try:
                await self.bar(person, terms)
            except Refused as refused:
                if refused.code is not ErrorCode.NOT_ALLOWED:
                    raise
            else:
                yield person

    async def barred(self) -> list[Bar]:
        """All bars of the room, the newest first. Raises RedisUnavailable."""
        done = await self._acts.do(self._operator, VERIFIED, Moderate(act="barred"), None)
        return done.barred or []

    async def let_in(self, person: Person) -> None:
        """End the bars of a person. Raises RedisUnavailable."""
        await self._acts.do(self._operator, VERIFIED, Moderate(act="let_in", person=person.id), None)

    async def barred_with(self, digest: str) -> list[Person]:
        """The people whose bars also apply to this address. Raises RedisUnavailable."""
        found: dict[str, Person] = {}
        for bars in portions(await self.barred()):
            fields = [f"{bar.act}:{bar.person.id}" for bar in bars]
            values = await self._link.execute(Call.command("HMGET", self._keys.barred, *fields))
            at_address = (bar for bar, value in zip(bars, values, strict=True) if digest in _addresses(value))
            found.update((bar.person.id, bar.person) for bar in at_address)
        return list(found.values())

    async def muted_with_address(self, people: list[Person]) -> list[Person]:
        """Those of these people who are muted because of their address. Raises RedisUnavailable."""
        muted = await self._values([self._keys.muted(one.id) for one in people])
        return [one for one, address in zip(people, muted, strict=True) if address]

    # -- within ------------------------------------------------------------------

    async def _known(self) -> tuple[list[Person], list[str]]:
        """(everyone who is known here, people online first; foreign keys because of which some of them are left out)"""
        known, foreign = list[Person](), list[str]()
        for part in (self._online, self._barred_people, self._authors):
            found, keys = await each_room(self._link, [self.room], part)
            known += chain(*found)
            foreign += keys
        return known, list(dict.fromkeys(foreign))

    async def _longer_barred(self, terms: BarTerms) -> set[str]:
        """The ids of people who are barred in the same way for longer. 0 seconds: for good."""
        alike = [bar for bar in await self.barred() if bar.act == terms.act]
        return {bar.person.id for bar in alike if not bar.seconds or 0 < terms.seconds < bar.seconds}

    async def _online(self, room: str) -> list[Person]:
        return await everyone_in(self._link, room)

    async def _barred_people(self, room: str) -> list[Person]:
        return [bar.person for bar in await self.barred()]

    async def _authors(self, room: str) -> list[Person]:
        """The authors of the newest messages, the last one first."""
        # Reading the log of a room that doesn't exist would create the room.
        if not await self._link.execute(Call.command("EXISTS", self._keys.meta)):
            return []
        log = await opened_log(self._link, room)
        placed = [(form, event_position(form)) for form in log.newest(RECENT, RECENT_BYTES)]
        messages = [read_message(form, position.seq) for form, position in placed if position is not None]
        return [message.sender for message in reversed(messages) if message is not None]

    async def _people_from(self, digest: str) -> list[Person]:
        people = await everyone_in(self._link, self.room)
        remembered = await self._values([self._keys.address(one.id) for one in people])
        return [one for one, addresses in zip(people, remembered, strict=True) if digest in addresses.split()]

    async def _values(self, keys: list[str]) -> list[str]:
        """The value of each key, "" if it has none. It is foreign input: only text counts as a value."""
        calls = [Call.command("GET", key) for key in keys]
        return [_value(reply) for reply in (await self._link.pipeline(calls) if calls else [])]


async def address_bar(link: RedisLink, network: str, name: str) -> tuple[Person, str] | None:
    """(the person that stands for an address in the list of bars, always with the same id; the address's digest); None
    while the chat has no key. Raises RedisUnavailable.
    """
    key = await link.execute(Call.command("GET", TOKEN_KEY))
    if not key:
        return None
    # The id is another HMAC: moderators see it, and no client learns the digest in bars.
    return Person(AT_ADDRESS + address_digest(key, f"id:{network}"), name), address_digest(key, network)


def _value(reply: CallResult) -> str:
    try:
        return text(reply.result() or b"")
    except RedisRejected:
        return ""


def _addresses(value: bytes | None) -> list[str]:
    parts = text(value or b"").split(" ")
    return parts[2].split(",") if len(parts) > 2 else []
