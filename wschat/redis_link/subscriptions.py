"""The channels that a subscriber listens to, over all its connections, and the listeners of each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

PLAIN, SHARDED = b"subscribe", b"ssubscribe"  # for messages published with PUBLISH, and with SPUBLISH in a cluster

Listener = Callable[["bytes | None"], None]
"""Called with each message's bytes, and with None each time the subscription begins (again)."""

logger = logging.getLogger(__name__)


def _ignore(data: bytes | None) -> None:
    """The listener of a channel that is subscribed to but not listened to."""


class Subscriptions:
    """The channels by kind, PLAIN or SHARDED, with their listeners; `home` is always among the plain ones."""

    def __init__(self, home: bytes) -> None:
        self._home = home
        self._listeners: dict[bytes, dict[bytes, Listener]] = {PLAIN: {home: _ignore}, SHARDED: {}}

    def __contains__(self, one: tuple[bytes, bytes]) -> bool:
        kind, channel = one
        return channel in self._listeners[kind]

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        return ((kind, channel) for kind, listeners in self._listeners.items() for channel in listeners)

    def add(self, kind: bytes, channel: bytes, listener: Listener) -> None:
        self._listeners[kind][channel] = listener

    def remove(self, kind: bytes, channel: bytes) -> bool:
        """Remove a channel; return whether Redis must be told. `home` only loses its listener, so it needn't be."""
        if kind is PLAIN and channel == self._home:
            self._listeners[kind][channel] = _ignore
            return False
        return self._listeners[kind].pop(channel, None) is not None

    def call(self, kind: bytes, channel: bytes, data: bytes | None) -> None:
        """Call the channel's listener, if the channel is still subscribed to."""
        listener = self._listeners[kind].get(channel)
        if listener is not None:
            try:
                listener(data)
            except Exception:  # neither a message nor a bug may stop the other messages
                logger.exception("Could not handle a published message")
