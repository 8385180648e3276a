"""The other side of a test: real server processes, nodes in the test's process, a real Redis, clients on the wire."""

from .client import Client, join, visit
from .nodes import Nodes, settings
from .server import Server, StartServer, free_port, is_listening

__all__ = ["Client", "Nodes", "Server", "StartServer", "free_port", "is_listening", "join", "settings", "visit"]
