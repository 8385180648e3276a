"""The connection of a program that follows a room: a member of the audience, to which frames go as events."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from ..fan_out import NoSocket
from ..model import Position
from .buffers import NodeBuffers
from .event_format import KEEP_ALIVE, EventFormat, position_line
from .streams import Stream
from .writer import FrameWriter

if TYPE_CHECKING:
    from _typeshed import HasFileno

UNACKNOWLEDGED_MAX = 40  # s that the client's system may acknowledge nothing: as long as a WebSocket may be silent


class EventStream:
    """Sends events. The bytes that the program hasn't read are bounded as those of a WebSocket (writer.py)."""

    __slots__ = ("_format", "_is_ending", "_output", "_stream")

    socket: ClassVar[HasFileno] = NoSocket

    def __init__(self, stream: Stream, address: str, buffers: NodeBuffers, event_format: EventFormat) -> None:
        self._is_ending = False
        self._stream = stream
        self._output = _Output(stream, address, buffers)
        self._format = event_format

    def start(self, answer: bytes, on_closed: Callable[[], None]) -> None:
        """Send the beginning of the answer; `on_closed` is called in a later turn, when the connection is gone."""
        with suppress(OSError, AttributeError):  # a Unix socket, or not Linux
            self._stream.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MAX * 1000)

        def closed() -> None:
            self._output.closed()
            on_closed()

        self._output.send(answer)
        self._stream.start_reading(lambda _: self.abort(), closed)  # a program has nothing to send any more

    @property
    def is_closing(self) -> bool:
        return self._is_ending or not self._output.is_open

    def write(self, frames: bytes) -> int:
        self.send(frames)
        return len(frames)

    def send(self, frames: bytes) -> None:
        if not self.is_closing and (events := self._format(frames)):
            self._output.send(events)

    def tell_position(self, position: Position) -> None:
        """Tell the program where it is, without an event."""
        self._output.send(position_line(position))

    def keep_alive(self) -> None:
        """Send a comment: proxies close silent connections, and without bytes nobody notices that a peer is gone."""
        if not self.is_closing:
            self._output.send(KEEP_ALIVE)

    def close(self, code: int, reason: str = "") -> None:
        """End the connection as soon as everything is sent. A program learns the reason when it comes back."""
        if not self.is_closing:
            self._is_ending = True
            self._output.end()

    def abort(self) -> None:
        self._output.abort()

    async def drained(self) -> None:
        await self._output.drained()


class _Output(FrameWriter):
    """Bytes on their way to a program."""

    __slots__ = ("_is_ending",)

    def __init__(self, stream: Stream, address: str, buffers: NodeBuffers) -> None:
        super().__init__(stream, address, buffers)
        self._is_ending = False

    def end(self) -> None:
        """Close the connection when everything is sent."""
        self._is_ending = True
        self._mute()
        if not self._writing:
            self._stream.close()

    def closed(self) -> None:
        """Release everything, since the connection is gone."""
        self._release()
        self._on_drained()

    def _on_drained(self) -> None:
        super()._on_drained()
        if self._is_ending:
            self._stream.close()
