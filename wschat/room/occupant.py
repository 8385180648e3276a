"""The interface of a session to its room."""

from __future__ import annotations

from typing import Protocol

from ..errors import Refused
from ..fan_out import Member
from ..model import Person
from ..moderation import Authority
from ..presence import Entered


class Occupant(Protocol):
    """The interface of a session to its room, which calls these methods."""

    @property
    def member(self) -> Member: ...

    def is_revoked(self, authority: Authority) -> bool:
        """Whether the authority that the session presented is revoked, although Redis accepted it."""

    def on_entered(self, entered: Entered) -> None:
        """Called when the session has entered: the name is this person's, and the session is counted."""

    def on_not_entered(self, refused: Refused) -> None:
        """Called when the session was not let in: somebody else online has the name, a moderator has ruled against it,
        or Redis rejects the room.
        """

    def on_renamed(self, person: Person) -> None:
        """Called when the person has lost their name to somebody else, and now has the name in `person`."""

    def on_removed(self, refused: Refused) -> None:
        """Called when a moderator has removed the person: the session is no longer in the room."""

    def on_muted(self, seconds: float | None) -> None:
        """Called when the person is muted for `seconds` (0: for good) or not muted (None). The session may know it."""

    def on_role_lost(self) -> None:
        """Called when the authority that made the session a moderator's is no longer valid."""

    def on_failure(self) -> None:
        """Called when the answer to the request for a name can't be handled: none follows, so the session must end."""
