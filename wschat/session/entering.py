"""The phase of a session between a good `hello` and the room's answer."""

from __future__ import annotations

from msgspec import Struct

from ..access import Admission
from ..model import Person
from ..moderation import NO_AUTHORITY, Authority
from ..names import numbered, random_number
from ..presence import Claim
from ..protocol import Hello
from ..room import Occupant, Room
from .limits.post_pace import PostPace
from .session_services import Services


def room_password(hello: Hello, services: Services) -> str | None:
    """The room's password in a `hello`; None if there is none.

    If the chat itself has no password, the field `password` can only be the room's.
    """
    if hello.room_password is None and not services.access.asks_password:
        return hello.password
    return hello.room_password


class Entering(Struct):
    """A session that waits for the room: Redis is being asked for the name, and whether the room lets the person in."""

    room: Room
    person: Person
    hello: Hello
    admission: Admission
    pace: PostPace
    claim: Claim
    authorities: tuple[Authority, ...]
    given: str = ""  # a name that the person can't choose: set by a site, or kept because of a mute

    def begin(self, session: Occupant) -> None:
        """Ask the room to let the session in."""
        self.room.enter(session, self.person, self.claim, self.authorities[0] if self.authorities else NO_AUTHORITY)

    def room_password(self, services: Services) -> str | None:
        """The room's password that the client sent; None if it sent none."""
        return room_password(self.hello, services)

    async def prove(self, services: Services, address: str, stored: str) -> None:
        """Compare the room's password that the client sent with the `stored` one. Raises Refused(password_wrong)."""
        password = self.room_password(services) or ""
        await services.moderation.passwords.check(self.room.name, address, password, stored)
        self.claim = self.claim._replace(proof=stored)

    def keep_name(self, name: str) -> None:
        """Enter under this name, which the person keeps while muted."""
        self.given, self.person = name, Person(self.person.id, name)

    def take_another_name(self) -> None:
        """Add a number to a name that the person can't choose, since it is taken: the second Anna becomes Anna 2."""
        given = self.given
        own = self.room.current_person(self.person).name  # given to another tab, or before a reload
        base, _, number = own.rpartition(" ")
        is_numbered = own != self.person.name and number.isdecimal() and base != "" and given.startswith(base)
        free = own if is_numbered else self.room.free_name(given)
        if free == self.person.name:  # it was tried; this node doesn't know its holder yet
            free = numbered(given, random_number())
        self.person = Person(self.person.id, free)
