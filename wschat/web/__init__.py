"""The HTTP and WebSocket edge: the page, its files, a health check, and `/ws`."""

from .edge import Edge, EdgeSettings

__all__ = ["Edge", "EdgeSettings"]
