"""Bodies that come in pieces, never, or without end."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from redis.asyncio import Redis

from wschat.web import edge

from ..support.room import until
from .requests import TestHook, texts

CHUNK = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
END = b"0\r\n\r\n"


async def answer(hook: TestHook, *pieces: bytes, path: str = "") -> tuple[int, bytes]:
    """The status and the body, however much of the request was read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hook.nodes.nodes[0].edge.port)
    head = f"POST {path or hook.path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with suppress(ConnectionError):
        for piece in (head.encode(), *pieces):
            writer.write(piece)
            await writer.drain()
    got = (await reader.readuntil(b"\r\n\r\n")).decode()
    size = int(got.lower().partition("content-length: ")[2].partition("\r\n")[0])
    body = await reader.readexactly(size)
    writer.close()
    return int(got.split()[1]), body


async def test_a_body_comes_in_chunks(hook: TestHook, redis: Redis) -> None:
    """And each letter of it may come in two."""
    word = "Да".encode()
    assert await answer(hook, b"3\r\n" + word[:3] + b"\r\n", b"1\r\n" + word[3:] + b"\r\n" + END) == (200, b"ok")
    assert await texts(redis) == ["Да"]


@pytest.mark.parametrize(
    ("pieces", "known"), [([CHUNK] * 5 + [END], True), ([CHUNK] * 200, True), ([CHUNK] * 200, False)]
)
async def test_chunks_without_end_are_cut(hook: TestHook, pieces: list[bytes], known: bool) -> None:
    """They are discarded, not kept, and their sender gets the answer: of a megabyte at once, of less at its end."""
    status, body = await answer(hook, *pieces, path="" if known else "/hook/chat/x")
    assert (status, b"64 KiB" in body) == ((413, True) if known else (404, False))
    assert not hook.nodes.nodes[0].hook_posts._requests


async def test_a_length_that_is_none_is_refused(hook: TestHook) -> None:
    """By Tornado, which answers nothing else."""
    for length in ("-1", "1_0", "9" * 5000):
        reader, writer = await asyncio.open_connection("127.0.0.1", hook.nodes.nodes[0].edge.port)
        writer.write(f"POST {hook.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\nx".encode())
        writer.write_eof()
        assert b" 200 " not in await reader.read()
        writer.close()
    await until(lambda: not hook.nodes.nodes[0].hook_posts._requests)


async def test_a_slow_body_ends_with_its_connection(hook: TestHook, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter now and then doesn't keep it open, and its place is free again."""
    monkeypatch.setattr(hook.nodes.nodes[0].edge._serving.server.conn_params, "body_timeout", 0.3)  # type: ignore[union-attr]
    assert edge.HTTP_LIMITS["max_body_size"] == 4 << 10, "of everything else"
    reader, writer = await asyncio.open_connection("127.0.0.1", hook.nodes.nodes[0].edge.port)
    writer.write(f"POST {hook.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n".encode())
    reading = asyncio.ensure_future(reader.read())
    with suppress(ConnectionError):
        while not reading.done():
            writer.write(b"x")
            await asyncio.sleep(0.05)
        assert await reading == b""
    writer.close()
    await until(lambda: not hook.nodes.nodes[0].hook_posts._requests)
