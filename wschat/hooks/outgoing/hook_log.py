"""A room's log as an outgoing hook reads it: what follows its cursor, and a message as it is now."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from ...broker import BLOCK, RedisLog
from ...model import Position
from ...protocol import Message, read_message
from ...redis_link import Call, RedisLink, whole

logger = logging.getLogger(__name__)


class Portion(NamedTuple):
    """Messages after a cursor, and the cursor after them. `is_last`: Redis had no more."""

    messages: list[Message]
    end: Position
    is_last: bool


class HookLog:
    """Reads the log of a room in Redis. Each method raises RedisUnavailable."""

    def __init__(self, link: RedisLink, room: str) -> None:
        self._link = link
        self._room = room
        self._keys = link.keys(room)
        self._log = RedisLog(link, self._keys)

    async def head(self) -> Position:
        """The position of the newest entry; without a log it has no epoch."""
        return await self._log.head()

    async def after(self, cursor: Position, is_wanted: Callable[[Message], bool]) -> Portion:
        """The wanted messages that follow the cursor, as they are now; of another epoch all at once."""
        epoch, seq, kept_from = await self._link.execute(Call.command("HMGET", self._keys.meta, "epoch", "seq", "from"))
        head = Position((epoch or b"").decode(errors="replace"), whole(seq) or 0)
        if not head.epoch:
            return Portion([], cursor, is_last=True)
        if head.epoch == cursor.epoch and head.seq < cursor.seq:  # Redis has lost the end; its numbers are given again
            head, _ = await self._log.open(cursor, b"")
        oldest = whole(kept_from) or 1
        if head.epoch != cursor.epoch:
            return await self._after_another_epoch(cursor, head, oldest, is_wanted)
        first = max(cursor.seq + 1, oldest)
        found, end = await self._messages(first, head.seq, cursor.seq, is_wanted)
        return Portion(found, Position(head.epoch, max(end, cursor.seq)), end >= head.seq)

    async def present(self, message: Message) -> bytes | None:
        """The message as it is now; None if it is deleted, or no longer kept."""
        form = (await self._log.read((message.seq, message.seq))).message(message.seq)
        found = read_message(form, message.seq) if form else None
        return form if found is not None and found.id == message.id and not found.deleted else None

    # -- within ------------------------------------------------------------------

    async def _after_another_epoch(
        self, cursor: Position, head: Position, oldest: int, is_wanted: Callable[[Message], bool]
    ) -> Portion:
        """The wanted messages of a log that began anew since the cursor: those that were written in the new epoch, and
        those of the former one that followed the cursor. Others were there before: a backup is restored, say.
        """
        if cursor.epoch:
            logger.warning("Hooks continue in a log that has begun anew", extra={"room": self._room})

        def is_new(message: Message) -> bool:
            is_next = message.epoch == cursor.epoch and message.seq > cursor.seq
            return (is_next or message.epoch == head.epoch) and is_wanted(message)

        found: list[Message] = []
        first = oldest
        while first <= head.seq:
            messages, end = await self._messages(first, head.seq, 0, is_new)
            found += messages
            first = end + 1
        return Portion(found, head, is_last=True)

    async def _messages(
        self, first: int, head: int, cursor: int, is_wanted: Callable[[Message], bool]
    ) -> tuple[list[Message], int]:
        """(the wanted messages among the next entries, the number of the last of these entries)."""
        entries = await self._log.read((first, min(head, first + BLOCK - 1)))
        oldest = self._log.oldest
        if cursor and first <= head and oldest > first:
            extra = {"room": self._room, "from": first, "to": min(oldest - 1, head)}
            logger.warning("The history was trimmed before hooks were called for all of it", extra=extra)
        if first < oldest <= head:  # Redis skips what it doesn't keep
            first = oldest
            entries = await self._log.read((first, min(head, first + BLOCK - 1)))
        last = min(head, first + BLOCK - 1)
        forms = ((number, entries.message(number)) for number in range(first, last + 1))
        messages = [message for number, form in forms if form and (message := read_message(form, number)) is not None]
        return [message for message in messages if is_wanted(message)], last


def stored_cursor(position: Position) -> str:
    """A position as in the hash of cursors."""
    return f"{position.epoch} {position.seq}"


def read_cursor(stored: bytes | None) -> Position | None:
    """A position from the hash of cursors; None for anything else."""
    epoch, space, seq = (stored or b"").decode(errors="replace").partition(" ")
    return Position(epoch, int(seq)) if space and seq.isascii() and seq.isdigit() else None
