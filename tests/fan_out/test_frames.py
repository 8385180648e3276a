"""Frames that the server sends."""

from __future__ import annotations

import pytest

from wschat.fan_out.frames import REASON_MAX, Opcode, close_frame, frame, text_frame, text_payloads


@pytest.mark.parametrize(
    ("size", "head"),
    [(0, "8100"), (125, "817d"), (126, "817e007e"), (65535, "817effff"), (65536, "817f0000000000010000")],
)
def test_a_frame_has_the_shortest_length_field_and_no_mask(size: int, head: str) -> None:
    """RFC 6455, 5.2 has lengths of 7, 16 and 64 bits."""
    assert text_frame(b"x" * size) == bytes.fromhex(head) + b"x" * size


def test_a_close_reason_that_is_too_long_is_cut_between_characters() -> None:
    """A control frame holds 125 bytes, and half a Cyrillic letter would be invalid UTF-8."""
    reason = "я" * 100
    payload = close_frame(1001, reason)[2:]
    assert len(payload) <= 2 + REASON_MAX
    assert int.from_bytes(payload[:2], "big") == 1001
    assert payload[2:].decode() == "я" * (REASON_MAX // 2)


def test_frames_are_made_with_any_opcode() -> None:
    """A pong carries the payload of the ping."""
    assert frame(Opcode.PONG, b"x") == b"\x8a\x01x"


def test_payloads_are_found_again_among_frames() -> None:
    """Of each kind of length; control frames are passed over."""
    texts = [b"x" * size for size in (0, 125, 126, 65535, 65536)]
    frames = [frame(Opcode.PING, b"ping"), *map(text_frame, texts), frame(Opcode.PONG, b"")]
    assert list(text_payloads(b"".join(frames))) == texts
