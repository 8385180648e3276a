"""Queues entries into a room and exits from it, and sends them to Redis in groups, each as one call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice

from msgspec import Struct

from ..concurrency import Group, cancel_all
from ..errors import RETRY_PAUSE, ErrorCode, RedisRejected, RedisUnavailable, RedisWriteRefused, Refused, internal_error
from ..model import Person
from ..redis_link import RoomKeys
from .claims import Claim, Entered, NameHeld
from .leases import Leases
from .roster import Roster

GROUP = 32  # people in one script call: all are welcomed in one turn of the loop, which takes 4 ms
REST_TURNS = 12  # of the loop after each group: otherwise every third turn would be spent on welcomes
REJECTED_RETRY = 5.0  # s after which a client may try again if Redis rejects the room
STOP_TIMEOUT = 1.0  # s that a stop waits for people who are just entering or leaving

EntryAnswer = Callable[["Entered | Refused"], None]
"""Receives the outcome: Entered, or a refusal: name_taken (with a suggestion), unavailable, or a restriction that a
moderator has set."""

logger = logging.getLogger(__name__)


class _Entry(Struct, eq=False):
    """The request of a session to enter, or of a person to take another name."""

    person: Person
    answer: EntryAnswer
    claim: Claim


class EntryQueue:
    """The queue of one room. `leaving`: ids of people whose last session here has gone, which Redis doesn't know yet.

    `on_unknown` is called when somebody who left had no lease.
    """

    def __init__(
        self, keys: RoomKeys, leases: Leases, roster: Roster, tasks: Group, on_unknown: Callable[[], None]
    ) -> None:
        self.leaving: set[str] = set()
        self._keys = keys
        self._leases = leases
        self._roster = roster
        self._tasks = tasks
        self._on_unknown = on_unknown
        self._entering: dict[_Entry, None] = {}  # in the order in which they came
        self._unleased: dict[str, Person] = {}  # let in while Redis couldn't store their lease
        self._worker: asyncio.Task[None] | None = None

    def enter(self, person: Person, answer: EntryAnswer, claim: Claim) -> Callable[[], None]:
        """Queue a request for a lease on the person's name; `answer` is called however long Redis takes.

        Returns a function that withdraws the request. If Redis is being asked already, `answer` is called all the same.
        """
        entry = _Entry(person, answer, claim)
        self._entering[entry] = None
        self._start_worker()
        return partial(self._entering.pop, entry, None)

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits to enter or leave."""
        return self._worker is None

    def entering(self) -> list[str]:
        """The ids of the people who wait for an answer."""
        return [entry.person.id for entry in self._entering]

    def leave(self, people: Iterable[str]) -> None:
        """End the leases of people who are no longer here, unless they come back before Redis is told."""
        self.leaving.update(people)
        self._start_worker()

    def take_unleased(self) -> dict[str, Person]:
        """The people, by id, who were let in without a lease and are still here. Forgets them."""
        unleased, self._unleased = self._unleased, {}
        return {id_: person for id_, person in unleased.items() if self._roster.local_sessions[id_] > 0}

    async def stop(self) -> None:
        """Wait up to STOP_TIMEOUT for people who are just entering or leaving."""
        if self._worker is not None:
            await asyncio.wait([self._worker], timeout=STOP_TIMEOUT)
            await cancel_all([self._worker])

    # -- within --------------------------------------------------------------------------

    def _start_worker(self) -> None:
        if self._worker is None:
            self._worker = self._tasks.spawn(self._enter_and_leave())

    async def _enter_and_leave(self) -> None:
        """Take turns until nobody waits (group commit): each sends one group of entries, and all exits so far."""
        try:
            while self._entering or self.leaving:
                group = list(islice(self._entering, GROUP))
                try:
                    await self._take_turn(group)
                except RedisUnavailable:
                    await asyncio.sleep(RETRY_PAUSE)
                except Exception:  # one bad group must not keep all others from entering
                    logger.exception("Could not let people in")
                    for entry in group:
                        if entry in self._entering:
                            self._answer(entry, internal_error())
                    await asyncio.sleep(RETRY_PAUSE)
        finally:
            self._worker = None

    async def _take_turn(self, group: list[_Entry]) -> None:
        if group:
            outcomes = await self._enter([(entry.person, entry.claim) for entry in group])
            for entry, outcome in zip(group, outcomes, strict=True):
                self._answer(entry, outcome)
        await self._leave()
        for _ in range(REST_TURNS):
            await asyncio.sleep(0)

    def _answer(self, entry: _Entry, outcome: Entered | Refused) -> None:
        self._entering.pop(entry, None)
        try:
            if isinstance(outcome, NameHeld):
                outcome.facts["suggestion"] = self._roster.free_name(entry.person.name)
            entry.answer(outcome)
        except Exception:  # one bad answer must not keep all others from entering
            logger.exception("Could not handle the reply to a request to enter")
        if isinstance(outcome, Entered) and self._roster.local_sessions[entry.person.id] <= 0:
            self.leaving.add(entry.person.id)  # they left during the call, which renewed their lease in full

    async def _enter(self, people: list[tuple[Person, Claim]]) -> list[Entered | Refused]:
        try:
            return await self._request_leases(people)
        except RedisRejected:
            return [Refused(ErrorCode.UNAVAILABLE, "Redis rejects this room", retry_after=REJECTED_RETRY)] * len(people)

    async def _request_leases(self, people: list[tuple[Person, Claim]]) -> list[Entered | Refused]:
        try:
            return await self._leases.enter(self._keys, people)
        except RedisWriteRefused as problem:
            logger.warning("Redis refused to store presence: %s", problem)
            return await self._enter_without_lease(people)

    async def _enter_without_lease(self, people: list[tuple[Person, Claim]]) -> list[Entered | Refused]:
        """Let people in to read while Redis is full but readable. They get a lease when Redis can store one again."""
        outcomes = await self._leases.enter(self._keys, people, is_trial=True)
        entered = [outcome.person for outcome in outcomes if isinstance(outcome, Entered)]
        self._unleased.update((person.id, person) for person in entered)
        return outcomes

    async def _leave(self) -> None:
        gone = {person for person in self.leaving if self._roster.local_sessions[person] <= 0}
        self.leaving.clear()  # anyone added during the call is for the next turn, even the same person
        if not gone:
            return
        try:
            had_lease = await self._leases.leave(self._keys, list(gone))
        except RedisRejected:  # it is logged; a retry would be rejected, too, and leases run out on their own
            return
        except (RedisUnavailable, asyncio.CancelledError):
            self.leaving |= gone
            raise
        except Exception:  # their leases run out on their own
            logger.exception("Could not end leases")
            return
        if had_lease < len(gone):  # without a lease that ends no signal comes: only this node lists them
            self._on_unknown()
