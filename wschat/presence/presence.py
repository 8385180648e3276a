"""Who is in which room: what sessions ask for, what Redis says, and the clockwork between."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import islice
from typing import Any

from ..errors import RedisUnavailable, RedisWriteRefused
from ..hub import Hub
from ..model import Person
from ..protocol import Signal, encode, read_signal
from ..redis_link import Call, RedisLink, RoomKeys
from ..tasks import cancel_all, spawn
from .leases import PRESENCE_RENEWAL, Leases, Renewal, portions
from .room import Answer, Entry, Room
from .roster import Roster

TICK = 1.0  # s between two rounds of renewing and letting go
ROOMS_A_TICK = 200  # rooms in one round, unless that would take longer than a renewal may
GROUP = 32  # people in one script call: all are welcomed in one turn of the loop, which takes 4 ms
RETRY = 0.3
STOP_TIMEOUT = 1.0  # s that a stop waits for those who are just entering or leaving
RELOAD_PAUSE = 1.0  # s after a new subscription: nodes that lost Redis together put their people back first

logger = logging.getLogger(__name__)


class Presence:
    """Everyone's presence on this node. Nothing here blocks; Redis is spoken to in groups."""

    def __init__(self, link: RedisLink, hub: Hub) -> None:
        self._link = link
        self._hub = hub
        self._leases = Leases(link)
        self._rooms: dict[str, Room] = {}
        self._round: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    def start(self) -> None:
        self._spawn(self._keep_watch())

    async def stop(self) -> None:
        """Give everyone here the grace: those who don't come back elsewhere are gone when it ends."""
        self._is_stopping = True
        busy = [room.busy for room in self._rooms.values() if room.busy is not None]
        if busy:
            await asyncio.wait(busy, timeout=STOP_TIMEOUT)
        await cancel_all(self._tasks)
        await asyncio.gather(*(self._leave_for_good(room) for room in self._rooms.values()))

    async def _leave_for_good(self, room: Room) -> None:
        room.roster.close()
        people = [*room.roster.here, *room.leaving]
        if people and self._link.is_up:
            await self._try(self._leases.leave(room.keys, people))

    # -- what sessions ask ---------------------------------------------------------

    def roster(self, room: str) -> Roster:
        return self._room(room).roster

    def enter(self, room: str, person: Person, answer: Answer) -> Callable[[], None]:
        """A session of `person` enters, or takes the name that `person` now has. However long Redis takes.

        Returns what withdraws this, for one who doesn't want to wait: `answer` may still be called if Redis is just
        being asked.
        """
        state = self._room(room)
        entry = Entry(person, answer)
        state.entering[entry] = None
        self._work(state)
        return partial(state.entering.pop, entry, None)

    def entered(self, room: str, person: Person) -> None:
        """A session that was let in is here: count it, and show it at once."""
        roster = self._room(room).roster
        roster.here[person.id] += 1
        roster.put(person)

    def leave(self, room: str, person: str) -> None:
        """A session that was here is gone."""
        state = self._rooms.get(room)
        if state is None:
            return
        here = state.roster.here
        here[person] -= 1
        if here[person] <= 0:
            del here[person]
            state.leaving.add(person)
            self._work(state)

    def typing(self, room: str, person: Person) -> None:
        """Tell the room that somebody types. It isn't worth a second try."""
        signal = encode(Signal(typing=[person]))
        call = Call.command("PUBLISH", self._room(room).keys.signals, signal)
        self._spawn(self._try(self._link.execute(call)))

    def forget(self, room: str) -> None:
        """Nobody is in the room any more: stop listening to it. Whoever is leaving still does."""
        state = self._rooms.pop(room, None)
        if state is not None:
            self._link.unsubscribe(state.keys.signals)
            state.roster.close()
            if state.loading is not None:
                state.loading.cancel()

    # -- what Redis says -----------------------------------------------------------

    def _room(self, name: str) -> Room:
        room = self._rooms.get(name)
        if room is None:
            room = Room(RoomKeys.of(name), Roster(self._hub.audience(name)))
            self._rooms[name] = room
            listening = room
            self._link.subscribe(room.keys.signals, lambda data: self._heard(listening, data))
        return room

    def _heard(self, room: Room, data: bytes | None) -> None:
        if self._is_stopping:
            return
        if data is None:
            self._renew_soon(room)
            self._load(room, RELOAD_PAUSE if room.roster.known.is_set() else 0.0)
            return
        try:
            signal = read_signal(data)
        except ValueError:
            logger.debug("what came on the signal channel isn't a signal", extra={"bytes": len(data)})
            return
        if any(room.roster.here[person] > 0 for person in signal.leaving):
            self._renew_soon(room)
        if room.loading is not None:
            room.arrived.append(signal)
        elif not room.roster.apply(signal):
            self._load(room)

    def _load(self, room: Room, pause: float = 0.0) -> None:
        """Read the whole list: after (re)subscribing, or when a change was missed."""
        if room.loading is None:
            room.loading = self._spawn(self._loaded(room, pause))

    async def _loaded(self, room: Room, pause: float) -> None:
        await asyncio.sleep(pause)
        whole = False
        while not whole:
            room.arrived.clear()
            try:
                people, version = await self._leases.everyone(room.keys)
            except RedisUnavailable:
                await asyncio.sleep(RETRY)
                continue
            room.roster.replace(people, version)
            whole = all(map(room.roster.apply, room.arrived))
        room.loading = None

    # -- the clockwork -------------------------------------------------------------

    def _work(self, room: Room) -> None:
        if room.busy is None:
            room.busy = self._spawn(self._enter_and_leave(room))

    async def _enter_and_leave(self, room: Room) -> None:
        """Group commit, as for posts: each turn takes whoever has gathered."""
        while room.entering or room.leaving:
            try:
                if room.entering:
                    group = list(islice(room.entering, GROUP))
                    answers = await self._enter(room, [entry.person for entry in group])
                    for entry, holder in zip(group, answers, strict=True):
                        room.entering.pop(entry, None)
                        entry.answer(holder)
                await self._let_go(room)
            except RedisUnavailable:
                await asyncio.sleep(RETRY)
        room.busy = None

    async def _enter(self, room: Room, people: list[Person]) -> list[str]:
        try:
            return await self._leases.enter(room.keys, people)
        except RedisWriteRefused as problem:
            # Full, but readable: they are let in to read, and get their lease when there is room again.
            logger.warning("presence can't be stored now: %s", problem)
            room.owed.update((person.id, person) for person in people)
            return [""] * len(people)

    async def _let_go(self, room: Room) -> None:
        gone = {person for person in room.leaving if room.roster.here[person] <= 0}
        room.leaving.clear()  # whoever is added while Redis is asked is for the next turn, even the same person
        if gone:
            try:
                known = await self._leases.leave(room.keys, list(gone))
            except (RedisUnavailable, asyncio.CancelledError):
                room.leaving |= gone
                raise
            if known < len(gone):  # no lease will end, so nobody would tell us: whoever has none is in our list only
                self._load(room)

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            await self._try(self._renew(self._next_round()))

    def _next_round(self) -> list[Room]:
        if not self._round:
            self._round = list(self._rooms)
        size = max(ROOMS_A_TICK, math.ceil(len(self._rooms) / (PRESENCE_RENEWAL / TICK)))
        names, self._round = self._round[:size], self._round[size:]
        return [self._rooms[name] for name in names if name in self._rooms]

    async def _renew(self, rooms: list[Room]) -> None:
        """Renew what is due, in portions: neither Redis nor the loop is held up by a room full of people."""
        try:
            for portion in portions(self._due(rooms)):
                await self._renew_portion(portion)
        except RedisUnavailable:
            for room in rooms:
                room.renewed = 0.0
            raise

    def _due(self, rooms: list[Room]) -> list[tuple[Room, list[str]]]:
        """Each room with those whose leases are to be renewed now: all who are here, or nobody."""
        now = asyncio.get_running_loop().time()
        due: list[tuple[Room, list[str]]] = []
        for room in rooms:
            is_due = now - room.renewed >= PRESENCE_RENEWAL - TICK
            due.append((room, list(room.roster.here) if is_due else []))
            if is_due:
                room.renewed = now
        return due

    async def _renew_portion(self, portion: list[Renewal]) -> None:
        # As it was before: a change that is heard while we ask is no sign of anything.
        known = [room.roster.version for room, _, _ in portion]
        replies = await self._link.pipeline([self._leases.renewal(room.keys, people) for room, people, _ in portion])
        for (room, people, is_first), before, reply in zip(portion, known, replies, strict=True):
            if isinstance(reply, Exception):
                room.renewed = 0.0
                continue
            self._leave_again(room, people)
            version, missing = reply
            self._enter_again(room, [person.decode() for person in missing])
            if is_first:
                if room.roster.version < room.polled or before > version:
                    self._load(room)
                room.polled = version

    def _leave_again(self, room: Room, renewed: list[str]) -> None:
        """Whoever left while their lease was being renewed: the renewal may have come after the leave."""
        gone = [person for person in renewed if room.roster.here[person] <= 0]
        if gone:
            room.leaving.update(gone)
            self._work(room)

    def _renew_soon(self, room: Room) -> None:
        room.renewed = 0.0
        self._spawn(self._try(self._renew([room])))

    def _enter_again(self, room: Room, missing: list[str]) -> None:
        """Redis has lost them (it came back empty), or couldn't store them: their sessions are still here."""
        again = {person: room.roster.people[person] for person in missing if person in room.roster.people}
        again.update((person.id, person) for person in room.owed.values() if room.roster.here[person.id] > 0)
        room.owed.clear()
        room.entering.update((Entry(person, lambda holder: None), None) for person in again.values())
        if room.entering:
            self._work(room)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _try(self, asking: Coroutine[None, None, object]) -> None:
        try:
            await asking
        except RedisUnavailable as problem:
            logger.debug("presence waits for Redis: %s", problem)
