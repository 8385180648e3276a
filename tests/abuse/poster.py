"""Clients that post as fast as they may, or faster."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from ..support.frames import CLOSE, TEXT
from .raw import Raw, command

LIMITS: dict[str, Any] = {"post_rate": 20.0, "post_burst": 20, "trusted_proxy": ("127.0.0.1",)}
FULL_LENGTH = "x" + "\u0001" * 3998 + "x"  # most of it takes six bytes for each character in JSON: 24 KB


def at(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


class Poster:
    """A client that follows docs/protocol.md, except that it sends all its posts at once."""

    def __init__(self, raw: Raw, posts: list[str], text: str = "x") -> None:
        self.raw = raw
        self.acked: dict[str, int] = {}
        self.refusals: Counter[str] = Counter()
        self.closed = 0
        self._left = set(posts)
        self._posts = posts
        self._text = text

    async def run(self, seconds: float = 60.0) -> Poster:
        """Send them, and each again after `retry_after`, until all are stored or the connection ends."""
        self._send(*self._posts)
        await asyncio.wait_for(self._listen(), seconds)
        return self

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        while self._left:
            got = await self.raw.frame()
            if got is None or got.opcode == CLOSE:
                self.closed = int.from_bytes(got.payload[:2], "big") if got else 1006
                return
            event = json.loads(got.payload) if got.opcode == TEXT else {}
            if event.get("type") == "ack":
                self.acked[event["id"]] = event["seq"]
                self._left.discard(event["id"])
            elif event.get("type") == "error":
                self.refusals[event["id"]] += 1
                loop.call_later(event["retry_after"], self._send, event["id"])

    def _send(self, *posts: str) -> None:
        self.raw.send(*(command("post", id=post, text=self._text) for post in posts))
