"""One client's conversation, from hello to close. It knows no Tornado: it speaks to a Transport, a bare interface."""

from .services import Limits, Services
from .session import Session
from .transport import Transport

__all__ = ["Limits", "Services", "Session", "Transport"]
