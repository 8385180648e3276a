"""One client's conversation, from hello to close. It knows no Tornado: it speaks to a Transport, a bare interface."""

from .address import AddressLimits, AddressShare, AddressShares
from .session import Session
from .session_services import Limits, Moderation, Services
from .transport import Transport

__all__ = ["AddressLimits", "AddressShare", "AddressShares", "Limits", "Moderation", "Services", "Session", "Transport"]
