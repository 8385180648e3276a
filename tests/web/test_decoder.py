"""Decoding frames: what a client sends, in any portions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wschat.errors import CloseCode
from wschat.fan_out import Opcode
from wschat.web.decoder import Decoder, Received, mask_in_python, valid_close_code

from ..support.frames import frame

LIMIT = 1000


def fed(*portions: bytes, max_frames: int = 0) -> tuple[list[Received], CloseCode | None]:
    """Feed these bytes; returns the messages that they complete, and the close code that they earn."""
    decoder = Decoder(LIMIT, max_frames)
    received = [item for portion in portions for item in decoder.feed(portion)]
    return received, decoder.error.code if decoder.error else None


def decoded(*portions: bytes) -> list[Received]:
    received, code = fed(*portions)
    assert code is None
    return received


def refusal(*portions: bytes) -> CloseCode | None:
    return fed(*portions)[1]


@pytest.mark.parametrize("code", [1000, 1003, 1007, 1014, 3000, 4999])
def test_these_close_codes_may_stand_on_the_wire(code: int) -> None:
    """RFC 6455, 7.4 allows them."""
    assert valid_close_code(code)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])
def test_these_close_codes_may_not(code: int) -> None:
    """They are reserved, unassigned, or only for use within a program."""
    assert not valid_close_code(code)


def test_a_masked_text_comes_out_as_it_was() -> None:
    """The result doesn't depend on the mask."""
    assert decoded(frame(Opcode.TEXT, "Привет".encode(), mask=b"\xff\x00\x7f\x80")) == [
        Received(Opcode.TEXT, "Привет".encode())
    ]


@given(st.binary(min_size=4, max_size=4), st.binary(max_size=70))
def test_the_mask_is_the_same_without_the_module_in_c(mask: bytes, payload: bytes) -> None:
    """Each byte is combined with its byte of the mask, which is repeated."""
    assert mask_in_python(mask, payload) == bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def test_fragments_become_one_message_and_a_ping_may_come_between() -> None:
    """RFC 6455, 5.4 allows it, and a letter may be split between two fragments."""
    data = "я".encode()
    stream = (
        frame(Opcode.TEXT, data[:1], final=False)
        + frame(Opcode.PING, b"p")
        + frame(Opcode.CONTINUATION, b"", final=False)
        + frame(Opcode.CONTINUATION, data[1:])
    )
    assert decoded(stream) == [Received(Opcode.PING, b"p"), Received(Opcode.TEXT, data)]


def test_nothing_is_read_after_a_close() -> None:
    """The decoder ignores everything after a close frame."""
    stream = frame(Opcode.CLOSE, (1001).to_bytes(2, "big") + b"bye") + frame(Opcode.TEXT, b"late")
    assert decoded(stream) == [Received(Opcode.CLOSE, b"bye", 1001)]


def test_a_close_may_have_no_code() -> None:
    """It is reported as 1005, which never appears on the wire."""
    assert decoded(frame(Opcode.CLOSE, b"")) == [Received(Opcode.CLOSE, b"", 1005)]


@pytest.mark.parametrize(
    "stream",
    [
        b"\x81\x01x",
        bytes((0xC1,)) + frame(Opcode.TEXT, b"x")[1:],
        frame(0x3, b""),
        frame(0xB, b""),
        frame(Opcode.PING, b"", final=False),
        frame(Opcode.PING, b"x" * 126),
        frame(Opcode.CONTINUATION, b"x"),
        frame(Opcode.TEXT, b"x", final=False) + frame(Opcode.TEXT, b"y"),
        frame(Opcode.CLOSE, b"\x03"),
        frame(Opcode.CLOSE, (1005).to_bytes(2, "big")),
        frame(Opcode.CLOSE, (999).to_bytes(2, "big")),
    ],
    ids=[
        "unmasked", "reserved bit", "unknown data opcode", "unknown control opcode", "fragmented ping", "long ping",
        "continuation of nothing", "text within a fragmented text", "half a close code", "1005", "999",
    ],
)  # fmt: skip
def test_what_breaks_the_rules_of_frames_is_a_protocol_error(stream: bytes) -> None:
    """The code is 1002, whatever follows."""
    assert refusal(stream) == CloseCode.PROTOCOL_ERROR


@pytest.mark.parametrize(
    "stream",
    [
        frame(Opcode.TEXT, b"\xff"),
        frame(Opcode.TEXT, "я".encode()[:1]),
        frame(Opcode.TEXT, b"\xed\xa0\x80"),
        frame(Opcode.TEXT, b"\xd1", final=False) + frame(Opcode.CONTINUATION, b"x"),
        frame(Opcode.CLOSE, (1000).to_bytes(2, "big") + b"\xff"),
    ],
    ids=["no letter", "half a letter", "surrogate", "over two fragments", "reason of a close"],
)
def test_text_that_is_not_utf8_is_refused_as_such(stream: bytes) -> None:
    """The code is 1007."""
    assert refusal(stream) == CloseCode.INVALID_TEXT


def test_binary_needs_not_be_utf8() -> None:
    """The caller decides whether to reject it."""
    assert decoded(frame(Opcode.BINARY, b"\xff")) == [Received(Opcode.BINARY, b"\xff")]


def test_a_message_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    """The code is 1009."""
    assert len(decoded(frame(Opcode.TEXT, b"x" * LIMIT))) == 1
    assert refusal(frame(Opcode.TEXT, b"x" * (LIMIT + 1))) == CloseCode.TOO_BIG


def test_a_message_that_will_be_too_big_is_refused_before_it_has_come() -> None:
    """The header gives the length, so the decoder doesn't wait for a terabyte."""
    header = bytes((0x81, 0x80 | 127)) + (1 << 40).to_bytes(8, "big")
    assert refusal(header) == CloseCode.TOO_BIG


def test_fragments_count_together_against_the_limit() -> None:
    """Many small frames don't circumvent it."""
    half = b"x" * (LIMIT // 2 + 1)
    stream = frame(Opcode.TEXT, half, final=False) + frame(Opcode.CONTINUATION, half)
    assert refusal(stream) == CloseCode.TOO_BIG


def test_the_limit_is_for_each_message_anew() -> None:
    """An earlier fragmented message doesn't count."""
    part = b"x" * (LIMIT // 2)
    whole = frame(Opcode.TEXT, part, final=False) + frame(Opcode.CONTINUATION, part)
    assert len(decoded(whole + whole + frame(Opcode.TEXT, part * 2))) == 3


def test_empty_fragments_are_counted_as_frames() -> None:
    """A limit on frames per time therefore also limits a flood of empty ones."""
    decoder = Decoder(LIMIT)
    decoder.feed(frame(Opcode.TEXT, b"", final=False) + frame(Opcode.CONTINUATION, b"", final=False) * 99)
    assert decoder.frames == 100


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"\x81\x01x", CloseCode.PROTOCOL_ERROR),
        (frame(Opcode.TEXT, b"\xff"), CloseCode.INVALID_TEXT),
        (frame(Opcode.TEXT, b"x" * (LIMIT + 1)), CloseCode.TOO_BIG),
        (frame(Opcode.TEXT, b"third") + frame(Opcode.TEXT, b"fourth"), CloseCode.FLOOD),
    ],
    ids=["unmasked", "not UTF-8", "too big", "too many"],
)
def test_what_was_complete_before_a_bad_frame_comes_out(bad: bytes, code: CloseCode) -> None:
    """A bad frame in the same portion takes nothing back, and nothing comes out after it."""
    good = frame(Opcode.TEXT, b"first") + frame(Opcode.PING, b"second")
    received, error = fed(good + bad, frame(Opcode.TEXT, b"late"), max_frames=3)
    assert received[:2] == [Received(Opcode.TEXT, b"first"), Received(Opcode.PING, b"second")]
    assert [item.payload for item in received[2:]] == ([b"third"] if code == CloseCode.FLOOD else [])
    assert error == code


@pytest.mark.parametrize(
    ("start", "bad"),
    [
        (b"", b"\xff"),
        (b"ok \xf0\x9f", b"\x98x"),
        (b"\xed", b"\xa0"),
        (b"\xf4", b"\x90"),
        (b"\xe0", b"\x80"),
    ],
    ids=["no letter", "four bytes broken off", "surrogate", "beyond U+10FFFF", "overlong"],
)
def test_a_fragment_that_cannot_become_utf8_is_refused_when_it_comes(start: bytes, bad: bytes) -> None:
    """Nobody waits for the end of the message: the bytes so far prove that it can't be text."""
    first = frame(Opcode.TEXT, start, final=False)
    assert fed(first) == ([], None)
    assert refusal(first, frame(Opcode.CONTINUATION, bad, final=False)) == CloseCode.INVALID_TEXT


def test_a_binary_message_in_fragments_needs_not_be_utf8() -> None:
    """The UTF-8 decoder of an earlier text doesn't look at it."""
    text = frame(Opcode.TEXT, b"a", final=False) + frame(Opcode.CONTINUATION, b"b")
    binary = frame(Opcode.BINARY, b"\xff", final=False) + frame(Opcode.CONTINUATION, b"\xfe")
    assert decoded(text + binary) == [Received(Opcode.TEXT, b"ab"), Received(Opcode.BINARY, b"\xff\xfe")]


# --- any bytes in any portions -----------------------------------------------

masks = st.binary(min_size=4, max_size=4)
controls = st.tuples(st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=125))


@st.composite
def messages(draw: st.DrawFn) -> tuple[list[Received], bytes]:
    """A message with control frames between its fragments: (what is to come out, the bytes of it)."""
    is_text = draw(st.booleans())
    payload = draw(st.text(max_size=200)).encode() if is_text else draw(st.binary(max_size=300))
    cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=3)))
    parts = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)])]
    opcode = Opcode.TEXT if is_text else Opcode.BINARY
    expected: list[Received] = []
    stream = b""
    for at, part in enumerate(parts):
        if at:
            for control, data in draw(st.lists(controls, max_size=2)):
                expected.append(Received(control, data))
                stream += frame(control, data, mask=draw(masks))
        stream += frame(Opcode.CONTINUATION if at else opcode, part, final=at == len(parts) - 1, mask=draw(masks))
    return [*expected, Received(opcode, payload)], stream


@given(st.lists(messages(), max_size=5), st.data())
def test_valid_frames_give_the_same_messages_however_they_are_split(
    sent: list[tuple[list[Received], bytes]], data: st.DataObject
) -> None:
    """TCP may split the stream anywhere."""
    stream = b"".join(part for _, part in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    portions = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)])]
    expected = [received for group, _ in sent for received in group]
    assert decoded(*portions) == expected
    assert decoded(*(stream[at : at + 1] for at in range(len(stream)))) == expected


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_bytes_do_more_than_end_the_connection(portions: list[bytes]) -> None:
    """Any input yields messages, or Disconnect with a code that is allowed on the wire."""
    code = refusal(*portions)
    assert code is None or valid_close_code(code)


@given(st.binary(max_size=30), st.integers(0, 255), st.booleans(), masks)
def test_no_masked_frame_does_more_than_end_the_connection(payload: bytes, first: int, cut: bool, mask: bytes) -> None:
    """The same holds for bytes that resemble frames and so reach deeper code."""
    stream = bytes((first,)) + frame(0, payload, mask=mask)[1:]
    code = refusal(frame(Opcode.TEXT, b"a", final=not cut) + stream + stream)
    assert code is None or valid_close_code(code)
