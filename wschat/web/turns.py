"""Requests take turns: a few in each turn of the event loop, one address after the other."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

PER_TURN = 4  # requests, of half a millisecond each: the chat is served in between, also while thousands wait


class Turns:
    """A queue for each address. Whoever asks for one thing waits for nobody who asks for a thousand."""

    def __init__(self) -> None:
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._step: asyncio.Handle | None = None

    async def wait(self, address: str) -> None:
        """Return when it is the turn of this request from `address`."""
        future = asyncio.get_running_loop().create_future()
        self._queues.setdefault(address, deque()).append(future)
        if self._step is None:
            self._next_step()
        await future

    def _next_step(self) -> None:
        self._step = asyncio.get_running_loop().call_soon(self._release)

    def _release(self) -> None:
        for _ in range(PER_TURN):
            if not self._queues:
                self._step = None
                return
            address, queue = self._queues.popitem(last=False)
            future = queue.popleft()
            if queue:
                self._queues[address] = queue  # behind all others
            if not future.done():
                future.set_result(None)
        self._next_step()
