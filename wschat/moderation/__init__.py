"""Keeping order in a room: its rules, the people barred from it, and the acts of moderators (docs/decisions/0024)."""

from .acts import ADDRESS_BARRED, Acts, BarTerms, ModeratorDeletionRight
from .address_hmac import address_digest
from .authority import NO_AUTHORITY, OPERATOR_ID, VERIFIED, Authority
from .links import ALL_ROOMS, CHANGED, GlobalLinkGeneration, new_generation, read_link, sign_link
from .passwords import RoomPasswords
from .rules import RulesCopy
from .stored import StoredBar

__all__ = [
    "ADDRESS_BARRED",
    "ALL_ROOMS",
    "CHANGED",
    "NO_AUTHORITY",
    "OPERATOR_ID",
    "VERIFIED",
    "Acts",
    "Authority",
    "BarTerms",
    "GlobalLinkGeneration",
    "ModeratorDeletionRight",
    "RoomPasswords",
    "RulesCopy",
    "StoredBar",
    "address_digest",
    "new_generation",
    "read_link",
    "sign_link",
]
