"""WebSocket frames (RFC 6455) that a server receives, without I/O and extensions."""

from __future__ import annotations

from codecs import IncrementalDecoder, getincrementaldecoder

from msgspec import Struct, field

from ..errors import CloseCode, Disconnect
from ..fan_out import NO_CODE, Opcode

_DATA = (Opcode.TEXT, Opcode.BINARY)
_CONTROL = (Opcode.CLOSE, Opcode.PING, Opcode.PONG)
_OPCODES = {int(opcode): opcode for opcode in Opcode}
_FIN_TEXT = 0x80 | Opcode.TEXT
_new_utf8_decoder = getincrementaldecoder("utf-8")


def mask_in_python(mask: bytes, data: bytes) -> bytes:
    """XOR by whole integers: the fastest way if Tornado was installed without its C extension."""
    size = len(data)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(data, "big") ^ key).to_bytes(size, "big")


try:
    from tornado.speedups import websocket_mask
except ImportError:
    websocket_mask = mask_in_python


def valid_close_code(code: int) -> bool:
    """Whether a close frame may contain this code: RFC 6455, 7.4, and the codes registered since."""
    return (1000 <= code <= 1014 and code not in (1004, NO_CODE, 1006)) or 3000 <= code <= 4999


class Received(Struct, frozen=True):
    """A message or control frame received from a client. `code` is for CLOSE only."""

    opcode: Opcode
    payload: bytes
    code: int = NO_CODE


class Decoder(Struct):
    """Turns bytes from a client into messages.

    `error` is set as soon as the client breaks a rule: the connection is to be closed with the code in it, and
    nothing further is decoded. `frames` counts every frame, so that the caller can bound their rate.
    """

    max_size: int  # bytes of one message
    max_frames: int = 0  # in one feed; 0: any number. Thousands of tiny ones delay everyone by 0.1 s
    frames: int = 0
    error: Disconnect | None = None
    _buffer: bytearray = field(default_factory=bytearray)
    _parts: list[bytes] | None = None  # of an unfinished message
    _parts_size: int = 0
    _parts_opcode: Opcode = Opcode.TEXT
    _utf8: IncrementalDecoder | None = None  # has decoded those parts, if they are text
    _last_frame: int = 0  # the number of the first frame that is too many in this feed; 0: no limit

    @property
    def unfinished(self) -> int:
        """The bytes that are kept of an unfinished frame or message."""
        return len(self._buffer) + self._parts_size

    def feed(self, data: bytes) -> list[Received]:
        """The messages and control frames that `data` completes, in order; nothing after a close frame.

        Messages before the frame that sets `error` are still returned. Codes: 1002 (protocol error),
        1007 (not UTF-8), 1009 (over `max_size` bytes), 4003 (over `max_frames` frames).
        """
        received: list[Received] = []
        if self.error is None:
            self._buffer += data
            self._last_frame = self.frames + self.max_frames + 1 if self.max_frames else 0
            try:
                self._decode(received)
            except Disconnect as problem:
                self.error = problem
                self._buffer.clear()
        return received

    def clear(self) -> None:
        """Forget the unfinished bytes: nothing further is decoded."""
        self._buffer = bytearray()
        self._parts, self._parts_size = None, 0

    def _decode(self, received: list[Received]) -> None:
        buffer = self._buffer
        start = self._take_texts(buffer, received)
        while start < len(buffer) and (end := self._frame_end(buffer, start)) is not None:
            self._count_frame()
            item = self._take(buffer, start, end)
            start = end
            if item is not None:
                received.append(item)
                if item.opcode is Opcode.CLOSE:
                    break
        del buffer[:start]

    def _take_texts(self, buffer: bytearray, received: list[Received]) -> int:
        """Take the complete text frames of up to 64 KB at the beginning, in one loop: nearly all that clients send.

        Returns where the next frame begins, of whatever kind.
        """
        start, length = 0, len(buffer)
        while length - start > 8 and buffer[start] == _FIN_TEXT and self._parts is None:
            size, head = buffer[start + 1] - 0x80, start + 6
            if size == 126:
                size, head = buffer[start + 2] << 8 | buffer[start + 3], start + 8
            elif not 0 <= size < 126:
                break
            end = head + size
            if end > length or size > self.max_size:
                break
            self._count_frame()
            received.append(_message(Opcode.TEXT, _unmask(buffer[head:end], buffer[head - 4 : head])))
            start = end
        return start

    def _count_frame(self) -> None:
        self.frames += 1
        if self.frames == self._last_frame:
            raise Disconnect(CloseCode.FLOOD, "too many frames")

    def _frame_end(self, buffer: bytearray, start: int) -> int | None:
        """The end of the frame at `start`, or None while it is incomplete. A bad header raises at once."""
        if len(buffer) - start < 2:
            return None
        first, second = buffer[start], buffer[start + 1]
        if first != _FIN_TEXT:
            self._check_header(first, second & 0x7F)
        if not second & 0x80:
            raise Disconnect(CloseCode.PROTOCOL_ERROR, "client frames must be masked")
        size = second & 0x7F
        head = 6
        if size >= 126:
            wide = 2 if size == 126 else 8
            head += wide
            if len(buffer) - start < 2 + wide:
                return None
            size = int.from_bytes(buffer[start + 2 : start + 2 + wide], "big")
        if size + self._parts_size > self.max_size and first & 0x8 == 0:
            raise Disconnect(CloseCode.TOO_BIG, "message too big")
        end = start + head + size
        return end if end <= len(buffer) else None

    def _check_header(self, first: int, short_size: int) -> None:
        opcode, final = first & 0x0F, first & 0x80
        if first & 0x70:
            raise Disconnect(CloseCode.PROTOCOL_ERROR, "reserved bits are not zero")
        if opcode in _CONTROL:
            if not final or short_size > 125:
                raise Disconnect(CloseCode.PROTOCOL_ERROR, "control frame is fragmented or too long")
        elif opcode not in _DATA and opcode != Opcode.CONTINUATION:
            raise Disconnect(CloseCode.PROTOCOL_ERROR, "unknown opcode")

    def _take(self, buffer: bytearray, start: int, end: int) -> Received | None:
        first, size = buffer[start], buffer[start + 1] & 0x7F
        head = start + (6 if size < 126 else 8 if size == 126 else 14)
        payload = _unmask(buffer[head:end], buffer[head - 4 : head])
        opcode = _OPCODES[first & 0x0F]
        if opcode in _CONTROL:
            return _closing(payload) if opcode is Opcode.CLOSE else Received(opcode, payload)
        return self._assemble(opcode, payload, final=bool(first & 0x80))

    def _assemble(self, opcode: Opcode, payload: bytes, *, final: bool) -> Received | None:
        if (opcode is Opcode.CONTINUATION) != (self._parts is not None):
            raise Disconnect(CloseCode.PROTOCOL_ERROR, "unexpected continuation or data frame")
        if self._parts is None and final:
            return _message(opcode, payload)
        if self._parts is None:
            self._parts, self._parts_opcode = [], opcode
            self._utf8 = _new_utf8_decoder() if opcode is Opcode.TEXT else None
        self._check_part(payload, final=final)
        if payload:  # empty fragments must not grow the list without bound
            self._parts.append(payload)
            self._parts_size += len(payload)
        if not final:
            return None
        whole, self._parts, self._parts_size = b"".join(self._parts), None, 0
        return Received(self._parts_opcode, whole)

    def _check_part(self, payload: bytes, *, final: bool) -> None:
        """Raise Disconnect for the first fragment of a text that no continuation could make valid UTF-8."""
        if self._utf8 is None:
            return
        try:
            self._utf8.decode(payload, final)
        except UnicodeDecodeError:
            raise _invalid_text() from None
        unfinished, _ = self._utf8.getstate()
        if b"\xed\xa0" <= unfinished <= b"\xed\xbf":  # half a surrogate, which Python refuses with its third byte only
            raise _invalid_text()


def _unmask(payload: bytearray, mask: bytearray) -> bytes:
    return websocket_mask(bytes(mask), bytes(payload))


def _message(opcode: Opcode, payload: bytes) -> Received:
    if opcode is Opcode.TEXT:
        _check_utf8(payload)
    return Received(opcode, payload)


def _closing(payload: bytes) -> Received:
    if not payload:
        return Received(Opcode.CLOSE, b"")
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not valid_close_code(code):
        raise Disconnect(CloseCode.PROTOCOL_ERROR, "invalid close code")
    _check_utf8(payload[2:])
    return Received(Opcode.CLOSE, payload[2:], code)


def _check_utf8(payload: bytes) -> None:
    try:
        payload.decode()
    except UnicodeDecodeError:
        raise _invalid_text() from None


def _invalid_text() -> Disconnect:
    return Disconnect(CloseCode.INVALID_TEXT, "text is not valid UTF-8")
