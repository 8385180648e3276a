"""Moderation of a room: its rules on this node, its moderators, and how bars reach the people here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from time import monotonic

from msgspec import UNSET, structs

from ..broker import Changes, Feed, clear_room
from ..errors import ErrorCode, Refused
from ..fan_out import text_frame
from ..limits import Rate, TokenBucket
from ..model import Person, timestamp
from ..moderation import Acts, Authority, ModeratorDeletionRight, RulesCopy
from ..protocol import Done, Moderate, RulesNow, encode, read_message, refusal
from .delete_by_author import delete_all, written_by
from .observers import Observers
from .occupants import Occupants
from .room_services import RoomServices

ERASURES = Rate(0.2, 5)  # in a room, on a node: each may read the whole log


class RoomModeration:
    """Rules, acts and bars of one room. `broadcast` sends a frame to every session in the room."""

    def __init__(
        self,
        feed: Feed,
        changes: Changes,
        occupants: Occupants,
        observers: Observers,
        services: RoomServices,
        broadcast: Callable[[bytes], None],
    ) -> None:
        self._feed = feed
        self._changes = changes
        self._erasures = TokenBucket(*ERASURES)
        self._occupants = occupants
        self._observers = observers
        self._broadcast = broadcast
        self._clock = services.clock
        self._tasks = services.tasks
        clear = partial(clear_room, services.link, feed.room, by_moderator=True)
        self._acts = Acts(feed.room, feed.keys, services.link, services.clock, clear)
        self.rules = RulesCopy(feed.keys, services.link, self._people, self)

    def revoke(self, generation: str) -> None:
        """Take the role of all sessions whose global link has another generation than this one."""
        for session, authority in self._occupants.roles.authorities():
            if authority.is_global and authority.generation != generation:
                session.on_role_lost()

    async def moderate(self, moderator: Person, authority: Authority, command: Moderate) -> Done:
        """Carry out a moderator's command completely, even if the caller is cancelled: a recorded act is always done.

        Raises Refused, RedisUnavailable.
        """
        return await self._tasks.carry_out(self._do(moderator, authority, command))

    def deletion(self, moderator: Person, authority: Authority) -> ModeratorDeletionRight:
        """The moderator's right to delete anybody's message, for Changes.delete."""
        return ModeratorDeletionRight(self._feed.room, moderator, authority.for_scripts, self._clock)

    # -- from the rules ------------------------------------------------------------------

    def on_rules(self) -> None:
        """Tell everyone here the new rules, and verify authorities of another generation than that of the room."""
        self._broadcast(text_frame(encode(RulesNow(**structs.asdict(self.rules.current)))))
        for session, authority in self._occupants.roles.authorities():
            if authority.source == "room" and authority.generation != self.rules.generation:
                self._occupants.roles.verify(session, authority)

    def on_barred(self, kind: str, person: str, seconds: float | None) -> None:
        """Tell or expel a person whose bar began or (None) ended. `kind`: mute, remove; `seconds`: 0: for good."""
        self._occupants.doubt(person)
        if kind == "mute":
            for session in self._occupants.of(person):
                session.on_muted(seconds)
        elif seconds is not None:
            refused = refusal(ErrorCode.BARRED, seconds)
            self._occupants.expel(person, refused)
            self._observers.expel(person, refused)

    def on_not_muted(self, people: Collection[str]) -> None:
        """Tell these people that they aren't muted: this node may have missed the end of a mute."""
        for session, person in self._occupants.entered():
            if person in people:
                session.on_muted(None)

    # -- within ----------------------------------------------------------------------------

    def _people(self) -> set[str]:
        """The ids of the people whom a bar may concern here."""
        people = self._occupants.people()
        return people | self._observers.people() if self._observers else people

    async def _do(self, moderator: Person, authority: Authority, command: Moderate) -> Done:
        if command.act == "erase":
            return await self._erase(moderator, authority, command)
        author = None if command.seq is None else await self._author(command.epoch, command.seq)
        return await self._acts.do(moderator, authority.for_scripts, command, author)

    async def _erase(self, moderator: Person, authority: Authority, command: Moderate) -> Done:
        wait = self._erasures.take(monotonic())
        if wait:
            raise Refused(ErrorCode.RATE_LIMITED, "too many acts", retry_after=wait)
        log, since = self._feed.log, timestamp(self._clock() - command.seconds) if command.seconds else ""
        epoch = log.epoch
        written, has_more = await written_by(log, command.person or "", since)
        author = written[0].sender if written else None
        done = await self._acts.do(moderator, authority.for_scripts, command, author)
        part = ModeratorDeletionRight(self._feed.room, moderator, authority.for_scripts, self._clock, is_part=True)
        await delete_all(self._changes, written, epoch, moderator, part)
        done.erased = part.deleted
        done.more = True if has_more else UNSET
        return done

    async def _author(self, epoch: str, seq: int) -> Person:
        """Return the author of the message with this number in this epoch. Raises Refused(gone), RedisUnavailable."""
        log = self._feed.log
        message = read_message(await log.message_of(epoch or log.epoch, seq), seq)
        if message is None:
            raise Refused(ErrorCode.GONE, "there is no such message any more")
        return message.sender
