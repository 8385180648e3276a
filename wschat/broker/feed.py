"""One room on this node: turns what Redis publishes into messages and changes in order, without a gap."""

from __future__ import annotations

import logging
from collections.abc import Callable

from msgspec import Raw

from ..concurrency import Sync
from ..counters import Counters
from ..errors import ChatError
from ..fan_out import Audience, text_frame
from ..model import NAME_MAX, TEXT_MAX, Position, is_storable, timestamp, trimmed
from ..protocol import (
    HISTORY_MAX,
    OutsideFrom,
    OutsideMessage,
    Reset,
    encode,
    event_position,
    is_change,
    raw_array,
    read_outside,
    split_amended,
)
from ..redis_link import RedisLink
from .log.batches import SNAPSHOT_BYTES, Batch, batch_after, newest_fitting
from .log.entries import HOLE
from .log.redis_log import BLOCK
from .log.room_log import Fetched, Log

RESET_MESSAGES = 50

logger = logging.getLogger(__name__)


class Trimmed(ChatError):
    """Redis no longer keeps all of the requested events."""


class Feed:
    """Delivers the room's messages and changes to the audience of this node, in order and each once.

    The feed checks each published event against the number of the last one. On a gap it reads the log, once for all
    members, who notice no more than a moment's delay. Redis keeps `keep` entries of the log. `on_delivered` is called
    after each event that had an audience, `on_synced` whenever the log has been read and the feed is in sync again.
    """

    def __init__(
        self,
        room: str,
        link: RedisLink,
        audience: Audience,
        *,
        keep: int,
        clock: Callable[[], float],
        on_delivered: Callable[[], None],
        on_synced: Callable[[], None],
        counters: Counters | None = None,
    ) -> None:
        self.room = room
        self.keys = link.keys(room)
        self.log = Log(link, self.keys, keep)
        self._audience = audience
        self._clock = clock
        self._on_delivered = on_delivered
        self._counters = counters or Counters()
        self._sync: Sync[tuple[Position, bytes]] = Sync(self._read, self._take, lambda: len(audience), on_synced)
        self._polled_seq = 0  # the newest number at the last poll
        self._is_ahead = False  # the log went back, in an epoch that Redis can't replace at the moment
        self._snapshot: tuple[Position, int, Raw] | None = None

    async def close(self) -> None:
        await self._sync.close()

    # -- for those who join --------------------------------------------------------

    @property
    def is_loaded(self) -> bool:
        return self._sync.ready.is_set()

    async def loaded(self) -> None:
        """Wait until the room's log was read for the first time."""
        await self._sync.ready.wait()

    @property
    def is_syncing(self) -> bool:
        return self._sync.is_syncing

    async def verify(self) -> None:
        """Wait until this node has everything that the log contains now."""
        await self._sync.verify()

    async def verify_position(self, claimed: Position) -> None:
        """Wait until this node has read up to `claimed`, a client's position, if the log reaches that far.

        A position that never existed costs one request to Redis, and delays nobody else. Raises RedisUnavailable.
        """
        head = await self.log.fetch_head()
        may_be = claimed.epoch == head.epoch and claimed.seq <= head.seq
        if head.epoch != self.log.epoch or (may_be and self.log.seq < claimed.seq):
            await self._sync.verify()

    def snapshot(self, history: int) -> tuple[Position, Raw]:
        """The newest `history` messages, encoded once for everyone who asks at the same position."""
        known = self._snapshot
        if known is None or known[0] != self.log.position or known[1] != history:
            messages = raw_array(self.log.newest(history, SNAPSHOT_BYTES))
            self._snapshot = known = (self.log.position, history, messages)
        return known[0], known[2]

    def next_in_memory(self, after: int) -> Batch | None:
        """The events after number `after`, up to one batch; None if they must be read from Redis."""
        events = self.log.tail_after(after)
        return None if events is None else batch_after(after, events)

    async def next_events(self, after: int) -> Batch:
        """The events after number `after`, from memory or Redis, up to one batch. Raises Trimmed, RedisUnavailable."""
        batch = self.next_in_memory(after)
        if batch is not None:
            return batch
        last = min(after + BLOCK, self.log.seq)
        found = await self.log.events(after + 1, last)
        if after + 1 < self.log.oldest:
            raise Trimmed
        return batch_after(after, [found.get(number, HOLE) for number in range(after + 1, last + 1)])

    async def history(self, before: int, limit: int) -> tuple[list[bytes], bool]:
        """(at most `limit` messages before number `before`, whether no older are kept). Raises RedisUnavailable."""
        found: dict[int, bytes] = {}
        first = min(before, self.log.seq + 1)
        while len(found) < limit and first > 1:  # holes and changes are passed over
            last, first = first - 1, max(1, first - max(limit - len(found), BLOCK if found else 0))
            read = await self.log.messages(first, last)
            found.update(read)
            if first <= self.log.oldest:
                break
            if not read and not await self.log.events(first, last):
                first = await self.log.redis.skip_hole(first)
        page = newest_fitting(found, limit)
        return page, len(page) == len(found) and first <= max(1, self.log.oldest)

    def reset_event(self) -> bytes:
        """The `reset` event, which replaces everything that a client has of the room."""
        position, messages = self.snapshot(RESET_MESSAGES)
        return encode(Reset(position.epoch, position.seq, messages, self.log.is_cleared))

    # -- from Redis ------------------------------------------------------------------

    def on_publish(self, data: bytes | None) -> None:
        """The channel's listener: a published event, or None when the subscription begins (again)."""
        if data is None:
            self._sync.resync()
            return
        position = event_position(data)
        if position is None:
            self._deliver_from_outside(data)
        else:
            self._sync.on_publish((position, data))

    def on_replaced(self) -> None:
        """Read the log again, since another one has taken its place: what was in it may be shown to nobody any more."""
        self._sync.resync()

    def on_polled(self, epoch: bytes, seq: int, delivered: int) -> None:
        """Compare with the log in Redis, which was at (`epoch`, `seq`) after this node had delivered up to `delivered`.

        A node may be behind for a moment, but not at two polls in a row, and never ahead of Redis.
        """
        is_deaf = self.log.seq < self._polled_seq
        self._polled_seq = seq
        if epoch != self.log.epoch.encode() or seq < delivered or is_deaf or self._is_ahead:
            self._sync.resync()

    def forget_before(self, number: int) -> None:
        """Forget the messages before this number, which have reached the age limit."""
        self.log.forget_before(number)
        self._snapshot = None

    # -- within ----------------------------------------------------------------------

    def _take(self, item: tuple[Position, bytes]) -> bool:
        """Deliver the next event, or drop one that was delivered before. False: the log must be read, since there is a
        gap, or another epoch, or one is due.
        """
        position, data = item
        if position.epoch != self.log.epoch or (is_change(data) and split_amended(data) is None) or self._is_ahead:
            return False
        if position.seq == self.log.seq + 1:
            self._deliver(data)
        return position.seq <= self.log.seq

    def _deliver(self, data: bytes) -> None:
        if data != HOLE:
            self._broadcast(data)  # people wait for it, and nobody for the log
        self.log.append(data)
        if is_change(data):
            self._snapshot = None  # it may hold a text that is deleted now

    def _broadcast(self, event: bytes) -> None:
        if self._audience:
            self._audience.broadcast(text_frame(event))
            self._on_delivered()

    def _deliver_from_outside(self, data: bytes) -> None:
        published = read_outside(data)
        name, text = published or ("", "")
        name, text = trimmed(name[:NAME_MAX]), trimmed(text)[:TEXT_MAX]
        if not text or not is_storable(name + text):
            logger.debug("Room %s: ignored a published message that isn't text", self.room)
            return
        time = timestamp(self._clock())
        self._broadcast(encode(OutsideMessage(room=self.room, sender=OutsideFrom(name), text=text, time=time)))

    async def _read(self) -> bool:
        """Take over what the log has; False: the gap is long, and the next portion is to be read."""
        self._counters.log_reads += 1
        fetched = await self.log.fetch_position(HISTORY_MAX)
        self._is_ahead = fetched.follows and fetched.position.seq < self.log.seq
        if not fetched.follows:
            self._start_over(fetched)
            return True
        for event in fetched.events:
            self._deliver(event)
        return self.log.seq >= fetched.position.seq

    def _start_over(self, fetched: Fetched) -> None:
        first_time = not self.log.epoch
        self.log.start_over(fetched)
        if not first_time:
            if not self.log.is_cleared:  # by a moderator, whose act is logged
                logger.warning("Room %s: Redis lost the log; clients restart from seq %d", self.room, self.log.seq)
            self._audience.broadcast(text_frame(self.reset_event()))
