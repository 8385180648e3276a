"""Takes a client that has entered to the live room: sends the welcome and missed events, and joins the audience.

Nothing is awaited between reading the room's position and joining its audience, so no message can be lost in between
(docs/decisions/0007).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import TypeVar

from msgspec import UNSET, Raw

from ..broker import Batch, Trimmed
from ..errors import RETRY_PAUSE, ErrorCode, RedisUnavailable, Refused
from ..fan_out import text_frame
from ..model import Position
from ..protocol import Hello, OnlineChange, Resume, Welcome, raw_array
from .standing import Standing
from .visit import Visit

LOAD_TIMEOUT = 5.0  # s within which a room can be read from a Redis that is up

T = TypeVar("T")


class Join:
    """Takes one client from the position in its `hello`, or from none, to the audience of its room."""

    def __init__(self, visit: Visit, standing: Standing, hello: Hello) -> None:
        self._visit = visit
        self._standing = standing
        self._hello = hello
        self._feed = visit.room.feed
        self._is_queued = False  # the client's address has read so much that it must wait

    def try_now(self) -> bool:
        """Join without waiting if everything needed is in memory, as it nearly always is. Returns whether it was."""
        if not self._visit.room.is_ready:
            return False
        resume = self._hello.resume
        if resume is None:
            self._start_afresh(lost=False)
            return True
        if self._may_be_lost() or self._is_unknown(resume):
            return False
        missed = self._feed.next_in_memory(resume.seq)
        if missed is None:
            return False
        self._resume(resume, missed)
        return True

    async def when_ready(self) -> None:
        """Join when the room's log and its list of people are loaded, however long Redis is unreachable.

        Raises Refused(unavailable) if they can't be read although Redis answers.
        """
        join = asyncio.ensure_future(self._join())
        try:
            while not (await asyncio.wait([join], timeout=LOAD_TIMEOUT))[0]:
                if not self._is_queued and self._visit.services.is_up(self._visit.room.keys):
                    raise Refused(ErrorCode.UNAVAILABLE, "Redis can't read this room", retry_after=LOAD_TIMEOUT)
            join.result()
        finally:
            join.cancel()

    # -- within --------------------------------------------------------------------

    async def _join(self) -> None:
        await self._visit.room.ready()
        if self.try_now():
            return
        resume = self._hello.resume
        assert resume is not None  # all others have joined by now
        if self._may_be_lost():
            await self._feed.verify()
        if self._is_unknown(resume):
            await self._until_available(lambda: self._feed.verify_position(Position(resume.epoch, resume.seq)))
        if self._is_unknown(resume):
            self._start_afresh(lost=True)
        else:
            await self._catch_up(resume)

    async def _catch_up(self, resume: Resume) -> None:
        try:
            missed = await self._next_events(resume.seq)
            if resume.epoch != self._feed.log.epoch:  # lost while it was read
                self._start_afresh(lost=True)
            else:
                self._resume(resume, missed)
        except Trimmed:
            self._start_afresh(lost=False)

    def _may_be_lost(self) -> bool:
        """Whether the log may be another one by now, unknown to this node. Then no client may be told that it missed
        nothing.
        """
        return self._feed.is_syncing or not self._visit.services.is_up(self._visit.room.keys)

    def _is_unknown(self, resume: Resume) -> bool:
        """Whether the client's position is unknown here: the log is lost, another node was quicker, or it is false."""
        return resume.epoch != self._feed.log.epoch or resume.seq > self._feed.log.seq

    def _start_afresh(self, *, lost: bool) -> None:
        position, messages = self._feed.snapshot(self._hello.history)
        self._welcome(position, messages, recovered=False, lost=lost)
        self._go_live()

    def _resume(self, resume: Resume, missed: Batch) -> None:
        position = Position(resume.epoch, missed.seq)
        self._welcome(position, raw_array(missed.events), recovered=True, lost=False)
        if position == self._feed.log.position:
            self._go_live()
        else:
            self._visit.client.spawn(self._follow(position))

    def _go_live(self) -> None:
        transport = self._visit.client.transport
        if not transport.is_closing:  # a library may have swallowed the cancellation of this task: nobody would leave
            self._visit.room.go_live(transport)

    async def _follow(self, position: Position) -> None:
        """Send the rest of the missed events as fast as the client takes them, then join the audience."""
        client = self._visit.client
        while position != self._feed.log.position:
            await client.transport.drained()
            try:
                missed = await self._next_events(position.seq)
                if position.epoch != self._feed.log.epoch:
                    raise Trimmed
                client.send_frames_charged(b"".join(map(text_frame, missed.events)))
                position = Position(position.epoch, missed.seq)
            except Trimmed:
                client.transport.send(text_frame(self._feed.reset_event()))
                position = self._feed.log.position
                self._visit.epoch = position.epoch
        self._go_live()
        client.send(OnlineChange(self._visit.room.people_count, [], [], [], more=True))

    async def _next_events(self, after: int) -> Batch:
        return await self._until_available(partial(self._read, after))

    async def _read(self, after: int) -> Batch:
        """Read one batch in the address's turn. Raises RedisUnavailable, which ends the turn: meanwhile the address may
        read in rooms on other primaries.
        """
        self._is_queued = True
        async with self._visit.client.reading():
            self._is_queued = False
            return await self._feed.next_events(after)

    async def _until_available(self, read: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await read()
            except RedisUnavailable:
                await asyncio.sleep(RETRY_PAUSE)

    def _welcome(self, position: Position, messages: Raw, *, recovered: bool, lost: bool) -> None:
        visit, services, muted = self._visit, self._visit.services, self._standing.muted
        visit.client.send_charged(
            Welcome(
                room=visit.room.name,
                you=visit.room.current_person(visit.person),
                token=self._token(),
                epoch=position.epoch,
                seq=position.seq,
                head=self._feed.log.seq,
                recovered=recovered,
                lost=lost,
                messages=messages,
                online=visit.room.online(),
                text=services.greeting,
                limits=services.limits.on_the_wire(visit.pace.burst(monotonic())),
                version=services.version,
                rules=visit.room.rules.current,
                role=self._standing.role or UNSET,
                muted=UNSET if muted is None else math.ceil(muted),
                cleared=True if lost and self._feed.log.is_cleared else UNSET,
            )
        )
        visit.epoch = position.epoch

    def _token(self) -> str:
        """The client's own token if valid, since its age tells how long the person has been known; else a new one.

        So is one from the future, which would keep its owner new until then.
        """
        token, tokens, person = self._hello.token, self._visit.services.tokens, self._visit.person.id
        age = tokens.age(token)
        if token is not None and age is not None and age >= 0 and tokens.person_id(token) == person:
            return token
        return tokens.sign(person)
