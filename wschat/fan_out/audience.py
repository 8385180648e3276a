"""The members of one room on this node, and the fan-out to them.

A frame is made once; each member gets the same bytes. Members are in sections, and a *round* goes from section to
section, giving each the frames that it lacks, in one write per member. A frame that arrives in the middle of a round
joins it from there, so nobody waits for an older frame's round to end. A long round yields to the event loop every
few milliseconds, and a round that took t is followed by a pause of t / 2: the busier the room, the more frames gather
and are sent together, and joins, pings and posts never wait for long (docs/decisions/0013).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial
from itertools import islice
from time import monotonic

from ..counters import Counters
from .fan_out import BATCH_MAX, FanOut, Member

SECTION = BATCH_MAX  # members between two checks of the clock
SLICE = 0.005  # s after which a long round yields to the event loop
YIELD_TURNS = 20  # turns of the loop for which it yields: enough to read, store and acknowledge a post meanwhile
FAST_ROUND = 0.001  # s: a faster round has no pause after it, so that under light load a message leaves at once
ALONE = 0.001  # s after the last round in any room from which a frame is alone: it goes within `broadcast`, at once,
AT_ONCE_MAX = 2 * SECTION  # to at most so many, if a round takes no longer than a slice: acknowledgements wait for it
PAUSE_MAX = 0.02  # s: a round over very many members takes so long on its own that enough frames gather
COALESCE_MAX = 0.3  # s that a frame that isn't urgent waits for another to share a round with, unless rounds are fast

logger = logging.getLogger(__name__)


class _Section:
    """Members that have received the same frames: the first `sent` of all that were ever broadcast."""

    __slots__ = ("members", "newcomers", "sent")

    def __init__(self, sent: int) -> None:
        self.members: dict[Member, None] = {}
        self.newcomers: dict[Member, int] = {}  # since the last visit, and how many frames are older than each
        self.sent = sent

    def __len__(self) -> int:
        return len(self.members) + len(self.newcomers)


class Audience:
    """The members of one room on this node."""

    def __init__(self, counters: Counters | None = None, fan_out: FanOut | None = None) -> None:
        self._counters = counters or Counters()
        self._fan_out = fan_out or FanOut()
        self._loop = asyncio.get_running_loop()  # asking for it each time is a system call before Python 3.12
        self._section_of: dict[Member, _Section] = {}
        self._sections: list[_Section] = []
        self._open_sections: dict[_Section, None] = {}  # sections that aren't full
        self._cursor = 0  # the section whose turn it is: always the one that is furthest behind
        self._frames: deque[bytes] = deque()  # the newest, as far back as some section lacks them
        self._count = 0  # of frames that were ever broadcast
        self._sendable = 0  # how many of them may be sent now; those after them aren't urgent
        self._batch = (0, 0, b"")  # (from this count, to this count, the frames between, joined)
        self._step: asyncio.Handle | None = None  # the next step of a round, or the end of the pause after it
        self._coalescing: asyncio.TimerHandle | None = None
        self._visits = 0  # sections visited in this round
        self._spent = 0.0  # s on this round
        self._took = 0.0  # s that the last one took

    def __len__(self) -> int:
        return len(self._section_of)

    def __bool__(self) -> bool:
        return bool(self._section_of)

    def __contains__(self, member: Member) -> bool:
        return member in self._section_of

    def members(self) -> list[Member]:
        return list(self._section_of)

    def add(self, member: Member) -> None:
        """Add a member, which gets the frames broadcast from now on, and none from before, even if still unsent."""
        section = next(iter(self._open_sections), None) or self._new_section()
        section.newcomers[member] = self._count
        self._section_of[member] = section
        if len(section) == SECTION:
            del self._open_sections[section]

    def remove(self, member: Member) -> None:
        section = self._section_of.pop(member, None)
        if section is None:
            return
        section.members.pop(member, None)
        section.newcomers.pop(member, None)
        if section:
            self._open_sections[section] = None
        else:
            self._drop(section)

    def broadcast(self, frame: bytes, *, urgent: bool = True) -> None:
        """Send one frame to everyone, in the order of the calls.

        A frame that isn't urgent may wait up to COALESCE_MAX for another: in a large audience it then costs nothing.
        """
        if not self._section_of:
            return
        self._frames.append(frame)
        self._count += 1
        self._counters.broadcasts += 1
        self._counters.deliveries += len(self._section_of)
        if urgent or self._took <= FAST_ROUND:
            self._send_all()
        elif self._coalescing is None:
            self._coalescing = self._loop.call_later(COALESCE_MAX, self._send_all)

    # -- within: sections --------------------------------------------------------

    def _new_section(self) -> _Section:
        # It starts as far as the section before it, so that from `_cursor` on, none is behind the section before it.
        section = _Section(self._sections[-1].sent if self._sections else self._count)
        self._sections.append(section)
        self._open_sections[section] = None
        return section

    def _drop(self, section: _Section) -> None:
        self._open_sections.pop(section, None)
        index = self._sections.index(section)
        del self._sections[index]
        if index < self._cursor:
            self._cursor -= 1
        elif self._cursor == len(self._sections):
            self._cursor = 0
        self._forget_sent()

    def _next(self) -> _Section | None:
        """The section whose turn it is, if it lacks frames that are due. If it doesn't, no section does."""
        if not self._sections or self._sections[self._cursor].sent >= self._sendable:
            return None
        return self._sections[self._cursor]

    # -- within: rounds ----------------------------------------------------------

    def _send_all(self) -> None:
        self._sendable = self._count
        if self._coalescing is not None:
            self._coalescing.cancel()
            self._coalescing = None
        if self._step is not None:
            return
        is_small = len(self._section_of) <= AT_ONCE_MAX and self._took <= SLICE
        if is_small and monotonic() - self._fan_out.round_ended > ALONE:
            self._go_round()
        else:
            self._step = self._loop.call_soon(self._go_round)

    def _go_round(self) -> None:
        """Visit one section after the other until all have the frames that are due, or each had its turn."""
        start = monotonic()
        while self._visits < len(self._sections) and (section := self._next()) is not None:
            self._visit(section)
            self._visits += 1
            if (took := monotonic() - start) > SLICE:
                self._spent += took
                self._yield_turns(YIELD_TURNS)
                return
        self._rest(start)

    def _yield_turns(self, turns: int) -> None:
        """Go on after `turns` turns of the loop."""
        go_on = partial(self._yield_turns, turns - 1) if turns > 1 else self._go_round
        self._step = self._loop.call_soon(go_on)

    def _visit(self, section: _Section) -> None:
        members = list(section.members)
        try:
            self._fan_out.write(self._after(section.sent), members)
        except Exception:
            _end_after_failure(members)
        for member, older in list(section.newcomers.items()):
            if older <= self._sendable:
                del section.newcomers[member]
                section.members[member] = None
            if older < self._sendable:
                try:
                    member.send(self._after(older))
                except Exception:
                    _end_after_failure([member])
        section.sent = self._sendable
        self._cursor = (self._cursor + 1) % len(self._sections)
        self._forget_sent()

    def _after(self, sent: int) -> bytes:
        """The frames due after the first `sent`, joined once for all sections at the same position."""
        if self._batch[:2] != (sent, self._sendable):
            first = self._count - len(self._frames)
            self._batch = (sent, self._sendable, b"".join(islice(self._frames, sent - first, self._sendable - first)))
        return self._batch[2]

    def _forget_sent(self) -> None:
        lacking = self._count - self._sections[self._cursor].sent if self._sections else 0
        while len(self._frames) > lacking:
            self._frames.popleft()

    def _rest(self, start: float) -> None:
        """End the round whose last slice began at `start`, and plan what follows it."""
        self._step, self._batch = None, (0, 0, b"")
        ended = monotonic()
        took = self._spent + ended - start
        if self._visits:
            self._took, self._fan_out.round_ended = took, ended
        self._visits, self._spent = 0, 0.0
        if took > FAST_ROUND:
            self._step = self._loop.call_later(min(took / 2, PAUSE_MAX), self._go_round)
        elif self._next() is not None:
            self._step = self._loop.call_soon(self._go_round)


def _end_after_failure(members: list[Member]) -> None:
    """End the connections of members of whom nobody knows what they got. The caller is in an `except`."""
    logger.exception("Could not write to members of a room; they must connect again")
    for member in members:
        member.abort()
