"""One client's conversation, from hello to close. It knows no Tornado: it speaks to a Transport, a bare interface.

`Session` is a client's way through its phases. What each phase needs is in objects that last as long as it is true:
`Client`, all the time: its events, its counted commands, its tasks. `Visit`, from the moment that a room lets it in:
the room, the person, the epoch that the client was told. `Standing`, part of a visit: is the client a moderator there,
or muted? To the room a session is an `Occupant` (`room/occupant.py`).

`limits/` says what a post must pass, in order.
"""

from .limits.address_share import AddressLimits, AddressShare, AddressShares
from .session import Session
from .session_services import ModerationServices, Services, SessionLimits
from .transport import Transport

__all__ = [
    "AddressLimits",
    "AddressShare",
    "AddressShares",
    "ModerationServices",
    "Services",
    "Session",
    "SessionLimits",
    "Transport",
]
