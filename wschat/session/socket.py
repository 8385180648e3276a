"""The client's end, as the session sees it."""

from __future__ import annotations

from typing import Protocol

from ..hub import Member


class Socket(Member, Protocol):
    """A member of its room's audience that can be spoken to alone. Nothing here blocks."""

    def close(self, code: int, reason: str = "") -> None: ...

    async def drained(self) -> None:
        """Wait until nothing waits to be sent."""
