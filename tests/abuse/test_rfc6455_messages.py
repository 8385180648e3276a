"""RFC 6455, continued from test_rfc6455.py: fragments, UTF-8, and closing."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from ..support.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame
from .raw import INVALID_TEXT, PROTOCOL_ERROR, TIMEOUT, TOO_BIG, UNSUPPORTED, Raw

# -- 5: fragments ----------------------------------------------------------------

ONE, TWO = frame(TEXT, b"one ", final=False), frame(CONTINUATION, b"two")


async def test_5_fragments_become_one_message(echo: Raw) -> None:
    """Empty fragments count too."""
    echo.send(ONE, frame(CONTINUATION, final=False), frame(CONTINUATION, final=False), TWO)
    assert await echo.frame() == (True, TEXT, b"one two")


async def test_5_a_ping_between_fragments_is_answered_at_once(echo: Raw) -> None:
    """Control frames may arrive in the middle of a message."""
    echo.send(ONE, frame(PING, b"now"), TWO)
    assert await echo.frame() == (True, PONG, b"now")
    assert await echo.frame() == (True, TEXT, b"one two")


async def test_5_five_fragments_with_pings_between(echo: Raw) -> None:
    """Case 5.19 sends them all at once."""
    middle = itertools.chain.from_iterable(
        (frame(CONTINUATION, b"+", final=False), frame(PING, b"p")) for _ in range(4)
    )
    echo.send(ONE, *middle, TWO)
    assert [(await echo.frame()) for _ in range(4)] == [(True, PONG, b"p")] * 4
    assert await echo.frame() == (True, TEXT, b"one ++++two")


async def test_5_a_message_byte_by_byte_in_one_byte_fragments(echo: Raw) -> None:
    """Single bytes and single-byte fragments combine correctly."""
    word = "привет".encode()
    pieces = [frame(TEXT, word[:1], final=False)]
    pieces += [frame(CONTINUATION, word[at : at + 1], final=False) for at in range(1, len(word))]
    for byte in b"".join(pieces) + frame(CONTINUATION):
        echo.send(bytes([byte]))
    assert await echo.frame() == (True, TEXT, word)


@pytest.mark.parametrize(
    "frames",
    [
        [frame(PING, b"half", final=False)],
        [frame(PONG, b"half", final=False)],
        [frame(CONTINUATION, b"of nothing")],
        [frame(CONTINUATION, b"of nothing", final=False)],
        [ONE, TWO, TWO],
        [ONE, frame(TEXT, b"another")],
        [ONE, frame(BINARY, b"another", final=False)],
        [frame(CLOSE, b"\x03\xe8", final=False)],
    ],
    ids=[
        "ping",
        "pong",
        "end of nothing",
        "middle of nothing",
        "end twice",
        "text within",
        "binary within",
        "close",
    ],
)
async def test_5_fragments_out_of_order_are_1002(echo: Raw, frames: list[bytes]) -> None:
    """Control frames can't be fragmented, and messages can't be interleaved."""
    echo.send(*frames)
    assert await echo.close_code() == PROTOCOL_ERROR


# -- 6: UTF-8 ------------------------------------------------------------------------

GOOD = [
    "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\x00", "\x7f", "\x80", "\u07ff", "\u0800", "\uffff", "\U00010000",
    "\U0010ffff", "\ud7ff", "\ue000", "\ufffd", "\ufdd0", "👩‍👧", "مرحبا",
]  # fmt: skip
BAD = [
    b"\x80", b"\xbf", b"\xc0", b"\xc1", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xfe", b"\xff", b"\xc0\xaf",
    b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80",
    b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80",
    b"\xc3\x28", b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64\x69\x74\x65\x64",
]  # fmt: skip


@pytest.mark.parametrize("good", GOOD)
async def test_6_every_kind_of_utf8_comes_back(echo: Raw, good: str) -> None:
    """The texts contain the first and last character of each length, and allowed noncharacters."""
    echo.send(frame(TEXT, good.encode()))
    assert await echo.frame() == (True, TEXT, good.encode())


async def test_6_a_character_may_be_cut_between_fragments(echo: Raw) -> None:
    """Only the whole message must be valid UTF-8."""
    word = "κόσμε😀".encode()
    for cut in range(1, len(word)):
        echo.send(frame(TEXT, word[:cut], final=False), frame(CONTINUATION, word[cut:]))
        assert await echo.frame() == (True, TEXT, word)


@pytest.mark.parametrize("bad", BAD, ids=bytes.hex)
@pytest.mark.parametrize("fragmented", [False, True])
async def test_6_what_isnt_utf8_is_1007(echo: Raw, bad: bytes, fragmented: bool) -> None:
    """Overlong forms, surrogates, too large, truncated and isolated bytes are invalid."""
    if fragmented:
        echo.send(frame(TEXT, b"ok " + bad[:1], final=False), frame(CONTINUATION, bad[1:]))
    else:
        echo.send(frame(TEXT, b"ok " + bad))
    assert await echo.close_code() == INVALID_TEXT


@pytest.mark.parametrize(
    "parts",
    [
        ["κόσμε".encode() + b"\xf4", b"\x90", b"\x80\x80edited"],  # case 6.4.2
        ["κόσμε".encode(), b"\xf4\x90\x80\x80", b"edited"],  # case 6.4.1
        [b"", b"\xed\xa0", b"\x80"],
        [b"\xff", b"", b""],
    ],
)
async def test_6_4_a_text_fails_with_the_fragment_that_breaks_it(echo: Raw, parts: list[bytes]) -> None:
    """The server doesn't wait for the last fragment, which never comes here."""
    echo.send(frame(TEXT, parts[0], final=False), frame(CONTINUATION, parts[1], final=False))
    assert await echo.close_code() == INVALID_TEXT


# -- 7: closing ----------------------------------------------------------------------


def closing(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


async def test_7_after_a_close_nothing_is_answered(echo: Raw) -> None:
    """A ping, a text, the rest of a message or a second close gets no response."""
    echo.send(
        frame(TEXT, b"before"),
        ONE,
        closing(1000),
        frame(PING, b"late"),
        frame(TEXT, b"late"),
        TWO,
        closing(1000),
    )
    assert await echo.frame() == (True, TEXT, b"before")
    assert await echo.frame() == (True, CLOSE, b"\x03\xe8")
    assert await echo.frame() is None


@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
)
async def test_7_a_valid_code_comes_back(echo: Raw, code: int) -> None:
    """The close may carry any reason of up to 123 bytes."""
    echo.send(closing(code, b"*" * 123))
    assert await echo.close_code() == code


async def test_7_a_close_may_be_empty(echo: Raw) -> None:
    """The response is empty too."""
    echo.send(frame(CLOSE))
    assert await echo.frame() == (True, CLOSE, b"")
    assert await echo.frame() is None


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
async def test_7_9_an_invalid_code_is_1002(echo: Raw, code: int) -> None:
    """Section 7.4 forbids some codes in frames and leaves others undefined."""
    echo.send(closing(code))
    assert await echo.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"\x03", PROTOCOL_ERROR),
        (b"\x03\xe8" + b"*" * 124, PROTOCOL_ERROR),
        (b"\x03\xe8\xed\xa0\x80", INVALID_TEXT),
    ],
    ids=["one byte", "too long", "not UTF-8"],
)
async def test_7_a_close_that_breaks_the_rules(echo: Raw, payload: bytes, code: int) -> None:
    """Half a code, a reason over 123 bytes and a reason that isn't text are errors."""
    echo.send(frame(CLOSE, payload))
    assert await echo.close_code() == code


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (frame(TEXT, b"bare", mask=None), PROTOCOL_ERROR),
        (frame(TEXT, b"\xff"), INVALID_TEXT),
        (frame(BINARY, b"bytes"), UNSUPPORTED),
        (frame(TEXT, b"*" * 65537), TOO_BIG),
        (closing(1000), 1000),
    ],
    ids=["protocol error", "not UTF-8", "binary", "too big", "close"],
)
async def test_7_the_server_ends_tcp_first(echo: Raw, bad: bytes, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits neither for the client's answer nor for its end of the connection (section 7.1.1)."""
    monkeypatch.setattr("wschat.web.closing.CLOSE_TIMEOUT", 2 * TIMEOUT)
    echo.send(bad)
    assert await echo.close_code() == code
    assert await asyncio.wait_for(echo.reader.read(), TIMEOUT) == b""


async def test_7_a_client_that_goes_on_sending_still_reads_the_close_code(
    echo: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing a socket with unread bytes in it would reset the connection, and the code could be lost."""
    monkeypatch.setattr("wschat.web.closing.CLOSE_TIMEOUT", 2 * TIMEOUT)
    echo.send(frame(TEXT, b"bare", mask=None))
    for _ in range(20):
        echo.send(frame(TEXT, b"*" * 30_000))
        await asyncio.sleep(0.005)
    assert await echo.close_code() == PROTOCOL_ERROR
    assert await asyncio.wait_for(echo.reader.read(), TIMEOUT) == b""
    await echo.writer.drain()  # raises ConnectionResetError after a reset
