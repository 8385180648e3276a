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
REFUSED_RETRY = 5.0  # s after which a client may try again when Redis is full

logger = logging.getLogger(__name__)


class Sender(Protocol):
    """The session that posted. It receives the outcome."""

    def on_stored(self, acks: list[tuple[str, int]]) -> None:
        """These posts (id, seq) are stored."""

    def on_refused(self, post: str, refused: Refused) -> None:
        """This post is refused."""


class _Queued(NamedTuple):
    room: str
    person: str
    id: str
    body: bytes
    sender: Sender


class Publisher:
    """Stores and publishes posts of all rooms. `keep`: messages that each room's log keeps.

    `rate` holds for each person in each room, over all their tabs and nodes: Redis counts.
    """

    def __init__(self, link: RedisLink, *, keep: int, clock: Callable[[], float], rate: Rate = UNLIMITED) -> None:
        self._link = link
        self._keep = keep
        self._clock = clock
        self._rate = rate
        self._script = load_script("post")
        self._queue: list[_Queued] = []
        self._posted = asyncio.Event()
        self._in_flight = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = spawn(self._run())

    async def stop(self) -> None:
        await cancel_all([self._task])

    def post(self, room: str, person: Person, post: str, text: str, sender: Sender) -> None:
        """Store and publish a post. Never blocks; `sender` receives the outcome, however long it takes."""
        body = encode(MessageBody(room, post, person, text, timestamp(self._clock())))
        self._queue.append(_Queued(room, person.id, post, body, sender))
        self._posted.set()

    @property
    def waiting(self) -> int:
        """How many posts aren't stored yet."""
        return len(self._queue) + self._in_flight

    # -- within ------------------------------------------------------------------

    async def _run(self) -> None:
        """Each turn takes all posts that have gathered, and the next one begins when Redis has answered."""
        while True:
            await self._posted.wait()
            group, self._queue = self._queue[:GROUP], self._queue[GROUP:]
            if not self._queue:
                self._posted.clear()
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

    async def _store(self, group: list[_Queued]) -> list[_Queued]:
        """Try to store these; returns those whose fate is unknown, to be stored again under the same ids."""
        portions = _portions(group)
        try:
            replies = await self._link.pipeline([self._call(portion) for portion in portions])
        except RedisUnavailable as problem:
            logger.debug("Holding %d posts until Redis replies: %s", len(group), problem)
            return group
        unknown: list[_Queued] = []
        acks: dict[Sender, list[tuple[str, int]]] = {}
        for portion, reply in zip(portions, replies, strict=True):
            try:
                _sort(portion, reply.result(), acks)
            except (RedisWriteRefused, RedisRejected) as problem:
                _refuse(portion, problem)
            except RedisUnavailable:
                unknown.extend(portion)
        for sender, stored in acks.items():
            sender.on_stored(stored)
        return unknown

    def _call(self, portion: list[_Queued]) -> Call:
        keys = self._link.keys(portion[0].room)
        each = [key for post in portion for key in (keys.sent(post.person, post.id), keys.pace(post.person))]
        args: list[str | bytes | int] = [keys.channel, self._keep, REMEMBER, new_epoch()]
        args += [self._rate.interval_ms, self._rate.ahead_ms, keys.kept]
        args += [post.body for post in portion]
        return Call.of(self._script, [keys.log, keys.meta, *each], args)


def _portions(group: list[_Queued]) -> list[list[_Queued]]:
    """The posts by room, in order, cut so that no script call is long."""
    rooms: dict[str, list[_Queued]] = {}
    for post in group:
        rooms.setdefault(post.room, []).append(post)
    return [posts[at : at + GROUP_PER_CALL] for posts in rooms.values() for at in range(0, len(posts), GROUP_PER_CALL)]


def _sort(portion: list[_Queued], seqs: list[int], acks: dict[Sender, list[tuple[str, int]]]) -> None:
    """Put stored posts into `acks`, and refuse those that came too fast: below 0 stands the wait in ms."""
    for post, seq in zip(portion, seqs, strict=True):
        if seq < 0:
            refused = Refused(ErrorCode.RATE_LIMITED, "too many posts", retry_after=-seq / 1000)
            post.sender.on_refused(post.id, refused)
        else:
            acks.setdefault(post.sender, []).append((post.id, seq))


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
