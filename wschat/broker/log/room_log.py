"""A room's log on this node: the newest entries in memory, older ones from Redis.

Data in Redis is foreign input: an entry that isn't the message or the change of its number counts as a hole, as does
one that an operator deleted. The numbers continue after a hole. When a message changes, its copies here change with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import NamedTuple

from ...errors import LogLost
from ...model import Position
from ...protocol import HISTORY_MAX, Message, is_change, read_message, split_amended
from ...redis_link import RedisLink, RoomKeys
from ..erasing.purging import PURGE_AFTER
from ..indexing.index import Index
from .blocks import Blocks
from .entries import HOLE, Entries
from .log_tail import LogTail
from .redis_log import BLOCK, RedisLog

PORTION = BLOCK  # messages and changes that a walk over the log reads at once
KEEP_ALL = 1_000_000  # for commands: only servers trim a log, to the length in their settings


class Fetched(NamedTuple):
    """The log's position in Redis, and some of its events, numbered without a gap; HOLE for an event that is gone.

    `follows`: they are the events after this node's position. Otherwise these aren't kept: they are the newest ones,
    and `older` has messages before them if they have too few. `is_cleared`: the epoch began when a moderator cleared
    the room.
    """

    position: Position
    events: list[bytes]
    follows: bool
    older: dict[int, bytes]
    is_cleared: bool = False


class Log:
    """Events as bytes, by `seq`. `epoch` and `seq` are the position that this node has delivered up to.

    Redis keeps the newest `keep` entries, and this node no others: an entry that is gone there can't be deleted.
    `index` holds the words of messages, once somebody has searched.
    """

    def __init__(self, link: RedisLink, keys: RoomKeys, keep: int) -> None:
        self._keep = keep
        self.redis = RedisLog(link, keys)
        self._tail = LogTail(keep)
        self._blocks = Blocks(self.redis)
        self.index = Index()
        self.epoch = ""
        self.seq = 0
        self.is_cleared = False  # the epoch began when a moderator cleared the room
        self._kept_from = 0  # older messages may not be given to anybody, nor changes of them

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.seq)

    @property
    def oldest(self) -> int:
        """Number of the oldest message that Redis kept when it was last read."""
        return self.redis.oldest

    # -- the newest entries ------------------------------------------------------

    def append(self, event: bytes) -> None:
        """Add the next message or change, or HOLE; its number is `seq` + 1."""
        self.seq += 1
        self._tail.append(self.seq, event)
        if is_change(event):
            self._amend(event)
        if self.seq % BLOCK == 0:
            self._blocks.forget_trimmed(self.seq - self._keep + 1)
            self.index.forget_before(self.seq - self._keep + 1)

    def start_over(self, fetched: Fetched) -> None:
        """Replace everything by `fetched`, since another epoch has begun, or the entries between are gone."""
        self.redis.forget()
        self._blocks.forget_epoch()
        self.index.forget()
        self._kept_from = 0
        self.epoch, self.is_cleared = fetched.position.epoch, fetched.is_cleared
        self.seq = fetched.position.seq - len(fetched.events)
        self._tail.start_over(self.seq, fetched.older)
        for event in fetched.events:
            self.append(event)

    def newest(self, count: int, size: int) -> list[bytes]:
        """At most `count` of the newest messages in memory, in at most `size` bytes, oldest first."""
        found: list[bytes] = []
        for message in islice(self._tail.newest_messages(), count):
            size -= len(message)
            if size < 0:
                break
            found.append(message)
        return found[::-1]

    def tail_after(self, after: int) -> list[bytes] | None:
        """The events after number `after`, oldest first, with holes; None if memory doesn't reach back that far."""
        return self._tail.after(after)

    def in_memory(self, number: int) -> bytes | None:
        """The message with this number; HOLE if none is kept, None if memory can't tell."""
        message = self._tail.message(number)
        if message is None and (block := self._blocks.loaded((number - 1) // BLOCK)) is not None:
            message = block.message(number) or None
        return message

    def forget_before(self, number: int) -> None:
        """Forget all messages before this number with their changes, since they have reached the age limit."""
        if number <= self._kept_from or number > self.seq + 1:
            return
        self._kept_from = number
        self.redis.oldest = max(self.redis.oldest, number)
        self._blocks.forget()
        self.index.forget_before(number)
        self._tail.forget_before(number)

    # -- everything that Redis keeps ---------------------------------------------

    async def fetch_head(self) -> Position:
        """Read the log's position in Redis; changes nothing. Raises RedisUnavailable."""
        return await self.redis.head()

    async def purge(self, after: float = PURGE_AFTER) -> None:
        """Remove the bytes of messages that were deleted more than `after` seconds ago. Raises RedisUnavailable."""
        await self.redis.purge(after)

    async def fetch_position(self, count: int) -> Fetched:
        """Read the log's position in Redis, and at most `count` of its entries.

        Gives the log a new epoch if it isn't the log that this node knows (RedisLog.open). Raises RedisUnavailable.
        """
        position, is_cleared = await self.redis.open(self.position, self._tail.last_likeness())
        seq = position.seq
        follows = position.epoch == self.epoch and self.seq + 1 >= min(self.oldest, seq)
        follows = follows and seq - self.seq <= self._keep + BLOCK  # more than that isn't kept, but for a hole
        first = self.seq + 1 if follows else max(1, self.oldest, seq - count + 1)
        last = min(seq, first + count - 1)
        found = await self._blocks.read((first, last))
        older: dict[int, bytes] = {}
        if not follows:
            older = await self.redis.messages_before(first, count - sum(bool(found.message(one)) for one in found))
        events = [found.event(number) for number in range(first, last + 1)]
        return Fetched(position, events, follows, older, is_cleared)

    async def events(self, first: int, last: int) -> dict[int, bytes]:
        """Messages and changes `first` to `last` (at most `seq`), as far as they are kept. Raises RedisUnavailable."""
        entries = await self._entries(first, last)
        return {number: event for number in range(first, last + 1) if (event := entries.event(number))}

    async def messages(self, first: int, last: int) -> dict[int, bytes]:
        """Messages number `first` to `last` (at most `seq`), without changes, as far as they are kept.

        Raises RedisUnavailable.
        """
        entries = await self._entries(first, last)
        return {number: message for number in range(first, last + 1) if (message := entries.message(number))}

    async def walk(self, *, newest_first: bool = False) -> AsyncIterator[list[Message]]:
        """All messages that are kept, in portions, each in the order of the log. `newest_first` reverses the order of
        the portions, and skips a long hole at once, including deleted messages in it.

        Raises RedisUnavailable; LogLost in place of a portion that may be of another log.
        """
        position = self.position
        first, last = max(1, self.oldest), position.seq  # of what is left
        while first <= last:
            if newest_first:
                part = (max(first, last - PORTION + 1), last)
                last = part[0] - 1
            else:
                part = (first, min(last, first + PORTION - 1))
                first = part[1] + 1
            forms = await self.messages(*part)
            if newest_first and not forms:
                last = await self.redis.skip_hole(part[0]) - 1
            head = await self.fetch_head()  # after the read, which was of this epoch or of an earlier one
            if not head.epoch == self.epoch == position.epoch or head.seq < position.seq:
                raise LogLost("the room was cleared, restored, or lost by Redis meanwhile")
            yield [message for number, form in forms.items() if (message := read_message(form, number))]

    async def messages_at(self, numbers: list[int]) -> dict[int, bytes]:
        """The messages with these numbers, as far as they are kept. Raises RedisUnavailable."""
        found = Entries((number, message) for number in numbers if (message := self.in_memory(number)) is not None)
        unknown = [number for number in numbers if number not in found]
        with self._blocks.waiting() as changed:
            fetched = await self.redis.read(*((number, number) for number in unknown))
        for number in unknown:
            found.put(number, fetched.message(number))
        found.amend_all(changed)
        return {number: message for number in numbers if (message := found.message(number))}

    def changing(self) -> AbstractContextManager[dict[int, bytes]]:
        """The messages that change while the `with` block runs, by number."""
        return self._blocks.waiting()

    async def message_of(self, epoch: str, number: int) -> bytes:
        """The message that has this number in this epoch; HOLE if it isn't kept. Raises RedisUnavailable."""
        message = self.in_memory(number)
        if message is None:
            message = (await self.messages_at([number])).get(number, HOLE)
            head = await self.fetch_head()  # after the read, which was of this epoch or of an earlier one
            if head.epoch != epoch or head.seq < self.seq:
                return HOLE
        return message if epoch == self.epoch else HOLE

    # -- within ------------------------------------------------------------------

    def _amend(self, event: bytes) -> None:
        """Apply a change to its message wherever this node keeps it."""
        split = split_amended(event)
        if split is not None:
            (_, of), form = split
            self._tail.amend(of, form)
            self._blocks.amend(of, form)
            self.index.amend(of, form)

    async def _entries(self, first: int, last: int) -> Entries:
        """Entries `first` to `last` (at most `seq`), from memory and from blocks. Raises RedisUnavailable."""
        last, tail_first = min(last, self.seq), self._tail.first
        found = Entries((number, self._tail.event(number)) for number in range(max(first, tail_first), last + 1))
        older = min(last, tail_first - 1)
        if first > older:
            return found
        with self._blocks.waiting() as changed:
            for number in range((first - 1) // BLOCK, (older - 1) // BLOCK + 1):
                block = await self._blocks.get(number, older, self.seq)
                for each in range(max(first, number * BLOCK + 1), min(older, (number + 1) * BLOCK) + 1):
                    found.put(each, block.event(each))
        found.amend_all(changed)
        return found


async def opened_log(link: RedisLink, room: str) -> Log:
    """The log of a room as it is now, for a command. Raises RedisUnavailable."""
    log = Log(link, link.keys(room), KEEP_ALL)
    log.start_over(await log.fetch_position(HISTORY_MAX))
    return log
