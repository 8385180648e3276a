"""The roles of the people in a room: which sessions have an authority here, and the roles in the list of people."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..errors import Refused
from ..model import MODERATOR, Person
from ..moderation import NO_AUTHORITY, VERIFIED, Authority
from ..presence import FORMER, INSIDE, Claim, Entered, Presence
from .occupant import Occupant

DEMOTED = INSIDE._replace(authority=FORMER)


class _Grant(NamedTuple):
    """A session's authority, and the id of its person."""

    person: str
    authority: Authority


class Roles:
    """The few sessions that have an authority. `enter_again` asks Redis for a person's lease and role anew."""

    def __init__(self, presence: Presence, enter_again: Callable[[Person, Claim], None]) -> None:
        self._presence = presence
        self._enter_again = enter_again
        self._granted: dict[Occupant, _Grant] = {}
        self._restoring: set[str] = set()  # ids of people whose role is being put back into the list

    def people(self) -> set[str]:
        """The ids of the people who have an authority here."""
        return {grant.person for grant in self._granted.values()}

    def authorities(self) -> list[tuple[Occupant, Authority]]:
        """The sessions that have an authority, with it."""
        return [(session, grant.authority) for session, grant in self._granted.items()]

    def claim(self, person: str) -> Claim:
        """The claim of a person who is in the room."""
        found = {grant.authority.for_scripts for grant in self._granted.values() if grant.person == person} - {""}
        return INSIDE._replace(authority=VERIFIED if VERIFIED in found else next(iter(found), ""))

    def take_in(self, session: Occupant, entered: Entered, authority: Authority) -> Entered:
        """Record the authority of a session that Redis has let in, and return `entered` with the role that is valid.

        Redis may grant a role without a valid authority behind it: that of a session that left this node, which Redis
        doesn't know yet, or that of this link, which was revoked. Then Redis is asked to end it.
        """
        person = entered.person
        if entered.is_authorized:
            self._granted[session] = _Grant(person.id, authority)
        elif person.role:
            is_left = self._presence.is_leaving(person.id) or authority != NO_AUTHORITY
            if is_left and not self.claim(person.id).authority:
                entered = entered._replace(person=person.without_role())
                self._enter_again(entered.person, DEMOTED)
        return entered

    def set(self, session: Occupant, person: Person, authority: Authority) -> None:
        """Set the authority of a session, and update the list of people."""
        if authority == NO_AUTHORITY:
            self._granted.pop(session, None)
        else:
            self._granted[session] = _Grant(person.id, authority)
        claim = self.claim(person.id)
        self._enter_again(person, claim if claim.authority else DEMOTED)

    def leave(self, session: Occupant) -> None:
        """Forget a session that has gone, and end the person's role in Redis if no other session here has an authority.

        After a person's last session, the end of their lease does that.
        """
        grant = self._granted.pop(session, None)
        roster = self._presence.roster
        if grant is None or roster.local_sessions[grant.person] <= 0 or self.claim(grant.person).authority:
            return
        known = roster.people.get(grant.person)
        if known is not None:
            self._enter_again(known.without_role(), DEMOTED)

    def verify(self, session: Occupant, authority: Authority) -> None:
        """Ask Redis whether the session's authority is valid: the rules known to this node may be older than it."""
        grant = self._granted.get(session)
        person = self._presence.roster.people.get(grant.person) if grant is not None else None
        if person is None:
            session.on_role_lost()
        else:
            self._enter_again(person, INSIDE._replace(authority=authority.for_scripts))

    def restore(self) -> None:
        """Put back the roles of moderators here that another node has taken out of the list of people."""
        for id_ in self.people() - self._restoring:
            person = self._presence.roster.people.get(id_)
            if person is not None and person.role != MODERATOR:
                self._restoring.add(id_)
                self._enter_again(person, self.claim(id_))

    def on_answer(self, person: str, claim: Claim, outcome: Entered | Refused) -> None:
        """Handle Redis's answer for a person who entered again with this claim: its authority may be invalid."""
        self._restoring.discard(person)
        if not isinstance(outcome, Entered) or outcome.is_authorized or claim.authority in ("", FORMER):
            return
        for session, grant in list(self._granted.items()):
            if grant.person == person and grant.authority.for_scripts == claim.authority:
                session.on_role_lost()
