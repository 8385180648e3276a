"""A room's log on this node: the newest entries in memory, older ones from Redis.

What stands in Redis is foreign input: an entry that isn't the message or the change of its number is a hole, as is one
that an operator deleted. Numbers go on over a hole. Messages change: whatever is kept here is changed with them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import chain, islice
from typing import NamedTuple

from ..errors import LogLost
from ..model import Position, new_epoch
from ..protocol import HISTORY_MAX, Message, is_change, likeness, read_message, revision, split_amended
from ..redis_link import Call, RedisLink, RoomKeys, load_script, whole
from .entries import HOLE, Entries
from .purging import PURGE_AFTER, purge
from .reader import BLOCK, LogReader

TAIL = 500  # entries kept in memory: ten seconds of a busy room, so that a reconnect reads nothing
TAIL_BYTES = 1 << 20
PORTION = BLOCK  # messages and changes that a walk over the log reads at once
KEEP_ALL = 1_000_000  # for commands: a log is trimmed by servers alone, to what their setting says


class Fetched(NamedTuple):
    """The log's position in Redis, and some of its events, numbered without a gap; HOLE for one that is gone.

    `follows`: they are those after our own position. Otherwise they are the newest, since no others are kept, and
    `older` are messages before them where these are too few. `is_cleared`: the epoch began when a moderator cleared the
    room.
    """

    position: Position
    events: list[bytes]
    follows: bool
    older: dict[int, bytes]
    is_cleared: bool = False


class Log:
    """Events as bytes, by `seq`. `epoch` and `seq` are the position that this node has delivered up to.

    Redis keeps the newest `keep` entries, and here are none but these: what is gone there, nobody could delete.
    """

    def __init__(self, link: RedisLink, keys: RoomKeys, keep: int) -> None:
        self._link = link
        self._keys = keys
        self._keep = keep
        self._tail_most = min(TAIL, keep)
        self._open = load_script("open")
        self._reader = LogReader(link, keys)
        self._tail = Entries()
        self._older = Entries()  # messages before the tail, so that HISTORY_MAX are here where it is full of changes
        self.epoch = ""
        self.is_cleared = False  # the epoch began when a moderator cleared the room
        self.seq = 0
        self._kept_from = 0  # what is older may not be given to anybody

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.seq)

    @property
    def oldest(self) -> int:
        """Number of the oldest message that Redis kept when it was last read."""
        return self._reader.oldest

    @property
    def reads(self) -> int:
        """The number of reads from Redis."""
        return self._reader.reads

    # -- the newest entries ------------------------------------------------------

    def append(self, event: bytes) -> None:
        """The next message or change, or HOLE: its number is `seq` + 1."""
        self.seq += 1
        self._tail.put(self.seq, event)
        while len(self._tail) > self._tail_most or (self._tail.size > TAIL_BYTES and len(self._tail) > 1):
            self._shorten_tail()
        if is_change(event):
            self._amend(event)
        if self._older:
            self._bound_older()
        if self.seq % BLOCK == 0:
            self._reader.forget_trimmed(self.seq - self._keep + 1)

    def start_over(self, fetched: Fetched) -> None:
        """Forget everything: another epoch has begun, and this is what it has."""
        self._tail, self._older = Entries(), Entries()
        self._reader.forget()
        self._kept_from = 0
        self.epoch, self.seq = fetched.position.epoch, fetched.position.seq - len(fetched.events)
        self.is_cleared = fetched.is_cleared
        for number, message in sorted(fetched.older.items()):
            self._older.put(number, message)
        for event in fetched.events:
            self.append(event)

    def newest(self, count: int, size: int) -> list[bytes]:
        """At most `count` of the newest messages in memory, in at most `size` bytes, oldest first."""
        found: list[bytes] = []
        for message in islice(chain(self._tail.newest_messages(), self._older.newest_messages()), count):
            size -= len(message)
            if size < 0:
                break
            found.append(message)
        return found[::-1]

    def tail_after(self, after: int) -> list[bytes] | None:
        """The events after number `after`, oldest first, with holes; None if memory doesn't reach back so far."""
        if after < self.seq - len(self._tail):
            return None
        return [self._tail.event(number) for number in range(after + 1, self.seq + 1)]

    def in_memory(self, number: int) -> bytes | None:
        """The message with this number; HOLE where none is kept, None where memory doesn't say."""
        if self.seq - len(self._tail) < number <= self.seq:
            return self._tail.message(number)
        block = self._reader.loaded_block((number - 1) // BLOCK)
        return self._older.message(number) or (block and block.message(number)) or None

    # -- everything that Redis keeps ---------------------------------------------

    async def fetch_head(self) -> Position:
        """Read the log's position in Redis; changes nothing. Raises RedisUnavailable."""
        epoch, seq = await self._link.execute(Call.command("HMGET", self._keys.meta, "epoch", "seq"))
        return Position((epoch or b"").decode(errors="replace"), whole(seq) or 0)

    async def fetch_position(self, count: int) -> Fetched:
        """Read the log's position in Redis, and at most `count` of its entries.

        Gives the log a new epoch where it went back, even if it has grown since: what stands under our `seq` is another
        message or change then. Raises RedisUnavailable.
        """
        keys = self._keys
        args: list[str | bytes | int] = [new_epoch(), self.epoch, self.seq, self._last_likeness(), keys.kept]
        reply = await self._link.execute(Call.of(self._open, [keys.log, keys.meta, keys.amended], args))
        epoch, seq, self._reader.oldest, is_cleared = reply
        position = Position(epoch.decode(), seq)
        follows = position.epoch == self.epoch and self.seq + 1 >= min(self.oldest, seq)
        follows = follows and seq - self.seq <= self._keep + BLOCK  # more than that isn't kept, but for a hole
        first = self.seq + 1 if follows else max(1, self.oldest, seq - count + 1)
        last = min(seq, first + count - 1)
        found = await self._reader.fetch((first, last))
        older: dict[int, bytes] = {}
        if not follows:
            older = await self._reader.messages_before(first, count - sum(bool(found.message(one)) for one in found))
        events = [found.event(number) for number in range(first, last + 1)]
        return Fetched(position, events, follows, older, bool(is_cleared))

    async def events(self, first: int, last: int) -> dict[int, bytes]:
        """Messages and changes `first` to `last` (at most `seq`), as far as they are kept. Raises RedisUnavailable."""
        entries = await self._entries(first, last)
        return {number: event for number in range(first, last + 1) if (event := entries.event(number))}

    async def messages(self, first: int, last: int) -> dict[int, bytes]:
        """The same without the changes."""
        entries = await self._entries(first, last)
        return {number: message for number in range(first, last + 1) if (message := entries.message(number))}

    async def walk(self, *, newest_first: bool = False) -> AsyncIterator[list[Message]]:
        """All messages that are kept, in portions; those of one are in their order.

        Raises RedisUnavailable; LogLost in place of a portion that may be of another log.
        """
        position, oldest = self.position, max(1, self.oldest)
        if newest_first:
            parts = [(max(oldest, last - PORTION + 1), last) for last in range(self.seq, oldest - 1, -PORTION)]
        else:
            parts = [(first, min(self.seq, first + PORTION - 1)) for first in range(oldest, self.seq + 1, PORTION)]
        for first, last in parts:
            forms = await self.messages(first, last)
            head = await self.fetch_head()  # after it: what was read is of this epoch or of one before it
            if not head.epoch == self.epoch == position.epoch or head.seq < position.seq:
                raise LogLost("the room was cleared, restored, or lost by Redis meanwhile")
            yield [message for number, form in forms.items() if (message := read_message(form, number))]

    async def skip_hole(self, before: int) -> int:
        """The number after the newest entry before this one: where to go on reading. Raises RedisUnavailable."""
        return await self._reader.skip_hole(before)

    async def messages_at(self, numbers: list[int]) -> dict[int, bytes]:
        """The messages with these numbers, as far as they are kept. Raises RedisUnavailable."""
        found = Entries((number, message) for number in numbers if (message := self.in_memory(number)) is not None)
        unknown = [number for number in numbers if number not in found]
        with self._reader.waiting() as changed:
            fetched = await self._reader.fetch(*((number, number) for number in unknown))
        for number in unknown:
            found.put(number, fetched.message(number))
        found.amend_all(changed)
        return {number: message for number in numbers if (message := found.message(number))}

    async def message_of(self, epoch: str, number: int) -> bytes:
        """The message that has this number in this epoch; HOLE if it isn't kept. Raises RedisUnavailable."""
        message = self.in_memory(number)
        if message is None:
            message = (await self.messages_at([number])).get(number, HOLE)
            head = await self.fetch_head()  # after it: what was read is of this epoch or of one before it
            if head.epoch != epoch or head.seq < self.seq:
                return HOLE
        return message if epoch == self.epoch else HOLE

    async def purge(self, after: float = PURGE_AFTER) -> None:
        """Let go of the bytes of messages that were deleted more than `after` seconds ago. Raises RedisUnavailable."""
        await purge(self._link, self._keys, after)

    def forget_before(self, number: int) -> None:
        """Everything before this number is older than it may be: it isn't kept here either."""
        if number <= self._kept_from or number > self.seq + 1:
            return
        self._kept_from = number
        self._reader.forget_before(number)
        for old in [each for each in self._older if each < number]:
            self._older.discard(old)
        while self._tail and self.seq - len(self._tail) + 1 < number:
            self._tail.discard(self.seq - len(self._tail) + 1)

    # -- within ------------------------------------------------------------------

    def _shorten_tail(self) -> None:
        first = self.seq - len(self._tail) + 1
        message = self._tail.discard(first)
        if self._tail.messages < HISTORY_MAX and message != HOLE:
            self._older.put(first, message)

    def _bound_older(self) -> None:
        """Forget the excess besides the tail, and what Redis no longer keeps."""
        room = HISTORY_MAX - self._tail.messages
        while self._older:
            first = next(iter(self._older))
            if len(self._older) <= room and self._older.size <= TAIL_BYTES and first > self.seq - self._keep:
                break
            self._older.discard(first)

    def _amend(self, event: bytes) -> None:
        """A message has changed: it is as it is now wherever it is kept."""
        split = split_amended(event)
        if split is not None:
            (_, of), form = split
            self._older.amend(of, form)
            self._reader.amend(of, form)

    def _last_likeness(self) -> bytes:
        """The identity of the newest entry, against another that may have its number."""
        last = self._tail.event(self.seq)
        return likeness(last) if is_change(last) or revision(last) else last

    async def _entries(self, first: int, last: int) -> Entries:
        """Numbers `first` to `last` (at most `seq`), from memory and from blocks."""
        last = min(last, self.seq)
        tail_first = self.seq - len(self._tail) + 1
        found = Entries((number, self._tail.event(number)) for number in range(max(first, tail_first), last + 1))
        older = min(last, tail_first - 1)
        if first > older:
            return found
        with self._reader.waiting() as changed:
            for number in range((first - 1) // BLOCK, (older - 1) // BLOCK + 1):
                block = await self._reader.block(number, self.seq)
                for each in range(max(first, number * BLOCK + 1), min(older, (number + 1) * BLOCK) + 1):
                    found.put(each, block.event(each))
        found.amend_all(changed)
        return found


async def opened_log(link: RedisLink, room: str) -> Log:
    """The log of a room as it is now, for a command. Raises RedisUnavailable."""
    log = Log(link, link.keys(room), KEEP_ALL)
    log.start_over(await log.fetch_position(HISTORY_MAX))
    return log
