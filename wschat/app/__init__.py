"""Wiring and life cycle: makes a running node of the settings, and ends it in order."""

from .standard_streams import drop_unwritable_output, open_closed_streams
from .start import main

__all__ = ["drop_unwritable_output", "main", "open_closed_streams"]
