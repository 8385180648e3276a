"""The acts of moderators, as calls of moderate.lua, which checks, does, records and publishes each in one step."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any, Literal, NamedTuple

from ..errors import ErrorCode, Refused
from ..limits import UNLIMITED, Rate, TokenBucket
from ..model import Person, timestamp
from ..protocol import Act, Bar, Done, Message, Moderate, encode, read_foreign
from ..redis_link import Call, RedisLink, RoomKeys, ScriptArgs, load_script
from .authority import VERIFIED
from .fields import script_args
from .stored import StoredBar

ADDRESS_BARRED = 7 * 24 * 3600  # s that an address is barred at most: later it will be somebody else's
ACTS = Rate(0.5, 60)  # of one moderator in a room, over all nodes
PASSWORDS = Rate(0.1, 5)  # set in a room, on a node: each costs as much as a guess, before Redis can count it
BARS_MAX = 1000  # people who are barred at once; moderate.lua holds to it

ClearRoom = Callable[[], Awaitable[None]]
"""Erases all messages of the room. Raises RedisUnavailable."""

logger = logging.getLogger(__name__)


class BarTerms(NamedTuple):
    """How long and why an operator bars somebody. `seconds`: 0 is for good; `address`: the digest of one to bar instead
    of the addresses that are remembered for the person.
    """

    act: Literal["mute", "remove"]
    seconds: int
    address: str = ""
    reason: str = ""


class Acts:
    """The acts in one room. `clock` is in seconds since 1970."""

    def __init__(
        self, room: str, keys: RoomKeys, link: RedisLink, clock: Callable[[], float], clear: ClearRoom
    ) -> None:
        self._room = room
        self._keys = keys
        self._link = link
        self._clock = clock
        self._clear = clear
        self._passwords = TokenBucket(*PASSWORDS)
        self._script = load_script("moderate")

    async def do(self, moderator: Person, generation: str, command: Moderate, author: Person | None) -> Done:
        """Carry out a command. `generation` is the moderator's authority, as `Authority.for_scripts`; `author` is the
        author of the message that the command names, or of the messages that it erases.

        Raises Refused (bad_field, not_allowed, gone, too_many, rate_limited), RedisUnavailable.
        """
        wait = self._passwords.take(monotonic()) if command.act == "password" and command.text else 0.0
        if wait:
            raise _too_fast(wait)
        args = await script_args(command, author)
        code, *rest = await self._call(moderator, generation, args)
        if code != b"done":
            raise _refusal(code, *rest)
        if command.act == "barred":
            return _lists(command.ref, *rest)
        if command.act == "clear":
            await self._clear()
            await self._call(moderator, VERIFIED, ["cleared"], UNLIMITED)  # what isn't done isn't recorded either
        self._log(moderator, command, author)
        return Done(ref=command.ref)

    async def bar(self, operator: Person, person: Person, terms: BarTerms) -> None:
        """Mute or remove somebody, online or not, for an operator, who needs no link and has no rate limit.

        Raises Refused (not_allowed: the person is a moderator; too_many), RedisUnavailable.
        """
        reason = encode(terms.reason).decode() if terms.reason else ""
        known = encode(person.without_role()).decode()
        args: ScriptArgs = [terms.act, person.id, known, terms.seconds, terms.address, reason]
        code, *rest = await self._call(operator, VERIFIED, args, UNLIMITED)
        if code != b"done":
            raise _refusal(code, *rest)

    async def _call(self, moderator: Person, generation: str, args: ScriptArgs, rate: Rate = ACTS) -> Any:
        keys = self._keys
        people = (keys.online, keys.people, keys.names)
        used = [*keys.moderation, keys.meta, *people, keys.acts_pace(moderator.id)]
        by = encode(moderator.without_role())
        first: ScriptArgs = [keys.publish_to_signals, keys.kept, ADDRESS_BARRED * 1000, generation, by]
        first += [timestamp(self._clock()), rate.interval_ms, rate.ahead_ms]
        return await self._link.execute(Call.of(self._script, used, [*first, *args]))

    def _log(self, moderator: Person, command: Moderate, author: Person | None) -> None:
        facts = {"room": self._room, "act": command.act, "by": moderator.id}
        person = command.person or (author.id if author else None)
        details = {"person": person, "seconds": command.seconds, "on": command.on, "seq": command.seq}
        logger.info("Moderated", extra={**facts, **{name: one for name, one in details.items() if one is not None}})


class ModeratorDeletionRight:
    """A moderator's right to delete anybody's message in a room. `authority`: as in `Authority.for_scripts`. `is_part`:
    deletions are part of an act that is recorded and logged on its own. `deleted`: how many messages were deleted by
    it, and weren't before.
    """

    def __init__(
        self, room: str, moderator: Person, authority: str, clock: Callable[[], float], *, is_part: bool = False
    ) -> None:
        self._room = room
        self._by = moderator.without_role()
        self._authority = authority
        self._clock = clock
        self._is_part = is_part
        self.deleted = 0

    def script_args(self, message: Message) -> list[str | bytes]:
        """The authority and the act to record, as arguments for amend.lua; none for an own message."""
        if self._is_part:
            return [self._authority, b""]
        if message.sender.id == self._by.id:
            return []
        whose = message.sender.without_role()
        act = Act("delete", self._by, timestamp(self._clock()), person=whose, seq=message.seq)
        return [self._authority, encode(act)]

    def on_done(self, message: Message) -> None:
        self.deleted += 1
        if self._is_part or message.sender.id == self._by.id:
            return
        facts = {"room": self._room, "act": "delete", "by": self._by.id}
        logger.info("Moderated", extra={**facts, "person": message.sender.id, "seq": message.seq})


def _lists(ref: str, barred: Sequence[tuple[int, bytes]], recorded: Sequence[bytes]) -> Done:
    bars = []
    for left, json in barred:
        bar = read_foreign(json, StoredBar)
        if bar is not None:
            bars.append(Bar(bar.person, bar.act, -(-left // 1000), bar.by, bar.time, bar.reason))
    acts = [act for one in recorded if (act := read_foreign(one, Act)) is not None]
    return Done(ref=ref, barred=bars, acts=acts)


def _too_fast(wait: float) -> Refused:
    return Refused(ErrorCode.RATE_LIMITED, "too many acts", retry_after=wait)


def _refusal(code: bytes, *rest: int) -> Refused:
    if code == b"wait":
        return _too_fast(rest[0] / 1000)
    if code == b"too_many":
        return Refused(ErrorCode.TOO_MANY, f"{BARS_MAX} people are barred already", limit=BARS_MAX)
    if code == b"gone":
        return Refused(ErrorCode.GONE, "nobody online has this id")
    return Refused(ErrorCode.NOT_ALLOWED, "you aren't a moderator here, or this person is one")
