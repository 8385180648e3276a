"""Presence in Redis: three scripts over a lease per person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model import Person
from ..names import SEPARATOR, skeletons
from ..protocol import encode, read
from ..redis_link import Call, RedisLink, RoomKeys, load_script

PRESENCE_TTL = 15.0  # s: a node that dies takes its people out of the list within twice this
PRESENCE_RENEWAL = PRESENCE_TTL / 3  # survives two lost renewals
GRACE = 5.0  # s: whoever is back within it was never gone


class Leases:
    """The scripts as calls. Times go to Redis in milliseconds, and its clock alone counts."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._enter = load_script("enter")
        self._renew = load_script("renew")
        self._leave = load_script("leave")

    async def enter(self, keys: RoomKeys, people: Sequence[Person]) -> list[str]:
        """For each '' or, where somebody else online has that name, their id. Raises RedisAway."""
        args: list[str | bytes | int] = [keys.signals, _ms(PRESENCE_TTL)]
        for person in people:
            args += [person.id, encode(person), SEPARATOR.join(skeletons(person.name))]
        answers: Any = await self._link.ask(Call.of(self._enter, keys.presence, args))
        return [answer.decode() for answer in answers]

    def renewal(self, keys: RoomKeys, people: Sequence[str]) -> Call:
        """Renews these leases and ends those that ran out; answers [version, ids that have no lease]."""
        return Call.of(self._renew, keys.presence, [keys.signals, _ms(PRESENCE_TTL), *people])

    async def leave(self, keys: RoomKeys, people: Sequence[str]) -> None:
        """Their last session here is gone. Raises RedisAway."""
        await self._link.ask(Call.of(self._leave, keys.presence[:1], [keys.signals, _ms(GRACE), *people]))

    async def everyone(self, keys: RoomKeys) -> tuple[dict[str, Person], int]:
        """(people by id, version of the list), of one moment. Raises RedisAway."""
        _, people, _, meta = keys.presence
        calls = [Call.command("HVALS", people), Call.command("HGET", meta, "people")]
        replies = await self._link.ask_all(calls, together=True)
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        entries = (read(value.partition(b"\n")[2], Person) for value in replies[0])
        return {person.id: person for person in entries}, int(replies[1] or 0)


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
