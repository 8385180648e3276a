"""Wiring and life cycle: makes a running node of the settings, and ends it in order."""

from .start import main

__all__ = ["main"]
