"""The sessions connected to this process, by room, and the fan-out to them.

A frame is made once; each member gets the same bytes. Members sit in sections, and a *round* goes from section to
section, giving each whatever it lacks, in one write per member. A frame that comes in the middle of a round goes along
from there, so nobody waits for an older frame's round to end. A long round gives way to the loop now and then, and
after one that took t there is a pause of t / 2: the busier the room, the more gathers and goes together, and joins,
pings and posts never wait for long.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import Protocol

SECTION = 64  # members between two looks at the clock
SLICE = 0.005  # s: a round over very many sections gives way to the loop this often,
TURNS = 20  # for so many turns: a post takes one to be read, some to go to Redis, some to be acknowledged
BRISK = 0.001  # s: after a round quicker than this there is no pause: under light load a message leaves at once
PAUSE_MOST = 0.02  # s: by itself a round over very many takes so long that enough gathers
PATIENCE = 0.3  # s that a frame which isn't urgent waits for another to go with, where a round isn't brisk


class Member(Protocol):
    """What the fan-out needs of a connected client."""

    @property
    def write(self) -> Callable[[bytes], int]:
        """The shortest way out: takes what it can at once and returns how many bytes that was, or raises OSError."""

    def send(self, data: bytes, /) -> None:
        """Send whole frames, or the rest of one. Never blocks and never raises."""


class _Section:
    """Members who have all got the same frames: the first `sent` of all that were ever broadcast."""

    __slots__ = ("members", "newcomers", "sent")

    def __init__(self, sent: int) -> None:
        self.members: dict[Member, None] = {}
        self.newcomers: dict[Member, int] = {}  # since the last visit, and how many frames are older than each
        self.sent = sent

    def __len__(self) -> int:
        return len(self.members) + len(self.newcomers)


class Audience:
    """The members of one room on this node."""

    def __init__(self) -> None:
        self._seats: dict[Member, _Section] = {}
        self._sections: list[_Section] = []
        self._roomy: dict[_Section, None] = {}  # sections that aren't full
        self._at = 0  # the section whose turn it is: always the one that is furthest behind
        self._frames: deque[bytes] = deque()  # the newest, as far back as some section lacks them
        self._count = 0  # of frames that were ever broadcast
        self._due = 0  # so many of them are to be sent now; those after it aren't urgent
        self._batch = (0, 0, b"")  # (after so many, up to so many, these frames as one)
        self._step: asyncio.Handle | None = None  # the next step of a round, or the end of the pause after it
        self._patience: asyncio.TimerHandle | None = None
        self._visits = 0  # sections visited in this round
        self._spent = 0.0  # s on this round
        self._took = 0.0  # s that the last one took

    def __len__(self) -> int:
        return len(self._seats)

    def __bool__(self) -> bool:
        return bool(self._seats)

    def members(self) -> list[Member]:
        return list(self._seats)

    def add(self, member: Member) -> None:
        """From now on `member` gets what is broadcast, and nothing from before, also when that wasn't sent yet."""
        section = next(iter(self._roomy), None) or self._new_section()
        section.newcomers[member] = self._count
        self._seats[member] = section
        if len(section) == SECTION:
            del self._roomy[section]

    def remove(self, member: Member) -> None:
        section = self._seats.pop(member, None)
        if section is None:
            return
        section.members.pop(member, None)
        section.newcomers.pop(member, None)
        if section:
            self._roomy[section] = None
        else:
            self._drop(section)

    def broadcast(self, frame: bytes, *, urgent: bool = True) -> None:
        """Send one frame to everyone, in the order of the calls.

        One that isn't urgent may wait up to PATIENCE for another: in a large audience it then costs nothing.
        """
        if not self._seats:
            return
        self._frames.append(frame)
        self._count += 1
        if urgent or self._took <= BRISK:
            self._send_all()
        elif self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(PATIENCE, self._send_all)

    # -- within: sections --------------------------------------------------------

    def _new_section(self) -> _Section:
        # As far as the one before it, so that going round from `_at` each is as far as the one before or further.
        section = _Section(self._sections[-1].sent if self._sections else self._count)
        self._sections.append(section)
        self._roomy[section] = None
        return section

    def _drop(self, section: _Section) -> None:
        self._roomy.pop(section, None)
        index = self._sections.index(section)
        del self._sections[index]
        if index < self._at:
            self._at -= 1
        elif self._at == len(self._sections):
            self._at = 0
        self._forget_sent()

    def _next(self) -> _Section | None:
        """The section whose turn it is, if it lacks something that is due. If it doesn't, no section does."""
        if not self._sections or self._sections[self._at].sent >= self._due:
            return None
        return self._sections[self._at]

    # -- within: rounds ----------------------------------------------------------

    def _send_all(self) -> None:
        self._due = self._count
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if self._step is None:
            self._step = asyncio.get_running_loop().call_soon(self._go_round)

    def _go_round(self) -> None:
        """Visit one section after the other until all have what is due, or each had its turn."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        while self._visits < len(self._sections) and (section := self._next()) is not None:
            self._visit(section)
            self._visits += 1
            if (took := loop.time() - start) > SLICE:
                self._spent += took
                self._give_way(TURNS)
                return
        self._rest(self._spent + loop.time() - start)

    def _give_way(self, turns: int) -> None:
        """Go on after so many turns of the loop."""
        go_on = partial(self._give_way, turns - 1) if turns > 1 else self._go_round
        self._step = asyncio.get_running_loop().call_soon(go_on)

    def _visit(self, section: _Section) -> None:
        _write(self._after(section.sent), list(section.members))
        for member, older in list(section.newcomers.items()):
            if older <= self._due:
                del section.newcomers[member]
                section.members[member] = None
            if older < self._due:
                member.send(self._after(older))
        section.sent = self._due
        self._at = (self._at + 1) % len(self._sections)
        self._forget_sent()

    def _after(self, sent: int) -> bytes:
        """What is due after the first `sent` frames, made once for all sections that are equally far."""
        if self._batch[:2] != (sent, self._due):
            first = self._count - len(self._frames)
            self._batch = (sent, self._due, b"".join(islice(self._frames, sent - first, self._due - first)))
        return self._batch[2]

    def _forget_sent(self) -> None:
        lacking = self._count - self._sections[self._at].sent if self._sections else 0
        while len(self._frames) > lacking:
            self._frames.popleft()

    def _rest(self, took: float) -> None:
        loop = asyncio.get_running_loop()
        self._step, self._batch = None, (0, 0, b"")
        if self._visits:
            self._took = took
        self._visits, self._spent = 0, 0.0
        if took > BRISK:
            self._step = loop.call_later(min(took / 2, PAUSE_MOST), self._go_round)
        elif self._next() is not None:
            self._step = loop.call_soon(self._go_round)


def _write(data: bytes, members: Iterable[Member]) -> None:
    """The loop that the program exists for: a system call for each member, and as little Python as can be."""
    size = len(data)
    for member in members:
        write = member.write  # looked up by itself: as `member.write(data)` it would be sought as a method first
        try:
            sent = write(data)
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
