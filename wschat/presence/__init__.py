"""Presence: a lease per person in Redis, and each node's list of the people in a room (docs/decisions/0004)."""

from .claims import INSIDE, NO_CLAIM, NO_MORE, Claim, Entered, NameKept, PasswordAsked
from .leases import Leases, LeaseTimes
from .presence import Presence
from .renewer import Renewer
from .roster import Roster

__all__ = [
    "INSIDE",
    "NO_CLAIM",
    "NO_MORE",
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
