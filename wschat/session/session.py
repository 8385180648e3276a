"""One client's session: the commands allowed in each phase, from the connection to its end."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from ..access import Admission
from ..audience import Member
from ..errors import ErrorCode, Refused
from ..model import Person, room_name
from ..names import numbered, random_number
from ..protocol import AnyCommand, Error, Hello, Notice, Ping, read_command
from ..room import Room
from .address import AddressShare
from .client import Client
from .join import Join
from .joined import Joined
from .post_quotas import EARNED_AFTER, PostPace
from .services import Services
from .transport import Transport

logger = logging.getLogger(__name__)


@dataclass
class Greeting:
    """No `hello` yet, or the last one was refused: then a person may need time to choose another name."""

    was_refused: bool = False


@dataclass
class Entering:
    """`hello` was good, and Redis is asked for the name."""

    room: Room
    person: Person
    hello: Hello
    admission: Admission
    pace: PostPace


@dataclass
class Closed:
    """The connection is gone."""


class Session:
    """A conversation with one client. `receive` takes each text frame's payload, `closed` ends it.

    `address` is where the client is; `limit_key` the same as limits count it, "" for none; `share` what that may
    take of this node, None for no limit.
    """

    __slots__ = ("__weakref__", "_client", "_limit_key", "_phase", "_services")

    def __init__(
        self,
        services: Services,
        transport: Transport,
        address: str = "",
        limit_key: str = "",
        share: AddressShare | None = None,
    ) -> None:
        self._services = services
        self._client = Client(transport, address, services.counters, share)
        self._limit_key = limit_key
        self._phase: Greeting | Entering | Joined | Closed = Greeting()

    @property
    def said_hello(self) -> bool:
        """Did it say a `hello` that wasn't refused (yet)?"""
        return not isinstance(self._phase, Greeting)

    @property
    def was_refused(self) -> bool:
        return isinstance(self._phase, Greeting) and self._phase.was_refused

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
            self._client.send(Error(ErrorCode.INTERNAL, **_answers(command)))

    def closed(self) -> None:
        """The connection is gone."""
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
        elif isinstance(self._phase, Joined) and self._phase.is_welcomed:
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
        self._phase.was_refused = True
        admission = services.access.admit(hello, name, self._client.address, services.identity)
        room = services.rooms.open(name, self._limit_key)
        if admission.lasts is not None:
            self._client.expires_in(admission.lasts)
        if not services.is_up(room.keys):
            room.is_degraded = True  # so that it tells when Redis is back
            self._client.send(Notice("degraded"))
        person = Person(admission.person, admission.name)
        self._phase = Entering(room, person, hello, admission, self._pace(hello, admission))
        room.enter(self, person)

    def _pace(self, hello: Hello, admission: Admission) -> PostPace:
        """That of a newcomer's posts is slow at first. Nobody on this machine is one, nor whom a site vouches for."""
        now = asyncio.get_running_loop().time()
        made = self._services.identity.issued(hello.token)
        if self._client.share is None or admission.lasts is not None:
            known = EARNED_AFTER
        else:
            known = time.time() - made if made is not None else 0.0
        return PostPace(self._services.limits.posts, now - known)

    @property
    def member(self) -> Member:
        """For the room: the client as a member of its audience."""
        return self._client.transport

    def on_entered(self) -> None:
        """From the room: the name is this person's."""
        entering = self._phase
        assert isinstance(entering, Entering)  # the room asks nobody else
        joined = Joined(self._client, self._services, entering.room, entering.person, entering.admission, entering.pace)
        self._phase = joined
        self._services.on_activity()
        join = Join(
            self._client, self._services, entering.room, entering.person, entering.hello, entering.pace,
            on_position=joined.on_position,
        )  # fmt: skip
        if not join.try_now():
            self._client.spawn(self._join_later(join))

    async def _join_later(self, join: Join) -> None:
        try:
            await join.when_ready()
        except Refused as refused:
            if isinstance(self._phase, Joined):
                self._phase.room.leave(self)
                self._phase.end()
                self._phase = Greeting(was_refused=True)
                self._client.refuse(refused)

    def on_not_entered(self, refused: Refused) -> None:
        """From the room: somebody else has the name, or Redis rejects the room."""
        entering = self._phase
        assert isinstance(entering, Entering)  # the room asks nobody else
        if entering.admission.vouched and refused.code is ErrorCode.NAME_TAKEN:
            self._take_another_name(entering)
        else:
            self._phase = Greeting(was_refused=True)
            self._client.refuse(refused)

    def on_renamed(self, person: Person) -> None:
        """From the room: the person's name went to somebody else, and this is their new one."""
        if isinstance(self._phase, Joined):
            self._phase.on_renamed(person)

    def _take_another_name(self, entering: Entering) -> None:
        """A site gave the name, so the person can't choose another: the second Anna is Anna 2."""
        given = entering.admission.name
        own = entering.room.current_person(entering.person).name  # in another tab, or before a reload
        base, _, number = own.rpartition(" ")
        is_numbered = own != entering.person.name and number.isdecimal() and base != "" and given.startswith(base)
        free = own if is_numbered else entering.room.free_name(given)
        if free == entering.person.name:  # it was tried; this node doesn't know yet who has it
            free = numbered(given, random_number())
        entering.person = Person(entering.person.id, free)
        entering.room.enter(self, entering.person)


def _answers(command: AnyCommand) -> dict[str, Any]:
    """The `id` or `ref` of a command, which its answer carries back."""
    return {key: value for key in ("id", "ref") if (value := getattr(command, key, None))}
