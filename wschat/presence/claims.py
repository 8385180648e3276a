"""A session's claims when it enters a room, and the room's answer."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import DecodeError

from ..errors import ErrorCode, Refused
from ..model import Person
from ..names import person_name
from ..protocol import read_string
from ..restrictions import refusal

NO_MORE = "-"  # that of one who is no longer a moderator


class Claim(NamedTuple):
    """`authority`: the generation of a moderator's link, `*` where the node is sure, NO_MORE, or empty. `address` as it
    may be barred, empty for none. `proof`: the room's password as it stands in the rules. `is_inside`: the person has
    been in the room all the time, also if their lease was lost.
    """

    authority: str = ""
    address: str = ""
    proof: str = ""
    is_inside: bool = False


NO_CLAIM = Claim()
INSIDE = Claim(is_inside=True)


class Entered(NamedTuple):
    """The person with the role that they have in the room. `muted`: s that they may not write, 0: for good, None: they
    may. `is_authorized`: the authority of the claim is valid; without, the role is that of another session.
    """

    person: Person
    muted: float | None = None
    is_authorized: bool = False


class PasswordAsked(Refused):
    """The room has a password. `stored` is it as the rules have it."""

    def __init__(self, stored: str) -> None:
        super().__init__(ErrorCode.PASSWORD_REQUIRED, "this room requires a password", scope="room")
        self.stored = stored


class NameHeld(Refused):
    """Somebody else who is online has the name."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.NAME_TAKEN, "this name, or one that looks like it, is taken")


class NameKept(Refused):
    """The person is muted, and keeps the `name` with which they were."""

    def __init__(self, name: str) -> None:
        super().__init__(ErrorCode.MUTED, "you are muted, and keep your name")
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
    except (DecodeError, UnicodeDecodeError):  # foreign input
        return Refused(ErrorCode.MUTED, "you are muted")
    except Refused as refused:
        return refused
