"""The sessions in a room on this node, from the request for a name to the end, and their authorities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from ..errors import ErrorCode, Refused
from ..fan_out import Audience
from ..model import Person
from ..moderation import NO_AUTHORITY, Authority
from ..names import numbered, random_number
from ..presence import Claim, Entered, Presence
from .occupant import Occupant
from .roles import Roles


class _Request:
    """A session's request to enter. `withdraw` takes it back."""

    __slots__ = ("is_outdated", "person", "withdraw")

    def __init__(self, person: str, withdraw: Callable[[], None]) -> None:
        self.person = person
        self.withdraw = withdraw
        self.is_outdated = False  # a moderator has acted on the person since: the answer may be older


class Occupants:
    """The sessions that are entering or in the room. `on_left` is called after one has left or wasn't let in.

    Presence knows the people.
    """

    def __init__(self, presence: Presence, audience: Audience, on_left: Callable[[], None]) -> None:
        self._presence = presence
        self._audience = audience
        self._on_left = on_left
        self._entering: dict[Occupant, _Request] = {}
        self._entered: dict[Occupant, str] = {}  # with the id of its person
        self.roles = Roles(presence, self._enter_again)

    def __len__(self) -> int:
        return len(self._entering) + len(self._entered)

    def __iter__(self) -> Iterator[Occupant]:
        return iter((*self._entering, *self._entered))

    def of(self, person: str) -> list[Occupant]:
        """The sessions of a person that are in the room."""
        count = self._presence.roster.local_sessions[person]  # 0 on most nodes that hear of a bar
        return list(islice((session for session, entered in self._entered.items() if entered == person), count))

    def entered(self) -> list[tuple[Occupant, str]]:
        """The sessions that are in the room, with the ids of their people."""
        return list(self._entered.items())

    def people(self) -> set[str]:
        """The ids of the people whose sessions are in the room."""
        return set(self._entered.values())

    def enter(self, session: Occupant, person: Person, claim: Claim, authority: Authority = NO_AUTHORITY) -> None:
        """Ask for a lease on the person's name; the session receives the answer, however long Redis takes."""

        def answer(outcome: Entered | Refused) -> None:
            try:
                self._on_answer(session, outcome, authority)
            except Exception:
                session.on_failure()
                raise

        if authority != NO_AUTHORITY:
            claim = claim._replace(authority=authority.for_scripts)
        self._entering[session] = _Request(person.id, self._presence.enter(person, answer, claim))

    def keep_entering(self, session: Occupant) -> None:
        """Keep a session that was not let in among the entering ones: it will enter again or leave."""
        self._entering[session] = _Request("", lambda: None)

    def leave(self, session: Occupant) -> None:
        """Forget a session that has gone, whether it was in the room or entering it."""
        self._audience.remove(session.member)
        request = self._entering.pop(session, None)
        if request is not None:
            request.withdraw()
        person = self._entered.pop(session, None)
        if person is not None:
            self._presence.remove_session(person)
            self.roles.leave(session)
        self._on_left()

    def expel(self, person: str, refused: Refused) -> None:
        """Take all sessions of a person whom a moderator has removed out of the room, and tell them."""
        for session in self.of(person):
            self.leave(session)
            session.on_removed(refused)

    def doubt(self, person: str) -> None:
        """Mark the requests of a person on whom a moderator has acted: when they have entered, Redis is asked again."""
        for request in self._entering.values():
            if request.person == person:
                request.is_outdated = True

    def rename(self, person: Person, answer: Callable[[Refused | None], None]) -> None:
        """Give the person the new name in `person`; `answer` is called with None, or the refusal."""
        self._presence.enter(person, partial(self._on_new_name, answer), self.roles.claim(person.id))

    def set_authority(self, session: Occupant, person: Person, authority: Authority) -> None:
        """Set the authority of a session that is in the room, and update the list of people."""
        if session in self._entered:
            self.roles.set(session, person, authority)

    def enter_again(self, person: Person) -> None:
        """Ask for a new lease for a person here whose lease is lost, or whose name somebody else has."""
        self._enter_again(person, self.roles.claim(person.id))

    # -- within ----------------------------------------------------------------------

    def _on_answer(self, session: Occupant, outcome: Entered | Refused, authority: Authority) -> None:
        request = self._entering.pop(session, None)
        if isinstance(outcome, Entered):
            if outcome.is_authorized and session.is_revoked(authority):
                outcome = outcome._replace(is_authorized=False)
            outcome = self.roles.take_in(session, outcome, authority)
            self._presence.add_session(outcome.person)
            self._entered[session] = outcome.person.id
        if request is None:  # the session left during the call to Redis
            self.leave(session)
        elif isinstance(outcome, Entered):
            session.on_entered(outcome)
            if request.is_outdated:
                person = outcome.person
                self._enter_again(person, self.roles.claim(person.id), is_doubted=True)
        else:
            self._on_left()
            session.on_not_entered(outcome)

    def _put(self, person: Person) -> None:
        """Put the person, as Redis has them now, into the roster, unless their last session has left meanwhile."""
        if self._presence.roster.local_sessions[person.id] > 0:
            self._presence.roster.put(person)

    def _on_new_name(self, answer: Callable[[Refused | None], None], outcome: Entered | Refused) -> None:
        if isinstance(outcome, Entered):
            self._put(outcome.person)
            self._tell_muted(outcome)
            answer(None)
        else:
            answer(outcome)

    def _tell_muted(self, outcome: Entered, *, is_doubted: bool = False) -> None:
        if outcome.muted is not None or outcome.person.role or is_doubted:  # a role suspends a mute
            for session in self.of(outcome.person.id):
                session.on_muted(outcome.muted)

    def _enter_again(self, person: Person, claim: Claim, *, is_doubted: bool = False) -> None:
        self._presence.enter(person, partial(self._on_entered_again, person, claim, is_doubted), claim)

    def _on_entered_again(self, person: Person, claim: Claim, is_doubted: bool, outcome: Entered | Refused) -> None:
        self.roles.on_answer(person.id, claim, outcome)
        if isinstance(outcome, Entered):
            self._put(outcome.person)
            self._tell_muted(outcome, is_doubted=is_doubted)
        elif outcome.code is ErrorCode.NAME_TAKEN:
            self._give_free_name(person, Person(person.id, self._presence.roster.free_name(person.name)))
        elif outcome.code is ErrorCode.BARRED:
            self.expel(person.id, outcome)

    def _give_free_name(self, person: Person, renamed: Person) -> None:
        """Give a person whose name somebody else has by now the free name in `renamed`, and tell their sessions."""
        if self.of(person.id):
            self.rename(renamed, partial(self._on_free_name, person, renamed))

    def _on_free_name(self, person: Person, renamed: Person, refused: Refused | None) -> None:
        if refused is None:
            for session in self.of(person.id):
                session.on_renamed(renamed)
        elif refused.code is ErrorCode.NAME_TAKEN:
            self._give_free_name(person, Person(person.id, numbered(person.name, random_number())))
