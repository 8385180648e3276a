"""The connections on which one Redis server is asked.

redis-py makes them, with all that belongs to it (TLS, passwords, versions of Redis). Its pool and pipeline aren't used:
they took more than half of the time of a call, which every message waits for (docs/decisions/0025).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from itertools import islice
from time import monotonic
from typing import Any

from hiredis import pack_command
from redis.asyncio.connection import Connection
from redis.exceptions import RedisError

from ..semaphore import Semaphore
from ..tasks import Group, patience, within
from .receiving import next_reply, replies_at_hand

SPARED = 1  # at least this many are for those who aren't patient
STALE = 30.0  # s after which an idle one isn't trusted: a router between may have forgotten it without a sign

Words = Sequence[Any]  # of a command: redis-py takes strings, bytes and numbers


class Connections:
    """At most `most` of them, each in use by one caller; a caller that finds none free waits. Callers that are
    patient (tasks.py) leave SPARED to others.

    `make` makes an unconnected one, without a time-out of its own; `timeout` (s) is for making it ready, for an
    exchange, and for the wait while Redis doesn't reply to anybody.
    """

    def __init__(self, make: Callable[[], Connection], most: int, timeout: float) -> None:
        self._make = make
        self._timeout = timeout
        self._free = Semaphore(most)
        self._free_for_patient = Semaphore(most - SPARED)
        self._idle: list[tuple[Connection, float]] = []  # each with when it was used; the one used last is used first
        self._in_use: set[Connection] = set()
        self._closing = Group()
        self._replied_at = -math.inf  # when Redis replied last

    async def exchange(self, commands: Sequence[Words]) -> list[Any]:
        """Redis's replies in one round trip, in the order of the commands; an error stands for its reply.

        Raises what LINK_BROKEN (redis_errors.py) names: then the fate of all is unknown.
        """
        rank = patience.get()
        if rank is None:
            return await self._exchange(commands)
        await self._take(self._free_for_patient, rank)
        try:
            return await self._exchange(commands)
        finally:
            self._free_for_patient.release()

    def renew(self) -> None:
        """Make each again before it is used for the next time: its server isn't the one that it was."""
        for connection in self._all():
            connection.mark_for_reconnect()

    async def close(self) -> None:
        """Close all, also those in use: callers that wait for a reply learn that there is none."""
        for connection in self._all():
            await connection.disconnect(nowait=True)

    # -- within ----------------------------------------------------------------

    async def _exchange(self, commands: Sequence[Words]) -> list[Any]:
        await self._take(self._free)
        try:
            return await self._exchange_on_one(commands)
        finally:
            self._free.release()

    async def _exchange_on_one(self, commands: Sequence[Words]) -> list[Any]:
        connection, used_at = self._idle.pop() if self._idle else (self._make(), 0.0)
        self._in_use.add(connection)
        try:
            await self._make_ready(connection, used_at)
            return await self._write_and_read(connection, commands)
        except BaseException:
            await connection.disconnect(nowait=True)  # the rest of the replies is nobody's
            raise
        finally:
            self._in_use.discard(connection)
            self._idle.append((connection, monotonic()))

    def _all(self) -> list[Connection]:
        return [*(connection for connection, _ in self._idle), *self._in_use]

    async def _take(self, turns: Semaphore, rank: float = 0.0) -> None:
        """Wait for a turn as long as Redis replies to others. Callers that gave up would only come again: after a lost
        link, when every room reads, none would finish.
        """
        turn, since = turns.enqueue(rank), monotonic()
        try:
            while not turn.done():
                left = max(since, self._replied_at) + self._timeout - monotonic()
                if left <= 0:
                    raise asyncio.TimeoutError
                await asyncio.wait([turn], timeout=left)
        except BaseException:
            turns.withdraw(turn)
            raise

    async def _make_ready(self, connection: Connection, used_at: float) -> None:
        is_doubtful = monotonic() - used_at > STALE or connection.should_reconnect()
        if connection.is_connected and (is_doubtful or await _is_spoilt(connection)):
            await connection.disconnect(nowait=True)
        if not connection.is_connected:
            await within(self._timeout, connection.connect())

    async def _write_and_read(self, connection: Connection, commands: Sequence[Words]) -> list[Any]:
        # One timer for all: redis-py would have one for each reply, and a task for the sending.
        overdue = asyncio.get_running_loop().call_later(self._timeout, self._give_up, connection)
        try:
            packed = b"".join([pack_command(tuple(words)) for words in commands])
            await connection.send_packed_command(packed, check_health=False)
            replies: list[Any] = []
            while len(replies) < len(commands):
                replies.append(await next_reply(connection))
                replies.extend(islice(replies_at_hand(connection), len(commands) - len(replies)))
            self._replied_at = monotonic()
            return replies
        finally:
            overdue.cancel()

    def _give_up(self, connection: Connection) -> None:
        self._closing.spawn(connection.disconnect(nowait=True))


async def _is_spoilt(connection: Connection) -> bool:
    """Has Redis closed it while nobody looked, or is there an answer that nobody waits for?"""
    try:
        return bool(await connection.can_read())
    except (RedisError, OSError):
        return True
