"""Wiring and life: settings in, a running node out, and its orderly end."""

from .main import main

__all__ = ["main"]
