"""Keeping order in a room: its rules, the people barred from it, and the acts of moderators (docs/decisions/0024)."""

from .acts import ADDRESS_BARRED, Acts, BarTerms, ClearRoom, ModeratorDeletionRight
from .address_hmac import address_digest
from .authority import NO_AUTHORITY, SURE, Authority
from .links import ALL_ROOMS, CHANGED, GlobalLinkGeneration, Link, new_generation, read_link, sign_link
from .passwords import RoomPasswords, stored_password
from .rules import RulesCopy, RulesListener
from .stored import StoredBar

__all__ = [
    "ADDRESS_BARRED",
    "ALL_ROOMS",
    "CHANGED",
    "NO_AUTHORITY",
    "SURE",
    "Acts",
    "Authority",
    "BarTerms",
    "ClearRoom",
    "GlobalLinkGeneration",
    "Link",
    "ModeratorDeletionRight",
    "RoomPasswords",
    "RulesCopy",
    "RulesListener",
    "StoredBar",
    "address_digest",
    "new_generation",
    "read_link",
    "sign_link",
    "stored_password",
]
