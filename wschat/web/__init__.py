"""The HTTP and WebSocket edge: the page, its files, health checks, and `/ws`."""

from .admission import AdmissionLimits
from .edge import Edge, EdgeSettings, check_settings
from .health import Health
from .listener import listening_sockets, passed_sockets

__all__ = ["AdmissionLimits", "Edge", "EdgeSettings", "Health", "check_settings", "listening_sockets", "passed_sockets"]
