"""A session's claims when it enters a room, and the room's answer."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import ErrorCode, Refused
from ..model import Person
from ..names import person_name
from ..protocol import MALFORMED, read_string, refusal

FORMER = "-"  # for the scripts: the authority of a former moderator, whose role ends


class Claim(NamedTuple):
    """A session's claim to enter. `authority`: the generation of a moderator's link, `*` if the node has verified it,
    FORMER, or empty. `address`: its digest, by which it may be barred; empty for none. `proof`: the room's password as
    stored in the rules. `is_inside`: the person has been in the room all the time, even if their lease was lost.
    """

    authority: str = ""
    address: str = ""
    proof: str = ""
    is_inside: bool = False


NO_CLAIM = Claim()
INSIDE = Claim(is_inside=True)


class Entered(NamedTuple):
    """The person with their role in the room. `muted`: s for which they may not write, 0: for good, None: they may.
    `is_authorized`: whether the authority of the claim is valid; if not, the role is that of another session.
    """

    person: Person
    muted: float | None = None
    is_authorized: bool = False


class PasswordAsked(Refused):
    """The room has a password. `stored` is its form in the rules."""

    def __init__(self, stored: str) -> None:
        super().__init__(ErrorCode.PASSWORD_REQUIRED, "this room requires a password", scope="room")
        self.stored = stored


class NameHeld(Refused):
    """Somebody else who is online has the name."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.NAME_TAKEN, "this name, or one that looks like it, is taken")


class NameKept(Refused):
    """The person is muted, and keeps the `name` that they had when muted."""

    def __init__(self, name: str) -> None:
        super().__init__(ErrorCode.MUTED, "you are muted and can't change your name")
        self.name = name


def outcome(person: Person, code: bytes, *rest: bytes | int) -> Entered | Refused:
    """Read enter.lua's answer about a person."""
    if code == b"in":
        role, is_authorized, muted = rest
        assert isinstance(role, bytes)
        assert isinstance(muted, int)
        known = Person(person.id, person.name, role.decode())
        return Entered(known, muted / 1000 if muted >= 0 else None, bool(is_authorized))
    if code == b"taken":
        return NameHeld()
    if code == b"named":
        return _kept(bytes(rest[0]))
    if code == b"password":
        return PasswordAsked(bytes(rest[0]).decode(errors="replace"))
    if code == b"barred":
        return refusal(ErrorCode.BARRED, int(rest[0]) / 1000)
    return Refused(ErrorCode.LOCKED, "a moderator has locked the room")


def _kept(name: bytes) -> Refused:
    try:
        return NameKept(person_name(read_string(name)))
    except MALFORMED:  # foreign input
        return Refused(ErrorCode.MUTED, "you are muted")
    except Refused as refused:
        return refused
