"""RFC 6455: what a server must answer to good and bad frames, against an echo on the project's own WebSocket.

The cases are numbered as in the usual conformance suite, Autobahn's (1 framing … 7 closing), which runs on Python 2
only: point it at `python -m tests.abuse.echo`. Fragments, UTF-8 and closing are in test_rfc6455_messages.py.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from websockets.asyncio.client import connect

from ..support.frames import BINARY, CONTINUATION, PING, PONG, TEXT, frame
from ..support.room import until
from .echo import serve_echo
from .raw import PROTOCOL_ERROR, TOO_BIG, UNSUPPORTED, Raw

# -- 1: framing ---------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 128, 1024, 65535, 65536])
async def test_1_text_of_every_length_comes_back(echo: Raw, size: int) -> None:
    """The lengths surround each boundary of the three length encodings, up to the limit."""
    echo.send(frame(TEXT, b"*" * size, mask=b"\x11\x22\x33\x44"))
    assert await echo.frame() == (True, TEXT, b"*" * size)


async def test_1_text_may_come_in_any_pieces(echo: Raw) -> None:
    """TCP preserves no boundaries."""
    whole = frame(TEXT, b"*" * 65536)
    for at in range(0, len(whole), 997):
        echo.send(whole[at : at + 997])
        await echo.writer.drain()
    assert await echo.frame() == (True, TEXT, b"*" * 65536)


async def test_1_more_than_the_limit_is_1009(echo: Raw) -> None:
    """The header alone decides, so no payload is kept."""
    echo.send(frame(TEXT, b"*" * 65537)[:14])
    assert await echo.close_code() == TOO_BIG


async def test_1_fragments_count_together_against_the_limit(echo: Raw) -> None:
    """Otherwise an endless message would fill the memory."""
    echo.send(frame(TEXT, b"*" * 65000, final=False), frame(CONTINUATION, b"*" * 1000, final=False))
    assert await echo.close_code() == TOO_BIG


@pytest.mark.parametrize("size", [0, 125, 65536])
async def test_1_binary_is_1003(echo: Raw, size: int) -> None:
    """The server accepts only text."""
    echo.send(frame(BINARY, b"\xfe" * size))
    assert await echo.close_code() == UNSUPPORTED


async def test_the_echo_for_other_suites_sends_back_text_and_binary(unused_tcp_port: int) -> None:
    """It runs on a subclass that takes binary messages, and ends with its task."""
    serving = asyncio.ensure_future(serve_echo(unused_tcp_port))
    url = f"ws://127.0.0.1:{unused_tcp_port}/ws"

    async def listens() -> bool:
        with suppress(OSError):
            await (await connect(url)).close()
            return True
        return False

    await until(listens)
    async with connect(url) as client:
        for message in ("привет", b"\x00\xff", b"*" * 65536):
            await client.send(message)
            assert await client.recv() == message
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    with pytest.raises(OSError, match="refused|failed"):
        await connect(url)


# -- 2: pings -----------------------------------------------------------------


@pytest.mark.parametrize("payload", [b"", b"hello", b"\x00\xff\xfe\xfd", b"*" * 125])
async def test_2_a_ping_is_answered_with_its_payload(echo: Raw, payload: bytes) -> None:
    """The payload may contain any bytes."""
    echo.send(frame(PING, payload, mask=b"abcd"))
    assert await echo.frame() == (True, PONG, payload)


async def test_2_a_long_ping_is_1002(echo: Raw) -> None:
    """A control frame holds at most 125 bytes."""
    echo.send(frame(PING, b"*" * 126))
    assert await echo.close_code() == PROTOCOL_ERROR


async def test_2_pongs_that_nobody_asked_for_are_ignored(echo: Raw) -> None:
    """This holds with and without a payload."""
    echo.send(frame(PONG), frame(PONG, b"unasked"), frame(PING, b"after"))
    assert await echo.frame() == (True, PONG, b"after")


async def test_2_ten_pings_are_answered_in_order(echo: Raw) -> None:
    """Each pong carries the payload of its ping."""
    echo.send(*(frame(PING, b"%d" % number) for number in range(10)))
    assert [await echo.frame() for _ in range(10)] == [(True, PONG, b"%d" % number) for number in range(10)]


async def test_2_a_ping_may_come_byte_by_byte(echo: Raw) -> None:
    """Control frames have no more boundaries in TCP than others."""
    for byte in frame(PING, b"slow"):
        echo.send(bytes([byte]))
        await echo.writer.drain()
    assert await echo.frame() == (True, PONG, b"slow")


# -- 3 and 4: reserved bits and opcodes ------------------------------------------


@pytest.mark.parametrize("reserved", range(1, 8))
async def test_3_reserved_bits_are_1002(echo: Raw, reserved: int) -> None:
    """No extension was negotiated."""
    echo.send(frame(TEXT, b"fine"))
    assert await echo.frame() == (True, TEXT, b"fine")
    echo.send(frame(TEXT if reserved < 4 else PING, b"bad", reserved=reserved), frame(PING))
    assert await echo.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("bad", [frame(TEXT, b"bad", reserved=2), frame(3), frame(0xB), frame(CONTINUATION, b"bad")])
async def test_3_and_4_what_came_before_a_bad_frame_is_answered_first(echo: Raw, bad: bytes) -> None:
    """Both arrive in one read, as in the cases 3.2, 3.3, 4.1.3, 4.2.3 and 5.15."""
    echo.send(frame(TEXT, b"fine"), frame(PING, b"fine too"), bad, frame(TEXT, b"late"))
    assert await echo.frame() == (True, TEXT, b"fine")
    assert await echo.frame() == (True, PONG, b"fine too")
    assert await echo.close_code() == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("payload", [b"", b"payload"])
async def test_4_unknown_opcodes_are_1002(echo: Raw, opcode: int, payload: bytes) -> None:
    """None of them has a meaning yet."""
    echo.send(frame(opcode, payload))
    assert await echo.close_code() == PROTOCOL_ERROR


async def test_4_a_frame_without_a_mask_is_1002(echo: Raw) -> None:
    """Section 5.1 requires the server to close the connection."""
    echo.send(frame(TEXT, b"bare", mask=None))
    assert await echo.close_code() == PROTOCOL_ERROR
