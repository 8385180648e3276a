"""The link to one Redis server: its connections, its subscription, and the watchdog over both."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any

from redis.asyncio.connection import Connection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AskError, NoScriptError, ReadOnlyError

from ..errors import RedisUnavailable
from .keys import NODE_CHANNEL, RoomKeys, room_keys, scoped
from .link import Call, CallResult, as_results
from .probe import PLAIN
from .redis_connection import CommandArgs, Make
from .redis_connections import Connections
from .redis_errors import LINK_BROKEN, from_redis
from .replies import shaped
from .subscriber import DEAF_AFTER, PING_EVERY, Subscriber
from .subscriptions import Listener

COMMAND_TIMEOUT = PING_EVERY + DEAF_AFTER  # s: as long as the watchdog takes to declare a link dead
NO_RETRY = Retry(NoBackoff(), 0)  # redis-py has two classes of that name: this one is for asyncio
CHECK_EVERY = 0.005  # s between two checks whether the calls that were running at the stop have ended
CONNECTIONS = 5  # for posts, leases, logs, and two to spare: connections opened in a short rush stay open

logger = logging.getLogger(__name__)


class PrimaryLink:
    """A RedisLink to one server.

    `restart` is awaited when Redis has gone (it starts the embedded one again), `on_connect` prepares each connection,
    and `on_moved` is called with a channel that belongs to another server by now.
    """

    def __init__(
        self,
        url: str,
        restart: Callable[[], Awaitable[None]] | None = None,
        *,
        on_connect: Callable[[Connection], Awaitable[None]] | None = None,
        on_moved: Callable[[str], None] = lambda channel: None,
    ) -> None:
        pool = ConnectionPool.from_url(
            url, retry=NO_RETRY, redis_connect_func=on_connect,
            socket_timeout=None, socket_connect_timeout=COMMAND_TIMEOUT, **PLAIN,
        )  # fmt: skip
        make: Make = pool.make_connection
        self._connections = Connections(make, CONNECTIONS, COMMAND_TIMEOUT)
        self._database = int(pool.connection_kwargs.get("db") or 0)
        self.node_channel = scoped(NODE_CHANNEL, self._database)
        self._watchers: list[Callable[[bool], None]] = []
        self._restart = restart
        self._subscriber = Subscriber(make, self._restart_redis, self._changed, self.node_channel, on_moved)
        self._up = asyncio.Event()
        self._running = 0  # how many calls are running
        self._failing_since = self._failed_at = 0.0  # when calls in a row began to fail, and when the last did
        self._refused: set[Any] = set()  # commands that were refused because this is a replica
        self._is_stopped = False

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    @property
    def state(self) -> str:
        return "up" if self.is_up else "down"

    def keys(self, room: str) -> RoomKeys:
        return room_keys(room, self._database)

    def serves(self, keys: RoomKeys) -> bool:
        return self.is_up

    def primary_of(self, room: str) -> PrimaryLink:
        return self

    def primaries(self) -> list[PrimaryLink]:
        return [self]

    def watch(self, watcher: Callable[[bool], None]) -> None:
        self._watchers.append(watcher)

    async def start(self) -> None:
        self._subscriber.start()
        try:
            await asyncio.wait_for(self._up.wait(), COMMAND_TIMEOUT)
        except asyncio.TimeoutError:
            self.raise_refusal()
            raise RedisUnavailable(f"no reply within {COMMAND_TIMEOUT:g} s") from None

    def raise_refusal(self) -> None:
        """Raise RedisRejected if this user may not subscribe, without which the link can't be up."""
        if self._subscriber.refusal is not None:
            raise from_redis(self._subscriber.refusal)

    async def stop(self) -> None:
        self._is_stopped = True
        await self._subscriber.stop()
        self._connections.close()
        while self._running:  # a connection that was just being opened isn't closed yet
            await asyncio.sleep(CHECK_EVERY)
            self._connections.close()

    def subscribe(self, channel: str, listener: Listener, *, sharded: bool = False) -> None:
        """Listen to `channel` from now on. `sharded`: receive messages that are published with SPUBLISH."""
        self._subscriber.subscribe(channel, listener, sharded=sharded)

    def unsubscribe(self, channel: str, *, sharded: bool = False) -> None:
        self._subscriber.unsubscribe(channel, sharded=sharded)

    async def execute(self, call: Call) -> Any:
        return (await self.pipeline([call]))[0].result()

    async def pipeline(self, calls: Sequence[Call]) -> list[CallResult]:
        return as_results(await self.run(calls))

    async def transaction(self, calls: Sequence[Call]) -> list[Any]:
        return [reply.result() for reply in as_results(await self.run(calls, transaction=True))]

    async def run(self, calls: Sequence[Call], *, transaction: bool = False) -> list[Any]:
        """Values and redis-py's exceptions, in order. Raises RedisUnavailable if the fate of all calls is unknown."""
        if self._is_stopped:
            raise RedisUnavailable("the connection is closed")
        self._running += 1
        try:
            answers = await self._exchange(calls, transaction)
            failures = [answer for answer in answers if isinstance(answer, Exception)]
            if failures and any(isinstance(failure, NoScriptError) for failure in failures):
                answers = await self._load_and_repeat(calls, answers, transaction)
            if failures or self._refused:
                self._follow_address(calls, answers)
            self._failed_at = 0.0
            return answers
        except AskError as problem:  # or its subclass MovedError: for a transaction as a whole
            return [problem] * len(calls)
        except LINK_BROKEN as problem:
            unavailable = from_redis(problem)
            if type(unavailable) is RedisUnavailable:
                self._note_failure()
            raise unavailable from problem
        finally:
            self._running -= 1

    # -- within ----------------------------------------------------------------

    def _follow_address(self, calls: Sequence[Call], answers: list[Any]) -> None:
        """Reconnect when another server has taken over this address, after Redis had become a replica.

        The subscription is renewed when a command that was refused succeeds, since messages published at the new
        primary may never reach the former one. Scripts prove nothing: they may have had nothing to write.
        """
        if any(isinstance(answer, ReadOnlyError) for answer in answers):
            self._connections.renew()
        for call, answer in zip(calls, answers, strict=True):
            if call.script is not None:
                continue
            command = call.args[0]
            if isinstance(answer, ReadOnlyError):
                self._refused.add(command)
            elif command in self._refused and not isinstance(answer, Exception):
                self._refused.clear()
                logger.warning("Another Redis has taken over at this address; reconnecting")
                self._subscriber.reconnect()

    def _note_failure(self) -> None:
        """Count a failed call, and drop the link if calls have failed for DEAF_AFTER, although its subscription is up:
        Redis may have too many clients, say. The link is up again with a new subscription.
        """
        now = monotonic()
        if now - self._failed_at > DEAF_AFTER:
            self._failing_since = now
        self._failed_at = now
        if now - self._failing_since > DEAF_AFTER and self.is_up:
            self._failing_since = now
            self._subscriber.drop()

    async def _exchange(self, calls: Sequence[Call], transaction: bool) -> list[Any]:
        commands = [_command_args(call) for call in calls]
        if transaction:
            replies = _executed(await self._connections.exchange([("MULTI",), *commands, ("EXEC",)]))
        else:
            replies = await self._connections.exchange(commands)
        return [shaped(command[0], reply) for command, reply in zip(commands, replies, strict=True)]

    async def _load_and_repeat(self, calls: Sequence[Call], answers: list[Any], transaction: bool) -> list[Any]:
        """Load the scripts that Redis doesn't know (it was restarted, say), and repeat the calls of them."""
        missed = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        sources = {call.script.source for i in missed if (call := calls[i]).script is not None}
        loaded = await self._connections.exchange([("SCRIPT", "LOAD", source) for source in sources])
        refusals = [reply for reply in loaded if isinstance(reply, Exception)]  # this user may not load any, say
        again = (
            [refusals[0]] * len(missed) if refusals else await self._exchange([calls[i] for i in missed], transaction)
        )
        for i, answer in zip(missed, again, strict=True):
            answers[i] = answer
        return answers

    async def _restart_redis(self) -> None:
        if self._restart is not None:
            await self._restart()

    def _changed(self, up: bool) -> None:
        if up:
            self._up.set()
            self._refused.clear()  # this subscription is at the server that has the address now
        else:
            self._up.clear()
            self._connections.close()  # calls on a half-open link must not wait for their time-out
        for watcher in self._watchers:
            try:
                watcher(up)
            except Exception:  # a bug in one watcher must neither break the link nor keep the others from being told
                logger.exception("Could not handle a change of the Redis connection")


def _command_args(call: Call) -> CommandArgs:
    return call.args if call.script is None else ("EVALSHA", call.script.sha, call.keys, *call.args)


def _executed(replies: list[Any]) -> list[Any]:
    """The replies to the commands within a transaction. Raises the error if Redis refused one of them, or all."""
    *queued, executed = replies
    for problem in (*queued, executed):
        if isinstance(problem, Exception):
            raise problem
    return list(executed)
