"""A session's rights in its room beyond talking: whether it is a moderator's, and its acts as one."""

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
SAME_END = 1.0  # s that the end of a mute may differ in two answers of Redis
UNAVAILABLE_RETRY = 2.0  # s after which a moderator may try again


def authorities_of(services: Services, hello: Hello, admission: Admission, room: str) -> tuple[Authority, ...]:
    """The authorities in the `hello`, in order of use. The script decides whether a room's link is valid."""
    jwt = (JWT,) if admission.role == MODERATOR else ()
    link = read_link(services.tokens.key, hello.mod)
    if link is None or link.role != MODERATOR or link.room not in (room, ALL_ROOMS):
        return jwt
    linked = Authority("all" if link.room == ALL_ROOMS else "room", link.generation)
    if jwt:
        return (*jwt, linked)  # it is judged when the JWT's role has ended
    return () if is_stale(linked, services) else (linked,)


def is_stale(authority: Authority, services: Services) -> bool:
    """Is it a link for all rooms that was revoked, as far as this node knows?"""
    global_links = services.moderation.global_links
    return authority.is_global and (global_links is None or authority.generation != global_links.generation)


def _is_same_end(one: float | None, other: float | None) -> bool:
    """Do two mutes end at the same time, as far as their way here lets one say? None: there is none."""
    return one == other or (one is not None and other is not None and abs(one - other) < SAME_END)


class Standing:
    """`authorities` is what the session came with: the room has found the first valid, and the next is used when that
    ends. The `welcome` says the role and the mute, and the client is told of each change from then on.
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
        """The one in use."""
        return self._authorities[0] if self._authorities else NO_AUTHORITY

    @property
    def muted(self) -> float | None:
        """For how many seconds from now the person may not write, 0: for good, None: they may."""
        if self._muted_until is None or self._muted_until == inf:
            return None if self._muted_until is None else 0.0
        left = self._muted_until - monotonic()
        return left if left > 0 else None

    def check(self) -> None:
        """Raises Refused(not_allowed) unless the session is a moderator's."""
        if self.role != MODERATOR:
            raise Refused(ErrorCode.NOT_ALLOWED, "you aren't a moderator here")

    async def moderate(self, command: Moderate) -> None:
        """Do what the command asks, and send the answer."""
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
        """Lose the role if it was by a link that is revoked, which this node may not have heard. Raises
        RedisUnavailable.
        """
        while self._may_be_revoked:
            authority = self._authority
            if not await self._is_revoked(authority):
                return
            if self._authority == authority:  # else the role it gave was lost meanwhile, and another one isn't revoked
                self.lose_role()

    def when_verified(self, act: Callable[[], None], answer: Answer) -> None:
        """Do `act` at once, or after `verify` where that must ask Redis; then `answer` is called if one of them fails.

        Raises what `act` raises at once.
        """
        if self._may_be_revoked:
            self._visit.client.spawn(self._verify_then(act, answer))
        else:
            act()

    def deletion(self) -> ModeratorDeletionRight | None:
        """For Changes.delete: what lets a moderator delete anybody's message; None for anybody else."""
        visit = self._visit
        return visit.room.moderation.deletion(visit.person, self._authority) if self.role else None

    def mute(self, seconds: float | None) -> None:
        """The person is muted for so many seconds, 0: for good, None: no longer. Tell the client, unless it knows."""
        known = None if self.muted is None else self._muted_until
        self._muted_until = None if seconds is None else monotonic() + seconds if seconds else inf
        if not _is_same_end(known, self._muted_until):
            self._tell(Muted(seconds))

    def lose_role(self) -> None:
        """The authority that made the session a moderator's is no longer valid; another one may still be."""
        if self.role:
            self._replace(self._authorities[1:])

    def renew(self, role: str) -> None:
        """A newer JWT says so. A link isn't the JWT's to take away."""
        links = tuple(one for one in self._authorities if one != JWT)
        if role and self._authority != JWT:
            self._replace((*links, JWT))
        elif not role:
            self._replace(links)

    # -- within --------------------------------------------------------------------

    @property
    def _may_be_revoked(self) -> bool:
        """Must `verify` ask Redis? The scripts compare a room's link, and know nothing of one for all rooms."""
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
        if self._visit.is_welcomed:  # else the welcome has it
            self._visit.client.send(event)

    async def _is_revoked(self, authority: Authority) -> bool:
        global_links = self._visit.services.moderation.global_links
        return global_links is None or await global_links.read() != authority.generation
