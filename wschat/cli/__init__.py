"""`python -m wschat COMMAND`: what an operator does to the chat, on the same settings as the server."""

from .main import main

__all__ = ["main"]
