"""Looks up the present form of a message to change, and refuses the change if the log is lost."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from ...concurrency import Group
from ...errors import ErrorCode, RedisUnavailable, Refused, internal_error
from ...model import Position
from ..log.entries import HOLE
from ..log.room_log import Log
from ..storing.outcomes import Answer, unreadable

logger = logging.getLogger(__name__)


class Lookup:
    """Looks up messages in the log of one room. `tasks` holds the reads of messages that aren't in memory; `verify`
    waits until this node knows that a lost log is lost and has told its clients.

    Failures are answered too, possibly after another answer: an unanswered change would block those queued behind it.
    """

    def __init__(self, log: Log, tasks: Group, verify: Callable[[], Awaitable[None]] | None) -> None:
        self._log = log
        self._tasks = tasks
        self._verify = verify

    @property
    def position(self) -> Position:
        """The end of the log, as this node knows it."""
        return self._log.position

    def look_up(self, seq: int, act: Callable[[bytes], None], answer: Answer) -> None:
        """Call `act` with the present form of the message (HOLE: none is kept); at once if it is in memory.

        `answer` is called if the message can't be read, or `act` fails.
        """
        form = self._log.in_memory(seq)
        if form is None:
            self._tasks.spawn(self._read(seq, act, answer), partial(answer, internal_error()))
            return
        try:
            act(form)
        except Exception:
            logger.exception("Could not change a message")
            answer(internal_error())

    def is_current(self, epoch: str) -> bool:
        """Whether it is the log's epoch, or "", which stands for any."""
        return epoch in ("", self._log.epoch)

    def refuse_lost(self, epoch: str, answer: Answer) -> None:
        """Refuse: the log of this epoch is lost. If this node doesn't know yet, its clients get their `reset` first."""
        refused = Refused(ErrorCode.GONE, "the room's log was lost, and the message with it")
        if self.is_current(epoch) and self._verify is not None:
            self._tasks.spawn(self._refuse_later(self._verify(), refused, answer), partial(answer, refused))
        else:
            answer(refused)

    # -- within ------------------------------------------------------------------

    async def _read(self, seq: int, act: Callable[[bytes], None], answer: Answer) -> None:
        try:
            found = await self._log.messages_at([seq])
        except RedisUnavailable:
            answer(unreadable())
        else:
            act(found.get(seq, HOLE))

    async def _refuse_later(self, told: Awaitable[None], refused: Refused, answer: Answer) -> None:
        await told
        answer(refused)
