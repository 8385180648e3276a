"""Leases in Redis: four calls of the presence scripts. Only Redis's clock counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from ..errors import RedisUnavailable, Refused
from ..model import Person
from ..names import SEPARATOR, skeletons
from ..protocol import encode, read_foreign
from ..redis_link import Call, CallResult, RedisLink, RoomKeys, ScriptArgs, load_script
from .claims import Claim, Entered, outcome

ADDRESS_KEPT = 7 * 24 * 3600  # s that an address is remembered for a person, and barred at most


class LeaseTimes(Struct, frozen=True):
    """The times of leases, in seconds.

    The people of a node that dies leave the list within twice `lease`. Leases are renewed every `renewal`, and survive
    two lost renewals. A person whose last session has gone and who is back within `grace` stays in the list.
    """

    lease: float = 15.0
    renewal: float = 15.0 / 3
    grace: float = 5.0
    tick: float = 1.0  # between two rounds of renewing
    kept: int = 24 * 3600  # for which Redis keeps the data of a room's people after the last node has left the room


class ListState(NamedTuple):
    """A fingerprint of a list of people, for comparison: its version and its length."""

    version: int
    size: int


class LeaseRenewal(NamedTuple):
    """The reply to a renewal in one room: Redis's time in ms, the state of the list of people, and the ids of people
    who no longer have a lease, or whose name somebody else has.
    """

    now: int
    state: ListState
    missing: list[str]


class Leases:
    """Calls of the presence scripts. Each raises RedisUnavailable."""

    def __init__(self, link: RedisLink, times: LeaseTimes) -> None:
        self._link = link
        self._times = times
        self._enter = load_script("enter")
        self._renew = load_script("renew")
        self._leave = load_script("leave")
        self._people = load_script("people")

    async def enter(
        self, keys: RoomKeys, people: Sequence[tuple[Person, Claim]], *, is_trial: bool = False
    ) -> list[Entered | Refused]:
        """Ask for leases; return the outcome for each person. In a trial nothing is written: nobody gets a lease."""
        args: ScriptArgs = [keys.publish_to_signals, _ms(self._times.lease), self._times.kept]
        args += [keys.kept, ADDRESS_KEPT, int(not is_trial)]
        names = [*keys.presence, *keys.moderation, keys.newcomers]
        for person, claim in people:
            args += [person.id, encode(person.without_role()), SEPARATOR.join(skeletons(person.name))]
            args += [claim.authority, claim.address, claim.proof, int(claim.is_inside)]
            names += [keys.address(person.id), keys.slow(person.id), keys.muted(person.id)]
        answers: Any = await self._link.execute(Call.of(self._enter, names, args))
        return [outcome(person, *answer) for (person, _), answer in zip(people, answers, strict=True)]

    async def renew(
        self, portion: Sequence[tuple[RoomKeys, int, Sequence[str], Collection[str]]]
    ) -> list[LeaseRenewal | None]:
        """Renew the leases of people in some rooms, and end leases that ran out, in one round trip.

        For each room: the time of its last renewal (ms of Redis's clock, 0: none), the ids of the people, and of those
        who are moderators by an authority of this node: their role is renewed, too. None for a room that failed.
        """
        lease, kept = _ms(self._times.lease), self._times.kept
        calls = [
            Call.of(
                self._renew,
                keys.presence,
                [keys.publish_to_signals, lease, kept, renewed_at_redis_ms, *_moderators_first(people, moderators)],
            )
            for keys, renewed_at_redis_ms, people, moderators in portion
        ]
        return [_renewed(reply) for reply in await self._link.pipeline(calls)]

    async def leave(self, keys: RoomKeys, people: Sequence[str]) -> int:
        """Shorten the leases of these people to the grace; return how many of them had one."""
        args: ScriptArgs = [keys.publish_to_signals, _ms(self._times.grace), *people]
        return int(await self._link.execute(Call.of(self._leave, [keys.online], args)))

    async def everyone(self, keys: RoomKeys) -> tuple[dict[str, Person], int]:
        """(people by id, version of the list), both of one moment."""
        call = Call.of(self._people, [keys.online, keys.people, keys.meta], [])
        version, *entries = await self._link.execute(call)
        return {person.id: person for entry in entries if (person := read_foreign(entry, Person)) is not None}, version


def _renewed(reply: CallResult) -> LeaseRenewal | None:
    try:
        now, version, count, missing = reply.result()
    except RedisUnavailable:
        return None
    return LeaseRenewal(now, ListState(version, count), [person.decode() for person in missing])


def _moderators_first(people: Sequence[str], moderators: Collection[str]) -> ScriptArgs:
    """The arguments for renew.lua: the number of moderators, and all people, moderators first."""
    first = [person for person in people if person in moderators] if moderators else []
    return [len(first), *first, *(person for person in people if person not in moderators)]


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
