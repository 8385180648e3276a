"""Where the primaries of several Redis servers are, and which slots each has: the port, and what stands behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from redis.asyncio import Connection, ConnectionPool
from redis.exceptions import ConnectionError as BrokenConnection

from ..config.redis_url import Address, EngineUrl
from ..errors import RedisUnavailable
from .errors import LINK_BROKEN
from .keys import Publish
from .primary import NO_RETRY
from .probe import PLAIN, PROBE_TIMEOUT, REMEDY, Trouble, explain

SLOTS = 16384  # of a cluster; the hash of a key's tag says in which it lies

Layout = Mapping[Address, Sequence[range]]
"""The primaries, each with its slots."""


class LayoutUnknown(RedisUnavailable):
    """Nobody who was asked knows where the primaries are."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.reason)
        self.trouble = trouble


class Topology(Protocol):
    """Behind it: SentinelTopology and ClusterTopology. One server has nothing to be found: that is a PrimaryLink."""

    url: EngineUrl
    publish: Publish

    async def find(self) -> Layout:
        """Ask where the primaries are. Raises LayoutUnknown."""

    def start(self, on_doubt: Callable[[], None]) -> None:
        """From now on call `on_doubt` whenever the answer may be another one."""

    async def stop(self) -> None:
        """Call it no more."""


async def query(url: str, *commands: Sequence[str]) -> list[Any]:
    """What the server at `url` answers, by a connection of its own. Raises what is in LINK_BROKEN."""
    connection = ConnectionPool.from_url(
        url, socket_timeout=PROBE_TIMEOUT, socket_connect_timeout=PROBE_TIMEOUT, retry=NO_RETRY, **PLAIN
    ).make_connection()
    try:
        return await asyncio.wait_for(_query(connection, commands), 2 * PROBE_TIMEOUT)
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
    urls: Mapping[Address, str], *commands: Sequence[str], remedy: str = REMEDY
) -> tuple[dict[Address, list[Any]], dict[Address, Trouble]]:
    """The same of several servers at once: what they answer, and why others don't."""
    found = await asyncio.gather(*(query(url, *commands) for url in urls.values()), return_exceptions=True)
    answers: dict[Address, list[Any]] = {}
    troubles: dict[Address, Trouble] = {}
    for address, answer in zip(urls, found, strict=True):
        if isinstance(answer, LINK_BROKEN):
            troubles[address] = explain(answer, remedy)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            answers[address] = answer
    return answers, troubles


async def ensure_primary(connection: Connection) -> None:
    """Prepare a connection to a server that should be a primary. Raises BrokenConnection where it isn't one by now."""
    await connection.on_connect()
    await connection.send_command("ROLE")
    role = await connection.read_response()
    if role[0] != b"master":
        raise BrokenConnection("it is a replica now")
