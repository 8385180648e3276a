"""The client's end, as the session sees it."""

from __future__ import annotations

from typing import Protocol


class Socket(Protocol):
    """Nothing here blocks or raises."""

    def send(self, data: bytes, /) -> None:
        """Send whole frames."""

    def close(self, code: int, reason: str = "") -> None: ...

    async def drained(self) -> None:
        """Wait until nothing waits to be sent."""
