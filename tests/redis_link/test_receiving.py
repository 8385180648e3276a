"""Receiving replies: the first is waited for, and those that came with it are taken at once."""

from __future__ import annotations

import runpy
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hiredis import Reader, pack_command
from redis.asyncio import Connection, ConnectionPool
from redis.exceptions import BusyLoadingError, ResponseError

from wschat.redis_link import receiving
from wschat.redis_link.probe import PLAIN
from wschat.redis_link.receiving import next_reply, replies_at_hand


@pytest.fixture
async def connection(redis_server: str) -> AsyncIterator[Connection]:
    made = ConnectionPool.from_url(redis_server, **PLAIN).make_connection()
    await made.connect()
    yield made
    await made.disconnect()


def reader_of(connection: Connection) -> Reader:
    parser: Any = connection._parser
    reader: Reader = parser._reader
    return reader


async def received(connection: Connection, *commands: tuple[Any, ...]) -> list[list[Any]]:
    """The replies to these commands, sent at once: a list for each time that the socket was waited for."""
    await connection.send_packed_command(b"".join([pack_command(words) for words in commands]))
    rounds: list[list[Any]] = []
    while sum(map(len, rounds)) < len(commands):
        rounds.append([await next_reply(connection), *replies_at_hand(connection)])
    return rounds


async def test_replies_that_come_together_are_waited_for_once(connection: Connection) -> None:
    """They come in the order of the commands; this is what redis-py's private names are used for."""
    assert await received(connection, *(("ECHO", str(number)) for number in range(3))) == [[b"0", b"1", b"2"]]


async def test_an_error_is_a_reply_wherever_it_stands(connection: Connection) -> None:
    """The first one is read by redis-py, the second one isn't."""
    ((first, echo, second),) = await received(connection, ("NONE",), ("ECHO", "1"), ("NONE",))
    assert isinstance(first, ResponseError)
    assert isinstance(second, ResponseError)
    assert echo == b"1"


async def test_an_error_of_the_whole_server_is_raised_as_redis_py_does(connection: Connection) -> None:
    """A Redis that loads its file has no replies."""
    reader = reader_of(connection)
    reader.feed(b"+one\r\n-LOADING Redis is loading the dataset in memory\r\n+two\r\n")
    replies = replies_at_hand(connection)
    assert next(replies) == b"one"
    with pytest.raises(BusyLoadingError):
        next(replies)


async def test_half_a_reply_is_not_at_hand(connection: Connection) -> None:
    """It is waited for with the next one."""
    reader = reader_of(connection)
    reader.feed(b"$5\r\nhel")
    assert list(replies_at_hand(connection)) == []
    reader.feed(b"lo\r\n")
    assert list(replies_at_hand(connection)) == [b"hello"]


async def test_with_another_redis_py_nothing_is_at_hand(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reply is waited for then."""
    monkeypatch.setattr("wschat.redis_link.receiving.NOT_ENOUGH_DATA", None)
    assert await received(connection, ("ECHO", "1"), ("ECHO", "2")) == [[b"1"], [b"2"]]


async def test_a_redis_py_without_that_name_is_another(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parser may have moved: the module is imported all the same."""
    monkeypatch.setitem(sys.modules, "redis._parsers.hiredis", None)
    reader_of(connection).feed(b"+one\r\n")
    assert list(runpy.run_path(receiving.__file__, run_name=receiving.__name__)["replies_at_hand"](connection)) == []
    assert list(replies_at_hand(connection)) == [b"one"]
