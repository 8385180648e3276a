"""The interface to several Redis servers: which of them are primaries, and which slots each primary has."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from redis.asyncio.connection import Connection, ConnectionPool
from redis.crc import key_slot
from redis.exceptions import ConnectionError as BrokenConnection
from redis.exceptions import TimeoutError as NoReply

from ..concurrency import within
from ..config.redis_url import Address, EngineUrl
from ..errors import RedisUnavailable
from .keys import Publish
from .primary import NO_RETRY
from .probe import PLAIN, PROBE_TIMEOUT, REDIS, Remedy, Trouble, explain
from .redis_connection import Make
from .redis_errors import LINK_BROKEN

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError)  # raised for a reply of an unexpected shape

T = TypeVar("T")

logger = logging.getLogger(__name__)

Layout = Mapping[Address, Sequence[range]]
"""The primaries, each with its slots."""


def slot_of(key: str | bytes) -> int:
    """The slot of this key or channel."""
    return int(key_slot(key.encode() if isinstance(key, str) else key))


class LayoutUnknown(RedisUnavailable):
    """None of the servers that were asked named the primaries. `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.reason)
        self.trouble = trouble


class Topology(Protocol):
    """Implemented by SentinelTopology and ClusterTopology. A single server needs none: its PrimaryLink has a URL."""

    url: EngineUrl
    publish: Publish

    async def find(self) -> Layout:
        """Ask the servers for the primaries. Raises LayoutUnknown."""

    def start(self, on_change: Callable[[], None], on_failover: Callable[[Address], None]) -> None:
        """Begin to call `on_change` when the layout may have changed, and `on_failover` with a primary that is about to
        be replaced.
        """

    async def stop(self) -> None:
        """Stop calling `on_change` and `on_failover`."""


def connections_to(url: str, timeout: float) -> Make:
    """Makes connections to the server at `url`, which wait `timeout` seconds for it and try nothing twice."""
    pool = ConnectionPool.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=NO_RETRY, **PLAIN)
    make: Make = pool.make_connection
    return make


async def query(url: str, *commands: Sequence[str]) -> list[Any]:
    """The replies of the server at `url` to these commands, on a new connection. Raises an exception of LINK_BROKEN."""
    connection = connections_to(url, PROBE_TIMEOUT)()
    try:
        return await within(2 * PROBE_TIMEOUT, _query(connection, commands))
    except asyncio.TimeoutError:
        raise NoReply(f"no reply within {2 * PROBE_TIMEOUT:g} s") from None
    finally:
        await connection.disconnect(nowait=True)


async def _query(connection: Connection, commands: Sequence[Sequence[str]]) -> list[Any]:
    await connection.connect()
    answers = []
    for command in commands:
        await connection.send_command(*command)
        answers.append(await connection.read_response())
    return answers


async def query_each(
    urls: Mapping[Address, str],
    *commands: Sequence[str],
    read: Callable[[Address, list[Any]], T],
    remedy: Remedy = REDIS,
) -> tuple[dict[Address, T], dict[Address, Trouble]]:
    """Send these commands to several servers at once; return the results of `read` for the servers that answer, and the
    troubles of the others, including servers whose replies can't be read.

    `remedy` tells the operator what to do about a password.
    """
    found = await asyncio.gather(*(query(url, *commands) for url in urls.values()), return_exceptions=True)
    answers: dict[Address, T] = {}
    troubles: dict[Address, Trouble] = {}
    for address, answer in zip(urls, found, strict=True):
        if isinstance(answer, LINK_BROKEN):
            troubles[address] = explain(answer, remedy)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            try:
                answers[address] = read(address, answer)
            except UNREADABLE:
                logger.debug("Unexpected reply of %s", address, exc_info=True)
                asked = " or ".join(" ".join(words) for words in commands)
                troubles[address] = Trouble(f"unexpected reply to {asked}", may_pass=False)
    return answers, troubles


async def ensure_primary(connection: Connection) -> None:
    """Authenticate, and check that the server is a primary. Raises BrokenConnection if it is a replica by now."""
    await connection.on_connect()
    await connection.send_command("ROLE")
    role = await connection.read_response()
    if role[0] != b"master":
        raise BrokenConnection("it is a replica now")
