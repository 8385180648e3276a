"""The end of a WebSocket, as RFC 6455, 7 requires it: the closing handshake, and failing a connection."""

from __future__ import annotations

import asyncio
import logging

from ..errors import CloseCode, Disconnect
from ..fan_out import NO_CODE, close_frame
from .buffers import NodeBuffers
from .decoder import Received
from .streams import Stream, shut_down
from .writer import OWN, FrameWriter

CLOSE_TIMEOUT = 3.0  # s from our close frame to the end of the connection, whatever the client does
DISCARD_MAX = 16 << 20  # bytes that are read and discarded meanwhile; a client that sends more is dropped
# With which a client says that it is done. Others of its own, such as 1011, must not look like the server's.
CLIENT_CODES = {CloseCode.NORMAL, CloseCode.GOING_AWAY, NO_CODE}

logger = logging.getLogger(__name__)


class ClosingWriter(FrameWriter):
    """Writes frames, the last of them a close frame. The reader reports the client's close frame and its errors."""

    __slots__ = ("_answered", "_closing", "_discarded", "_failed", "_timer")

    def __init__(self, stream: Stream, address: str, buffers: NodeBuffers | None = None) -> None:
        super().__init__(stream, address, buffers)
        self._closing = False  # this side sent a close frame
        self._answered = False  # and the client sent one: the connection may end
        self._failed = False  # the client broke the rules: nothing further from it can be understood
        self._discarded = 0
        self._timer: asyncio.Handle | None = None

    @property
    def is_closing(self) -> bool:
        return self._closing or not self.is_open

    def close(self, code: int, reason: str = "") -> None:
        """Send a close frame, and end the connection when the client has answered, or after CLOSE_TIMEOUT."""
        if self._closing or not self.is_open:
            return
        self.close_code = int(code)
        self._send_close(close_frame(code, reason))

    def _send_close(self, data: bytes) -> None:
        self.send(data)
        self._closing = True
        self._mute()
        if self.is_open:
            self._timer = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, self.abort)

    def _answer_close(self, received: Received) -> None:
        if not self._closing:
            self.close_code = received.code if received.code in CLIENT_CODES else OWN
            self._send_close(close_frame(received.code))
        self._answered = True
        self._end()

    def _fail(self, problem: Disconnect) -> None:
        """Fail the connection (RFC 6455, 7.1.7): a close frame, and the end of TCP without waiting for an answer.

        Closing a socket that has unread bytes resets the connection, and the reset can destroy the close frame on its
        way. So only this side's half is closed, and incoming bytes are discarded until the client closes its own.
        """
        if self._failed:
            return
        if not self.is_closing:
            logger.info("Closed a connection: %s", problem, extra={"address": self.address, "code": int(problem.code)})
        self.close(problem.code, problem.reason)
        self._failed = True
        self._end()

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > DISCARD_MAX:
            self.abort()

    def _on_drained(self) -> None:
        super()._on_drained()
        self._end()

    def _end(self) -> None:
        """End the connection, or this side's half of it, as soon as everything up to the close frame is sent."""
        if self._writing or self._stream.closed():
            return
        if self._answered:
            self._stream.close()
        elif self._failed:
            shut_down(self._stream)

    def _on_close(self) -> None:
        """Release everything, since the connection is gone."""
        self._release()
        if self._timer is not None:
            self._timer.cancel()
        self._on_drained()
