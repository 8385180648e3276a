"""WebSocket frames (RFC 6455) that a server sends, without I/O and extensions.

Server frames carry no mask, so the bytes of one frame serve every client: that is what makes the fan-out cheap.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

REASON_MAX = 123  # a control frame holds 125 bytes, and the close code takes two
NO_CODE = 1005  # stands for the code of a close frame that has none; it is never sent (RFC 6455, 7.1.5)


class Opcode(IntEnum):
    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


_TEXT_BEGIN = 0x80 | Opcode.TEXT  # the first byte of a whole text frame


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """One complete unmasked frame."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65536:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload


def text_frame(payload: bytes) -> bytes:
    """`payload` (UTF-8) as one text frame."""
    return frame(Opcode.TEXT, payload)


def text_payloads(frames: bytes) -> Iterator[bytes]:
    """The payloads of the text frames among whole frames of this server."""
    at = 0
    while at < len(frames):
        begin, size, at = frames[at], frames[at + 1], at + 2
        if size > 125:
            length = 2 if size == 126 else 8
            size, at = int.from_bytes(frames[at : at + length], "big"), at + length
        if begin == _TEXT_BEGIN:
            yield frames[at : at + size]
        at += size


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame, an empty one for NO_CODE; a reason that is too long for it is cut at a character."""
    if code == NO_CODE:
        return frame(Opcode.CLOSE, b"")
    text = reason.encode()[:REASON_MAX].decode(errors="ignore")
    return frame(Opcode.CLOSE, code.to_bytes(2, "big") + text.encode())
