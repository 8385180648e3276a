"""Posts on their way to Redis: group commit. docs/decisions/0005."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import NamedTuple, Protocol

from ..errors import RETRY_PAUSE, ErrorCode, RedisRejected, RedisUnavailable, RedisWriteRefused, Refused
from ..model import Person, new_epoch, timestamp
from ..protocol import MessageBody, encode
from ..rate_limit import UNLIMITED, Rate
from ..redis_link import Call, RedisLink, load_script
from ..tasks import cancel_all, spawn

GROUP = 512  # posts sent to Redis in one go
GROUP_PER_CALL = 64  # posts in one script call: it holds up Redis for well under a millisecond
REMEMBER = 24 * 3600  # s that a post's id is remembered
QUEUE_MAX = 64 << 20  # bytes of posts that wait for Redis
ONLY_IF_STORED = -1.0  # the share of a post that isn't to be stored: its number is asked for
REFUSED_RETRY = 5.0  # s after which a client may try again when Redis is full

logger = logging.getLogger(__name__)


class Sender(Protocol):
    """The session that posted: is told what became of the post."""

    def on_stored(self, acks: list[tuple[str, int]], again: int) -> None:
        """These posts (id, seq) are stored; so many of them had been before."""

    def on_refused(self, post: str, refused: Refused) -> None:
        """This post is refused."""


class _Queued(NamedTuple):
    room: str
    person: str
    id: str
    body: bytes
    share: float
    sender: Sender


class Pace(NamedTuple):
    """How fast posts may come: from each `person` in a room, and in the `room`, over all tabs and nodes.

    For the room, so many bytes as `unit` count as one post, and a longer post as several.
    """

    person: Rate = UNLIMITED
    room: Rate = UNLIMITED
    unit: int = 1


class Publisher:
    """Stores and publishes posts of all rooms. `keep`: messages that each room's log keeps. Redis keeps the `pace`."""

    def __init__(self, link: RedisLink, *, keep: int, clock: Callable[[], float], pace: Pace = Pace()) -> None:  # noqa: B008
        self._link = link
        self._keep = keep
        self._clock = clock
        self._pace = pace
        self._script = load_script("post")
        self._queue: list[_Queued] = []
        self._posted = asyncio.Event()
        self._in_flight = 0
        self._size = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = spawn(self._run())

    async def stop(self) -> None:
        await cancel_all([self._task])

    def post(self, room: str, person: Person, post: str, text: str, sender: Sender, share: float = 0.0) -> None:
        """Store and publish a post. Never blocks; `sender` is told the outcome, however long it takes.

        `share` is how much of the room's pace it may use up: 1.0 is all of it, 0.0 stands for no regard to it, and with
        ONLY_IF_STORED it is acknowledged if it is a retry and refused otherwise.

        Raises Refused(busy) when too much waits for Redis.
        """
        if self._size > QUEUE_MAX:
            raise Refused(ErrorCode.BUSY, "too many posts are waiting for Redis", retry_after=REFUSED_RETRY)
        body = encode(MessageBody(room, post, person, text, timestamp(self._clock())))
        self._size += len(body)
        self._queue.append(_Queued(room, person.id, post, body, share, sender))
        self._posted.set()

    @property
    def waiting(self) -> int:
        """How many posts aren't stored yet."""
        return len(self._queue) + self._in_flight

    # -- within ------------------------------------------------------------------

    async def _run(self) -> None:
        """Each turn takes whatever has gathered, and the next one begins when Redis has answered."""
        while True:
            await self._posted.wait()
            group, self._queue = self._queue[:GROUP], self._queue[GROUP:]
            if not self._queue:
                self._posted.clear()
            size = sum(len(post.body) for post in group)
            while group:
                self._in_flight = len(group)
                try:
                    group = await self._store(group)
                except Exception:  # one bad group must not keep all others from being stored
                    logger.exception("Could not store posts")
                    group = _give_up(group)
                if group:
                    await asyncio.sleep(RETRY_PAUSE)
            self._in_flight = 0
            self._size -= size

    async def _store(self, group: list[_Queued]) -> list[_Queued]:
        """Try to store these; returns those whose fate is unknown, to be stored again under the same ids."""
        portions = _portions(group)
        try:
            replies = await self._link.pipeline([self._call(portion) for portion in portions])
        except RedisUnavailable as problem:
            logger.debug("Holding %d posts until Redis replies: %s", len(group), problem)
            return group
        unknown: list[_Queued] = []
        acks: dict[Sender, _Acks] = {}
        for portion, reply in zip(portions, replies, strict=True):
            try:
                _sort(portion, reply.result(), acks)
            except (RedisWriteRefused, RedisRejected) as problem:
                _refuse(portion, problem)
            except RedisUnavailable:
                unknown.extend(portion)
        for sender, stored in acks.items():
            sender.on_stored(stored.acks, stored.again)
        return unknown

    def _call(self, portion: list[_Queued]) -> Call:
        keys = self._link.keys(portion[0].room)
        each = [key for post in portion for key in (keys.sent(post.person, post.id), keys.pace(post.person))]
        args: list[str | bytes | int] = [keys.channel, self._keep, REMEMBER, new_epoch()]
        person, room, unit = self._pace
        args += [person.interval_ms, person.ahead_ms, keys.kept]
        args += [str(1000 * room.interval), unit, str(1000 * room.interval * room.burst)]
        for post in portion:
            args += [post.body, str(post.share)]
        return Call.of(self._script, [keys.log, keys.meta, *each], args)


class _Acks:
    """What one sender is to hear."""

    __slots__ = ("acks", "again")

    def __init__(self) -> None:
        self.acks: list[tuple[str, int]] = []
        self.again = 0


def _portions(group: list[_Queued]) -> list[list[_Queued]]:
    """The posts by room, in order, cut so that no script call is long."""
    rooms: dict[str, list[_Queued]] = {}
    for post in group:
        rooms.setdefault(post.room, []).append(post)
    return [posts[at : at + GROUP_PER_CALL] for posts in rooms.values() for at in range(0, len(posts), GROUP_PER_CALL)]


def _sort(portion: list[_Queued], seqs: list[int | bytes], acks: dict[Sender, _Acks]) -> None:
    """Put stored posts into `acks`, and refuse those that came too fast: below 0 stands the wait in ms.

    Bytes stand for the number of a post that had been stored before.
    """
    for post, reply in zip(portion, seqs, strict=True):
        seq = int(reply)
        if seq < 0:
            refused = Refused(ErrorCode.RATE_LIMITED, "too many posts", retry_after=-seq / 1000)
            post.sender.on_refused(post.id, refused)
        else:
            of_sender = acks.setdefault(post.sender, _Acks())
            of_sender.acks.append((post.id, seq))
            of_sender.again += isinstance(reply, bytes)


def _refuse(portion: list[_Queued], problem: RedisUnavailable) -> None:
    """Nothing of the portion is stored: the clients keep their posts, and may try again."""
    logger.warning("Redis refused to store messages: %s", problem, extra={"room": portion[0].room})
    refused = Refused(ErrorCode.UNAVAILABLE, "Redis can't store messages at the moment", retry_after=REFUSED_RETRY)
    for post in portion:
        post.sender.on_refused(post.id, refused)


def _give_up(group: list[_Queued]) -> list[_Queued]:
    """Tell the senders; returns what is left to be stored: nothing."""
    for post in group:
        post.sender.on_refused(post.id, Refused(ErrorCode.INTERNAL, "internal error, see the server log"))
    return []
