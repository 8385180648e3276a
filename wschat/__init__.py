"""A group chat over WebSocket: Tornado at the edge, Redis Pub/Sub between clients.

Read it in rows, from `errors` and `model` up to `app`; docs/architecture.md has the map.
"""

__version__ = "0.1.0"
