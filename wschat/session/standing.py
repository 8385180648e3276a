"""A session's rights in its room: whether it is a moderator's, its acts as one, and whether the person is muted."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from time import monotonic

from ..access import Admission
from ..broker import Answer, unreadable
from ..errors import ErrorCode, LogLost, RedisUnavailable, Refused
from ..model import MODERATOR
from ..moderation import ALL_ROOMS, NO_AUTHORITY, Authority, ModeratorDeletionRight, read_link
from ..protocol import Hello, Moderate, Muted, Role
from ..room import Occupant
from .session_services import Services
from .visit import Visit

JWT = Authority("jwt")
SAME_END = 1.0  # s by which the end of one mute may differ in two replies of Redis
UNAVAILABLE_RETRY = 2.0  # s after which a moderator may try again


def authorities_of(services: Services, hello: Hello, admission: Admission, room: str) -> tuple[Authority, ...]:
    """The authorities in the `hello`, in order of use. The script decides whether a room's link is valid."""
    jwt = (JWT,) if admission.role == MODERATOR else ()
    link = read_link(services.tokens.key, hello.mod)
    if link is None or link.role != MODERATOR or link.room not in (room, ALL_ROOMS):
        return jwt
    linked = Authority("all" if link.room == ALL_ROOMS else "room", link.generation)
    if jwt:
        return (*jwt, linked)  # the link is checked when the JWT's role has ended
    return () if is_stale(linked, services) else (linked,)


def is_stale(authority: Authority, services: Services) -> bool:
    """Whether the authority is a global link that is revoked, as far as this node knows."""
    global_links = services.moderation.global_links
    return authority.is_global and (global_links is None or authority.generation != global_links.generation)


def _is_same_end(one: float | None, other: float | None) -> bool:
    """Whether two mutes end at the same time, given the delay of their messages. None: no mute."""
    return one == other or (one is not None and other is not None and abs(one - other) < SAME_END)


class Standing:
    """The role and the mute of one session in its room.

    `authorities` are those that the session presented: the room has accepted the first, and the next is used when that
    ends. The `welcome` contains the role and the mute, and the client is told of each change from then on.
    """

    __slots__ = ("_authorities", "_muted_until", "_session", "_visit", "role")

    def __init__(self, session: Occupant, visit: Visit, authorities: tuple[Authority, ...]) -> None:
        self._session = session
        self._visit = visit
        self._authorities = authorities
        self.role = MODERATOR if authorities else ""
        self._muted_until: float | None = None

    @property
    def _authority(self) -> Authority:
        """The authority in use, or NO_AUTHORITY."""
        return self._authorities[0] if self._authorities else NO_AUTHORITY

    @property
    def muted(self) -> float | None:
        """The seconds from now for which the person may not write, 0: for good, None: they may."""
        if self._muted_until is None or self._muted_until == inf:
            return None if self._muted_until is None else 0.0
        left = self._muted_until - monotonic()
        return left if left > 0 else None

    def check(self) -> None:
        """Check that the session is a moderator's. Raises Refused(not_allowed)."""
        if self.role != MODERATOR:
            raise Refused(ErrorCode.NOT_ALLOWED, "you aren't a moderator here")

    async def moderate(self, command: Moderate) -> None:
        """Carry out the command, and send the answer or the refusal."""
        client, room = self._visit.client, self._visit.room
        try:
            await self.verify()
            self.check()
            client.send_charged(await room.moderation.moderate(self._visit.person, self._authority, command))
        except Refused as refused:
            client.refuse(refused, ref=command.ref)
        except RedisUnavailable as problem:
            why = str(problem) if isinstance(problem, LogLost) else "Redis is unavailable"
            client.refuse(Refused(ErrorCode.UNAVAILABLE, why, retry_after=UNAVAILABLE_RETRY), ref=command.ref)

    async def verify(self) -> None:
        """Ask Redis whether a global link in use was revoked, which this node may not know yet; if so, lose the role.

        Raises RedisUnavailable.
        """
        while self._may_be_revoked:
            authority = self._authority
            if not await self._is_revoked(authority):
                return
            if self._authority == authority:  # otherwise its role was lost meanwhile, and the next isn't revoked
                self.lose_role()

    def when_verified(self, act: Callable[[], None], answer: Answer) -> None:
        """Call `act` at once, or after `verify` if that must ask Redis; in that case failures go to `answer`.

        Raises the exceptions of `act` if it is called at once.
        """
        if self._may_be_revoked:
            self._visit.client.spawn(self._verify_then(act, answer))
        else:
            act()

    def deletion(self) -> ModeratorDeletionRight | None:
        """A moderator's right to delete anybody's message, for Changes.delete; None for anyone else."""
        visit = self._visit
        return visit.room.moderation.deletion(visit.person, self._authority) if self.role else None

    def mute(self, seconds: float | None) -> None:
        """Mute the person for `seconds` (0: for good), or (None) no longer. Tell the client, unless it knows."""
        known = None if self.muted is None else self._muted_until
        self._muted_until = None if seconds is None else monotonic() + seconds if seconds else inf
        if not _is_same_end(known, self._muted_until):
            self._tell(Muted(seconds))

    def lose_role(self) -> None:
        """Drop the authority in use, which is no longer valid, and use the next one, if any."""
        if self.role:
            self._replace(self._authorities[1:])

    def renew(self, role: str) -> None:
        """Apply the role in a renewed JWT. Authority from a link is unaffected."""
        links = tuple(one for one in self._authorities if one != JWT)
        if role and self._authority != JWT:
            self._replace((*links, JWT))
        elif not role:
            self._replace(links)

    # -- within --------------------------------------------------------------------

    @property
    def _may_be_revoked(self) -> bool:
        """Whether `verify` must ask Redis: the scripts check a room's link, but can't check a global link."""
        return self._authority.is_global

    async def _verify_then(self, act: Callable[[], None], answer: Answer) -> None:
        try:
            await self.verify()
            act()
        except RedisUnavailable:
            answer(unreadable())
        except Refused as refused:
            answer(refused)

    def _replace(self, authorities: tuple[Authority, ...]) -> None:
        before, role, visit = self._authority, self.role, self._visit
        self._authorities = tuple(one for one in authorities if one == before or not is_stale(one, visit.services))
        self.role = MODERATOR if self._authorities else ""
        if self.role != role:
            self._tell(Role(self.role))
        if self._authority != before:
            visit.room.set_authority(self._session, visit.person, self._authority)

    def _tell(self, event: Muted | Role) -> None:
        if self._visit.is_welcomed:  # otherwise the welcome will contain it
            self._visit.client.send(event)

    async def _is_revoked(self, authority: Authority) -> bool:
        global_links = self._visit.services.moderation.global_links
        return global_links is None or await global_links.read() != authority.generation
