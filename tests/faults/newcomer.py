"""Somebody who comes when all is over, and looks up messages."""

from __future__ import annotations

import asyncio
from typing import Any

from .visitor import Visitor
from .waiting import until

ASKED_AT_ONCE = 50  # messages in one request
ASKED_QUICKLY, PAUSE = 15, 3.5  # so many requests, and the s after which as many are allowed again


class Newcomer(Visitor):
    """A visitor who never saw the room before."""

    async def look_up(self, numbers: list[int], timeout: float) -> dict[int, dict[str, Any]]:
        """Come, look up messages by their numbers, and leave; returns those that were changed.

        Raises Broken when the welcome or an answer takes longer than `timeout` seconds.
        """
        self.come()
        try:
            await until(lambda: self.is_joined, timeout, "a newcomer joins")
            parts = [numbers[at : at + ASKED_AT_ONCE] for at in range(0, len(numbers), ASKED_AT_ONCE)]
            for count, part in enumerate(parts, 1):
                self.command("messages", seqs=part)
                await until(lambda count=count: len(self.found) == count, timeout, "messages are found")  # type: ignore[misc]
                await asyncio.sleep(PAUSE if count % ASKED_QUICKLY == 0 else 0)
        finally:
            await self.leave()
        return {message["seq"]: message for page in self.found for message in page if message.get("rev")}
