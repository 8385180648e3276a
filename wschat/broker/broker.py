"""The node's rooms, and the posts on their way to Redis."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from ..errors import ErrorCode, RedisUnavailable, RedisWriteRefused, Refused
from ..frames import text_frame
from ..hub import Hub
from ..model import Person, is_storable, random_id, timestamp
from ..protocol import MessageBody, OutsideFrom, OutsideMessage, encode, read_outside
from ..rate_limit import UNLIMITED, Rate
from ..redis_link import Call, RedisLink, RoomKeys, load_script
from ..tasks import cancel_all, spawn
from .feed import Feed

GROUP = 512  # posts sent to Redis in one go
GROUP_PER_CALL = 64  # posts in one script call: it holds up Redis for well under a millisecond
REMEMBER = 24 * 3600  # s that a post's id is remembered
POLL = 2.0  # s between two looks at the top of the logs
RETRY = 0.25  # s between two attempts to store
REFUSED_RETRY = 5.0  # s after which a client may try again when Redis is full

logger = logging.getLogger(__name__)


class Sender(Protocol):
    """Who posted: hears what became of it."""

    def stored(self, acks: list[tuple[str, int]]) -> None:
        """These posts (id, seq) are stored."""

    def not_stored(self, post: str, refused: Refused) -> None:
        """This post is refused."""


class _Waiting(NamedTuple):
    room: str
    person: str
    id: str
    body: bytes
    sender: Sender


class Broker:
    """All that this node has to do with rooms' logs. `delivered` is called when a message reached somebody here.

    `rate` holds for each person in each room, over all their tabs and nodes: Redis counts.
    """

    def __init__(
        self,
        link: RedisLink,
        hub: Hub,
        *,
        keep: int,
        clock: Callable[[], float],
        delivered: Callable[[], None],
        rate: Rate = UNLIMITED,
    ) -> None:
        self._link = link
        self._hub = hub
        self._keep = keep
        self._clock = clock
        self._delivered = delivered
        self._rate = rate
        self._post = load_script("post")
        self._feeds: dict[str, Feed] = {}
        self._waiting: list[_Waiting] = []
        self._posted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._storing = 0

    def start(self) -> None:
        self._tasks = [spawn(self._store_posts()), spawn(self._keep_watch())]

    async def stop(self) -> None:
        await cancel_all(self._tasks)
        for feed in self._feeds.values():
            await feed.close()

    # -- rooms -------------------------------------------------------------------

    def feed(self, room: str) -> Feed:
        """The room's feed; the node begins to listen to it when it is first asked for."""
        feed = self._feeds.get(room)
        if feed is None:
            feed = Feed(room, self._link, self._hub.audience(room),
                        outside=lambda data: self._outside(room, data), delivered=self._delivered)  # fmt: skip
            self._feeds[room] = feed
            self._link.subscribe(feed.keys.channel, feed.heard)
        return feed

    async def forget(self, room: str) -> None:
        """Nobody is in the room any more: stop listening to it."""
        feed = self._feeds.pop(room, None)
        if feed is not None:
            self._link.unsubscribe(feed.keys.channel)
            await feed.close()

    @property
    def feeds(self) -> Iterable[Feed]:
        return self._feeds.values()

    async def mended(self) -> None:
        """Wait until no room has a gap."""
        while any(feed.is_mending for feed in self._feeds.values()):
            await asyncio.sleep(0.05)

    # -- posts -------------------------------------------------------------------

    def post(self, room: str, person: Person, post: str, text: str, sender: Sender) -> None:
        """Have it stored and published. Never blocks; `sender` hears the outcome, however long it takes."""
        body = encode(MessageBody(room, post, person, text, timestamp(self._clock())))
        self._waiting.append(_Waiting(room, person.id, post, body, sender))
        self._posted.set()

    @property
    def waiting(self) -> int:
        """How many posts aren't stored yet."""
        return len(self._waiting) + self._storing

    async def _store_posts(self) -> None:
        """Group commit: each turn takes whatever has gathered, and the next begins when Redis has answered."""
        while True:
            await self._posted.wait()
            group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
            if not self._waiting:
                self._posted.clear()
            while group:
                self._storing = len(group)
                try:
                    group = await self._store(group)
                except Exception:  # one bad group mustn't end the storing of all others
                    logger.exception("posts couldn't be stored")
                    group = _give_up(group)
                if group:
                    await asyncio.sleep(RETRY)
            self._storing = 0

    async def _store(self, group: list[_Waiting]) -> list[_Waiting]:
        """Try to store these; returns those whose fate is unknown, to be stored again under the same ids."""
        portions = _portions(group)
        calls = [self._call(portion) for portion in portions]
        try:
            replies = await self._link.pipeline(calls)
        except RedisUnavailable as problem:
            logger.debug("%d posts wait for Redis: %s", len(group), problem)
            return group
        unknown: list[_Waiting] = []
        acks: dict[Sender, list[tuple[str, int]]] = {}
        for portion, reply in zip(portions, replies, strict=True):
            if isinstance(reply, RedisWriteRefused):
                _refuse(portion, reply)
            elif isinstance(reply, RedisUnavailable):
                unknown.extend(portion)
            else:
                for post, seq in zip(portion, reply, strict=True):
                    if seq < 0:
                        _slow_down(post, -seq / 1000)
                    else:
                        acks.setdefault(post.sender, []).append((post.id, seq))
        for sender, stored in acks.items():
            sender.stored(stored)
        return unknown

    def _call(self, portion: list[_Waiting]) -> Call:
        keys = RoomKeys.of(portion[0].room)
        each = [key for post in portion for key in (keys.sent(post.person, post.id), keys.pace(post.person))]
        args: list[str | bytes | int] = [keys.channel, self._keep, REMEMBER, random_id(9)]
        args += [self._rate.interval_ms, self._rate.ahead_ms, keys.kept]
        args += [post.body for post in portion]
        return Call.of(self._post, [keys.log, keys.meta, *each], args)

    # -- watching over the rooms ---------------------------------------------------

    def _outside(self, room: str, data: bytes) -> None:
        published = read_outside(data)
        if published is None or not published[1].strip() or not is_storable(published[1] + published[0]):
            logger.debug("room %s: something that isn't text was published from outside", room)
            return
        name, text = published
        event = OutsideMessage(room=room, sender=OutsideFrom(name[:32]), text=text.strip()[:4000],
                               time=timestamp(self._clock()))  # fmt: skip
        audience = self._hub.audience(room)
        if audience:
            audience.broadcast(text_frame(encode(event)))
            self._delivered()

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            try:
                await self._poll()
            except RedisUnavailable as problem:
                logger.debug("the logs can't be polled: %s", problem)

    async def _poll(self) -> None:
        """A subscription can be deaf without a sign; the top of the log can't."""
        feeds = [feed for feed in self._feeds.values() if feed.is_open and not feed.is_mending]
        if not feeds:
            return
        seen = [feed.log.seq for feed in feeds]
        calls = [Call.command("HMGET", feed.keys.meta, "epoch", "seq") for feed in feeds]
        for feed, before, reply in zip(feeds, seen, await self._link.pipeline(calls), strict=True):
            if not isinstance(reply, RedisUnavailable) and _in_doubt(feed, before, reply):
                feed.mend()


def _portions(group: list[_Waiting]) -> list[list[_Waiting]]:
    """The posts by room, in order, cut so that no script call is long."""
    rooms: dict[str, list[_Waiting]] = {}
    for post in group:
        rooms.setdefault(post.room, []).append(post)
    return [posts[at : at + GROUP_PER_CALL] for posts in rooms.values() for at in range(0, len(posts), GROUP_PER_CALL)]


def _give_up(group: list[_Waiting]) -> list[_Waiting]:
    """Tell the senders; returns what is left to be stored: nothing."""
    for post in group:
        post.sender.not_stored(post.id, Refused(ErrorCode.INTERNAL, "this is our fault; the log says more"))
    return []


def _refuse(portion: list[_Waiting], reply: RedisWriteRefused) -> None:
    logger.warning("Redis can't store now: %s", reply)
    for post in portion:
        post.sender.not_stored(
            post.id, Refused(ErrorCode.UNAVAILABLE, "messages can't be stored now", retry_after=REFUSED_RETRY)
        )


def _slow_down(post: _Waiting, seconds: float) -> None:
    post.sender.not_stored(post.id, Refused(ErrorCode.RATE_LIMITED, "too many posts", retry_after=seconds))


def _in_doubt(feed: Feed, before: int, reply: Any) -> bool:
    """Does the top of the log say that we missed something? `before` is our seq when it was asked for.

    Being behind is normal for a moment, but not for two polls; being ahead of Redis never is.
    """
    epoch, seq = (reply[0] or b"").decode(), int(reply[1] or 0)
    deaf = feed.log.seq < feed.polled
    feed.polled = seq
    return epoch != feed.log.epoch or seq < before or deaf
