"""One client's conversation, from hello to close. Knows no Tornado: what it says goes to a Socket, a bare interface."""

from .rooms import Limits, Rooms
from .session import Session
from .socket import Socket

__all__ = ["Limits", "Rooms", "Session", "Socket"]
