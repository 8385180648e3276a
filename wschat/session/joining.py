"""From hello to live: the welcome, what was missed, and the one moment at which a session joins the audience.

Nothing is awaited between looking at the room's position and joining its audience, so no message can fall between.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Raw

from ..broker.feed import Trimmed
from ..errors import RedisUnavailable
from ..frames import text_frame
from ..model import Position
from ..protocol import Hello, Notice, OnlineChange, Resume, Welcome, encode, raw_array

if TYPE_CHECKING:
    from .session import Session

RETRY = 0.3  # s between two attempts to read what was missed


class Join:
    """Takes one session from a position, or from nothing, to the audience of its room."""

    def __init__(self, session: Session, hello: Hello) -> None:
        self._session = session
        self._hello = hello
        self._feed = session.rooms.broker.feed(session.room)
        self._roster = session.rooms.presence.roster(session.room)
        self._socket = session.socket

    def at_once(self) -> bool:
        """Join without waiting, when all that is needed is in memory: nearly always."""
        if not self._feed.is_open or not self._roster.known.is_set():
            return False
        resume = self._hello.resume
        if self._may_be_wrong_about(resume):
            return False
        if resume is None:
            self._start_afresh(lost=False)
            return True
        missed = self._feed.next_in_memory(resume.seq)
        if missed is None:
            return False
        self._go_on(resume, missed)
        return True

    async def when_possible(self) -> None:
        """Join when the room's log and its list of people are there."""
        await self._feed.opened()
        await self._roster.known.wait()
        if self.at_once():
            return
        resume = self._hello.resume
        if self._may_be_wrong_about(resume):
            await self._feed.look_again()
        if resume is None:
            self._start_afresh(lost=False)
        elif resume.epoch != self._feed.log.epoch or resume.seq > self._feed.log.seq:
            self._start_afresh(lost=True)
        else:
            await self._catch_up(resume)

    # -- within --------------------------------------------------------------------

    async def _catch_up(self, resume: Resume) -> None:
        try:
            missed = await self._next(resume.seq)
            if resume.epoch != self._feed.log.epoch:  # lost while it was read
                self._start_afresh(lost=True)
            else:
                self._go_on(resume, missed)
        except Trimmed:
            self._start_afresh(lost=False)

    def _may_be_wrong_about(self, resume: Resume | None) -> bool:
        """Must the log be asked first? It may be lost without our knowing yet, or another node may have been quicker
        than the doorbell here.
        """
        feed = self._feed
        if feed.is_mending or not self._session.rooms.is_up():
            return True
        return resume is not None and (resume.epoch != feed.log.epoch or resume.seq > feed.log.seq)

    def _start_afresh(self, *, lost: bool) -> None:
        position, messages = self._feed.snapshot(self._hello.history)
        self._welcome(position, messages, recovered=False, lost=lost)
        self._live()

    def _go_on(self, resume: Resume, missed: list[bytes]) -> None:
        position = Position(resume.epoch, resume.seq + len(missed))
        self._welcome(position, raw_array(missed), recovered=True, lost=False)
        if position == self._feed.log.position:
            self._live()
        else:
            self._session.spawn(self._follow(position))

    def _live(self) -> None:
        self._session.audience.add(self._socket)

    async def _follow(self, position: Position) -> None:
        """Send the rest at the client's own pace, until there is none."""
        while position != self._feed.log.position:
            await self._socket.drained()
            try:
                messages = await self._next(position.seq)
                if position.epoch != self._feed.log.epoch:
                    raise Trimmed
                self._socket.send(b"".join(map(text_frame, messages)))
                position = Position(position.epoch, position.seq + len(messages))
            except Trimmed:
                self._socket.send(text_frame(self._feed.reset()))
                position = self._feed.log.position
        self._live()
        self._session.tell(OnlineChange(len(self._roster.people), [], [], [], more=True))

    async def _next(self, after: int) -> list[bytes]:
        while True:
            try:
                return await self._feed.next_messages(after)
            except RedisUnavailable:
                await asyncio.sleep(RETRY)

    def _welcome(self, position: Position, messages: Raw, *, recovered: bool, lost: bool) -> None:
        session, rooms = self._session, self._session.rooms
        assert session.person is not None  # set by hello
        welcome = Welcome(
            room=session.room,
            you=session.person,
            token=rooms.identity.token(session.person.id),
            epoch=position.epoch,
            seq=position.seq,
            head=self._feed.log.seq,
            recovered=recovered,
            lost=lost,
            messages=messages,
            online=self._roster.snapshot(),
            text=rooms.greeting,
            limits=rooms.limits.on_the_wire(),
            version=rooms.version,
        )
        self._socket.send(text_frame(encode(welcome)))
        if session.told_degraded and rooms.is_up():
            session.tell(Notice("restored"))  # the room was told before this one was in it
