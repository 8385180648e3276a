"""One client's conversation, from hello to close. It doesn't depend on Tornado, but talks to a `Transport`.

`Session` leads a client through its phases. The state of each phase is in objects that last as long as it is true:
`Client`, all the time: its events, its counted commands, its tasks. `Visit`, from the moment that a room lets it in:
the room, the person, the epoch that the client was told. `Standing`, part of a visit: whether the client is a moderator
there, or muted. For its room, a session is an `Occupant` (`room/occupant.py`).

`limits/` lists the limits that a post must pass, in order.
"""

from .client import ClientAddress
from .limits.address_share import AddressLimits, AddressShare, AddressShares
from .session import Session
from .session_services import ModerationServices, Services, SessionLimits

__all__ = [
    "AddressLimits",
    "AddressShare",
    "AddressShares",
    "ClientAddress",
    "ModerationServices",
    "Services",
    "Session",
    "SessionLimits",
]
