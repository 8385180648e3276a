"""The HTTP and WebSocket edge: the page, its files, health checks, and `/ws`."""

from .admission import AdmissionLimits
from .edge import Edge, EdgeSettings, check_settings
from .health import Health
from .listener import listening_sockets, passed_sockets
from .listeners import Places, open_listeners, places_of
from .unix_listener import INHERITED

__all__ = [
    "INHERITED",
    "AdmissionLimits",
    "Edge",
    "EdgeSettings",
    "Health",
    "Places",
    "check_settings",
    "listening_sockets",
    "open_listeners",
    "passed_sockets",
    "places_of",
]
