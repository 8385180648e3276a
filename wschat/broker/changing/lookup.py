"""Looks up the present form of a message to change, and names the refusal where its log is lost."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from ...errors import ErrorCode, RedisUnavailable, Refused, internal_error
from ...model import Position
from ...tasks import Group
from ..log.entries import HOLE
from ..log.room_log import Log
from ..storing.outcomes import Answer, unreadable

logger = logging.getLogger(__name__)


class Lookup:
    """In the log of one room. `tasks` holds those messages that must be read first; `verify` waits until a log that was
    lost is known to be lost, and all clients are told.

    What fails is answered as well, if need be after another answer: a change without one would hold up all after it.
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
        """Call `act` with the message as it is now (HOLE: none is kept); at once where it is in memory."""
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
        """Is it the log's epoch, or "", which stands for any?"""
        return epoch in ("", self._log.epoch)

    def refuse_lost(self, epoch: str, answer: Answer) -> None:
        """The log of this epoch is lost. Where this node doesn't know yet, its clients get their `reset` first."""
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
