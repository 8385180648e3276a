"""Takes a client from its last position to the live room: sends what it missed, and adds it to the audience.

Nothing is awaited between reading the room's position and joining its audience, so no message can be lost in between
(docs/decisions/0007).
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from ..broker import Batch, Trimmed
from ..errors import RETRY_PAUSE, ErrorCode, RedisUnavailable, Refused
from ..fan_out import text_frame
from ..model import Position
from ..protocol import OnlineChange, Resume
from ..room import Room
from .client import Client
from .session_services import Services

LOAD_TIMEOUT = 5.0  # s within which a room can be read from a Redis that is up

T = TypeVar("T")


class CatchUp(ABC):
    """Takes one client from the position in `resume`, or from none, to the audience of the room."""

    def __init__(self, client: Client, services: Services, room: Room, resume: Resume | None) -> None:
        self._client = client
        self._services = services
        self._room = room
        self._feed = room.feed
        self._resume_from = resume
        self._is_queued = False  # the client's address has read so much that it must wait

    def try_now(self) -> bool:
        """Join without waiting if everything needed is in memory, as it nearly always is. Returns whether it was."""
        if not self._room.is_ready:
            return False
        resume = self._resume_from
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
                if not self._is_queued and self._services.is_up(self._room.keys):
                    raise Refused(ErrorCode.UNAVAILABLE, "Redis can't read this room", retry_after=LOAD_TIMEOUT)
            join.result()
        finally:
            join.cancel()

    # -- for each kind of client ---------------------------------------------------

    @abstractmethod
    def _send_snapshot(self, *, lost: bool) -> None:
        """Send what a client gets that begins at the room's present position. `lost`: its history is gone."""

    @abstractmethod
    def _send_missed(self, position: Position, events: list[bytes]) -> None:
        """Send the first events that the client missed, up to `position`."""

    def _on_reset(self, position: Position) -> None:  # noqa: B027  not all kinds need it
        """Called when the client was sent a `reset`, with the position in it."""

    # -- within --------------------------------------------------------------------

    async def _join(self) -> None:
        await self._room.ready()
        if self.try_now():
            return
        resume = self._resume_from
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
        return self._feed.is_syncing or not self._services.is_up(self._room.keys)

    def _is_unknown(self, resume: Resume) -> bool:
        """Whether the client's position is unknown here: the log is lost, another node was quicker, or it is false."""
        return resume.epoch != self._feed.log.epoch or resume.seq > self._feed.log.seq

    def _start_afresh(self, *, lost: bool) -> None:
        self._send_snapshot(lost=lost)
        self._go_live()

    def _resume(self, resume: Resume, missed: Batch) -> None:
        position = Position(resume.epoch, missed.seq)
        self._send_missed(position, missed.events)
        if position == self._feed.log.position:
            self._go_live()
        else:
            self._client.spawn(self._follow(position))

    def _go_live(self) -> None:
        transport = self._client.transport
        if not transport.is_closing:  # a library may have swallowed the cancellation of this task: nobody would leave
            self._room.go_live(transport)

    async def _follow(self, position: Position) -> None:
        """Send the rest of the missed events as fast as the client takes them, then join the audience."""
        client = self._client
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
                self._on_reset(position)
        self._go_live()
        client.send(OnlineChange(self._room.people_count, [], [], [], more=True))

    async def _next_events(self, after: int) -> Batch:
        return await self._until_available(partial(self._read, after))

    async def _read(self, after: int) -> Batch:
        """Read one batch in the address's turn. Raises RedisUnavailable, which ends the turn: meanwhile the address may
        read in rooms on other primaries.
        """
        self._is_queued = True
        async with self._client.reading():
            self._is_queued = False
            return await self._feed.next_events(after)

    async def _until_available(self, read: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await read()
            except RedisUnavailable:
                await asyncio.sleep(RETRY_PAUSE)
