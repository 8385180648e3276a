"""The HTTP and WebSocket edge: the page, its files, a health check, and `/ws`."""

from .admission import AdmissionLimits
from .edge import Edge, EdgeSettings, check_settings
from .listener import listening_sockets

__all__ = ["AdmissionLimits", "Edge", "EdgeSettings", "check_settings", "listening_sockets"]
