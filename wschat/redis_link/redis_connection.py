"""One open connection to Redis: redis-py opens it, and from then on each reply is handed on as it arrives.

Opening has all that belongs to a library: addresses, TLS, passwords, databases, the first words to each version of
Redis. redis-py's reading isn't used: a task wakes for it and each reply goes through four coroutines, which a message
would pay for twice (docs/decisions/0025).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import redis.exceptions as redis_py
from hiredis import Reader, pack_command
from redis.asyncio.connection import Connection

from ..tasks import within

READ_SIZE = 65536  # bytes of replies that are handed on in one turn of the loop, at most
NO_REPLY = object()  # what the parser has where the next reply isn't whole yet

Words = Sequence[Any]  # of a command: hiredis takes strings, bytes and numbers
Make = Callable[[], Connection]
"""Makes a connection of redis-py that isn't open yet and has no time-out of its own."""


async def open_within(timeout: float, make: Make) -> Connection:
    """An open connection of redis-py. Raises what LINK_BROKEN (redis_errors.py) names."""
    opening = make()
    try:
        await within(timeout, opening.connect())
        if await opening.can_read():  # the end: nothing else comes unasked
            raise redis_py.ConnectionError("Redis closed the connection")
    except BaseException:
        await opening.disconnect(nowait=True)
        raise
    return opening


class RedisConnection(asyncio.BufferedProtocol):
    """Takes over an open connection of redis-py.

    `on_reply` is called with each reply, an error among them; whatever it raises ends the connection. `on_lost` is
    called once, when no reply will come any more, with the reason: what `on_reply` raised, or one of LINK_BROKEN.
    """

    def __init__(
        self, opened: Connection, on_reply: Callable[[Any], None], on_lost: Callable[[Exception], None]
    ) -> None:
        self._on_reply = on_reply
        self._on_lost = on_lost
        # Private names of redis-py: tests/redis_link/test_redis_connection.py shows whether they are still right.
        self._writer = cast(
            "asyncio.StreamWriter", opened._writer
        )  # it closes the transport when nobody has it any more
        self._transport: Any = self._writer.transport
        self._parser = Reader(redis_py.InvalidResponse, opened._parser.parse_error, notEnoughData=NO_REPLY)
        opened._writer = opened._reader = None  # what it no longer has, it neither reads nor closes
        self._buffer = bytearray(READ_SIZE)
        self._is_paused = False
        self._problem: Exception | None = None
        self.is_open = True
        self._transport.set_protocol(self)
        if self._transport.is_closing():  # somebody else was told that it is lost
            asyncio.get_running_loop().call_soon(self.connection_lost, None)

    def send(self, commands: Iterable[Words]) -> None:
        """Send these without waiting. Where the connection is gone, nobody gets them."""
        if self.is_open:
            self._transport.write(b"".join([pack_command(tuple(words)) for words in commands]))

    def pause(self) -> None:
        """Hand on no more replies in this turn of the loop."""
        if not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._go_on)

    def close(self, problem: Exception | None = None) -> None:
        """End it at once; `on_lost` is called later, with `problem` if there is one."""
        if self.is_open:
            self.is_open = False
            self._problem = problem or redis_py.ConnectionError("the connection was closed")
            self._transport.abort()

    # -- called by asyncio -----------------------------------------------------------

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._parser.feed(self._buffer, 0, nbytes)  # type: ignore[arg-type]  # any bytes-like object
        self._hand_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        on_lost = self._on_lost
        problem = self._problem or exc or redis_py.ConnectionError("Redis closed the connection")
        # A subclass refers to itself by these, and would stay, with its buffer, until garbage is collected.
        del self._on_reply, self._on_lost, self._problem
        on_lost(problem)

    # -- within ----------------------------------------------------------------------

    def _hand_on(self) -> None:
        try:
            while self.is_open and not self._is_paused and (reply := self._parser.gets()) is not NO_REPLY:
                if isinstance(reply, Exception) and not isinstance(reply, redis_py.ResponseError):
                    raise reply  # of the server as a whole, whatever was asked: it loads its file, say
                self._on_reply(reply)
        except Exception as problem:
            self.close(problem)

    def _go_on(self) -> None:
        self._is_paused = False
        if self.is_open:
            self._transport.resume_reading()
            self._hand_on()
