"""Bodies that come in pieces, never, or without end."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import pytest
from redis.asyncio import Redis

from wschat.session.limits.address_share import AddressShare
from wschat.web import edge

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.room import until
from .requests import TestHook, texts

CHUNK = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
END = b"0\r\n\r\n"


async def answer(
    hook: TestHook, *pieces: bytes, path: str = "", size: str = "", headers: str = ""
) -> tuple[int, bytes]:
    """The status and the body of the answer to a body in pieces, chunked unless its size is given. The answer may come
    while they are sent.
    """
    port = hook.nodes.nodes[0].edge.port
    length = f"Content-Length: {size}" if size else "Transfer-Encoding: chunked"
    head = f"POST {path or hook.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}{length}\r\n\r\n"

    def exchange() -> bytes:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            with suppress(ConnectionError):
                for piece in (head.encode(), *pieces):
                    connection.sendall(piece)
            got = b""
            with suppress(ConnectionError):
                while part := connection.recv(4096):
                    got += part
            return got

    got = await asyncio.to_thread(exchange)
    return int(got.split()[1]), got.partition(b"\r\n\r\n")[2]


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
    assert not hook.nodes.nodes[0].hooks.posts._requests


async def test_a_huge_body_is_refused_before_it_comes(hook: TestHook) -> None:
    """Its length says enough."""
    status, body = await answer(hook, size="2000000")
    assert (status, b"64 KiB" in body) == (413, True)


async def test_a_length_that_is_none_is_refused(hook: TestHook) -> None:
    """By Tornado, which answers nothing else."""
    for length in ("-1", "1_0", "9" * 5000):
        reader, writer = await asyncio.open_connection("127.0.0.1", hook.nodes.nodes[0].edge.port)
        writer.write(f"POST {hook.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\nx".encode())
        writer.write_eof()
        assert b" 200 " not in await reader.read()
        writer.close()
    await until(lambda: not hook.nodes.nodes[0].hooks.posts._requests)


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
    await until(lambda: not hook.nodes.nodes[0].hooks.posts._requests)


async def test_a_body_that_is_cut_is_paid_for(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it has no end, or its connection ends before."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",), post_rate=5.0)
    hook, paid = await TestHook.made(nodes), list[float]()
    monkeypatch.setattr(AddressShare, "spend_answer", lambda share, size: paid.append(size))
    headers = "X-Forwarded-For: 203.0.113.1\r\n"
    assert (await answer(hook, *[CHUNK] * 200, headers=headers))[0] == 413
    (size,) = paid
    assert size > 1 << 20
    _, writer = await asyncio.open_connection("127.0.0.1", nodes.nodes[0].edge.port)
    writer.write(f"POST {hook.path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: 50\r\n\r\nxxx".encode())
    await until(lambda: bool(nodes.nodes[0].hooks.posts._requests))
    writer.close()
    await until(lambda: paid == [size, 3])


async def test_a_hook_that_is_revoked_while_its_body_comes_writes_nothing(hook: TestHook, redis: Redis) -> None:
    """Otherwise, whoever has stolen its key keeps requests open to write with later."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hook.nodes.nodes[0].edge.port)
    writer.write(f"POST {hook.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na".encode())
    await until(lambda: bool(hook.nodes.nodes[0].hooks.posts._requests))
    (digest,) = await redis.hkeys("{chat}:hooks")
    await redis.hset("{chat}:hooks", digest, "")
    writer.write(b"b")
    assert b" 404 " in await reader.readline()
    assert not await texts(redis)
    writer.close()
