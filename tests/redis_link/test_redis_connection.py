"""One connection to Redis: whatever way its bytes come in, its replies are handed on, and its end is told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import ConnectionPool
from redis.exceptions import BusyLoadingError, InvalidResponse, ResponseError
from redis.exceptions import ConnectionError as BrokenConnection

from wschat.redis_link.probe import PLAIN
from wschat.redis_link.redis_connection import RedisConnection, open_within

from ..support.client import PATIENCE
from ..support.room import until


class Heard:
    """What a connection has handed on; `on_reply` may be replaced."""

    def __init__(self) -> None:
        self.replies: list[Any] = []
        self.problems: list[Exception] = []
        self.on_reply: Callable[[Any], None] = self.replies.append
        self.connection: RedisConnection

    async def open(self, url: str) -> RedisConnection:
        opened = await open_within(PATIENCE, ConnectionPool.from_url(url, **PLAIN).make_connection)
        self.connection = RedisConnection(opened, lambda reply: self.on_reply(reply), self.problems.append)
        return self.connection


@pytest.fixture
def heard() -> Heard:
    return Heard()


@asynccontextmanager
async def peer(path: Path, heard: Heard) -> AsyncIterator[asyncio.StreamWriter]:
    """The other side of a connection, which says what the test writes."""
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await accepted.put(writer)
            await reader.read()

    async with await asyncio.start_unix_server(accept, path / "peer"):
        connection = await heard.open(f"unix://{path}/peer")
        yield await accepted.get()
        connection.close()
        await until(lambda: bool(heard.problems))


async def test_it_is_taken_over_from_redis_py(redis_server: str, heard: Heard) -> None:
    """The private names by which that is done are still redis-py's; an error is a reply like any other."""
    connection = await heard.open(redis_server)
    connection.send([("ECHO", "1"), ("NONE",), ("ECHO", b"\xff")])
    await until(lambda: len(heard.replies) == 3)
    first, error, last = heard.replies
    assert (first, last) == (b"1", b"\xff")
    assert isinstance(error, ResponseError)
    connection.close()
    await until(lambda: len(heard.problems) == 1)


async def test_a_reply_in_pieces_is_handed_on_when_it_is_whole(tmp_path: Path, heard: Heard) -> None:
    """However it is cut; those that came with it are handed on, too."""
    async with peer(tmp_path, heard) as writer:
        for byte in b"$5\r\nhello\r\n":
            assert heard.replies == []
            writer.write(bytes([byte]))
            await asyncio.sleep(0.001)
        await until(lambda: heard.replies == [b"hello"])
        writer.write(b"+one\r\n+two\r\n$4\r\nth")
        await until(lambda: heard.replies == [b"hello", b"one", b"two"])


async def test_a_reply_that_is_longer_than_the_buffer_comes_whole(redis_server: str, heard: Heard) -> None:
    """A log is read in one reply, which may have megabytes."""
    connection = await heard.open(redis_server)
    connection.send([("ECHO", b"x" * 3_000_000)])
    await until(lambda: heard.replies == [b"x" * 3_000_000])
    connection.close()


async def test_an_error_of_the_whole_server_ends_it(tmp_path: Path, heard: Heard) -> None:
    """Redis loads its file, say, whatever it is asked: what comes after that isn't handed on."""
    async with peer(tmp_path, heard) as writer:
        writer.write(b"+one\r\n-LOADING Redis is loading the dataset in memory\r\n+two\r\n")
        await until(lambda: not heard.connection.is_open)
        assert heard.replies == [b"one"]
    (problem,) = heard.problems
    assert isinstance(problem, BusyLoadingError)


async def test_what_is_no_reply_ends_it(tmp_path: Path, heard: Heard) -> None:
    """Whatever answers there isn't Redis."""
    async with peer(tmp_path, heard) as writer:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await until(lambda: not heard.connection.is_open)
    (problem,) = heard.problems
    assert isinstance(problem, InvalidResponse)


async def test_whatever_fails_in_taking_a_reply_is_why_it_is_lost(tmp_path: Path, heard: Heard) -> None:
    """A bug isn't taken for a broken link."""

    def fail(reply: Any) -> None:
        raise ZeroDivisionError

    heard.on_reply = fail
    async with peer(tmp_path, heard) as writer:
        writer.write(b"+one\r\n")
        await until(lambda: not heard.connection.is_open)
    assert [type(problem) for problem in heard.problems] == [ZeroDivisionError]


async def test_a_pause_lasts_for_a_turn_of_the_loop(tmp_path: Path, heard: Heard) -> None:
    """Between two replies others get their turns, and no reply is lost."""
    turns: list[int] = []
    turn = 0

    def take(reply: Any) -> None:
        turns.append(turn)
        heard.connection.pause()

    heard.on_reply = take
    async with peer(tmp_path, heard) as writer:
        writer.write(b"+x\r\n" * 5)
        while len(turns) < 5:
            turn += 1
            await asyncio.sleep(0)
    assert len(set(turns)) == 5


async def test_nothing_is_handed_on_once_it_is_closed(tmp_path: Path, heard: Heard) -> None:
    """Not even what had arrived before that, nor in a pause."""

    def take(reply: Any) -> None:
        heard.replies.append(reply)
        heard.connection.pause()
        heard.connection.close()

    heard.on_reply = take
    async with peer(tmp_path, heard) as writer:
        writer.write(b"+one\r\n+two\r\n")
        await until(lambda: bool(heard.problems))
        for _ in range(5):
            await asyncio.sleep(0)
        assert heard.replies == [b"one"]
        heard.connection.send([("PING",)])  # nobody gets it, and nothing fails
    assert len(heard.problems) == 1


async def test_the_end_is_told_when_the_peer_goes(tmp_path: Path, heard: Heard) -> None:
    """Once, with a reason that means a broken link."""
    async with peer(tmp_path, heard) as writer:
        writer.close()
        await until(lambda: bool(heard.problems))
        assert not heard.connection.is_open
    (problem,) = heard.problems
    assert isinstance(problem, BrokenConnection)


async def test_one_that_ended_before_it_was_taken_over_is_lost(redis_server: str, heard: Heard) -> None:
    """Its end was told to redis-py, and it isn't told twice."""
    opened = await open_within(PATIENCE, ConnectionPool.from_url(redis_server, **PLAIN).make_connection)
    assert opened._writer is not None
    opened._writer.transport.abort()
    for _ in range(3):
        await asyncio.sleep(0)
    RedisConnection(opened, heard.replies.append, heard.problems.append)
    await until(lambda: [type(problem) for problem in heard.problems] == [BrokenConnection])


async def test_a_server_that_closes_at_once_has_not_opened_it(tmp_path: Path) -> None:
    """As a proxy whose Redis is away, before or after the connection counts as open."""

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    make = ConnectionPool.from_url(f"unix://{tmp_path}/peer", **PLAIN).make_connection
    heard = Heard()
    async with await asyncio.start_unix_server(close, tmp_path / "peer"):
        for _ in range(20):
            try:
                opened = await open_within(PATIENCE, make)
            except ConnectionError as problem:
                heard.problems.append(problem)
            else:
                RedisConnection(opened, heard.replies.append, heard.problems.append)
    await until(lambda: len(heard.problems) == 20)
