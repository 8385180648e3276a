"""One room on this node: what Redis publishes becomes an unbroken row of messages for the audience."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from itertools import takewhile

from msgspec import Raw

from ..errors import RedisUnavailable
from ..frames import text_frame
from ..hub import Audience
from ..model import Position
from ..protocol import Reset, encode, message_position, raw_array
from ..redis_link import RedisLink, RoomKeys
from ..tasks import cancel_all, spawn
from .log import BLOCK, Log

SNAPSHOT = 200  # messages that a room starts with in memory: the most that a newcomer may ask for
SNAPSHOT_BYTES = 256 << 10  # a newcomer gets at most so much at once: a quarter of what a socket may have waiting
ARRIVED_MOST = 10_000  # published messages kept while the log is read; beyond it, it is simply read again
RETRY = 0.3  # s between two attempts to read the log

logger = logging.getLogger(__name__)


class Trimmed(Exception):
    """What was asked for isn't all kept any more."""


class Feed:
    """The room's messages in order, each once, for everyone here.

    Pub/Sub may lose, repeat or break off; so each message is checked against the number of the last one, and any
    doubt is settled by reading the log: once for all, without anyone noticing more than a moment's delay.
    `outside` is called with what other programs published, `delivered` after each message that had an audience.
    """

    def __init__(
        self,
        room: str,
        link: RedisLink,
        audience: Audience,
        *,
        outside: Callable[[bytes], None],
        delivered: Callable[[], None],
    ) -> None:
        self.room = room
        self.keys = RoomKeys.of(room)
        self.audience = audience
        self.log = Log(link, self.keys)
        self.polled = 0  # the newest seq at the last poll; being behind it at the next one means deafness
        self._outside = outside
        self._delivered = delivered
        self._arrived: list[bytes] = []
        self._mending: asyncio.Task[None] | None = None
        self._in_doubt = False
        self._opened = asyncio.get_running_loop().create_future()
        self._snapshot: tuple[Position, int, Raw] | None = None

    # -- for those who join --------------------------------------------------------

    @property
    def is_open(self) -> bool:
        return self._opened.done()

    async def opened(self) -> None:
        """Wait until the room's log was read for the first time."""
        await asyncio.shield(self._opened)

    async def look_again(self) -> None:
        """Make sure that we have all that the log has now."""
        self.mend()
        assert self._mending is not None
        await asyncio.shield(self._mending)

    @property
    def is_mending(self) -> bool:
        return self._mending is not None

    def snapshot(self, history: int) -> tuple[Position, Raw]:
        """The newest `history` messages, encoded once for all who ask at the same position."""
        known = self._snapshot
        if known is None or known[0] != self.log.position or known[1] != history:
            messages = raw_array(self.log.newest(history, SNAPSHOT_BYTES))
            self._snapshot = known = (self.log.position, history, messages)
        return known[0], known[2]

    def next_in_memory(self, after: int) -> list[bytes] | None:
        """The next messages after number `after`, as many as go at once; None when they must be read from Redis."""
        messages = self.log.tail_after(after)
        return None if messages is None else _portion(messages)

    async def next_messages(self, after: int) -> list[bytes]:
        """The same, from wherever they are kept. Raises Trimmed, RedisUnavailable."""
        messages = self.next_in_memory(after)
        if messages is None:
            found = await self.log.messages(after + 1, after + BLOCK)
            if after + 1 not in found:
                raise Trimmed
            numbers = takewhile(found.__contains__, range(after + 1, after + BLOCK + 1))
            messages = _portion([found[number] for number in numbers])
        return messages

    async def history(self, before: int, limit: int) -> tuple[list[bytes], bool]:
        """(at most `limit` messages older than `before`, is nothing older kept). Raises RedisUnavailable."""
        last = min(before - 1, self.log.seq)
        found = await self.log.messages(max(1, last - limit + 1), last)
        page = _portion([found[number] for number in sorted(found, reverse=True)])[::-1]
        oldest = last - len(page)
        return page, oldest <= 0 or (len(page) < min(limit, last) and oldest not in found)

    # -- what comes from Redis -----------------------------------------------------

    def heard(self, data: bytes | None) -> None:
        """The channel's listener: a published message, or None when the subscription (again) begins."""
        if data is None:
            self.mend()
            return
        position = message_position(data)
        if position is None:
            self._outside(data)
        elif self._mending is not None:
            self._arrived.append(data)
        elif not self._take(position, data):
            self.mend()

    def mend(self) -> None:
        """Read the log until there is no doubt left. When that is under way, it is read once more after that: what
        raised this doubt may have come after the log was looked at.
        """
        self._in_doubt = True
        if self._mending is None:
            self._mending = spawn(self._mend())

    async def close(self) -> None:
        await cancel_all([self._mending])

    # -- within ----------------------------------------------------------------------

    def _take(self, position: Position, data: bytes) -> bool:
        """Deliver it if it is the next one, drop it if it was seen. False: there is a gap, or another epoch."""
        log = self.log
        if position.epoch != log.epoch:
            return False
        if position.seq == log.seq + 1:
            self._deliver(data)
        return position.seq <= log.seq

    def _deliver(self, data: bytes) -> None:
        self.log.append(data)
        if self.audience:
            self.audience.broadcast(text_frame(data))
            self._delivered()

    async def _mend(self) -> None:
        try:
            await self._read_until_sure()
        finally:
            self._arrived.clear()
            self._mending = None
        if not self._opened.done():
            self._opened.set_result(None)

    async def _read_until_sure(self) -> None:
        while self._in_doubt:
            self._in_doubt = False
            self._arrived.clear()  # the log has all that came before this moment
            try:
                position, messages = await self.log.look(SNAPSHOT)
            except RedisUnavailable as problem:
                logger.debug("room %s: the log can't be read yet: %s", self.room, problem)
                self._in_doubt = True
                await asyncio.sleep(RETRY)
                continue
            self._catch_up(position, messages)
            if len(self._arrived) > ARRIVED_MOST or not all(map(self._take_arrived, self._arrived)):
                self._in_doubt = True

    def _take_arrived(self, data: bytes) -> bool:
        position = message_position(data)
        return position is None or self._take(position, data)

    def _catch_up(self, position: Position, messages: list[bytes]) -> None:
        """Bring the audience to `position`, where `messages` are what the log has up to there."""
        missing = position.seq - self.log.seq
        if position.epoch == self.log.epoch and len(messages) >= missing:
            for message in messages:
                self._deliver(message)
            return
        first_time = not self.log.epoch
        self.log.start_over(position, messages[-SNAPSHOT:])
        if not first_time:
            logger.warning("room %s: the log was lost: everyone starts again at number %d", self.room, position.seq)
            self.audience.broadcast(text_frame(self.reset()))

    def reset(self) -> bytes:
        """The `reset` event: forget what you have, this is the room now."""
        position, messages = self.snapshot(50)
        return encode(Reset(position.epoch, position.seq, messages))


def _portion(messages: list[bytes]) -> list[bytes]:
    """As many of the first messages as go to a client at once; at least one."""
    size = 0
    for count, message in enumerate(messages):
        size += len(message)
        if size > SNAPSHOT_BYTES and count:
            return messages[:count]
    return messages
