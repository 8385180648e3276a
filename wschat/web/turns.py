"""Gives turns to HTTP requests: a few in each turn of the event loop, one address after the other."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from tornado.iostream import IOStream

from ..session import AddressShare
from .streams import Closable

PER_TURN = 4  # requests, of half a millisecond each: the chat is served in between, even while thousands wait


class Turns:
    """A queue per address: a client with one request doesn't wait behind one with a thousand."""

    def __init__(self) -> None:
        self._queues: OrderedDict[str, deque[tuple[Closable, asyncio.Future[None]]]] = OrderedDict()
        self._unpaid: set[asyncio.Future[None]] = set()
        self._step: asyncio.Handle | None = None
        self._is_stopped = False

    async def paid(self, stream: IOStream, share: AddressShare, cost: float) -> None:
        """Return when the request's address may use `cost` seconds of processor time and have another answer, or its
        client has gone.
        """
        if not self._is_stopped:
            future = self._unpaid_future()
            share.run(lambda: cost if _resolve(future) else 0.0)
            await _done_or_closed(future, stream)
        debt = share.answer_debt()
        if debt and not self._is_stopped and not stream.closed():
            future = self._unpaid_future()
            timer = asyncio.get_running_loop().call_later(debt, _resolve, future)
            await _done_or_closed(future, stream)
            timer.cancel()

    async def wait(self, stream: Closable, address: str) -> None:
        """Return when the turn of this request from `address` comes; a request that is closed by then takes none."""
        if not self._is_stopped:
            future = asyncio.get_running_loop().create_future()
            self._queues.setdefault(address, deque()).append((stream, future))
            if self._step is None:
                self._next_step()
            await future

    def stop(self) -> None:
        """End all waiting, from now on."""
        self._is_stopped = True
        waiting = [*self._unpaid, *(future for queue in self._queues.values() for _, future in queue)]
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
        released = 0
        while released < PER_TURN:
            if not self._queues:
                self._step = None
                return
            address, queue = self._queues.popitem(last=False)
            stream, future = queue.popleft()
            _resolve(future)
            released += not stream.closed()  # otherwise requests on dropped connections would pile up
            if queue:
                self._queues[address] = queue  # behind all others
        self._next_step()


async def _done_or_closed(future: asyncio.Future[None], stream: IOStream) -> None:
    """Wait for the future, or the end of the connection; a half closed by the client counts as an end."""

    def on_close() -> None:
        _resolve(future)

    if not future.done():
        stream.set_close_callback(on_close)  # Tornado watches a new connection for its end only from now on
        await future
        stream.set_close_callback(None)


def _resolve(future: asyncio.Future[None]) -> bool:
    """Let a request go on. False: its client has gone."""
    if future.done():
        return False
    future.set_result(None)
    return True
