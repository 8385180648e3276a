"""Requests take turns: a few in each turn of the event loop, one address after the other."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from ..session import AddressShare

PER_TURN = 4  # requests, of half a millisecond each: the chat is served in between, also while thousands wait


class Turns:
    """A queue per address: a client with one request doesn't wait behind one with a thousand."""

    def __init__(self) -> None:
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._unpaid: set[asyncio.Future[None]] = set()
        self._step: asyncio.Handle | None = None
        self._is_stopped = False

    async def paid(self, share: AddressShare, cost: float) -> None:
        """Return when the request's address may take `cost` seconds of processor time, and have another answer."""
        if not self._is_stopped:
            future = self._unpaid_future()
            share.run(lambda: cost if _resolve(future) else 0.0)
            await future
        debt = share.answer_debt()
        if debt and not self._is_stopped:
            future = self._unpaid_future()
            asyncio.get_running_loop().call_later(debt, _resolve, future)
            await future

    async def wait(self, address: str) -> None:
        """Return when it is the turn of this request from `address`."""
        if not self._is_stopped:
            future = asyncio.get_running_loop().create_future()
            self._queues.setdefault(address, deque()).append(future)
            if self._step is None:
                self._next_step()
            await future

    def stop(self) -> None:
        """From now on nobody waits."""
        self._is_stopped = True
        waiting = [*self._unpaid, *(future for queue in self._queues.values() for future in queue)]
        self._queues.clear()
        for future in waiting:
            _resolve(future)

    def _unpaid_future(self) -> asyncio.Future[None]:
        future = asyncio.get_running_loop().create_future()
        self._unpaid.add(future)
        future.add_done_callback(self._unpaid.discard)
        return future

    def _next_step(self) -> None:
        self._step = asyncio.get_running_loop().call_soon(self._release)

    def _release(self) -> None:
        for _ in range(PER_TURN):
            if not self._queues:
                self._step = None
                return
            address, queue = self._queues.popitem(last=False)
            _resolve(queue.popleft())
            if queue:
                self._queues[address] = queue  # behind all others
        self._next_step()


def _resolve(future: asyncio.Future[None]) -> bool:
    """False: the waiting client has gone."""
    if future.done():
        return False
    future.set_result(None)
    return True
