"""Limits on connections: in total, per address, and new ones per address over time."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from ..limits import UNLIMITED, Rate, TokenBuckets

FULL = "too many connections"
AGAIN_FREE = 0.1  # of the sockets must be free for the node not to count as full: people come and go all the time
ADDRESS_SHARE = 0.75  # of the sockets, at most, are for one address, however few there are

logger = logging.getLogger(__name__)


class AdmissionLimits(Struct, frozen=True):
    """Limits of one server process. `per_address` and `rate` count IPv6 by /64."""

    sockets: int = 20_000
    per_address: int = 500
    rate: Rate = UNLIMITED

    def within(self, fitting: int) -> AdmissionLimits:
        """These limits, lowered for a process that can hold only `fitting` WebSockets."""
        sockets = min(self.sockets, fitting)
        return replace(self, sockets=sockets, per_address=min(self.per_address, max(1, int(sockets * ADDRESS_SHARE))))


class AdmissionControl:
    """Counts the WebSockets of one node, in `total` and by `limit_key`: an address, or "" for one without limits."""

    def __init__(self, limits: AdmissionLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.total = 0
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._buckets = TokenBuckets(limits.rate)
        self._rejected = 0  # since the node is full

    @property
    def is_full(self) -> bool:
        return self.total >= self.limits.sockets

    def is_within_limits(self, limit_key: str) -> bool:
        """Whether the address may have one more WebSocket, if there is a place for it. It isn't counted."""
        return not self._has_too_many(limit_key) and not self._buckets.wait(limit_key, self._clock())

    def rejects(self, limit_key: str) -> str | None:
        """Why one more WebSocket is rejected, or None."""
        if self._has_too_many(limit_key):
            return "too many connections from one address"
        if self.is_full:
            self._note_rejection()
            return FULL
        if limit_key and self._buckets.take(limit_key, self._clock()):
            return "too many new connections from one address"
        return None

    def enter(self, limit_key: str) -> None:
        self.total += 1
        self._open[limit_key] += 1

    def leave(self, limit_key: str) -> None:
        self.total -= 1
        self._open[limit_key] -= 1
        if not self._open[limit_key]:
            del self._open[limit_key]
        if self._rejected and self.total <= self.limits.sockets * (1 - AGAIN_FREE):
            logger.info("Accepting connections again", extra={"connections": self.total, "rejected": self._rejected})
            self._rejected = 0

    def _has_too_many(self, limit_key: str) -> bool:
        return limit_key != "" and self._open[limit_key] >= self.limits.per_address

    def _note_rejection(self) -> None:
        """Count a rejection, and log only the first: thousands more lines would say the same."""
        if not self._rejected:
            logger.warning("Full: rejecting new connections until others leave", extra={"connections": self.total})
        self._rejected += 1
