"""Presence: a lease per person in Redis, and each node's list of the people in a room (docs/decisions/0004)."""

from .claims import FORMER, INSIDE, NO_CLAIM, Claim, Entered, NameKept, PasswordAsked
from .leases import Leases, LeaseTimes
from .presence import Presence
from .renewer import Renewer
from .roster import Roster

__all__ = [
    "FORMER",
    "INSIDE",
    "NO_CLAIM",
    "Claim",
    "Entered",
    "LeaseTimes",
    "Leases",
    "NameKept",
    "PasswordAsked",
    "Presence",
    "Renewer",
    "Roster",
]
