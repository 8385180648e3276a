"""Wiring and life: settings in, a running node out, and its orderly end."""

from .start import main

__all__ = ["main"]
