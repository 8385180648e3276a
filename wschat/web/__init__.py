"""The HTTP and WebSocket edge: the page, its files, health checks, and `/ws`."""

from .admission import AdmissionLimits
from .edge import Edge, EdgeSettings, check_settings
from .health import Health
from .hook_handler import HookServices
from .listener import PASSED, check_passed_sockets, listening_sockets, passed_fds, passed_sockets
from .listeners import Places, open_listeners, places_of
from .picture_traffic import PictureServices
from .unix_listener import INHERITED

__all__ = [
    "INHERITED",
    "PASSED",
    "AdmissionLimits",
    "Edge",
    "EdgeSettings",
    "Health",
    "HookServices",
    "PictureServices",
    "Places",
    "check_passed_sockets",
    "check_settings",
    "listening_sockets",
    "open_listeners",
    "passed_fds",
    "passed_sockets",
    "places_of",
]
