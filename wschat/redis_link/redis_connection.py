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

READ_SIZE = 32768  # bytes of a socket that are read in one turn of the loop: more would hold up others for longer
ENDED = "Redis closed the connection"
NO_REPLY = object()  # what the parser has where the next reply isn't whole yet

Words = Sequence[Any]  # of a command: hiredis takes strings, bytes and numbers
Make = Callable[[], Connection]
"""Makes a connection of redis-py that isn't open yet and has no time-out of its own."""


async def open_within(timeout: float, make: Make) -> Connection:
    """An open connection of redis-py, to be taken over at once. Raises what LINK_BROKEN (redis_errors.py) names."""
    made = make()
    try:
        await within(timeout, made.connect())
        # Nothing is waited for between this and the take-over: what came before would be redis-py's, and lost.
        if await made.can_read():
            await within(timeout, _raise_unasked(made))
    except BaseException:
        await made.disconnect(nowait=True)
        raise
    return made


async def _raise_unasked(connection: Connection) -> None:
    """Redis has closed the connection, or says why it takes none."""
    reply = await connection.read_response()  # which raises it, usually
    raise redis_py.InvalidResponse(f"unexpected reply: {reply!r:.100}")


class RedisConnection(asyncio.BufferedProtocol):
    """Takes over an open connection of redis-py.

    `on_reply` is called with each reply, an error among them; whatever it raises ends the connection. `on_lost` is
    called once, when no reply will come any more, with the reason: what `on_reply` raised, or one of LINK_BROKEN.
    """

    def __init__(
        self, opened: Connection, on_reply: Callable[[Any], None], on_lost: Callable[[Exception], None]
    ) -> None:
        self._on_reply = on_reply
        self._on_lost: Callable[[Exception], None] | None = on_lost
        # Private names of redis-py: tests/redis_link/test_redis_connection.py shows whether they are still right.
        self._writer = cast("asyncio.StreamWriter", opened._writer)  # it closes the transport when nobody has it
        self._transport: Any = self._writer.transport
        self._parser = Reader(redis_py.InvalidResponse, opened._parser.parse_error, notEnoughData=NO_REPLY)
        opened._writer = opened._reader = None  # what it no longer has, it neither reads nor closes
        self._buffer = memoryview(bytearray(READ_SIZE))  # asyncio's TLS writes into slices: a bytearray's are copies
        self._is_paused = False
        self._is_closed = False
        self._transport.set_protocol(self)
        if self._has_ended():  # redis-py was told, and nobody will be again
            self.close(redis_py.ConnectionError(ENDED))

    @property
    def is_open(self) -> bool:
        """Can commands be sent? `on_lost` may still be to come where not."""
        return not self._is_closed and not self._transport.is_closing()

    def send(self, commands: Iterable[Words]) -> None:
        """Send these without waiting. Where the connection is gone, nobody gets them."""
        if self.is_open:
            self._transport.write(b"".join([pack_command(tuple(words)) for words in commands]))

    def pause(self) -> None:
        """Hand on no more replies in this turn of the loop."""
        if not self._is_paused:
            self._is_paused = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def close(self, problem: Exception | None = None) -> None:
        """End it; `on_lost` is called later, with `problem` if there is one."""
        if not self._is_closed:
            self._is_closed = True
            # Later: the transport may be in the middle of calling this, which TLS can't be cut off in.
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

    def _has_ended(self) -> bool:
        """In Python 3.10 a transport over TLS only shows it by having no socket any more."""
        return self._transport.is_closing() or self._transport.get_extra_info("socket") is None

    def _hand_on(self) -> None:
        try:
            while not self._is_closed and not self._is_paused and (reply := self._parser.gets()) is not NO_REPLY:
                if isinstance(reply, Exception) and not isinstance(reply, redis_py.ResponseError):
                    raise reply  # of the server as a whole, whatever was asked: it loads its file, say
                self._on_reply(reply)
        except Exception as problem:
            self.close(problem)

    def _go_on(self) -> None:
        self._is_paused = False
        self._hand_on()

    def _lose(self, problem: Exception) -> None:
        """The one way to the end; what was closed for a reason comes here twice."""
        self._is_closed = True
        self._transport.abort()
        on_lost, self._on_lost = self._on_lost, None
        # A subclass refers to itself by these, and would stay, with its buffer, until garbage is collected.
        self._on_reply = _ignore
        if on_lost is not None:
            on_lost(problem)


def _ignore(reply: Any) -> None:
    """Nobody waits for it."""
