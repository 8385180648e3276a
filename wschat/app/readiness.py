"""Finds out for `/readyz` whether this node can serve new clients."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress

from ..concurrency import outlasting, within
from ..errors import RedisUnavailable
from .node_channel import NodeChannel

TIMEOUT = 2.0  # s within which a probe that this node publishes must come back to it
FRESH = 1.0  # s for which an answer is reused
PROBE = b"ready?"


class Readiness:
    """Publishes a probe and waits until it comes back, on the path of every message.

    `is_draining` counts at once. `clock` is in seconds.
    """

    def __init__(self, channel: NodeChannel, is_draining: Callable[[], bool], clock: Callable[[], float]) -> None:
        self._channel = channel
        self._is_draining = is_draining
        self._clock = clock
        self._id = secrets.token_hex(8).encode()
        self._heard = asyncio.Event()
        self._asking: asyncio.Task[str] | None = None
        self._since = 0.0
        channel.listen(self._on_publish)

    async def obstacle(self) -> str:
        """Why this node isn't ready, in words; empty if it is. Calls within FRESH share an answer."""
        if self._is_draining():
            return "draining"
        if not self._channel.is_up:
            return "Redis doesn't answer"
        if self._asking is None or (self._asking.done() and self._clock() - self._since >= FRESH):
            self._asking = asyncio.ensure_future(self._ask())
        return await outlasting(self._asking)

    async def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            with suppress(asyncio.CancelledError):
                await self._asking

    async def _ask(self) -> str:
        self._heard.clear()
        try:
            await within(TIMEOUT, self._round_trip())
        except asyncio.TimeoutError:
            return f"nothing comes back from Redis within {TIMEOUT:g} s"
        except RedisUnavailable as problem:
            return f"Redis doesn't publish: {problem}"
        finally:
            self._since = self._clock()
        return ""

    async def _round_trip(self) -> None:
        await self._channel.publish(b"%b %b" % (PROBE, self._id))
        await self._heard.wait()

    def _on_publish(self, data: bytes) -> None:
        if data == b"%b %b" % (PROBE, self._id):
            self._heard.set()
