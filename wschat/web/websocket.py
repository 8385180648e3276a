"""A WebSocket on a stream: reads messages and answers control frames; `closing.py` ends it, `writer.py` sends.

Tornado's own WebSocketHandler makes a frame, a task and two futures for each message to each client, doesn't bound
its outbox, and keeps the whole HTTP request for as long as the connection lives (docs/decisions/0002).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import takewhile
from typing import Protocol

from ..errors import CloseCode, Disconnect
from ..fan_out import Opcode, frame
from ..limits import UNLIMITED, Rate, TokenBucket
from ..session import AddressShare
from .buffers import Buffers, IncomingHolder, NodeBuffers
from .closing import ClosingWriter
from .decoder import Decoder, Received
from .streams import Stream

MESSAGE_MAX = 64 << 10  # bytes of one message from a client
READ_WEIGHT = 0.25  # of a frame, for each read: bytes that come one by one cost as much as small frames
PING = frame(Opcode.PING, b"")


class Conversation(Protocol):
    """The consumer of a socket's messages within the server."""

    def receive(self, payload: bytes) -> None:
        """Called with the payload of each text message."""

    def closed(self) -> None:
        """Called when the connection is gone."""


class WebSocket(ClosingWriter):
    """The server's side of one connection after its handshake, without extensions.

    `frames`: the rate of frames from the client; `share`: what its address may use of the processor, None for no limit;
    `buffers`: the memory that the node's connections hold.
    """

    __slots__ = (
        "_bucket",
        "_clock",
        "_decoder",
        "_is_unfinished",
        "_share",
        "conversation",
        "last_heard",
        "opened",
        "pinged",
    )

    def __init__(
        self,
        stream: Stream,
        address: str,
        clock: Callable[[], float],
        frames: Rate = UNLIMITED,
        share: AddressShare | None = None,
        buffers: NodeBuffers | None = None,
    ) -> None:
        super().__init__(stream, address, buffers)
        self.last_heard = clock()  # when the peer was last known to be there
        self.opened = self.last_heard
        self.pinged = self.last_heard
        self._clock = clock
        self._decoder = Decoder(MESSAGE_MAX, int(frames.burst))
        self._bucket = TokenBucket(*frames)
        self._share = share
        self._is_unfinished = False  # part of a message is kept
        # None again at the end, so that nothing of a closed connection waits for a garbage collection.
        self.conversation: Conversation | None = None

    def talk(self, conversation: Conversation) -> None:
        """Pass the client's messages on to `conversation` from now on."""
        self.conversation = conversation
        self._stream.start_reading(self._on_bytes, self._on_close)

    @property
    def age(self) -> float:
        """The seconds since the handshake."""
        return self._clock() - self.opened

    def ping(self) -> None:
        self.pinged = self._clock()
        self.send(PING)

    def drop(self) -> None:
        """End the connection now, and tell its conversation before this returns."""
        self.abort()
        self._on_close()

    # -- within: reading -----------------------------------------------------------------

    def _on_bytes(self, data: bytes) -> None:
        self.last_heard = self._clock()
        share = self._share
        if share is None:
            self._take(data)
        elif not share.run(partial(self._take, data), rank=-self._bucket.level(self.last_heard)):
            self._stream.pause_reading()

    def _take(self, data: bytes) -> None:
        try:
            if self._failed:
                self._discard(data)
            elif self.is_open:
                self._receive(data)
        finally:
            if self.is_open:
                self._stream.resume_reading()

    def _receive(self, data: bytes) -> None:
        before = self._decoder.frames
        received = self._decoder.feed(data)
        problem = self._decoder.error
        cost = self._decoder.frames - before + READ_WEIGHT
        if self._bucket.per_second and self._bucket.take(self.last_heard, cost):
            received = list(takewhile(lambda _: not self._bucket.take(self.last_heard), received))
            problem = Disconnect(CloseCode.FLOOD, "too many frames")
        try:
            for item in received:
                self._handle(item)
        except Disconnect as refusal:
            problem = refusal
        if problem is not None:
            self._fail(problem)
        elif self._buffers is not None and (self._decoder.unfinished or self._is_unfinished):
            self._note_unfinished(self._buffers.incoming, received)

    def _note_unfinished(self, buffers: Buffers[IncomingHolder], received: list[Received]) -> None:
        """Count the bytes that are kept of an unfinished message. Its time begins with its first byte."""
        size = self._decoder.unfinished
        self._is_unfinished = bool(size)
        buffers.put(self, size, progress=any(item.opcode is Opcode.TEXT for item in received))

    def drop_unfinished(self) -> None:
        """End the connection: the message that its client began takes too long, or too much memory is held."""
        self._fail(Disconnect(CloseCode.FLOOD, "unfinished message"))

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
            self._receive_binary(received.payload)

    def _receive_binary(self, payload: bytes) -> None:
        """Raise Disconnect, since the chat accepts only text; a subclass may accept more."""
        raise Disconnect(CloseCode.UNSUPPORTED_DATA, "binary messages are not supported")

    # -- within: the end -----------------------------------------------------------------

    def _fail(self, problem: Disconnect) -> None:
        super()._fail(problem)
        self._decoder.clear()

    def _on_close(self) -> None:
        super()._on_close()
        if self._is_unfinished and self._buffers is not None:
            self._is_unfinished = False
            self._buffers.incoming.put(self, 0)
        conversation, self.conversation = self.conversation, None
        if conversation is not None:
            conversation.closed()
