"""Ports of this machine, and what its servers answer."""

from __future__ import annotations

import socket
import urllib.request


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(url: str) -> str:
    """The body; an error where it isn't 200."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  our own
        return str(answer.read().decode())
