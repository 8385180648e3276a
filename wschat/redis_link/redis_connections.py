"""The connections on which calls to one Redis server are made.

redis-py's pool and pipeline aren't used: they took more than half of the time of a call, for which every message waits
(docs/decisions/0025).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from time import monotonic
from typing import Any

import redis.exceptions as redis_py
from redis.asyncio.connection import Connection

from ..concurrency import Semaphore, background_rank
from .redis_connection import ENDED, CommandArgs, Make, RedisConnection, open_within

SPARED = 1  # at least this many are for callers in the foreground
STALE = 30.0  # s after which an idle connection isn't trusted: a router may have forgotten it without a sign


class AskingConnection(RedisConnection):
    """A connection for one caller at a time, whose commands go out together and whose replies come back together.

    It is lost if they don't come within `timeout` (s). `used_at` is when Redis replied last; `generation` is that of
    `Connections` when it was opened.
    """

    def __init__(self, opened: Connection, timeout: float, generation: int) -> None:
        super().__init__(opened, self._collect, self._give_up)
        self.used_at = monotonic()
        self.generation = generation
        self._loop = asyncio.get_running_loop()  # asking for it each time is a system call before Python 3.12
        self._timeout = timeout
        self._replies: list[Any] = []
        self._expected = 0
        self._pending: asyncio.Future[list[Any]] | None = None
        self._begun_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def exchange(self, commands: Sequence[CommandArgs]) -> list[Any]:
        """The replies, in the order of the commands. Raises an exception of LINK_BROKEN (redis_errors.py).

        After any exception the connection is closed: replies that are still to come belong to no caller.
        """
        if not self.is_open:
            raise redis_py.ConnectionError(ENDED)
        self._expected = len(commands)
        self._pending, self._begun_at = self._loop.create_future(), monotonic()
        if self._timer is None:  # one timer for many calls: most are over long before it fires
            self._timer = self._loop.call_later(self._timeout, self._look_at_clock)
        try:
            self._write(commands)
            return await self._pending
        except BaseException:
            self._pending = None
            self.close()
            raise

    # -- within ------------------------------------------------------------------

    def _collect(self, reply: Any) -> None:
        if self._pending is None:
            raise redis_py.InvalidResponse("a reply that nobody waits for")
        self._replies.append(reply)
        if len(self._replies) == self._expected:
            pending, self._pending = self._pending, None
            replies, self._replies = self._replies, []
            self.used_at = monotonic()
            if not pending.done():
                pending.set_result(replies)

    def _give_up(self, problem: Exception) -> None:
        pending, self._pending = self._pending, None
        if pending is not None and not pending.done():
            pending.set_exception(problem)
        if self._timer is not None:
            self._timer.cancel()

    def _look_at_clock(self) -> None:
        self._timer = None
        if self._pending is None:
            return
        left = self._begun_at + self._timeout - monotonic()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look_at_clock)
        else:
            self.close(redis_py.TimeoutError(f"no reply within {self._timeout:g} s"))


class Connections:
    """At most `most` connections, each used by one caller at a time; a caller that finds none free waits. Callers in
    the background (tasks.py) leave SPARED to others.

    `timeout` (s) is for opening one, for an exchange, and for waiting while Redis doesn't reply to any caller.
    """

    def __init__(self, make: Make, most: int, timeout: float) -> None:
        self._make = make
        self._timeout = timeout
        self._free = Semaphore(most)
        self._free_for_background = Semaphore(most - SPARED)
        self._idle: list[AskingConnection] = []  # the one used last is reused first
        self._in_use: set[AskingConnection] = set()
        self._generation = 0
        self._replied_at = -math.inf  # when Redis replied last

    async def exchange(self, commands: Sequence[CommandArgs]) -> list[Any]:
        """Redis's replies in one round trip, in the order of the commands; an error reply is returned as an exception.

        Raises an exception of LINK_BROKEN (redis_errors.py): then the fate of all is unknown.
        """
        if not commands:
            return []
        rank = background_rank.get()
        if rank is None:
            return await self._exchange(commands)
        await self._wait_for_turn(self._free_for_background, rank)
        try:
            return await self._exchange(commands)
        finally:
            self._free_for_background.release()

    def renew(self) -> None:
        """Use no open connection for another call, since the address may lead to another server now."""
        self._generation += 1

    def close(self) -> None:
        """Close all connections, including those in use: callers that wait for a reply get an exception."""
        for connection in (*self._idle, *self._in_use):
            connection.close()
        self._idle.clear()

    # -- within ----------------------------------------------------------------

    async def _exchange(self, commands: Sequence[CommandArgs]) -> list[Any]:
        if not self._free.take():
            await self._wait_for_turn(self._free)
        try:
            connection = self._usable() or await self._open()
            self._in_use.add(connection)
            try:
                replies = await connection.exchange(commands)
            finally:
                self._in_use.discard(connection)
            self._replied_at = connection.used_at
            self._idle.append(connection)
            return replies
        finally:
            self._free.release()

    async def _wait_for_turn(self, turns: Semaphore, rank: float = 0.0) -> None:
        """Wait for a turn as long as Redis replies to others. Callers that gave up would only retry: after a lost link,
        when every room reads, none would finish.
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

    def _usable(self) -> AskingConnection | None:
        """An idle connection that can be trusted, or None; those that can't be are closed."""
        while self._idle:
            connection = self._idle.pop()
            is_trusted = connection.generation == self._generation and monotonic() - connection.used_at <= STALE
            if connection.is_open and is_trusted:
                return connection
            connection.close()
        return None

    async def _open(self) -> AskingConnection:
        generation = self._generation
        return AskingConnection(await open_within(self._timeout, self._make), self._timeout, generation)
