"""What tests talk to: real server processes, a real Redis, and clients that speak the wire."""

from .client import Client, join, visit
from .server import Server, free_port

__all__ = ["Client", "Server", "free_port", "join", "visit"]
