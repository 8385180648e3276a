"""One client's session: the commands allowed in each phase, from the connection to its end."""

from __future__ import annotations

import logging
import time
from typing import Any

from msgspec import Struct

from ..access import Admission
from ..errors import CloseCode, ErrorCode, Refused, internal_error
from ..fan_out import Member
from ..model import Person, room_name
from ..moderation import Authority
from ..presence import Claim, Entered, NameKept, PasswordAsked
from ..protocol import AnyCommand, Hello, Notice, NoticeCode, Ping, read_command
from .client import Client, ClientAddress
from .entering import Entering
from .join import Join
from .joined import Joined
from .limits.address_share import AddressShare
from .limits.post_pace import EARNED_AFTER, PostPace
from .session_services import Services, bar_digest
from .standing import Standing, authorities_of, is_stale
from .transport import Transport
from .visit import Visit

logger = logging.getLogger(__name__)


class Greeting(Struct):
    """No `hello` yet, or the last one was refused: then a person may need time to choose another name.

    `refused_at`: when the first one was, in s of time.monotonic. Later ones that don't get as far as the room leave it.
    """

    refused_at: float | None = None


class Closed(Struct):
    """The connection is gone."""


class Session:
    """A conversation with one client. `receive` takes each text frame's payload, `closed` ends it.

    `share` is what the client's `address` may use of this node, None for no limit.
    """

    __slots__ = ("__weakref__", "_address", "_client", "_phase", "_services")

    def __init__(
        self, services: Services, transport: Transport, address: ClientAddress, share: AddressShare | None = None
    ) -> None:
        self._services = services
        self._client = Client(transport, address.address, services.counters, share)
        self._address = address
        self._phase: Greeting | Entering | Joined | Closed = Greeting()

    @property
    def said_hello(self) -> bool:
        """Whether the client has sent a `hello` that wasn't refused (yet)."""
        return not isinstance(self._phase, Greeting)

    @property
    def refused_at(self) -> float | None:
        """When a `hello` was refused, in s of time.monotonic; None if none was, or a later one wasn't (so far)."""
        return self._phase.refused_at if isinstance(self._phase, Greeting) else None

    # -- from the connection -----------------------------------------------------------

    def receive(self, payload: bytes) -> None:
        """Handle one text frame. A bad one is answered by an `error` event."""
        try:
            command = read_command(payload)
        except Refused as refused:
            self._client.refuse(refused)
            return
        try:
            self._handle(command)
        except Refused as refused:
            self._client.refuse(refused, **_answers(command))
        except Exception:
            logger.exception("Command failed")
            self._client.refuse(internal_error(), **_answers(command))

    def closed(self) -> None:
        """End the session, since the connection is gone."""
        phase, self._phase = self._phase, Closed()
        self._client.end()
        if isinstance(phase, (Entering, Joined)):
            phase.room.leave(self)
        if isinstance(phase, Joined):
            phase.end()

    def _handle(self, command: AnyCommand) -> None:
        if isinstance(command, Ping):
            self._client.pong()
        elif isinstance(command, Hello):
            self._client.allow(Hello)
            self._hello(command)
        elif isinstance(self._phase, Joined) and self._phase.visit.is_welcomed:
            self._client.allow(type(command))
            self._phase.handle(command)
        else:
            raise Refused(ErrorCode.HELLO_FIRST, "send hello first and wait for welcome")

    # -- entering ------------------------------------------------------------------------

    def _hello(self, hello: Hello) -> None:
        if not isinstance(self._phase, Greeting):
            raise Refused(ErrorCode.HELLO_AGAIN, "this connection has already joined")
        services = self._services
        name = room_name(hello.room)
        if self._phase.refused_at is None:
            self._phase.refused_at = time.monotonic()
        admission = services.access.admit(hello, name, self._address.network, services.tokens)
        room = services.rooms.open(name, self._address.limit_key)
        if admission.lasts is not None:
            self._client.expires_in(admission.lasts)
        if not services.is_up(room.keys):
            room.note_degraded()
            self._client.send(Notice(NoticeCode.DEGRADED))
        person = Person(admission.person, admission.name)
        authorities = authorities_of(services, hello, admission, name)
        claim = Claim(address=bar_digest(services, self._address))
        pace, given = self._pace(hello, admission), admission.name if admission.vouched else ""
        self._phase = Entering(room, person, hello, admission, pace, claim, authorities, given)
        self._phase.begin(self)

    def _pace(self, hello: Hello, admission: Admission) -> PostPace:
        """The pace of posts. It is slower for new people, but not on this machine, nor if a site vouches for them."""
        if self._client.share is None or admission.lasts is not None:
            return self._known_pace()
        age = self._services.tokens.age(hello.token) or 0.0
        return PostPace(self._services.limits.posts, time.monotonic() - max(0.0, age))

    def _known_pace(self) -> PostPace:
        return PostPace(self._services.limits.posts, time.monotonic() - EARNED_AFTER)

    @property
    def member(self) -> Member:
        """For the room: the client as a member of its audience."""
        return self._client.transport

    def is_revoked(self, authority: Authority) -> bool:
        """From the room: whether this global link was revoked during the call to Redis, with nobody to tell yet."""
        return is_stale(authority, self._services)

    def on_entered(self, entered: Entered) -> None:
        """From the room: the name is this person's, and the session is in the room."""
        entering = self._phase
        assert isinstance(entering, Entering)  # the room calls no session in another phase
        client, services, room, person = self._client, self._services, entering.room, entered.person
        authorities = entering.authorities if entered.is_authorized else ()
        pace = self._known_pace() if authorities else entering.pace
        visit = Visit(client, services, room, person, pace)
        standing = Standing(self, visit, authorities)
        if entered.muted is not None:
            standing.mute(entered.muted)
        self._phase = Joined(visit, standing, entering.admission)
        services.on_activity()
        logger.info("Joined", extra={"room": room.name, "person": person.id, "address": client.address})
        join = Join(visit, standing, entering.hello)
        if not join.try_now():
            self._client.spawn(self._join_later(join))

    async def _join_later(self, join: Join) -> None:
        try:
            await join.when_ready()
        except Refused as refused:
            if isinstance(self._phase, Joined):
                self._phase.room.leave(self)
                self._phase.end()
                self._phase = Greeting(time.monotonic())
                self._client.refuse(refused)

    def on_not_entered(self, refused: Refused) -> None:
        """From the room: somebody else has the name, a moderator has ruled against it, or Redis rejects the room."""
        entering = self._phase
        assert isinstance(entering, Entering)  # the room calls no session in another phase
        if isinstance(refused, NameKept):
            entering.keep_name(refused.name)
            entering.begin(self)
        elif entering.given and refused.code is ErrorCode.NAME_TAKEN:
            entering.take_another_name()
            entering.begin(self)
        elif isinstance(refused, PasswordAsked) and entering.room_password(self._services) is not None:
            # Or the room might be forgotten, and the client miss that Redis is gone or back.
            entering.room.keep_entering(self)
            self._client.spawn(self._try_password(entering, refused.stored))
        else:
            self._refuse_entry(refused)

    def _refuse_entry(self, refused: Refused) -> None:
        self._phase = Greeting(time.monotonic())
        self._client.refuse(refused)

    async def _try_password(self, entering: Entering, stored: str) -> None:
        try:
            await entering.prove(self._services, self._address.network, stored)
        except Refused as refused:
            entering.room.leave(self)
            self._refuse_entry(refused)
        else:
            entering.begin(self)

    def on_removed(self, refused: Refused) -> None:
        """From the room: a moderator has removed the person."""
        self._client.refuse(refused)
        self._client.close(CloseCode.REMOVED, "removed by a moderator")

    def on_muted(self, seconds: float | None) -> None:
        """From the room: a moderator has muted the person, or ended that."""
        if isinstance(self._phase, Joined):
            self._phase.standing.mute(seconds)

    def on_role_lost(self) -> None:
        """From the room: the moderator's link is no longer valid."""
        if isinstance(self._phase, Joined):
            self._phase.standing.lose_role()

    def on_failure(self) -> None:
        """From the room: its answer couldn't be handled, as the log explains. The client will reconnect by itself."""
        self._client.close(CloseCode.INTERNAL_ERROR)

    def on_renamed(self, person: Person) -> None:
        """From the room: the person's name went to somebody else, and `person` has their new one."""
        if isinstance(self._phase, Joined):
            self._phase.on_renamed(person)


def _answers(command: AnyCommand) -> dict[str, Any]:
    """The `id` or `ref` of a command, which its answer carries back."""
    return {key: value for key in ("id", "ref") if (value := getattr(command, key, None))}
