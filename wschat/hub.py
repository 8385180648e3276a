"""The sessions connected to this process, by room, and the fan-out to them.

A frame is made once; each member gets the same bytes. What has piled up since the last flush goes in one write per
member, and flushes pace themselves: after one that took t, the loop belongs to others for at least t, so the
busier the room, the more merges, and joins, pings and posts never wait for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

SLICE = 0.008  # s: a flush over very many members gives way to the loop this often
SLICE_MEMBERS = 64  # members between two looks at the clock
BRISK = 0.001  # s: a flush quicker than this isn't paced: under light load a message leaves at once


class Member(Protocol):
    """What the fan-out needs of a connected client."""

    @property
    def write(self) -> Callable[[bytes], int]:
        """The shortest way out: takes what it can at once and returns how many bytes that was, or raises OSError."""

    def send(self, data: bytes, /) -> None:
        """Send whole frames, or the rest of one. Never blocks and never raises."""


class Audience:
    """The members of one room on this node."""

    def __init__(self) -> None:
        self._members: dict[Member, None] = {}
        # Who joined since the last flush began, with how many of the pending frames are older than they are.
        self._newcomers: dict[Member, int] = {}
        self._pending: list[bytes] = []
        self._flushing = False
        self._timer: asyncio.Handle | None = None

    def __len__(self) -> int:
        return len(self._members) + len(self._newcomers)

    def __bool__(self) -> bool:
        return bool(self._members or self._newcomers)

    def members(self) -> list[Member]:
        return [*self._members, *self._newcomers]

    def add(self, member: Member) -> None:
        """From now on `member` gets what is broadcast, and nothing from before, also when it wasn't flushed yet."""
        self._newcomers[member] = len(self._pending)

    def remove(self, member: Member) -> None:
        self._members.pop(member, None)
        self._newcomers.pop(member, None)

    def broadcast(self, frame: bytes) -> None:
        """Send one frame to everyone, in the order of the calls."""
        self._pending.append(frame)
        if self._timer is None and not self._flushing:
            self._timer = asyncio.get_running_loop().call_soon(self._start_flush)

    # -- within ----------------------------------------------------------------

    def _start_flush(self) -> None:
        self._timer, self._flushing = None, True
        pending, self._pending = self._pending, []
        members = list(self._members)
        start = asyncio.get_running_loop().time()
        for member, older in self._newcomers.items():
            self._members[member] = None
            if older < len(pending):
                member.send(b"".join(pending[older:]))
        self._newcomers.clear()
        self._flush(b"".join(pending), members, 0, asyncio.get_running_loop().time() - start)

    def _flush(self, data: bytes, members: list[Member], at: int, spent: float) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        while at < len(members):
            _write(data, members[at : at + SLICE_MEMBERS])
            at += SLICE_MEMBERS
            if at < len(members) and (took := loop.time() - start) > SLICE:
                loop.call_soon(self._flush, data, members, at, spent + took)
                return
        self._flushing = False
        self._pause(loop, spent + loop.time() - start)

    def _pause(self, loop: asyncio.AbstractEventLoop, took: float) -> None:
        if took > BRISK:
            self._timer = loop.call_later(took, self._resume)
        elif self._pending:
            self._timer = loop.call_soon(self._start_flush)

    def _resume(self) -> None:
        self._timer = None
        if self._pending:
            self._start_flush()


def _write(data: bytes, members: Iterable[Member]) -> None:
    """The loop that the program exists for: a system call for each member, and as little Python as can be."""
    size = len(data)
    for member in members:
        try:
            sent = member.write(data)
        except OSError:
            sent = 0
        if sent != size:
            member.send(data[sent:])


class Hub:
    """All audiences of this node, by room. An audience is made when it is first asked for."""

    def __init__(self) -> None:
        self._audiences: dict[str, Audience] = {}

    def audience(self, room: str) -> Audience:
        if room not in self._audiences:
            self._audiences[room] = Audience()
        return self._audiences[room]

    def forget(self, room: str) -> None:
        self._audiences.pop(room, None)

    def broadcast(self, frame: bytes) -> None:
        """Send one frame to everyone on this node."""
        for audience in list(self._audiences.values()):
            audience.broadcast(frame)
