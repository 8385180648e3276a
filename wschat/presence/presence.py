"""The people of one room, as this node knows them: entering and leaving here, and changes from other nodes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from ..concurrency import Group, Sync
from ..errors import RedisUnavailable, Refused
from ..fan_out import Audience
from ..model import Person
from ..protocol import MALFORMED, Signal, encode, read_signal
from ..redis_link import Call, RedisLink, RoomKeys
from .claims import NO_CLAIM, Claim, Entered
from .entry_queue import EntryAnswer, EntryQueue
from .leases import Leases, ListState
from .roster import Roster

RESYNC_PAUSE = 1.0  # s after a new subscription: nodes that lost Redis together put their people back first
LOST_PAUSE = 3.0  # s after Redis lost the list: each node puts its people back when it renews their leases

logger = logging.getLogger(__name__)


class PresenceListener(Protocol):
    """The room: it knows the sessions of the people on this node."""

    def on_lease_lost(self, person: Person) -> None:
        """Called when a person here has no lease, or has lost their name to somebody else: they must enter again."""

    def on_list(self) -> None:
        """Called when the list of people was read again, or somebody in it has another name or role."""

    def on_demoted(self) -> None:
        """Called when a person here is no longer a moderator."""

    def on_renewal_due(self, people: Sequence[str] | None = None) -> None:
        """Called when the leases of these people here (None: of all) must be renewed ahead of schedule."""

    def moderators(self) -> Collection[str]:
        """The ids of the people who are moderators by an authority of a session here."""


class Presence:
    """The people of one room. No method blocks; requests go to Redis in groups."""

    def __init__(
        self,
        keys: RoomKeys,
        link: RedisLink,
        leases: Leases,
        audience: Audience,
        tasks: Group,
        listener: PresenceListener,
    ) -> None:
        self.keys = keys
        self.roster = Roster(audience, listener.on_demoted)
        self.renewed_at = 0.0  # by the clock of the event loop
        self.renewed_at_redis_ms = 0  # when Redis renewed the leases last, by its clock; 0: not yet
        self._link = link
        self._leases = leases
        self._tasks = tasks
        self._listener = listener
        self._sync: Sync[Signal] = Sync(self._read, self._apply, lambda: len(audience))
        self._queue = EntryQueue(keys, leases, self.roster, tasks, self._sync.resync)
        self._seen = ListState(-1, 0)  # of the list in Redis, at the last renewal
        self._is_stopping = False

    @property
    def is_loaded(self) -> bool:
        return self._sync.ready.is_set()

    async def loaded(self) -> None:
        """Wait until the list of people was read for the first time."""
        await self._sync.ready.wait()

    @property
    def is_syncing(self) -> bool:
        return self._sync.is_syncing

    # -- for the room ----------------------------------------------------------------

    def enter(self, person: Person, answer: EntryAnswer, claim: Claim = NO_CLAIM) -> Callable[[], None]:
        """Ask for a lease on the person's name, which may be a new one; `answer` is called however long Redis takes.

        Returns a function that withdraws the request. If Redis is being asked already, `answer` is called all the same,
        and a lease that was granted ends unless a session of the person is added.
        """
        return self._queue.enter(person, answer, claim)

    async def try_entering(self, person: Person, claim: Claim) -> Entered | Refused:
        """The answer that the person would get to `enter`. Nobody gets a lease. Raises RedisUnavailable."""
        (answer,) = await self._leases.enter(self.keys, [(person, claim)], is_trial=True)
        return answer

    def add_session(self, person: Person) -> None:
        """Count a session of a person who has entered here, and list the person at once."""
        self.roster.local_sessions[person.id] += 1
        self.roster.put(person)

    def remove_session(self, person: str) -> None:
        """Stop counting a session that has gone; after the last one on this node the person leaves."""
        sessions = self.roster.local_sessions
        sessions[person] -= 1
        if sessions[person] <= 0:
            del sessions[person]
            self._queue.leave([person])

    def is_leaving(self, person: str) -> bool:
        """Whether the person's last session here has gone, which Redis doesn't know yet."""
        return person in self._queue.leaving

    def entering(self) -> list[str]:
        """The ids of the people here who wait to be let in, or to get another name."""
        return self._queue.entering()

    @property
    def is_idle(self) -> bool:
        """Whether nobody here waits to enter or leave."""
        return self._queue.is_idle

    def publish_typing(self, person: Person) -> None:
        """Tell all nodes that somebody is typing. A signal that is lost isn't repeated."""
        call = Call.command(self.keys.publish_signal, self.keys.signals, encode(Signal(typing=[person])))
        self._tasks.spawn(self._publish(call))

    async def close(self) -> None:
        """Stop following the room, since nobody is in it. Sessions that are just leaving can still do so."""
        self.roster.close()
        await self._sync.close()

    async def stop(self) -> None:
        """Shorten the leases of all people here to the grace, since the node stops: they may come back elsewhere."""
        self._is_stopping = True
        await self._queue.stop()
        await self.close()
        people = [*self.roster.local_sessions, *self._queue.leaving]
        if people and self._link.serves(self.keys):
            try:
                await self._leases.leave(self.keys, people)
            except RedisUnavailable as problem:
                logger.debug("Could not end leases: %s", problem)

    # -- for the renewer ---------------------------------------------------------------

    def moderators(self) -> Collection[str]:
        """The ids of the people whose role is renewed along with their lease."""
        return self._listener.moderators()

    def on_renewed(self, people: Sequence[str], missing: Sequence[str]) -> None:
        """Handle a renewal of the leases of `people`; those in `missing` had none in Redis, and must enter again."""
        gone = [person for person in people if self.roster.local_sessions[person] <= 0]
        if gone:  # they left while their lease was being renewed, perhaps after the leave
            self._queue.leave(gone)
        self._enter_again(missing)

    @property
    def state(self) -> ListState:
        return ListState(self.roster.version, len(self.roster.people))

    def check_state(self, stored: ListState, local: ListState) -> None:
        """Compare with the list in Redis, and read it again if needed; `local` was this node's state before the call.

        A change may still be on its way here at one renewal, but not at the next: then the signal was missed. A list
        older than this node's has gone back (Redis was restored). If the versions agree and the sizes don't, Redis has
        lost people without a signal.
        """
        if stored.version < local.version:
            self._sync.resync(LOST_PAUSE)
        elif self.roster.version < self._seen.version or stored == self._seen != local:
            self._sync.resync()
        self._seen = stored

    # -- from other nodes ------------------------------------------------------------------

    def on_publish(self, data: bytes | None) -> None:
        """The signal channel's listener: a signal, or None when the subscription begins (again)."""
        if self._is_stopping:
            return
        if data is None:
            self._listener.on_renewal_due()
            self._sync.resync(RESYNC_PAUSE if self.is_loaded else 0.0)
            return
        try:
            signal = read_signal(data)
        except MALFORMED:
            logger.debug("Ignored an invalid signal", extra={"bytes": len(data)})
            return
        stay = [person for person in signal.leaving if self.roster.local_sessions[person] > 0]
        if stay:  # only theirs: who comes and goes at another node would make this one renew a whole crowd each time
            self._listener.on_renewal_due(stay)
        self._sync.on_publish(signal)

    # -- within --------------------------------------------------------------------------

    async def _read(self) -> bool:
        people, version = await self._leases.everyone(self.keys)
        self.roster.replace(people, version)
        self._listener.on_list()
        return True

    def _apply(self, signal: Signal) -> bool:
        is_applied = self.roster.apply(signal)
        if signal.renamed:
            self._listener.on_list()
        return is_applied

    def _enter_again(self, missing: Sequence[str]) -> None:
        """Enter people again whose sessions are here, but whose leases Redis has lost, or couldn't store."""
        again = {person: self.roster.people[person] for person in missing if person in self.roster.people}
        again.update(self._queue.take_unleased())
        for person_id in self.entering():  # they are taking another name, which gives them a lease, too
            again.pop(person_id, None)
        for person in again.values():
            self._listener.on_lease_lost(person)

    async def _publish(self, call: Call) -> None:
        try:
            await self._link.execute(call)
        except RedisUnavailable as problem:
            logger.debug("Could not publish a signal: %s", problem)
