"""A proxy to Redis that cuts one connection at one moment of one command: in its request, its reply, or the event that
it publishes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import NamedTuple
from urllib.parse import urlsplit

READ = 1 << 16


class Moment(NamedTuple):
    """Where to cut: after this part (0 to 1) of the `request`, the `reply` or the `event` that it publishes."""

    of: str
    part: float

    def __str__(self) -> str:
        return f"{self.of} {self.part:g}"


EACH_MOMENT = [Moment(of, part) for of in ("request", "reply", "event") for part in (0.0, 0.5, 0.99, 1.0)]


class CuttingProxy:
    """Passes everything on to the Redis at `url`, a Unix socket, until it is armed; cuts once, and then passes again.

    With `is_silent` it doesn't cut but holds back what follows, until `pass_again`: nobody is told.
    """

    def __init__(self, url: str) -> None:
        self._path = urlsplit(url).path
        self._request = self._event = b""
        self._moment: Moment | None = None
        self._is_silent = False
        self._passing = asyncio.Event()
        self._passing.set()
        self._asked: set[Callable[[], None]] = set()  # the connections that have sent the request
        self.has_cut = False

    async def __aenter__(self) -> CuttingProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def arm(self, moment: Moment, request: bytes, event: bytes, *, is_silent: bool = False) -> None:
        """Cut at this moment of the next command that has `request` in it, and publishes what has `event` in it."""
        self._moment, self._request, self._event, self._is_silent = moment, request, event, is_silent

    def pass_again(self) -> None:
        self._passing.set()

    async def _serve(self, near: asyncio.StreamReader, near_writer: asyncio.StreamWriter) -> None:
        with ExitStack() as ends, suppress(asyncio.CancelledError):
            ends.callback(near_writer.transport.abort)
            far, far_writer = await asyncio.open_unix_connection(self._path)
            ends.callback(far_writer.transport.abort)
            pumps = [
                self._pump(near, far_writer, ends.close, is_up=True),
                self._pump(far, near_writer, ends.close, is_up=False),
            ]
            await asyncio.gather(*pumps)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: Callable[[], None], *, is_up: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(READ):
                kept = self._kept(data, cut, is_up)
                writer.write(data[:kept])
                await writer.drain()
                if kept is not None:
                    await self._stop(cut)
                    writer.write(data[kept:])
                await self._passing.wait()
        cut()
        self._asked.discard(cut)

    def _kept(self, data: bytes, cut: Callable[[], None], is_up: bool) -> int | None:
        """How many of these bytes still pass when this is the moment; None when it isn't."""
        if self._moment is None:
            return None
        of, part = self._moment
        if is_up and self._request in data:
            self._asked.add(cut)
            is_it = of == "request"
        else:
            is_it = not is_up and (cut in self._asked if of == "reply" else of == "event" and self._event in data)
        return int(len(data) * part) if is_it else None

    async def _stop(self, cut: Callable[[], None]) -> None:
        self._moment, self.has_cut = None, True
        if self._is_silent:
            self._passing.clear()
            await self._passing.wait()
        else:
            cut()
