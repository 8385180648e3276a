"""The roles of the people in a room: which session has an authority here, and what the list of people says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..errors import Refused
from ..model import MODERATOR, Person
from ..moderation import NO_AUTHORITY, SURE, Authority
from ..presence import INSIDE, NO_MORE, Claim, Entered, Presence
from .occupant import Occupant

DEMOTED = INSIDE._replace(authority=NO_MORE)


class _Held(NamedTuple):
    """A session's authority, and the id of its person."""

    person: str
    authority: Authority


class Roles:
    """Knows the sessions that have an authority: few. `enter_again` asks Redis for a person's lease and role anew."""

    def __init__(self, presence: Presence, enter_again: Callable[[Person, Claim], None]) -> None:
        self._presence = presence
        self._enter_again = enter_again
        self._held: dict[Occupant, _Held] = {}
        self._restoring: set[str] = set()  # ids of people whose role is being put back into the list

    def people(self) -> set[str]:
        """The ids of those who have an authority here."""
        return {held.person for held in self._held.values()}

    def authorities(self) -> list[tuple[Occupant, Authority]]:
        """The sessions that have any."""
        return [(session, held.authority) for session, held in self._held.items()]

    def claim(self, person: str) -> Claim:
        """The claim of a person who is in the room."""
        found = {held.authority.for_scripts for held in self._held.values() if held.person == person} - {""}
        return INSIDE._replace(authority=SURE if SURE in found else next(iter(found), ""))

    def take_in(self, session: Occupant, entered: Entered, authority: Authority) -> Entered:
        """Redis has let the session in. The role may be one that nothing stands for any longer: of a session that left
        here without Redis knowing yet, or of this link, which was revoked. Returns what holds.
        """
        person = entered.person
        is_left = self._presence.is_leaving(person.id) or authority != NO_AUTHORITY
        if entered.is_authorized:
            self._held[session] = _Held(person.id, authority)
        elif person.role and is_left and not self.claim(person.id).authority:
            entered = entered._replace(person=Person(person.id, person.name))
            self._enter_again(entered.person, DEMOTED)
        return entered

    def set(self, session: Occupant, person: Person, authority: Authority) -> None:
        """The session has another authority from now on; the list of people says so."""
        if authority == NO_AUTHORITY:
            self._held.pop(session, None)
        else:
            self._held[session] = _Held(person.id, authority)
        claim = self.claim(person.id)
        self._enter_again(person, claim if claim.authority else DEMOTED)

    def leave(self, session: Occupant) -> None:
        """The session is gone. With the person's last one, their lease says so."""
        held = self._held.pop(session, None)
        roster = self._presence.roster
        if held is None or roster.local_sessions[held.person] <= 0 or self.claim(held.person).authority:
            return
        known = roster.people.get(held.person)
        if known is not None:
            self._enter_again(Person(known.id, known.name), DEMOTED)

    def verify(self, session: Occupant, authority: Authority) -> None:
        """Ask Redis whether the session's authority is valid: what this node has heard may be older than that."""
        held = self._held.get(session)
        person = self._presence.roster.people.get(held.person) if held is not None else None
        if person is None:
            session.on_role_lost()
        else:
            self._enter_again(person, INSIDE._replace(authority=authority.for_scripts))

    def restore(self) -> None:
        """The list has changed. Put back the role of moderators here that another node has taken."""
        for id_ in self.people() - self._restoring:
            person = self._presence.roster.people.get(id_)
            if person is not None and person.role != MODERATOR:
                self._restoring.add(id_)
                self._enter_again(person, self.claim(id_))

    def on_answer(self, person: str, claim: Claim, outcome: Entered | Refused) -> None:
        """Redis has answered for somebody who entered again with this claim, perhaps that it isn't valid."""
        self._restoring.discard(person)
        if not isinstance(outcome, Entered) or outcome.is_authorized or claim.authority in ("", NO_MORE):
            return
        for session, held in list(self._held.items()):
            if held.person == person and held.authority.for_scripts == claim.authority:
                session.on_role_lost()
