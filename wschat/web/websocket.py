"""A WebSocket on a Tornado stream: reads messages, writes frames the shortest way, and keeps what waits bounded.

Tornado's own WebSocketHandler makes a frame, a task and two futures for each message to each client, has no bound
on what waits, and keeps the whole HTTP request for as long as the connection lives (docs/decisions/0002).
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Protocol, cast

from tornado.iostream import IOStream, StreamClosedError

from ..errors import CloseCode, Disconnect
from ..frames import Decoder, Opcode, Received, close_frame, frame
from ..rate_limit import UNLIMITED, Rate, TokenBucket

MESSAGE_MAX = 64 << 10  # bytes of one message from a client
OUTBOX_MAX = 1 << 20  # bytes waiting for one socket; a client so far behind is cut, comes back, and catches up
READ_SIZE = 64 << 10
READ_COST = 0.25  # of a frame: bytes that come one by one cost as much as small frames do
CLOSE_TIMEOUT = 3.0  # s for a client to answer a close frame
PING = frame(Opcode.PING, b"")
CLOSE_BYTE = 0x80 | Opcode.CLOSE  # what a close frame begins with

logger = logging.getLogger(__name__)


class Conversation(Protocol):
    """Who is at the other side of the socket, within the server."""

    def receive(self, payload: bytes) -> None:
        """A text message came in."""

    def closed(self) -> None:
        """The connection is gone."""


class WebSocket:
    """One connection after its handshake. Server side, no extensions. `frames`: how many may come.

    `write` is the socket's own `send` while nothing waits, so that a fan-out costs one call a client, and the line of
    what waits otherwise.
    """

    __slots__ = (
        "_bucket",
        "_clock",
        "_closing",
        "_decoder",
        "_drained",
        "_failed",
        "_outbox",
        "_outbox_size",
        "_stream",
        "_timer",
        "_writing",
        "address",
        "conversation",
        "is_open",
        "last_heard",
        "opened",
        "pinged",
        "write",
    )  # fmt: skip

    def __init__(self, stream: IOStream, address: str, clock: Callable[[], float], frames: Rate = UNLIMITED) -> None:
        self.address = address
        self.last_heard = clock()  # when the peer was last known to be there
        self.opened = self.last_heard
        self.pinged = self.last_heard
        self.is_open = True
        self._stream = stream
        self._clock = clock
        self._decoder = Decoder(MESSAGE_MAX, int(frames.burst))
        self._bucket = TokenBucket(*frames)
        self._outbox: list[bytes | memoryview] = []
        self._outbox_size = 0
        self._writing = False
        self._closing = False
        # Let go of at the end, so that nothing of a closed connection waits for a garbage collection.
        self.conversation: Conversation | None = None
        self._failed = False  # the client broke the protocol: nothing that it says can be read any more
        self._drained: asyncio.Event | None = None
        self._timer: asyncio.Handle | None = None
        self.write: Callable[[bytes], int]
        self._select_writer()
        stream.set_nodelay(True)

    def talk(self, conversation: Conversation) -> None:
        """Pass on what the client says from now on."""
        self.conversation = conversation
        self._read_more()
        # After the first read: a stream that isn't being read asks the event loop to watch it for the close alone.
        self._stream.set_close_callback(self._on_close)
        if self._stream.closed():  # before there was a callback to hear of it
            self._on_close()

    # -- writing -----------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Send whole frames: at once where nothing waits, else after what does."""
        try:
            sent = self.write(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.abort()
            return
        if sent < len(data):
            self._enqueue(memoryview(data)[sent:])

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye, and end the connection when the client has answered or CLOSE_TIMEOUT is over."""
        if self._closing or not self.is_open:
            return
        self.send(close_frame(code, reason))
        self._closing = True
        self._select_writer()
        if self.is_open:
            self._timer = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, self.abort)

    def abort(self) -> None:
        """End the connection now, whatever waits."""
        self._release()
        self._stream.close()

    def ping(self) -> None:
        self.pinged = self._clock()
        self.send(PING)

    async def drained(self) -> None:
        """Wait until nothing waits to be sent, or the connection is gone."""
        if self._writing and self.is_open:
            if self._drained is None:
                self._drained = asyncio.Event()
            await self._drained.wait()

    @property
    def waiting(self) -> int:
        """Bytes that the kernel hasn't taken yet."""
        return self._outbox_size

    # -- within: writing -----------------------------------------------------------------

    def _select_writer(self) -> None:
        """Nothing follows a goodbye, nothing overtakes what waits, and a TLS stream must see every byte itself."""
        if self._closing or not self.is_open or self._stream.closed():
            self.write = len  # taken, and dropped
        elif self._writing or isinstance(self._stream.socket, ssl.SSLSocket):
            self.write = self._enqueue
        else:
            self.write = self._stream.socket.send

    def _enqueue(self, data: bytes | memoryview) -> int:
        self._outbox.append(data)
        self._outbox_size += len(data)
        if self._outbox_size > OUTBOX_MAX:
            facts = {"address": self.address, "queued_bytes": self._outbox_size}
            logger.info("Closed a connection: slow consumer", extra=facts)
            self.abort()
        elif not self._writing:
            self._flush()
        return len(data)

    def _flush(self) -> None:
        """Give the stream what waits; it waits for the socket to take it."""
        data = self._outbox[0] if len(self._outbox) == 1 else b"".join(self._outbox)
        self._outbox.clear()
        try:
            future = self._stream.write(data)
        except StreamClosedError:
            return
        self._writing = not future.done()
        self._outbox_size = len(data) if self._writing else 0
        self._select_writer()
        if self._writing:
            future.add_done_callback(self._written)

    def _written(self, future: asyncio.Future[None]) -> None:
        failed = future.cancelled() or future.exception() is not None
        self._writing = False
        self._outbox_size = sum(map(len, self._outbox))
        if self._outbox and not failed:
            self._flush()
        self._select_writer()
        if self._drained is not None and not self._writing:
            self._drained.set()
            self._drained = None

    # -- within: reading -----------------------------------------------------------------

    def _read_more(self) -> None:
        """Ask the stream for the next bytes. A callback, not a task: an idle connection should weigh little."""
        try:
            # Tornado promises an Awaitable; it is a Future, and asking asyncio to make it one costs a join 2 %.
            future = cast("asyncio.Future[bytes]", self._stream.read_bytes(READ_SIZE, partial=True))
        except StreamClosedError:
            return
        future.add_done_callback(self._read)

    def _read(self, future: asyncio.Future[bytes]) -> None:
        if future.cancelled() or future.exception() is not None:
            return  # the close callback tidies up
        self.last_heard = self._clock()
        if self._failed:
            self._skip_to_close(future.result())
            return
        try:
            before = self._decoder.frames
            arrived = self._decoder.feed(future.result())
            cost = self._decoder.frames - before + READ_COST
            if self._bucket.per_second and self._bucket.take(self.last_heard, cost):
                raise Disconnect(CloseCode.FLOOD, "too many frames")
            for received in arrived:
                self._handle(received)
        except Disconnect as problem:
            logger.info("Closed a connection: %s", problem, extra={"address": self.address, "code": int(problem.code)})
            self.close(problem.code, problem.reason)
            self._failed = True
        if self.is_open:
            self._read_more()

    def _skip_to_close(self, data: bytes) -> None:
        """Drop what still comes, until it is the client's own goodbye: closing before would reset the connection,
        and the client would never see why."""
        if data[0] == CLOSE_BYTE:
            self._stream.close()
        else:
            self._read_more()

    def _handle(self, received: Received) -> None:
        opcode = received.opcode
        if opcode is Opcode.TEXT:
            if self.conversation is not None and not self._closing:
                self.conversation.receive(received.payload)
        elif opcode is Opcode.PING:
            self.send(frame(Opcode.PONG, received.payload))
        elif opcode is Opcode.CLOSE:
            self._answer_close(received)
        elif opcode is Opcode.BINARY:
            raise Disconnect(CloseCode.UNSUPPORTED_DATA, "binary messages are not supported")

    def _answer_close(self, received: Received) -> None:
        if not self._closing:
            self.send(close_frame(received.code) if received.code != 1005 else frame(Opcode.CLOSE, b""))
            self._closing = True
            self._select_writer()
        self._stream.close()

    def _release(self) -> None:
        self.is_open = False
        self._outbox.clear()
        self._outbox_size = 0
        self._select_writer()

    def _on_close(self) -> None:
        self._release()
        if self._timer is not None:
            self._timer.cancel()
        if self._drained is not None:
            self._drained.set()
        conversation, self.conversation = self.conversation, None
        if conversation is not None:
            conversation.closed()
