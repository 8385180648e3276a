"""One room on this node. Sessions enter with `enter`, talk through its methods, and leave with `leave`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence

from msgspec import Raw

from ..broker import Changes, Feed, MessageSearch, PaceShare, Sender, reply_to
from ..errors import Refused
from ..fan_out import Audience, Member, text_frame
from ..model import Person
from ..moderation import NO_AUTHORITY, Authority, RulesCopy
from ..presence import NO_CLAIM, Claim, Entered, Presence
from ..protocol import LOG_REPLACED, Notice, NoticeCode, PeoplePage, Picture, Reply, encode
from .observers import Observer, Observers
from .occupant import Occupant
from .occupants import Occupants
from .room_moderation import RoomModeration
from .room_services import RoomServices


class Room:
    """A room with its feed, its search, its changes, its presence, its audience and its moderation; it knows its
    sessions and its observers.
    """

    def __init__(self, name: str, services: RoomServices) -> None:
        self.name = name
        self.audience = Audience(services.counters, services.fan_out)
        self.feed = Feed(
            name, services.link, self.audience, keep=services.publisher.keep, clock=services.clock,
            on_delivered=services.on_delivered, on_synced=self.tell_if_restored, counters=services.counters,
        )  # fmt: skip
        self.keys = self.feed.keys
        self.changes = Changes(
            name, self.feed.log, services.publisher, services.tasks, clock=services.clock,
            edit_window=services.edit_window, verify=self.feed.verify, on_deleted=services.on_deleted,
        )  # fmt: skip
        self.search = MessageSearch(self.feed.log, services.indexes, services.slices)
        self.presence = Presence(
            self.keys, services.link, services.leases, self.audience, services.tasks, listener=_PresenceListener(self)
        )  # fmt: skip
        self.occupants = Occupants(self.presence, self.audience, self._mark_if_empty)
        self.observers = Observers(self._mark_if_empty)
        self.moderation = RoomModeration(
            self.feed, self.changes, self.occupants, self.observers, services, self.tell_entered
        )
        self.is_degraded = False  # a session was told that Redis is unreachable, and not yet that it is back
        self.empty_since = asyncio.get_running_loop().time()
        self.services = services

    @property
    def session_count(self) -> int:
        """The number of sessions that are in the room or entering it."""
        return len(self.occupants)

    @property
    def is_used(self) -> bool:
        """Whether there is a session or an observer here."""
        return bool(self.session_count or self.observers)

    @property
    def rules(self) -> RulesCopy:
        """This node's copy of the room's rules."""
        return self.moderation.rules

    @property
    def people_count(self) -> int:
        """The number of people in the room, on all nodes."""
        return len(self.presence.roster.people)

    @property
    def is_ready(self) -> bool:
        """Whether the log, the list of people and the rules are loaded. From then on, sessions can go live."""
        return self.feed.is_loaded and self.presence.is_loaded and self.rules.is_loaded

    async def ready(self) -> None:
        """Wait until the log, the list of people and the rules are loaded."""
        await self.feed.loaded()
        await self.presence.loaded()
        await self.rules.loaded()

    # -- life ------------------------------------------------------------------------

    def subscribe(self) -> None:
        """Follow the room in Redis: its messages and its people."""
        link = self.services.link
        link.subscribe(self.keys.channel, self.feed.on_publish)
        link.subscribe(self.keys.signals, self._on_signal)
        self.services.renewer.add(self.presence)

    async def unsubscribe(self) -> None:
        """Stop following the room. Sessions that are just leaving can still do so."""
        link = self.services.link
        link.unsubscribe(self.keys.channel)
        link.unsubscribe(self.keys.signals)
        self.services.renewer.discard(self.presence)
        await self.presence.close()
        await self.rules.close()
        await self.feed.close()
        self.search.close()

    def tell_if_degraded(self) -> None:
        """Tell everyone here that Redis is unreachable, if it is and they haven't been told."""
        if not self.is_degraded and not self.services.link.serves(self.keys):
            self.is_degraded = True
            self.broadcast(text_frame(encode(Notice(NoticeCode.DEGRADED))))

    def tell_if_restored(self) -> None:
        """Tell everyone here that Redis is back, if it is, the feed is in sync, and they haven't been told."""
        if self.is_degraded and not self.feed.is_syncing and self.services.link.serves(self.keys):
            self.is_degraded = False
            self.broadcast(text_frame(encode(Notice(NoticeCode.RESTORED))))

    def note_degraded(self) -> None:
        """Record that a session was told that Redis is unreachable: it must hear when Redis is back."""
        self.is_degraded = True

    async def stop(self) -> None:
        """Sign everyone here off, since the node stops."""
        self.search.close()
        await self.presence.stop()
        await self.rules.close()
        await self.feed.close()

    # -- sessions --------------------------------------------------------------------

    def enter(
        self, session: Occupant, person: Person, claim: Claim = NO_CLAIM, authority: Authority = NO_AUTHORITY
    ) -> None:
        """Ask for a lease on the person's name; the session receives the answer, however long Redis takes."""
        self.occupants.enter(session, person, claim, authority)

    def keep_entering(self, session: Occupant) -> None:
        """Keep a session that was not let in among the entering ones: it will enter again or leave."""
        self.occupants.keep_entering(session)

    def leave(self, session: Occupant) -> None:
        """Forget a session that has gone, whether it was in the room or entering it."""
        self.occupants.leave(session)

    def set_authority(self, session: Occupant, person: Person, authority: Authority) -> None:
        """Set the authority of a session that is in the room, and update the list of people."""
        self.occupants.set_authority(session, person, authority)

    async def try_entering(self, person: Person, claim: Claim) -> Entered | Refused:
        """The answer that the person would get to `enter`. Nobody is let in. Raises RedisUnavailable."""
        return await self.presence.try_entering(person, claim)

    def observe(self, observer: Observer, person: str) -> None:
        """Count a program that reads the room for this person, but isn't in it."""
        self.observers.add(observer, person)

    def stop_observing(self, observer: Observer, member: Member | None) -> None:
        """Forget a program, and its place in the audience."""
        if member is not None:
            self.audience.remove(member)
        self.observers.leave(observer)

    def go_live(self, member: Member) -> None:
        """Add a client that has everything this node has read of the log: from now on it receives what is broadcast."""
        self.audience.add(member)

    def is_live(self, member: Member) -> bool:
        """Whether the client receives what is broadcast."""
        return member in self.audience

    def post(
        self,
        person: Person,
        post_id: str,
        text: str,
        sender: Sender,
        share: PaceShare,
        reply: Reply | None = None,
        pictures: tuple[Picture, ...] = (),
    ) -> None:
        """Store and publish a message. Never blocks; `sender` receives the outcome.

        Raises Refused(busy) when the queue for Redis is full.
        """
        author = self.current_person(person)
        author = author.without_role() if author.role else author  # the condition spares most posts a call
        self.services.publisher.post(self.name, author, post_id, text, sender, share, reply, pictures)

    async def reply_to(self, epoch: str, seq: int) -> Reply | None:
        """The summary that a reply to message `seq` of this epoch carries; None if the message isn't kept.

        Raises RedisUnavailable.
        """
        return reply_to(await self.feed.log.message_of(epoch, seq), seq)

    async def messages(self, seqs: list[int]) -> list[bytes]:
        """The present forms of the messages with these numbers, as far as they are kept. Raises RedisUnavailable."""
        return list((await self.feed.log.messages_at(seqs)).values())

    def online(self) -> Raw:
        """The field `online` of a `welcome`: how many people are online, and some of them."""
        return self.presence.roster.snapshot()

    def people(self, ref: str, query: str, offset: int, limit: int) -> PeoplePage:
        """A page of the people online whose name contains `query`, sorted by name. `ref` is returned in it."""
        return self.presence.roster.page(ref, query, offset, limit)

    def typing(self, person: Person) -> None:
        """Tell everyone that this person is typing."""
        self.presence.publish_typing(self.current_person(person))

    def rename(self, person: Person, answer: Callable[[Refused | None], None]) -> None:
        """Give the person the new name in `person`; `answer` is called with None, or the refusal."""
        self.occupants.rename(person, answer)

    def broadcast(self, frame: bytes) -> None:
        """Send one frame to every session that is in the room or entering it, in the audience or not."""
        self._broadcast(frame, self.occupants)

    def tell_entered(self, frame: bytes) -> None:
        """Send one frame to every session that has entered. Others may have to prove the room's password first."""
        self._broadcast(frame, (session for session, _ in self.occupants.entered()))

    def current_person(self, person: Person) -> Person:
        """The person under their current name, which another tab may have set."""
        return self.presence.roster.people.get(person.id, person)

    def free_name(self, name: str) -> str:
        """`name` with the first number that gives a name nobody here has."""
        return self.presence.roster.free_name(name)

    # -- within ----------------------------------------------------------------------

    def _broadcast(self, frame: bytes, sessions: Iterable[Occupant]) -> None:
        self.audience.broadcast(frame)
        for session in sessions:
            if session.member not in self.audience:
                session.member.send(frame)

    def _on_signal(self, data: bytes | None) -> None:
        if data == LOG_REPLACED:
            self.feed.on_replaced()
            return
        self.presence.on_publish(data)
        self.rules.on_publish(data)

    def _mark_if_empty(self) -> None:
        if not self.is_used:
            self.empty_since = asyncio.get_running_loop().time()


class _PresenceListener:
    """Passes on what a room's presence has to say, to the room's other parts."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def on_lease_lost(self, person: Person) -> None:
        self._room.occupants.enter_again(person)

    def on_list(self) -> None:
        """Put back roles: another node may have taken a moderator's role."""
        self._room.occupants.roles.restore()

    def on_demoted(self) -> None:
        """Check the bars: an earlier mute may apply again."""
        self._room.rules.on_demoted()

    def on_renewal_due(self, people: Sequence[str] | None = None) -> None:
        self._room.services.renewer.renew_soon(self._room.presence, people)

    def moderators(self) -> Collection[str]:
        return self._room.occupants.roles.people()
