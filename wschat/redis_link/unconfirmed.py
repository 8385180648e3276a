"""The confirmations that a new link needs from Redis before it is up: of a subscription to each channel, and of a ping.

A Redis that accepts connections but doesn't read would never take thousands of channels at once: the sender would wait
without end, and full buffers keep the connection from being closed. So the channels go in parts, at most two at a time:
the next one when the older of them is confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from .in_flight import SentCommand
from .subscriptions import PLAIN, SHARDED

PART = 200  # channels, usually 10 kB; two parts at most are on their way, so that neither side waits for the other
PONG = (b"pong", b"")  # Redis accepts subscriptions even while it loads its file: only a pong proves that it is up


class Unconfirmed:
    """The channels that aren't confirmed yet, as (kind, channel); the kind is PLAIN or SHARDED."""

    def __init__(self, channels: Iterable[tuple[bytes, bytes]]) -> None:
        self._unsent = dict.fromkeys(channels)
        self._sent = {PONG}

    def __bool__(self) -> bool:
        return bool(self._sent or self._unsent)

    def next_part(self) -> list[SentCommand]:
        """The commands for the next part of the channels; none until its turn comes."""
        if not self._unsent or len(self._sent) > PART:
            return []
        part = list(islice(self._unsent, PART))
        for one in part:
            del self._unsent[one]
        self._sent.update(part)
        plain = {channel for kind, channel in part if kind == PLAIN}
        # The channels of one SSUBSCRIBE must be in one slot: each goes alone.
        sharded = [SentCommand(SHARDED, {channel}) for kind, channel in part if kind == SHARDED]
        return [SentCommand(PLAIN, plain), *sharded] if plain else sharded

    def leave_out(self, kind: bytes, channel: bytes) -> None:
        """Don't send a channel that was unsubscribed from meanwhile, if it hasn't been sent yet."""
        self._unsent.pop((kind, channel), None)

    def confirm(self, kind: bytes, channel: bytes) -> None:
        self._sent.discard((kind, channel))
