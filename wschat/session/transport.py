"""The client's end of a connection, as the session sees it."""

from __future__ import annotations

from typing import Protocol

from ..fan_out import Member


class Transport(Member, Protocol):
    """A member of an audience that can also be addressed alone. No method blocks."""

    @property
    def is_closing(self) -> bool:
        """Whether it was told to close, or is gone. Then nothing that is sent arrives."""

    def close(self, code: int, reason: str = "") -> None: ...

    async def drained(self) -> None:
        """Wait until the outbox is empty."""
