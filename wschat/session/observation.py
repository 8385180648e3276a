"""A program that reads a room over HTTP: it may read what anybody who may enter can, but isn't among the people there.

A server loads this with the first such request (docs/decisions/0031).
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import Protocol

from msgspec import Raw, Struct

from ..access import Admission
from ..errors import CloseCode, ErrorCode, RedisUnavailable, Refused
from ..fan_out import text_frame
from ..model import Person, Position, room_name
from ..presence import Claim, PasswordAsked
from ..protocol import Hello, History, OnlineChange, Resume, event_position, raw_array
from ..room import Room
from .catch_up import CatchUp
from .client import Client, ClientAddress
from .entering import room_password
from .limits.address_share import AddressShare
from .session_services import Services, bar_digest
from .standing import authorities_of
from .transport import Transport

logger = logging.getLogger(__name__)


class EventTransport(Transport, Protocol):
    """The connection of a program that follows a room's events."""

    def tell_position(self, position: Position) -> None:
        """Tell the program where it is, without an event."""


class Page(Struct):
    """A page of a room's messages, oldest first, and the position of the room when it was read."""

    room: str
    epoch: str
    seq: int
    messages: Raw


class Observation:
    """What one program reads, from `enter` to `leave`. `share` is what its `address` may use of this node."""

    __slots__ = ("_address", "_client", "_lasts", "_removed", "_services", "_share", "room")

    def __init__(self, services: Services, address: ClientAddress, share: AddressShare | None) -> None:
        self.room: Room  # since `enter`
        self._services = services
        self._address = address
        self._share = share
        self._client: Client | None = None  # of one that follows events
        self._lasts: float | None = None
        self._removed: Refused | None = None

    async def enter(self, raw_room: str, hello: Hello) -> None:
        """Let the program read a room if somebody with this `hello` would be let in, whose name doesn't matter.

        Raises Refused, RedisUnavailable.
        """
        services, name = self._services, room_name(raw_room)
        self._count(Hello)
        admission = services.access.admit(hello, name, self._address.network, services.tokens)
        self.room = services.rooms.open(name, self._address.limit_key)
        self.room.observe(self, admission.person)
        self._lasts = admission.lasts
        try:
            await self._check(hello, admission)
            await self.room.ready()
            if self._removed is not None:
                raise self._removed
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """End, since the request is answered, or the connection is gone."""
        client = self._client
        if client is not None:
            client.end()
        self.room.stop_observing(self, None if client is None else client.transport)

    async def page(self, before: int | None, limit: int) -> tuple[Page, int | None]:
        """(at most `limit` messages before number `before`, or the newest ones; the number before which there are more,
        if any are kept). Raises Refused, RedisUnavailable.
        """
        self._count(History)
        feed = self.room.feed
        async with nullcontext() if self._share is None else self._share.reading():
            while True:
                position = feed.log.position
                messages, is_start = await feed.history(before or position.seq + 1, limit)
                if feed.log.epoch == position.epoch:  # otherwise the log was lost meanwhile
                    break
        if self._removed is not None:
            raise self._removed
        page = Page(self.room.name, position.epoch, position.seq, raw_array(messages))
        oldest = event_position(messages[0]) if messages and not is_start else None
        return page, oldest.seq if oldest else None

    def follow(self, transport: EventTransport, resume: Resume | None) -> None:
        """Send the events after `resume`, or from now on, as long as the connection lasts."""
        self._client = client = Client(transport, self._address.address, self._services.counters, self._share)
        if self._removed is not None:  # since `enter`: its caller goes on in a later turn of the event loop
            client.close(CloseCode.REMOVED)
            return
        if self._lasts is not None:
            client.expires_in(self._lasts)
        self._services.on_activity()
        catch_up = _CatchUp(transport, client, self._services, self.room, resume)
        if not catch_up.try_now():
            client.spawn(self._follow_later(client, catch_up))

    def on_removed(self, refused: Refused) -> None:
        """From the room: a moderator has removed the person for whom the program reads."""
        self._removed = refused
        if self._client is not None:
            self._client.close(CloseCode.REMOVED)

    # -- within --------------------------------------------------------------------

    def _count(self, kind: type[Hello | History]) -> None:
        """Count a request as this command, for its address. Raises Refused(rate_limited)."""
        if self._share is not None:
            self._share.take_command(kind)

    async def _check(self, hello: Hello, admission: Admission) -> None:
        """Ask Redis whether the room would let the person in. Raises Refused, RedisUnavailable."""
        services, room = self._services, self.room
        if not services.is_up(room.keys):
            raise RedisUnavailable("the link is down")
        person = Person(admission.person, "")
        claim = Claim(address=bar_digest(services, self._address))
        for authority in authorities_of(services, hello, admission, room.name)[:1]:
            claim = claim._replace(authority=authority.for_scripts)
        answer = await room.try_entering(person, claim)
        password = room_password(hello, services)
        if isinstance(answer, PasswordAsked) and password is not None:
            passwords = services.moderation.passwords
            await passwords.check(room.name, self._address.network, password, answer.stored)
            answer = await room.try_entering(person, claim._replace(proof=answer.stored))
        # People who are muted keep their name, and may read.
        if isinstance(answer, Refused) and answer.code is not ErrorCode.MUTED:
            raise answer

    async def _follow_later(self, client: Client, catch_up: CatchUp) -> None:
        try:
            await catch_up.when_ready()
        except Refused as refused:  # the program comes back with its position
            logger.info("Closed a connection: %s", refused.detail, extra={"address": client.address})
            client.close(CloseCode.INTERNAL_ERROR)


class _CatchUp(CatchUp):
    """Takes a program from its position to the live room."""

    def __init__(
        self, transport: EventTransport, client: Client, services: Services, room: Room, resume: Resume | None
    ) -> None:
        super().__init__(client, services, room, resume)
        self._transport = transport

    def _send_snapshot(self, *, lost: bool) -> None:
        if self._resume_from is None:
            self._transport.tell_position(self._feed.log.position)
        else:
            self._client.send_frames_charged(text_frame(self._feed.reset_event()))
        self._send_online()

    def _send_missed(self, position: Position, events: list[bytes]) -> None:
        self._client.send_frames_charged(b"".join(map(text_frame, events)))
        self._transport.tell_position(position)  # its number may be higher than that of the last event
        self._send_online()

    def _send_online(self) -> None:
        self._client.send(OnlineChange(self._room.people_count, [], [], []))
