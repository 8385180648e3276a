"""Frames as clients send them."""

from __future__ import annotations


def masked(opcode: int, payload: bytes, *, final: bool = True, mask: bytes = b"\x01\x02\x03\x04") -> bytes:
    """A frame as a client sends it."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | size,))
    elif size < 65536:
        head = bytes((0x80 | 126,)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | 127,)) + size.to_bytes(8, "big")
    body = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes((opcode | (0x80 if final else 0),)) + head + mask + body
