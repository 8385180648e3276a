"""One connection to Redis: whatever way its bytes come in, its replies are handed on, and its end is told once."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from redis.asyncio import ConnectionPool
from redis.exceptions import BusyLoadingError, InvalidResponse, ResponseError
from redis.exceptions import ConnectionError as BrokenConnection

from wschat.redis_link.probe import PLAIN
from wschat.redis_link.redis_connection import RedisConnection, open_within
from wschat.redis_link.redis_connections import AskingConnection, Connections
from wschat.redis_link.redis_errors import LINK_BROKEN

from ..support.certificates import certificate
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


class Peer(NamedTuple):
    """The other side of one connection, which says what the test writes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


Listen = Callable[[Callable[..., Awaitable[None]]], AbstractAsyncContextManager[str]]


@pytest.fixture(params=["unix", "tls"])
def listening(request: pytest.FixtureRequest, tmp_path: Path) -> Listen:
    """Starts a server; the block gets its URL."""

    @asynccontextmanager
    async def listen(serve: Callable[..., Awaitable[None]]) -> AsyncIterator[str]:
        if request.param == "unix":
            async with await asyncio.start_unix_server(serve, tmp_path / "peer"):
                yield f"unix://{tmp_path}/peer"
            return
        cert, key = certificate(tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        async with await asyncio.start_server(serve, "localhost", 0, ssl=context) as server:
            yield f"rediss://localhost:{server.sockets[0].getsockname()[1]}?ssl_ca_certs={cert}"

    return listen


@pytest.fixture
async def peer(listening: Listen, heard: Heard) -> AsyncIterator[Peer]:
    """That of the connection of `heard`, which is open. At the end it must have been lost once."""
    accepted: asyncio.Queue[Peer] = asyncio.Queue()
    is_over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await accepted.put(Peer(reader, writer))
            await is_over.wait()

    async with listening(serve) as url:
        connection = await heard.open(url)
        yield await accepted.get()
        connection.close()
        await until(lambda: bool(heard.problems))
        is_over.set()
        await asyncio.sleep(0.01)
    assert len(heard.problems) == 1


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


async def test_a_reply_in_pieces_is_handed_on_when_it_is_whole(peer: Peer, heard: Heard) -> None:
    """However it is cut; those that came with it are handed on, too."""
    for byte in b"$5\r\nhello\r\n":
        assert heard.replies == []
        peer.writer.write(bytes([byte]))
        await asyncio.sleep(0.001)
    await until(lambda: heard.replies == [b"hello"])
    peer.writer.write(b"+one\r\n+two\r\n$4\r\nth")
    await until(lambda: heard.replies == [b"hello", b"one", b"two"])


async def test_an_error_of_the_whole_server_ends_it(peer: Peer, heard: Heard) -> None:
    """Redis loads its file, say, whatever it is asked: what comes after that isn't handed on."""
    peer.writer.write(b"+one\r\n-LOADING Redis is loading the dataset in memory\r\n+two\r\n")
    await until(lambda: bool(heard.problems))
    assert heard.replies == [b"one"]
    (problem,) = heard.problems
    assert isinstance(problem, BusyLoadingError)


async def test_what_is_no_reply_ends_it(peer: Peer, heard: Heard) -> None:
    """Whatever answers there isn't Redis."""
    peer.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await until(lambda: bool(heard.problems))
    (problem,) = heard.problems
    assert isinstance(problem, InvalidResponse)


async def test_whatever_fails_in_taking_a_reply_is_why_it_is_lost(peer: Peer, heard: Heard) -> None:
    """A bug isn't taken for a broken link."""

    def fail(reply: Any) -> None:
        raise ZeroDivisionError

    heard.on_reply = fail
    peer.writer.write(b"+one\r\n")
    await until(lambda: bool(heard.problems))
    assert [type(problem) for problem in heard.problems] == [ZeroDivisionError]


async def test_a_pause_lasts_for_a_turn_of_the_loop(peer: Peer, heard: Heard) -> None:
    """Between two replies others get their turns, and no reply is lost."""
    turns: list[int] = []
    turn = 0

    def take(reply: Any) -> None:
        turns.append(turn)
        heard.connection.pause()

    heard.on_reply = take
    peer.writer.write(b"+x\r\n" * 5)
    while len(turns) < 5:
        turn += 1
        await asyncio.sleep(0)
    assert len(set(turns)) == 5


async def test_nothing_is_handed_on_once_it_is_closed(peer: Peer, heard: Heard) -> None:
    """Not even what had arrived before that, nor in a pause."""

    def take(reply: Any) -> None:
        heard.replies.append(reply)
        heard.connection.pause()
        heard.connection.close()

    heard.on_reply = take
    peer.writer.write(b"+one\r\n+two\r\n")
    await until(lambda: bool(heard.problems))
    for _ in range(5):
        await asyncio.sleep(0)
    assert heard.replies == [b"one"]
    heard.connection.send([("PING",)])  # nobody gets it, and nothing fails
    assert len(heard.problems) == 1


async def test_the_end_is_told_when_the_peer_goes(peer: Peer, heard: Heard) -> None:
    """Once, with a reason that means a broken link."""
    peer.writer.close()
    await until(lambda: bool(heard.problems))
    assert not heard.connection.is_open
    (problem,) = heard.problems
    assert isinstance(problem, BrokenConnection)


async def test_the_end_is_told_although_not_everything_is_sent(tmp_path: Path, heard: Heard) -> None:
    """Whoever has stopped talking may not read any more either: nobody waits until it does."""
    is_over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writer.write_eof()
            await is_over.wait()

    async with await asyncio.start_unix_server(serve, tmp_path / "peer"):
        opened = ConnectionPool.from_url(f"unix://{tmp_path}/peer", **PLAIN).make_connection()
        await opened.connect()
        connection = RedisConnection(opened, heard.replies.append, heard.problems.append)
        connection.send([("ECHO", b"x" * 10_000_000)])
        await until(lambda: bool(heard.problems))
        assert not connection.is_open
        is_over.set()


@pytest.mark.parametrize("size", [1000, 20_000, 100_000, 3_000_000])
async def test_a_reply_comes_whole_however_long_it_is(peer: Peer, heard: Heard, size: int) -> None:
    """Also where one read of the socket brings several records of TLS."""
    text = bytes(number % 251 for number in range(size))
    peer.writer.write(b"$%d\r\n%s\r\n" % (size, text))
    await until(lambda: bool(heard.replies))
    assert heard.replies == [text]


async def test_replies_that_come_together_are_handed_on_in_their_order(peer: Peer, heard: Heard) -> None:
    """As those of a pipeline: they fill several records of TLS."""
    expected = [b"%d-" % number * 50 for number in range(300)]
    peer.writer.write(b"".join(b"$%d\r\n%s\r\n" % (len(reply), reply) for reply in expected))
    await until(lambda: len(heard.replies) == 300)
    assert heard.replies == expected


@pytest.mark.parametrize("turns", range(8))
async def test_one_that_ended_before_it_was_taken_over_is_lost(listening: Listen, heard: Heard, turns: int) -> None:
    """Its end was told to redis-py, or is just being told: the reason comes once all the same."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    async with listening(serve) as url:
        opened = await open_within(PATIENCE, ConnectionPool.from_url(url, **PLAIN).make_connection)
        assert opened._writer is not None
        opened._writer.transport.abort()
        for _ in range(turns):
            await asyncio.sleep(0)
        connection = RedisConnection(opened, heard.replies.append, heard.problems.append)
        await until(lambda: bool(heard.problems))
        await asyncio.sleep(0.01)
        assert not connection.is_open
        assert [type(problem) for problem in heard.problems] == [BrokenConnection]


@pytest.mark.parametrize("turns", range(8))
async def test_one_that_is_reset_around_the_take_over_is_lost(listening: Listen, heard: Heard, turns: int) -> None:
    """At whatever moment after Redis's first word."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"+OK\r\n")
        for _ in range(turns):
            await asyncio.sleep(0)
        writer.transport.abort()

    async with listening(serve) as url:
        options = {**PLAIN, "db": 1}  # which is selected with the first word
        try:
            opened = await open_within(PATIENCE, ConnectionPool.from_url(url, **options).make_connection)
        except LINK_BROKEN as problem:
            heard.problems.append(problem)
        else:
            RedisConnection(opened, heard.replies.append, heard.problems.append)
        await until(lambda: bool(heard.problems))
        await asyncio.sleep(0.01)
    assert len(heard.problems) == 1


async def test_the_reason_why_redis_takes_no_connection_is_known(tmp_path: Path) -> None:
    """It has too many, say, and tells that unasked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"-ERR max number of clients reached\r\n")
        writer.close()

    connections = Connections(ConnectionPool.from_url(f"unix://{tmp_path}/peer", **PLAIN).make_connection, 1, PATIENCE)
    async with await asyncio.start_unix_server(serve, tmp_path / "peer"):
        for _ in range(20):
            with pytest.raises(BrokenConnection, match=r"max number of clients|closed the connection|Broken pipe"):
                await connections.exchange([("PING",)])


async def test_nothing_can_be_asked_on_a_connection_that_is_lost(redis_server: str) -> None:
    """The caller is told at once, and doesn't wait for ever."""
    opened = await open_within(PATIENCE, ConnectionPool.from_url(redis_server, **PLAIN).make_connection)
    connection = AskingConnection(opened, 60.0, 0)
    connection.close()
    await asyncio.sleep(0.01)
    with pytest.raises(BrokenConnection):
        await asyncio.wait_for(connection.exchange([("PING",)]), PATIENCE)
