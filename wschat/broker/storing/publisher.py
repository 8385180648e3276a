"""Sends posts and changes of messages to Redis, with group commit. docs/decisions/0005."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from ...counters import Counters
from ...errors import ErrorCode, RedisRejected, RedisUnavailable, RedisWriteRefused, Refused, internal_error
from ...limits import UNLIMITED, Rate
from ...model import Person, new_epoch, timestamp
from ...protocol import MessageBody, Picture, Reply, encode
from ...redis_link import Call, RedisLink, RoomKeys, ScriptArgs
from ..log.room_log import KEEP_ALL
from .lanes import Lanes
from .pace_share import PaceShare
from .requests import (
    Acknowledgements,
    ChangeCall,
    ChangeRequest,
    PostCall,
    QueuedPost,
    Request,
    Sender,
    calls_for,
    refuse_all,
)

REMEMBER = 24 * 3600  # s that the id of a post or a change is remembered
QUEUE_MAX = 64 << 20  # bytes of posts and changes that wait for Redis
REFUSED_RETRY = 5.0  # s after which a client may try again when Redis is full
CHECK_EVERY = 0.01  # s between two checks whether everything is stored

logger = logging.getLogger(__name__)


class PostRates(NamedTuple):
    """Limits on posts and changes: from each `person` in a room, and in the `room`, over all tabs and nodes.

    For the room, `unit` bytes count as one post, and a longer post as several.
    """

    person: Rate = UNLIMITED
    room: Rate = UNLIMITED
    unit: int = 1


UNPACED = PostRates()


class Publisher:
    """Stores and publishes posts and changes in all rooms. `keep`: entries that each room's log keeps.

    Redis holds everybody to the `rates`, over all nodes.
    """

    def __init__(
        self, link: RedisLink, *, keep: int, clock: Callable[[], float], rates: PostRates = UNPACED,
        counters: Counters | None = None,
    ) -> None:  # fmt: skip
        self._link = link
        self._counters = counters or Counters()
        self.keep = keep
        self._clock = clock
        self._rates = _rate_arguments(rates)
        self._lanes: Lanes[Request] = Lanes(link.primary_of, self._store_group)

    def start(self) -> None:
        self._lanes.start()

    async def stop(self) -> None:
        await self._lanes.stop()

    def post(
        self,
        room: str,
        person: Person,
        post: str,
        text: str,
        sender: Sender,
        share: PaceShare,
        reply: Reply | None = None,
        pictures: tuple[Picture, ...] = (),
        *,
        hook: bool = False,
    ) -> None:
        """Store and publish a post. Never blocks; `sender` receives the outcome, however long it takes.

        `hook`: a program wrote it. Raises Refused(busy) when the queue for Redis is full.
        """
        body = MessageBody(room=room, id=post, sender=person, text=text, time=timestamp(self._clock()), hook=hook)
        if reply is not None:
            body.reply = reply
        if pictures:
            body.pictures = pictures
        self._append(QueuedPost(room, person.id, post, encode(body), share, sender))

    def change(self, request: ChangeRequest) -> None:
        """Store and publish a change. Never blocks. It doesn't overtake what was queued before it in its room."""
        try:
            self._append(request)
        except Refused as refused:
            request.refuse(refused)

    @property
    def waiting(self) -> int:
        """The number of posts and changes that aren't stored yet."""
        return len(self._lanes)

    async def finish(self, timeout: float) -> None:
        """Wait until everything is stored, for `timeout` seconds at most."""
        end = time.monotonic() + timeout
        while self.waiting and time.monotonic() < end:
            await asyncio.sleep(CHECK_EVERY)

    # -- within ------------------------------------------------------------------

    def _append(self, request: Request) -> None:
        if self._lanes.size > QUEUE_MAX:
            raise Refused(ErrorCode.BUSY, "too many posts are waiting for Redis", retry_after=REFUSED_RETRY)
        self._lanes.add(request)

    async def _store_group(self, group: list[Request]) -> list[Request]:
        try:
            return await self._store(group)
        except Exception:  # one bad group must not keep all others from being stored
            logger.exception("Could not store posts")
            refuse_all(group, internal_error())
            return []

    async def _store(self, group: list[Request]) -> list[Request]:
        """Try to store these; return those whose fate is unknown, to be stored again under the same ids."""
        calls = calls_for(group)
        start = time.perf_counter()
        try:
            replies = await self._link.pipeline([self._call(each) for each in calls])
        except RedisUnavailable as problem:
            logger.debug("Holding %d posts until Redis replies: %s", len(group), problem)
            return group
        self._counters.storing.add(time.perf_counter() - start)
        unknown: list[Request] = []
        acks = Acknowledgements(self._counters)
        for each, reply in zip(calls, replies, strict=True):
            try:
                each.read_reply(reply.result(), acks)
            except (RedisWriteRefused, RedisRejected) as problem:
                _refuse(each.requests, problem)
            except RedisUnavailable:
                unknown.extend(each.requests)
            except Exception:  # nor must one bad reply
                logger.exception("Could not store posts")
                refuse_all(each.requests, internal_error())
        acks.tell_senders()
        return unknown

    def _call(self, each: PostCall | ChangeCall) -> Call:
        keys = self._link.keys(each.requests[0].room)
        return each.call(keys, self._first_arguments(keys))

    def _first_arguments(self, keys: RoomKeys) -> ScriptArgs:
        """The arguments that both scripts take first (ARGV 1 to 10 of numbering.lua)."""
        person, room = self._rates
        return [keys.publish_to_channel, self.keep, REMEMBER, new_epoch(), *person, keys.kept, *room]


def _rate_arguments(rates: PostRates) -> tuple[tuple[int, int], tuple[str, int, str]]:
    """A person's limits and the room's, in ms, as numbering.lua takes them."""
    between, ahead = 1000 * rates.room.interval, 1000 * rates.room.interval * rates.room.burst
    return (rates.person.interval_ms, rates.person.ahead_ms), (str(between), rates.unit, str(ahead))


@asynccontextmanager
async def publishing(link: RedisLink) -> AsyncIterator[Publisher]:
    """A publisher for a command, without a pace. What isn't stored at the end of the `with` block is dropped."""
    publisher = Publisher(link, keep=KEEP_ALL, clock=time.time)
    publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()


def _refuse(requests: Sequence[Request], problem: RedisUnavailable) -> None:
    """Refuse requests that Redis didn't store: the clients keep their posts, and may try again. The refusal's cause is
    the problem, for commands of an operator.
    """
    logger.warning("Redis refused to store messages: %s", problem, extra={"room": requests[0].room})
    refused = Refused(ErrorCode.UNAVAILABLE, "Redis can't store messages at the moment", retry_after=REFUSED_RETRY)
    refused.__cause__ = problem
    refuse_all(requests, refused)
