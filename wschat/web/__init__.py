"""The HTTP and WebSocket edge: the page, its files, a health check, and `/ws`."""

from .admission import AdmissionLimits
from .edge import Edge, EdgeSettings
from .listener import listening_sockets

__all__ = ["AdmissionLimits", "Edge", "EdgeSettings", "listening_sockets"]
