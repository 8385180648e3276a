"""The node's link to Redis: scripts and pipelines on one side, the subscription on the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from redis.asyncio import BlockingConnectionPool, Connection, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError

from ..errors import RedisUnavailable
from ..tasks import Group
from .errors import LINK_BROKEN, from_redis, unless_closed
from .keys import NODE_CHANNEL, RoomKeys, scoped
from .probe import PLAIN
from .scripts import Script
from .subscriber import DEAF_AFTER, PING_EVERY, Listener, Subscriber

COMMAND_TIMEOUT = PING_EVERY + DEAF_AFTER  # s: as long as the watchdog takes to call a link dead
NO_RETRY = Retry(NoBackoff(), 0)  # redis-py has two classes of that name: this one is for asyncio
ENDING = 0.005  # s between two looks whether what was being asked at the stop has ended
CONNECTIONS = 5  # posts, leases, logs, and two to spare: what redis-py opens for a moment's rush it keeps

logger = logging.getLogger(__name__)


class Call(NamedTuple):
    """One script call or plain command: a Script with its keys and arguments, or a command's words."""

    script: Script | None
    words: Sequence[Any]
    keys: int = 0

    @classmethod
    def of(cls, script: Script, keys: Sequence[str | bytes], args: Sequence[str | bytes | int]) -> Call:
        return cls(script, (*keys, *args), len(keys))

    @classmethod
    def command(cls, *words: str | bytes | int) -> Call:
        return cls(None, words)


class Reply:
    """The outcome of one call among several."""

    __slots__ = ("_problem", "_value")

    def __init__(self, value: Any = None, problem: RedisUnavailable | None = None) -> None:
        self._value = value
        self._problem = problem

    def result(self) -> Any:
        """The value that Redis replied with.

        Raises RedisWriteRefused when nothing was stored, since Redis can't; RedisUnavailable for any other failure.
        """
        if self._problem is not None:
            raise self._problem
        return self._value


class RedisLink:
    """Everything that a node says to Redis goes through here.

    No command is retried by the link: an error means *unknown*, and only who asked knows how to ask again
    without doing it twice. `restart` is awaited when Redis has gone (the embedded one is started again there).
    """

    def __init__(self, url: str, restart: Callable[[], Awaitable[None]] | None = None) -> None:
        self._url = url
        self._pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS, timeout=COMMAND_TIMEOUT, retry=NO_RETRY,
            socket_timeout=COMMAND_TIMEOUT, socket_connect_timeout=COMMAND_TIMEOUT, **PLAIN,
        )  # fmt: skip
        self._redis = Redis(connection_pool=self._pool)
        self._database = int(self._pool.connection_kwargs.get("db") or 0)
        self.node_channel = scoped(NODE_CHANNEL, self._database)
        self._watchers: list[Callable[[bool], None]] = []
        self._restart = restart
        self._subscriber = Subscriber(self._listening_connection, self._restart_redis, self._changed, self.node_channel)
        self._closing = Group()
        self._up = asyncio.Event()
        self._asking = 0  # how many calls are under way
        self._is_stopped = False

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    def keys(self, room: str) -> RoomKeys:
        """The keys and channels of a room in this Redis."""
        return RoomKeys.of(room, self._database)

    def watch(self, watcher: Callable[[bool], None]) -> None:
        """Call `watcher(True)` when the link stands and `watcher(False)` when it is gone."""
        self._watchers.append(watcher)

    async def start(self) -> None:
        """Wait until the link stands. Raises RedisUnavailable when it doesn't within COMMAND_TIMEOUT."""
        self._subscriber.start()
        try:
            await asyncio.wait_for(self._up.wait(), COMMAND_TIMEOUT)
        except asyncio.TimeoutError:
            raise RedisUnavailable(f"no reply within {COMMAND_TIMEOUT:g} s") from None

    async def stop(self) -> None:
        """Close all connections. Calls that are running or come later raise RedisUnavailable."""
        self._is_stopped = True
        await self._subscriber.stop()
        await self._closing.stop()
        await self._close_connections()
        while self._asking:  # the pool doesn't know a connection that is just being made or given back
            await asyncio.sleep(ENDING)
            await self._close_connections()

    def subscribe(self, channel: str, listener: Listener) -> None:
        self._subscriber.subscribe(channel, listener)

    def unsubscribe(self, channel: str) -> None:
        self._subscriber.unsubscribe(channel)

    async def execute(self, call: Call) -> Any:
        """The reply to one call. Raises RedisUnavailable or RedisWriteRefused."""
        return (await self.pipeline([call]))[0].result()

    async def pipeline(self, calls: Sequence[Call]) -> list[Reply]:
        """The replies to all calls in one round trip, in their order; a call that fails stops none of the others.

        Raises RedisUnavailable when the fate of all is unknown.
        """
        return await self._send(calls, transaction=False)

    async def transaction(self, calls: Sequence[Call]) -> list[Any]:
        """The replies to all calls, executed as one transaction. Raises RedisUnavailable: the first failure."""
        return [reply.result() for reply in await self._send(calls, transaction=True)]

    # -- within ----------------------------------------------------------------

    async def _send(self, calls: Sequence[Call], *, transaction: bool) -> list[Reply]:
        if self._is_stopped:
            raise RedisUnavailable("the connection is closed")
        self._asking += 1
        try:
            replies = await self._run_pipeline(calls, transaction)
            if any(isinstance(reply, NoScriptError) for reply in replies):
                replies = await self._load_and_repeat(calls, replies, transaction)
        except LINK_BROKEN as problem:
            raise from_redis(problem) from problem
        finally:
            self._asking -= 1
        return [Reply(None, from_redis(reply)) if isinstance(reply, Exception) else Reply(reply) for reply in replies]

    async def _run_pipeline(self, calls: Sequence[Call], transaction: bool) -> list[Any]:
        pipeline = self._redis.pipeline(transaction=transaction)
        for call in calls:
            if call.script is None:
                pipeline.execute_command(*call.words)
            else:
                pipeline.execute_command("EVALSHA", call.script.sha, call.keys, *call.words)
        return await unless_closed(pipeline.execute(raise_on_error=False))

    async def _load_and_repeat(self, calls: Sequence[Call], replies: list[Any], transaction: bool) -> list[Any]:
        """Redis doesn't know a script (it was restarted, say): load it, and ask again what wasn't answered."""
        missed = [i for i, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        for source in {call.script.source for i in missed if (call := calls[i]).script is not None}:
            await unless_closed(self._redis.script_load(source))
        for i, reply in zip(missed, await self._run_pipeline([calls[i] for i in missed], transaction), strict=True):
            replies[i] = reply
        return replies

    def _listening_connection(self) -> Connection:
        connection: Connection = self._pool.make_connection()
        return connection

    async def _restart_redis(self) -> None:
        if self._restart is not None:
            await self._restart()

    def _changed(self, up: bool) -> None:
        if up:
            self._up.set()
        else:
            self._up.clear()
            # What waits on a half-open link must not wait for its time-out.
            self._closing.spawn(self._close_connections())
        for watcher in self._watchers:
            try:
                watcher(up)
            except Exception:  # a bug in one of them must neither break the link nor keep the news from the others
                logger.exception("Could not handle a change of the Redis connection")

    async def _close_connections(self) -> None:
        with suppress(*LINK_BROKEN):  # a half-open link may not close in time
            await self._pool.disconnect()
