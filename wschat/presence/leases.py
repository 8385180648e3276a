"""Leases in Redis: four calls over the presence scripts. Redis's clock alone counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import RedisUnavailable
from ..model import Person
from ..names import SEPARATOR, skeletons
from ..protocol import encode, read
from ..redis_link import Call, RedisLink, Reply, RoomKeys, load_script


@dataclass(frozen=True)
class LeaseTimes:
    """In seconds.

    A node that dies takes its people out of the list within twice `lease`. `renewal` survives two lost renewals.
    A person whose last session has gone and who is back within `grace` was never gone.
    """

    lease: float = 15.0
    renewal: float = 15.0 / 3
    grace: float = 5.0
    tick: float = 1.0  # between two rounds of renewing


class Leases:
    """The scripts as calls. Each raises RedisUnavailable."""

    def __init__(self, link: RedisLink, times: LeaseTimes) -> None:
        self._link = link
        self._times = times
        self._enter = load_script("enter")
        self._renew = load_script("renew")
        self._leave = load_script("leave")

    async def enter(self, keys: RoomKeys, people: Sequence[Person]) -> list[str]:
        """For each person '', or the id of somebody else online who has that name."""
        args: list[str | bytes | int] = [keys.signals, _ms(self._times.lease)]
        for person in people:
            args += [person.id, encode(person), SEPARATOR.join(skeletons(person.name))]
        answers: Any = await self._link.execute(Call.of(self._enter, keys.presence, args))
        return [answer.decode() for answer in answers]

    async def renew(self, portion: Sequence[tuple[RoomKeys, Sequence[str]]]) -> list[tuple[int, list[str]] | None]:
        """Renew the leases of these people in these rooms, and end those that ran out, in one round trip.

        For each room (version of its list, ids of people who have no lease), or None where Redis failed.
        """
        calls = [
            Call.of(self._renew, keys.presence, [keys.signals, _ms(self._times.lease), *people])
            for keys, people in portion
        ]
        return [_renewed(reply) for reply in await self._link.pipeline(calls)]

    async def leave(self, keys: RoomKeys, people: Sequence[str]) -> int:
        """Cut these leases to the grace; returns how many of the people had one."""
        args: list[str | bytes | int] = [keys.signals, _ms(self._times.grace), *people]
        return int(await self._link.execute(Call.of(self._leave, keys.presence[:1], args)))

    async def everyone(self, keys: RoomKeys) -> tuple[dict[str, Person], int]:
        """(people by id, version of the list), of one moment."""
        _, people, _, meta = keys.presence
        calls = [Call.command("HVALS", people), Call.command("HGET", meta, "people")]
        values, version = await self._link.transaction(calls)
        entries = (read(value.partition(b"\n")[2], Person) for value in values)
        return {person.id: person for person in entries}, int(version or 0)


def _renewed(reply: Reply) -> tuple[int, list[str]] | None:
    try:
        version, missing = reply.result()
    except RedisUnavailable:
        return None
    return version, [person.decode() for person in missing]


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
