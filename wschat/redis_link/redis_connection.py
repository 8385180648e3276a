"""One open connection to Redis: redis-py opens it; from then on each reply is passed on as it arrives.

Opening is the part that needs a library: addresses, TLS, passwords, databases, the handshake with each version of
Redis. redis-py's reading isn't used: it wakes a task and takes each reply through four coroutines, a cost that each
message would have twice (docs/decisions/0025).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import redis.exceptions as redis_py
from hiredis import Reader, pack_command
from redis.asyncio.connection import Connection

from ..concurrency import within

READ_SIZE = 32768  # bytes of a socket that are read in one turn of the loop: more would delay others for longer
ENDED = "Redis closed the connection"
NO_REPLY = object()  # the parser returns it while the next reply isn't complete

CommandArgs = Sequence[Any]  # with its name: hiredis takes strings, bytes and numbers
Make = Callable[[], Connection]
"""Makes a connection of redis-py, not open yet and without a time-out of its own."""


async def open_within(timeout: float, make: Make) -> Connection:
    """An open connection of redis-py, to be taken over at once. Raises one of LINK_BROKEN (redis_errors.py)."""
    made = make()
    try:
        await within(timeout, made.connect())
        # Nothing is awaited between this and the take-over: redis-py would read what came meanwhile, and it'd be lost.
        if await made.can_read():
            await within(timeout, _raise_unasked(made))
    except BaseException:
        await made.disconnect(nowait=True)
        raise
    return made


async def _raise_unasked(connection: Connection) -> None:
    """Raise why Redis has closed the connection or doesn't accept it."""
    reply = await connection.read_response()  # usually raises that itself
    raise redis_py.InvalidResponse(f"unexpected reply: {reply!r:.100}")


class RedisConnection(asyncio.BufferedProtocol):
    """Takes over an open connection of redis-py.

    `on_reply` is called with each reply, including errors; an exception that it raises ends the connection. `on_lost`
    is called once, when no reply will come any more, with the reason: that exception, or one of LINK_BROKEN.
    """

    def __init__(
        self, opened: Connection, on_reply: Callable[[Any], None], on_lost: Callable[[Exception], None]
    ) -> None:
        self._on_reply = on_reply
        self._on_lost: Callable[[Exception], None] | None = on_lost
        # Private names of redis-py: tests/redis_link/test_redis_connection.py shows whether they are still right.
        self._writer = cast("asyncio.StreamWriter", opened._writer)  # kept, since it closes the transport when freed
        self._transport: Any = self._writer.transport
        self._parser = Reader(redis_py.InvalidResponse, opened._parser.parse_error, notEnoughData=NO_REPLY)
        opened._writer = opened._reader = None  # so that redis-py neither reads nor closes them
        self._buffer = memoryview(bytearray(READ_SIZE))  # asyncio's TLS writes into slices: a bytearray's are copies
        self._is_paused = False
        self._is_closed = False
        self._transport.set_protocol(self)
        if self._has_ended():  # redis-py was told, and this protocol won't be
            self.close(redis_py.ConnectionError(ENDED))

    @property
    def is_open(self) -> bool:
        """Whether commands can be sent. If not, `on_lost` may still be to come."""
        return not self._is_closed and not self._transport.is_closing()

    def send(self, commands: Iterable[CommandArgs]) -> None:
        """Send these commands without waiting. If the connection is gone, they are dropped."""
        if self.is_open:
            self._write(commands)

    def pause(self) -> None:
        """Pass on no more replies in this turn of the loop."""
        if not self._is_paused:
            self._is_paused = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def close(self, problem: Exception | None = None) -> None:
        """End the connection; `on_lost` is called later, with `problem` if there is one."""
        if not self._is_closed:
            self._is_closed = True
            # Later, since the transport may be in the middle of calling this, and TLS can't be aborted then.
            problem = problem or redis_py.ConnectionError("the connection was closed")
            asyncio.get_running_loop().call_soon(self._lose, problem)

    # -- called by asyncio -----------------------------------------------------------

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._parser.feed(self._buffer, 0, nbytes)  # type: ignore[arg-type]  # any bytes-like object
        self._hand_on()

    def eof_received(self) -> None:
        self.close(redis_py.ConnectionError(ENDED))  # asyncio would first wait until all is sent

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(exc or redis_py.ConnectionError(ENDED))

    # -- within ----------------------------------------------------------------------

    def _write(self, commands: Iterable[CommandArgs]) -> None:
        self._transport.write(b"".join([pack_command(tuple(words)) for words in commands]))

    def _has_ended(self) -> bool:
        """Whether the transport has ended. In Python 3.10, one over TLS only shows it by having no socket any more."""
        return self._transport.is_closing() or self._transport.get_extra_info("socket") is None

    def _hand_on(self) -> None:
        try:
            while not self._is_closed and not self._is_paused and (reply := self._parser.gets()) is not NO_REPLY:
                if isinstance(reply, Exception) and not isinstance(reply, redis_py.ResponseError):
                    raise reply  # about the server as a whole, not about a command: it loads its file, say
                self._on_reply(reply)
        except Exception as problem:
            self.close(problem)

    def _go_on(self) -> None:
        self._is_paused = False
        self._hand_on()

    def _lose(self, problem: Exception) -> None:
        """End the connection. All ends pass here; one closed for a reason does so twice."""
        self._is_closed = True
        self._transport.abort()
        on_lost, self._on_lost = self._on_lost, None
        # A subclass refers to itself by these, and would stay, with its buffer, until garbage is collected.
        self._on_reply = _ignore
        if on_lost is not None:
            on_lost(problem)


def _ignore(reply: Any) -> None:
    """Drop a reply that nobody waits for."""
