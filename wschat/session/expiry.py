"""Ends the session of a person vouched for by another site when the site's token expires, after a notice."""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

from ..errors import CloseCode
from ..protocol import Event, Notice, NoticeCode

NOTICE_AHEAD = 60.0  # s: enough time for a page to ask its site for another token


class Expiring(Protocol):
    """The client whose time is limited."""

    def send(self, event: Event) -> None: ...

    def close(self, code: CloseCode, reason: str = "") -> None: ...


class SessionExpiry:
    """Sends the client the notice `expiring`, and closes with TOKEN_EXPIRED when the time is over."""

    __slots__ = ("_client", "_timers")

    def __init__(self, client: Expiring) -> None:
        self._client = client
        self._timers: list[asyncio.TimerHandle] = []

    def renew(self, seconds: float) -> None:
        """Restart the timers: the client may stay for `seconds` from now."""
        self.cancel()
        loop = asyncio.get_running_loop()
        ahead = min(NOTICE_AHEAD, seconds / 2)
        self._timers = [
            loop.call_later(seconds - ahead, self._client.send, Notice(NoticeCode.EXPIRING, math.ceil(ahead))),
            loop.call_later(seconds, self._client.close, CloseCode.TOKEN_EXPIRED, "token expired"),
        ]

    def cancel(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
