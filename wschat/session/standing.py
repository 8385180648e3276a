"""What a session may do in its room beyond talking: whether it is a moderator's, and what it does as one."""

from __future__ import annotations

from math import inf
from time import monotonic

from ..access import Admission
from ..errors import ErrorCode, RedisUnavailable, Refused
from ..model import MODERATOR, Person
from ..moderation import ALL_ROOMS, NO_AUTHORITY, Authority, Deletion, read_link
from ..protocol import Hello, Moderate, Muted, Role
from ..room import Occupant, Room
from .client import Client
from .services import Services

UNAVAILABLE_RETRY = 2.0  # s after which a moderator may try again


def authority_of(services: Services, hello: Hello, admission: Admission, room: str) -> Authority:
    """What the `hello` brings along. Of a room's link the script decides whether it is valid."""
    if admission.role == MODERATOR:
        return Authority("jwt")
    link = read_link(services.identity.key, hello.mod)
    if link is None or link.role != MODERATOR:
        return NO_AUTHORITY
    all_rooms = services.moderation.all_rooms
    if link.room == ALL_ROOMS and all_rooms is not None and link.generation == all_rooms.generation:
        return Authority("all", link.generation)
    return Authority("room", link.generation) if link.room == room else NO_AUTHORITY


class Standing:
    """`authority` is what the session came with and the room has found valid. `muted`: s that the person may not write,
    0: for good, None: they may.
    """

    __slots__ = ("_authority", "_client", "_muted_until", "_room", "_services", "_session", "role")

    def __init__(self, session: Occupant, client: Client, services: Services, room: Room, authority: Authority) -> None:
        self._session = session
        self._client = client
        self._services = services
        self._room = room
        self._authority = authority
        self.role = MODERATOR if authority != NO_AUTHORITY else ""
        self._muted_until: float | None = None

    @property
    def muted(self) -> float | None:
        """For how long from now."""
        if self._muted_until is None or self._muted_until == inf:
            return None if self._muted_until is None else 0.0
        left = self._muted_until - monotonic()
        return left if left > 0 else None

    @muted.setter
    def muted(self, seconds: float | None) -> None:
        self._muted_until = None if seconds is None else monotonic() + seconds if seconds else inf

    def check(self) -> None:
        """Raises Refused(not_allowed) unless the session is a moderator's."""
        if self.role != MODERATOR:
            raise Refused(ErrorCode.NOT_ALLOWED, "you aren't a moderator here")

    async def moderate(self, person: Person, command: Moderate) -> None:
        """Do what the command asks, and send the answer."""
        try:
            if self._authority.source == "all" and await self._revoked():
                self.lose_role(person)
                self.check()
            self._client.answer(await self._room.order.moderate(person, self._authority, command))
        except Refused as refused:
            self._client.refuse(refused, ref=command.ref)
        except RedisUnavailable:
            unknown = Refused(ErrorCode.UNAVAILABLE, "Redis is unavailable", retry_after=UNAVAILABLE_RETRY)
            self._client.refuse(unknown, ref=command.ref)

    def deletion(self, person: Person) -> Deletion | None:
        """For Changes.delete: what lets a moderator delete anybody's message; None for anybody else."""
        return self._room.order.deletion(person, self._authority) if self.role else None

    def mute(self, seconds: float | None) -> None:
        """Tell the client that the person is muted, or (None) no longer, unless it never was."""
        if seconds is None and self.muted is None:
            return
        self.muted = seconds
        self._client.send(Muted(seconds))

    def lose_role(self, person: Person) -> None:
        """What made the session a moderator's isn't valid any more."""
        if self.role:
            self._change(person, NO_AUTHORITY, "")

    def renew(self, person: Person, role: str) -> None:
        """A newer JWT says so. A link isn't the JWT's to take away."""
        if self._authority.source in ("none", "jwt") and role != self.role:
            self._change(person, Authority("jwt") if role else NO_AUTHORITY, role)

    # -- within --------------------------------------------------------------------

    def _change(self, person: Person, authority: Authority, role: str) -> None:
        self._authority, self.role = authority, role
        self._client.send(Role(role))
        self._room.occupants.set_authority(self._session, person, authority)

    async def _revoked(self) -> bool:
        all_rooms = self._services.moderation.all_rooms
        return all_rooms is None or await all_rooms.read() != self._authority.generation
