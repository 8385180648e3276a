"""A process from its start to its end: `python server.py` as people start it."""
