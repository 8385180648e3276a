"""For how long somebody may stay whom a site vouches for: told before the end, and shown out at it."""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

from ..errors import CloseCode
from ..protocol import Event, Notice

NOTICE_AHEAD = 60.0  # s: time enough for a page to ask its site for another token


class Client(Protocol):
    """Whom it is about."""

    def tell(self, event: Event) -> None: ...

    def close(self, code: CloseCode, reason: str = "") -> None: ...


class Permit:
    """Tells the client `expiring`, and closes with TOKEN_EXPIRED when it has."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._timers: list[asyncio.TimerHandle] = []

    def lasts(self, seconds: float) -> None:
        """From now on so long, whatever was said before."""
        self.cancel()
        loop = asyncio.get_running_loop()
        ahead = min(NOTICE_AHEAD, seconds / 2)
        self._timers = [
            loop.call_later(seconds - ahead, self._client.tell, Notice("expiring", math.ceil(ahead))),
            loop.call_later(seconds, self._client.close, CloseCode.TOKEN_EXPIRED, "the token has expired"),
        ]

    def cancel(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
