"""Requests that wait for Redis, posts and changes, and the script calls that carry them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from ...counters import Counters
from ...errors import ErrorCode, Refused
from ...protocol import restriction
from ...redis_link import Call, RoomKeys, ScriptArgs, load_script
from .change_calls import Made, Verdict, read_verdict
from .pace_share import PaceShare

POSTS_PER_CALL = 64  # it holds up Redis for well under a millisecond

NOT_TOLD = "Could not answer a post or a change"

logger = logging.getLogger(__name__)


class Sender(Protocol):
    """The session that posted. It receives the outcome."""

    def on_stored(self, acks: list[tuple[str, int]], repeats: int) -> None:
        """Called when these posts (id, seq) are stored; `repeats` of them had been stored before."""

    def on_refused(self, post: str, refused: Refused) -> None:
        """Called when this post is refused."""


class QueuedPost(Struct, frozen=True):
    """A post of `person`; `body` is its message before Redis numbered it."""

    room: str
    person: str
    id: str
    body: bytes
    share: PaceShare
    sender: Sender

    @property
    def size(self) -> int:
        return len(self.body)

    def refuse(self, refused: Refused) -> None:
        self.sender.on_refused(self.id, refused)


class ChangeRequest(NamedTuple):
    """A change of message `seq`, stored once under its id. `args` are from change_calls.py, `people` are the people who
    make it. `on_verdict` gets the script's verdict, or a refusal if there is
    none.
    """

    room: str
    seq: int
    id: str
    people: tuple[str, ...]
    args: ScriptArgs
    share: PaceShare
    on_verdict: Callable[[Verdict], None]

    @property
    def size(self) -> int:
        return sum(len(arg) for arg in self.args if not isinstance(arg, int))

    def refuse(self, refused: Refused) -> None:
        self.on_verdict(refused)


Request = QueuedPost | ChangeRequest


class Acknowledgements:
    """Redis's replies to some posts and changes: each sender gets the acknowledgements of its posts all at once."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._refused: list[tuple[QueuedPost, Refused]] = []
        self._acks: dict[Sender, list[tuple[str, int]]] = {}
        self._repeats: dict[Sender, int] = {}

    def stored(self, post: QueuedPost, seq: int, *, is_repeat: bool) -> None:
        """Add an acknowledgement. `is_repeat`: the post had been stored before."""
        self._acks.setdefault(post.sender, []).append((post.id, seq))
        if is_repeat:
            self._repeats[post.sender] = self._repeats.get(post.sender, 0) + 1

    def refused(self, post: QueuedPost, refused: Refused) -> None:
        self._refused.append((post, refused))

    def changed(self) -> None:
        self._counters.changes_done += 1

    def tell_senders(self) -> None:
        for post, refused in self._refused:
            refuse_all([post], refused)
        for sender, acks in self._acks.items():
            repeats = self._repeats.get(sender, 0)
            self._counters.posts_stored += len(acks) - repeats
            self._counters.posts_repeated += repeats
            try:
                sender.on_stored(acks, repeats)
            except Exception:
                logger.exception(NOT_TOLD)


def refuse_all(requests: Iterable[Request], refused: Refused) -> None:
    """Refuse each request; a sender that fails doesn't keep the others from being told."""
    for request in requests:
        try:
            request.refuse(refused)
        except Exception:
            logger.exception(NOT_TOLD)


class PostCall:
    """Posts of one room, stored by one call."""

    script = load_script("post")

    def __init__(self, post: QueuedPost) -> None:
        self._posts = [post]

    @property
    def requests(self) -> Sequence[Request]:
        return self._posts

    def add(self, post: QueuedPost) -> bool:
        """Add a post of the same room, if the call is still short enough."""
        if len(self._posts) >= POSTS_PER_CALL:
            return False
        self._posts.append(post)
        return True

    def call(self, keys: RoomKeys, first: ScriptArgs) -> Call:
        """The call for Redis; `first` are the arguments that both scripts take first."""
        names, args = [keys.log, keys.meta, keys.amended], [*first]
        for post in self._posts:
            names += keys.sent(post.person, post.id), keys.pace(post.person)
            args += post.body, str(post.share)
        return Call.of(self.script, names, args)

    def read_reply(self, reply: list[int | bytes], acks: Acknowledgements) -> None:
        """Read the reply, for each post: its number (as bytes if it had been stored before), the wait in ms below 0, or
        as other bytes the restriction that it meets. Raises before any post has its outcome, or not at all.
        """
        for post, answer, outcome in list(zip(self._posts, reply, map(_outcome_of, reply), strict=True)):
            if isinstance(outcome, Refused):
                acks.refused(post, outcome)
            else:
                acks.stored(post, outcome, is_repeat=isinstance(answer, bytes))


def _outcome_of(answer: int | bytes) -> int | Refused:
    if isinstance(answer, bytes) and not answer.isdigit():
        return restriction(answer)
    seq = int(answer)
    return seq if seq >= 0 else Refused(ErrorCode.RATE_LIMITED, "too many posts", retry_after=-seq / 1000)


class ChangeCall:
    """A change, made by a call of its own."""

    script = load_script("amend")

    def __init__(self, request: ChangeRequest) -> None:
        self.requests: Sequence[Request] = [request]
        self._request = request

    def call(self, keys: RoomKeys, first: ScriptArgs) -> Call:
        """The call for Redis; `first` are the arguments that both scripts take first."""
        request = self._request
        each = [keys.reactions(request.seq), keys.changed(request.id), *map(keys.pace, request.people)]
        args = [*first, str(request.share), request.id, request.seq, *request.args]
        return Call.of(self.script, [keys.log, keys.meta, keys.amended, *each], args)

    def read_reply(self, reply: list[Any], acks: Acknowledgements) -> None:
        """Read the reply of amend.lua, which change_calls.py knows, and pass its verdict on. Raises ValueError."""
        verdict = read_verdict(reply, len(self._request.people))
        if isinstance(verdict, Made):
            acks.changed()
        self._request.on_verdict(verdict)


def calls_for(requests: Iterable[Request]) -> list[PostCall | ChangeCall]:
    """The calls for these requests, each room's in order: posts together, in short calls, and each change alone."""
    calls: list[PostCall | ChangeCall] = []
    last: dict[str, PostCall | ChangeCall] = {}  # by room
    for request in requests:
        if isinstance(request, ChangeRequest):
            call: PostCall | ChangeCall = ChangeCall(request)
        else:
            before = last.get(request.room)
            if isinstance(before, PostCall) and before.add(request):
                continue
            call = PostCall(request)
        calls.append(call)
        last[request.room] = call
    return calls
