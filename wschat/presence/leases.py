"""Presence in Redis: three scripts over a lease per person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..model import Person
from ..names import SEPARATOR, skeletons
from ..protocol import encode, read
from ..redis_link import Call, RedisLink, RoomKeys, load_script
from .room import Room

PRESENCE_TTL = 15.0  # s: a node that dies takes its people out of the list within twice this
PRESENCE_RENEWAL = PRESENCE_TTL / 3  # survives two lost renewals
GRACE = 5.0  # s: whoever is back within it was never gone
PORTION = 500  # leases renewed in one go: 2 ms of Redis, and as much of the loop


class Renewal(NamedTuple):
    """What one call renews of a room, and whether it is the room's first call in this round."""

    room: Room
    people: list[str]
    is_first: bool


class Leases:
    """The scripts as calls. Times go to Redis in milliseconds, and its clock alone counts."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._enter = load_script("enter")
        self._renew = load_script("renew")
        self._leave = load_script("leave")

    async def enter(self, keys: RoomKeys, people: Sequence[Person]) -> list[str]:
        """For each '' or, where somebody else online has that name, their id. Raises RedisUnavailable."""
        args: list[str | bytes | int] = [keys.signals, _ms(PRESENCE_TTL)]
        for person in people:
            args += [person.id, encode(person), SEPARATOR.join(skeletons(person.name))]
        answers: Any = await self._link.execute(Call.of(self._enter, keys.presence, args))
        return [answer.decode() for answer in answers]

    def renewal(self, keys: RoomKeys, people: Sequence[str]) -> Call:
        """Renews these leases and ends those that ran out; answers [version, ids that have no lease]."""
        return Call.of(self._renew, keys.presence, [keys.signals, _ms(PRESENCE_TTL), *people])

    async def leave(self, keys: RoomKeys, people: Sequence[str]) -> int:
        """Their last session here is gone; answers how many had a lease. Raises RedisUnavailable."""
        return int(
            await self._link.execute(Call.of(self._leave, keys.presence[:1], [keys.signals, _ms(GRACE), *people]))
        )

    async def everyone(self, keys: RoomKeys) -> tuple[dict[str, Person], int]:
        """(people by id, version of the list), of one moment. Raises RedisUnavailable."""
        _, people, _, meta = keys.presence
        calls = [Call.command("HVALS", people), Call.command("HGET", meta, "people")]
        replies = await self._link.pipeline(calls, transaction=True)
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        entries = (read(value.partition(b"\n")[2], Person) for value in replies[0])
        return {person.id: person for person in entries}, int(replies[1] or 0)


def portions(due: Iterable[tuple[Room, list[str]]]) -> Iterator[list[Renewal]]:
    """What is to be renewed, as it goes to Redis together: many rooms with few people, or some of the people of one."""
    portion: list[Renewal] = []
    size = 0
    for room, everyone in due:
        for at in range(0, len(everyone) or 1, PORTION):
            people = everyone[at : at + PORTION]
            if size + len(people) > PORTION:
                yield portion
                portion, size = [], 0
            portion.append(Renewal(room, people, at == 0))
            size += len(people)
    if portion:
        yield portion


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
