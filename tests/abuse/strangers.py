"""A stranger at one address, with as many connections as the limits allow."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from .raw import command, request

ADDRESS = "127.0.0.66"
CONNECTIONS = 500  # as many as one address may have


class Stranger(asyncio.Protocol):
    """A connection that counts what comes and thinks nothing of it. `received`: bytes, over all connections."""

    received = 0

    def __init__(self) -> None:
        self.first = asyncio.get_running_loop().create_future()
        self.gone = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        Stranger.received += len(data)
        if not self.first.done():
            self.first.set_result(None)

    def connection_lost(self, problem: Exception | None) -> None:
        for future in (self.first, self.gone):
            if not future.done():
                future.set_result(None)

    def send(self, data: bytes) -> None:
        if self.transport is not None and self.transport.get_write_buffer_size() < 1 << 20:
            self.transport.write(data)

    def cut(self) -> None:
        if self.transport is not None:
            self.transport.abort()


class Attack:
    """A stranger's connections to a server."""

    def __init__(self, port: int, seconds: float) -> None:
        self.port = port
        self.end = asyncio.get_running_loop().time() + seconds
        self.numbers = itertools.count()

    @property
    def goes_on(self) -> bool:
        return asyncio.get_running_loop().time() < self.end

    async def connect(self, data: bytes = b"", *, reads: bool = True) -> Stranger:
        """A connection on which this is said."""
        loop = asyncio.get_running_loop()
        plain = socket.socket()
        plain.setblocking(False)
        if not reads:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.bind((ADDRESS, 0))
        await loop.sock_connect(plain, ("127.0.0.1", self.port))
        stranger = Stranger()
        await loop.create_connection(lambda: stranger, sock=plain)
        if not reads and stranger.transport is not None:
            stranger.transport.pause_reading()
        stranger.send(data)
        return stranger

    async def join(self, name: str = "", *, reads: bool = True, **hello: Any) -> Stranger:
        """A person in the room."""
        stranger = await self.connect(request(self.port), reads=reads)
        if reads:
            await stranger.first
        stranger.send(command("hello", name=name or f"Чужой {next(self.numbers)}", **{"history": 0, **hello}))
        return stranger

    async def crowd(self, count: int = CONNECTIONS, **hello: Any) -> list[Stranger]:
        """So many people; they come as fast as they may."""
        people: list[Stranger] = []
        while len(people) < count and self.goes_on:
            people += await asyncio.gather(*(self.join(**hello) for _ in range(min(50, count - len(people)))))
        await asyncio.sleep(0.5)
        return people

    async def all_say(self, data: Callable[[], bytes], per_second: float, people: list[Stranger]) -> None:
        """Each of them says this, so often; those that are cut come back as fast as they may."""
        batch = max(1, int(per_second / 5))
        while self.goes_on:
            started = asyncio.get_running_loop().time()
            for stranger in people:
                stranger.send(b"".join(data() for _ in range(batch)))
            gone = [place for place, stranger in enumerate(people) if stranger.gone.done()]
            for place in gone[:10]:
                people[place] = await self.join()
            await asyncio.sleep(max(0.01, batch / per_second - (asyncio.get_running_loop().time() - started)))

    async def many(self, work: Callable[[], Awaitable[object]], count: int) -> None:
        """So many at once do this again and again."""

        async def again() -> None:
            while self.goes_on:
                with contextlib.suppress(OSError, asyncio.TimeoutError):
                    await work()

        await asyncio.gather(*(again() for _ in range(count)))


def any_certificate() -> ssl.SSLContext:
    """For clients that talk TLS with whoever is there."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def now() -> float:
    return asyncio.get_running_loop().time()
