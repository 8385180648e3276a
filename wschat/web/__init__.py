"""The HTTP and WebSocket edge: the page, its files, a health check, and `/ws`."""

from .edge import Edge, EdgeSettings
from .gate import GateLimits
from .listener import listening_sockets

__all__ = ["Edge", "EdgeSettings", "GateLimits", "listening_sockets"]
