"""A session, as the parts of its room see it."""

from __future__ import annotations

from typing import Protocol

from ..audience import Member
from ..errors import Refused
from ..model import Person
from ..moderation import Authority
from ..presence import Entered


class Occupant(Protocol):
    """A session, as its room sees it."""

    @property
    def member(self) -> Member: ...

    def is_revoked(self, authority: Authority) -> bool:
        """Is the authority that it came with no longer valid, although Redis says so?"""

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
