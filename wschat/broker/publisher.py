"""Posts and changes of messages on their way to Redis: group commit. docs/decisions/0005."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple, Protocol

from ..counters import Counters
from ..errors import ErrorCode, RedisRejected, RedisUnavailable, RedisWriteRefused, Refused
from ..model import Person, new_epoch, timestamp
from ..protocol import MessageBody, Reply, encode
from ..rate_limit import UNLIMITED, Rate
from ..redis_link import Call, RedisLink, RoomKeys, load_script
from .lanes import Lanes

GROUP_PER_CALL = 64  # posts in one script call: it holds up Redis for well under a millisecond
REMEMBER = 24 * 3600  # s that the id of a post or a change is remembered
QUEUE_MAX = 64 << 20  # bytes of posts and changes that wait for Redis
ONLY_IF_STORED = -1.0  # the share of a post that isn't to be stored: its number is asked for
REFUSED_RETRY = 5.0  # s after which a client may try again when Redis is full

logger = logging.getLogger(__name__)


class Sender(Protocol):
    """The session that posted. It receives the outcome."""

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

    @property
    def size(self) -> int:
        return len(self.body)


class ChangeRequest(NamedTuple):
    """A change of message `seq`, stored once under its id. `words` are what amend.lua takes from its 14th argument on,
    `people` those who make it, `share` is its share of the room's pace. `on_reply` gets the script's reply,
    `on_refused` why it wasn't asked.
    """

    room: str
    seq: int
    id: str
    people: tuple[str, ...]
    words: Sequence[str | bytes | int]
    share: float
    on_reply: Callable[[list[Any]], None]
    on_refused: Callable[[Refused], None]

    @property
    def size(self) -> int:
        return sum(len(word) for word in self.words if not isinstance(word, int))


_Portion = list[_Queued] | ChangeRequest
"""The input of one script call."""


class PostRates(NamedTuple):
    """Limits on posts and changes: from each `person` in a room, and in the `room`, over all tabs and nodes.

    For the room, so many bytes as `unit` count as one post, and a longer post as several.
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
        self._rates = rates
        self._post_script = load_script("post", "forms", "publish", "numbering")
        self._amend_script = load_script("amend", "forms", "publish", "numbering")
        self._lanes: Lanes[_Queued | ChangeRequest] = Lanes(self._primary_of, self._store_group)

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
        reply: Reply | None = None,
        share: float = 0.0,
    ) -> None:
        """Store and publish a post. Never blocks; `sender` receives the outcome, however long it takes.

        `share` is how much of the room's pace it may use up: 1.0 is all of it, 0.0 stands for no regard to it, and with
        ONLY_IF_STORED it is acknowledged if it is a retry and refused otherwise.

        Raises Refused(busy) when too much waits for Redis.
        """
        body = MessageBody(room=room, id=post, sender=person, text=text, time=timestamp(self._clock()))
        if reply is not None:
            body.reply = reply
        self._append(_Queued(room, person.id, post, encode(body), share, sender))

    def change(self, request: ChangeRequest) -> None:
        """Store and publish a change. Never blocks. It doesn't overtake what was queued before it in its room."""
        try:
            self._append(request)
        except Refused as refused:
            request.on_refused(refused)

    @property
    def waiting(self) -> int:
        """The number of posts and changes that aren't stored yet."""
        return len(self._lanes)

    # -- within ------------------------------------------------------------------

    def _append(self, item: _Queued | ChangeRequest) -> None:
        if self._lanes.size > QUEUE_MAX:
            raise Refused(ErrorCode.BUSY, "too many posts are waiting for Redis", retry_after=REFUSED_RETRY)
        self._lanes.add(item)

    def _primary_of(self, room: str) -> Hashable:
        return self._link.primary_of(self._link.keys(room))

    async def _store_group(self, group: list[_Queued | ChangeRequest]) -> list[_Queued | ChangeRequest]:
        try:
            return await self._store(group)
        except Exception:  # one bad group must not keep all others from being stored
            logger.exception("Could not store posts")
            return _give_up(group)

    async def _store(self, group: list[_Queued | ChangeRequest]) -> list[_Queued | ChangeRequest]:
        """Try to store these; returns those whose fate is unknown, to be stored again under the same ids."""
        portions = _portions(group)
        start = time.perf_counter()
        try:
            replies = await self._link.pipeline([self._call(portion) for portion in portions])
        except RedisUnavailable as problem:
            logger.debug("Holding %d posts until Redis replies: %s", len(group), problem)
            return group
        self._counters.storing.add(time.perf_counter() - start)
        unknown: list[_Queued | ChangeRequest] = []
        acks: dict[Sender, _Acks] = {}
        for portion, reply in zip(portions, replies, strict=True):
            try:
                if isinstance(portion, ChangeRequest):
                    self._counters.changes_done += reply.result()[0] == b"done"
                    portion.on_reply(reply.result())
                else:
                    _sort(portion, reply.result(), acks)
            except (RedisWriteRefused, RedisRejected) as problem:
                _refuse(portion, problem)
            except RedisUnavailable:
                unknown.extend(_items(portion))
        for sender, stored in acks.items():
            self._counters.posts_stored += len(stored.acks) - stored.again
            self._counters.posts_repeated += stored.again
            sender.on_stored(stored.acks, stored.again)
        return unknown

    def _call(self, portion: _Portion) -> Call:
        if isinstance(portion, ChangeRequest):
            return self._change_call(portion)
        keys = self._link.keys(portion[0].room)
        each = [key for post in portion for key in (keys.sent(post.person, post.id), keys.pace(post.person))]
        args = [*self._numbering(keys), *(word for post in portion for word in (post.body, str(post.share)))]
        return Call.of(self._post_script, [keys.log, keys.meta, keys.amended, *each], args)

    def _change_call(self, request: ChangeRequest) -> Call:
        keys = self._link.keys(request.room)
        each = [keys.reactions(request.seq), keys.changed(request.id), *map(keys.pace, request.people)]
        args = [*self._numbering(keys), str(request.share), request.id, request.seq, *request.words]
        return Call.of(self._amend_script, [keys.log, keys.meta, keys.amended, *each], args)

    def _numbering(self, keys: RoomKeys) -> list[str | bytes | int]:
        """The first arguments of both scripts."""
        person, room, unit = self._rates
        between, ahead = 1000 * room.interval, 1000 * room.interval * room.burst
        first: list[str | bytes | int] = [keys.publish_to_channel, self.keep, REMEMBER, new_epoch()]
        return [*first, person.interval_ms, person.ahead_ms, keys.kept, str(between), unit, str(ahead)]


class _Acks:
    """The acknowledgements for one sender."""

    __slots__ = ("acks", "again")

    def __init__(self) -> None:
        self.acks: list[tuple[str, int]] = []
        self.again = 0


def _portions(group: list[_Queued | ChangeRequest]) -> list[_Portion]:
    """The queue by room, in order: posts together, cut so that no script call is long, and each change alone."""
    rooms: dict[str, list[_Queued | ChangeRequest]] = {}
    for item in group:
        rooms.setdefault(item.room, []).append(item)
    return [portion for items in rooms.values() for portion in _cut(items)]


def _cut(items: list[_Queued | ChangeRequest]) -> Iterable[_Portion]:
    for kind, run in groupby(items, type):
        if kind is ChangeRequest:
            yield from run  # type: ignore[misc]
        else:
            posts: list[_Queued] = list(run)  # type: ignore[arg-type]
            yield from (posts[at : at + GROUP_PER_CALL] for at in range(0, len(posts), GROUP_PER_CALL))


def _items(portion: _Portion) -> Sequence[_Queued | ChangeRequest]:
    return [portion] if isinstance(portion, ChangeRequest) else portion


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


def _refuse(portion: _Portion, problem: RedisUnavailable) -> None:
    """Nothing of the portion is stored: the clients keep their posts, and may try again."""
    items = _items(portion)
    logger.warning("Redis refused to store messages: %s", problem, extra={"room": items[0].room})
    refused = Refused(ErrorCode.UNAVAILABLE, "Redis can't store messages at the moment", retry_after=REFUSED_RETRY)
    for item in items:
        _tell_refused(item, refused)


def _give_up(group: Iterable[_Queued | ChangeRequest]) -> list[_Queued | ChangeRequest]:
    """Tell the senders; returns what is left to be stored: nothing."""
    for item in group:
        _tell_refused(item, Refused(ErrorCode.INTERNAL, "internal error, see the server log"))
    return []


def _tell_refused(item: _Queued | ChangeRequest, refused: Refused) -> None:
    if isinstance(item, ChangeRequest):
        item.on_refused(refused)
    else:
        item.sender.on_refused(item.id, refused)
