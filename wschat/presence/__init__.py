"""Who is in a room: leases in Redis that expire, and each node's view of them."""

from .presence import Presence
from .roster import Roster

__all__ = ["Presence", "Roster"]
