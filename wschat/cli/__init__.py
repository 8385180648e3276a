"""`python -m wschat COMMAND`: the operator's commands, with the same settings as the server."""

from .main import main

__all__ = ["main"]
