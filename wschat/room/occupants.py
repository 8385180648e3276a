"""The sessions in a room on this node: from the request for a name to the end, with what each may do there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from ..audience import Audience, Member
from ..errors import ErrorCode, Refused
from ..model import MODERATOR, Person
from ..moderation import NO_AUTHORITY, SURE, Authority
from ..names import numbered, random_number
from ..presence import INSIDE, NO_MORE, Claim, Entered, Presence


class Occupant(Protocol):
    """A session, as its room sees it."""

    @property
    def member(self) -> Member: ...

    def on_entered(self, entered: Entered) -> None:
        """The name is this person's, and the session is counted."""

    def on_not_entered(self, refused: Refused) -> None:
        """The session isn't in the room: somebody else who is online has the name, a moderator has ruled against it,
        or Redis rejects the room.
        """

    def on_renamed(self, person: Person) -> None:
        """The person has lost their name to somebody else, and has this one now."""

    def on_removed(self, refused: Refused) -> None:
        """A moderator has removed the person: the session is no longer in the room."""

    def on_muted(self, seconds: float | None) -> None:
        """The person is muted for so long, 0: for good; None: they aren't, or no longer. The session may know."""

    def on_role_lost(self) -> None:
        """The authority that made the session a moderator's is no longer valid."""

    def on_failure(self) -> None:
        """The answer to its request for a name couldn't be handled, and no other comes: the session must end."""


class Occupants:
    """Knows the sessions; presence knows the people."""

    def __init__(self, presence: Presence, audience: Audience, on_left: Callable[[], None]) -> None:
        self._presence = presence
        self._audience = audience
        self._on_left = on_left
        self._entering: dict[Occupant, Callable[[], None]] = {}  # with the function that withdraws the request
        self._entered: dict[Occupant, str] = {}  # with the person's id
        self._authorities: dict[Occupant, Authority] = {}  # of sessions that are a moderator's
        self._restoring: set[str] = set()  # ids of people whose role is being put back into the list

    def __len__(self) -> int:
        return len(self._entering) + len(self._entered)

    def __iter__(self) -> Iterator[Occupant]:
        return iter((*self._entering, *self._entered))

    def of(self, person: str) -> list[Occupant]:
        """The sessions of a person that are in the room."""
        return [session for session, entered in self._entered.items() if entered == person]

    def entered(self) -> list[tuple[Occupant, str]]:
        """The sessions that are in the room, with the ids of their people."""
        return list(self._entered.items())

    def people(self) -> set[str]:
        """The ids of those who are in the room."""
        return set(self._entered.values())

    def moderators(self) -> set[str]:
        """The ids of those who have an authority here."""
        return {self._entered[session] for session in self._authorities if session in self._entered}

    def authorities(self) -> list[tuple[Occupant, Authority]]:
        """The sessions that have any."""
        return list(self._authorities.items())

    def enter(self, session: Occupant, person: Person, claim: Claim, authority: Authority = NO_AUTHORITY) -> None:
        """Ask for a lease on the person's name; the session receives the answer, however long Redis takes."""

        def answer(outcome: Entered | Refused) -> None:
            try:
                self._on_answer(session, outcome, authority)
            except Exception:
                session.on_failure()
                raise

        claim = claim._replace(authority=authority.for_scripts)
        self._entering[session] = self._presence.enter(person, answer, claim)

    def hold(self, session: Occupant) -> None:
        """The session is still about to enter: it was not let in, and asks again or leaves."""
        self._entering[session] = lambda: None

    def leave(self, session: Occupant) -> None:
        """The session is gone, whether it was in or about to be."""
        self._audience.remove(session.member)
        authority = self._authorities.pop(session, None)
        withdraw = self._entering.pop(session, None)
        if withdraw is not None:
            withdraw()
        person = self._entered.pop(session, None)
        if person is not None:
            self._presence.remove_session(person)
            if authority is not None:
                self._end_role(person)
        self._on_left()

    def expel(self, person: str, refused: Refused) -> None:
        """A moderator has removed the person: none of their sessions is in the room any longer."""
        for session in self.of(person):
            self.leave(session)
            session.on_removed(refused)

    def rename(self, person: Person, answer: Callable[[Refused | None], None]) -> None:
        """Give the person the new name that they have here; `answer` is called with None, or why that can't be."""

        def answered(outcome: Entered | Refused) -> None:
            if isinstance(outcome, Entered):
                self._put(outcome.person)
                answer(None)
            else:
                answer(outcome)

        self._presence.enter(person, answered, self._claim(person.id))

    def set_authority(self, session: Occupant, person: Person, authority: Authority) -> None:
        """The session has another authority from now on; the list of people says so."""
        if authority == NO_AUTHORITY:
            self._authorities.pop(session, None)
        else:
            self._authorities[session] = authority
        claim = self._claim(person.id)
        self._enter_again(person, claim if claim.authority else claim._replace(authority=NO_MORE))

    def verify(self, session: Occupant, authority: Authority) -> None:
        """Ask Redis whether the session's authority is valid: what this node has heard may be older than that."""
        person = self._presence.roster.people.get(self._entered.get(session, ""))
        if person is None:
            session.on_role_lost()
        else:
            self._enter_again(person, INSIDE._replace(authority=authority.for_scripts))

    def restore_roles(self) -> None:
        """The list has changed. Put back the role of moderators here that another node has taken."""
        for session in self._authorities:
            person = self._presence.roster.people.get(self._entered.get(session, ""))
            if person is not None and person.role != MODERATOR and person.id not in self._restoring:
                self._restoring.add(person.id)
                self._enter_again(person, self._claim(person.id))

    def enter_again(self, person: Person) -> None:
        """The lease of somebody who is here is lost, or somebody else has their name."""
        self._enter_again(person, self._claim(person.id))

    # -- within ----------------------------------------------------------------------

    def _on_answer(self, session: Occupant, outcome: Entered | Refused, authority: Authority) -> None:
        is_waiting = self._entering.pop(session, None) is not None
        if isinstance(outcome, Entered):
            outcome = self._take_in(session, outcome, authority)
        if not is_waiting:  # it left while Redis was asked
            self.leave(session)
        elif isinstance(outcome, Entered):
            session.on_entered(outcome)
        else:
            self._on_left()
            session.on_not_entered(outcome)

    def _put(self, person: Person) -> None:
        """Redis has the person like this, who may have left meanwhile."""
        if self._presence.roster.local_sessions[person.id] > 0:
            self._presence.roster.put(person)

    def _claim(self, person: str) -> Claim:
        """The claim of a person who is in the room."""
        found = {self._authorities.get(session, NO_AUTHORITY).for_scripts for session in self.of(person)} - {""}
        return INSIDE._replace(authority=SURE if SURE in found else next(iter(found), ""))

    def _take_in(self, session: Occupant, entered: Entered, authority: Authority) -> Entered:
        """Redis has let the session in. The role may be one that nothing stands for any longer: of a session that left
        here without Redis knowing yet, or of this link, which was revoked.
        """
        person = entered.person
        is_left = self._presence.is_leaving(person.id) or authority != NO_AUTHORITY
        if entered.is_authorized:
            self._authorities[session] = authority
        elif person.role and is_left and not self._claim(person.id).authority:
            entered = entered._replace(person=Person(person.id, person.name))
            self._enter_again(entered.person, INSIDE._replace(authority=NO_MORE))
        self._presence.add_session(entered.person)
        self._entered[session] = person.id
        return entered

    def _end_role(self, person: str) -> None:
        """A session of the person that was a moderator's has left. With their last session, their lease says so."""
        known = self._presence.roster.people.get(person)
        if known is not None and self.of(person) and not self._claim(person).authority:
            self._enter_again(Person(person, known.name), INSIDE._replace(authority=NO_MORE))

    def _lose_authority(self, person: str, authority: str) -> None:
        """Redis says that this one isn't valid."""
        for session in self.of(person):
            if self._authorities.get(session, NO_AUTHORITY).for_scripts == authority:
                session.on_role_lost()

    def _enter_again(self, person: Person, claim: Claim) -> None:
        def answer(outcome: Entered | Refused) -> None:
            self._restoring.discard(person.id)
            if isinstance(outcome, Entered) and claim.authority not in ("", NO_MORE) and not outcome.is_authorized:
                self._lose_authority(person.id, claim.authority)
            if isinstance(outcome, Entered):
                self._put(outcome.person)
                if outcome.muted is not None or outcome.person.role:  # a mute ends and begins with the role
                    for session in self.of(person.id):
                        session.on_muted(outcome.muted)
            elif outcome.code is ErrorCode.NAME_TAKEN:
                self._take_name(person, Person(person.id, self._presence.roster.free_name(person.name)))
            elif outcome.code is ErrorCode.BARRED:
                self.expel(person.id, outcome)

        self._presence.enter(person, answer, claim)

    def _take_name(self, person: Person, renamed: Person) -> None:
        """Somebody else has the person's name by now: give them a free one, and tell their sessions."""
        if not self.of(person.id):
            return

        def answer(refused: Refused | None) -> None:
            sessions = self.of(person.id)
            if refused is not None and refused.code is ErrorCode.NAME_TAKEN and sessions:
                self._take_name(person, Person(person.id, numbered(person.name, random_number())))
            elif refused is None:
                for session in sessions:
                    session.on_renamed(renamed)

        self.rename(renamed, answer)
