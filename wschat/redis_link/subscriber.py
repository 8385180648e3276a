"""One connection that listens to channels, and notices when it no longer receives anything.

redis-py's own PubSub reconnects and resubscribes silently, and messages published meanwhile are gone; it also
never checks the replies to its pings. Here every (re)subscription is reported to the listener, which then reads
the log, and a link that is silent for DEAF_AFTER seconds is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from redis.exceptions import MovedError, NoPermissionError, ResponseError

from ..concurrency import Group
from ..errors import RETRY_PAUSE
from .in_flight import InFlight, SentCommand
from .keys import NODE_CHANNEL
from .redis_connection import Make, RedisConnection, open_within
from .redis_errors import LINK_BROKEN, is_transient
from .subscriptions import PLAIN, SHARDED, Listener, Subscriptions
from .unconfirmed import PONG, Unconfirmed

PING_EVERY = 1.0  # s
DEAF_AFTER = 3 * PING_EVERY  # three pings without an answer: noticed within 4 s
RETRY_FIRST = 0.1  # s before the link is made again; doubled with each attempt that fails
RETRY_MOST = 4 * RETRY_PAUSE  # callers retry more often: none is much later than the link
TOLD_AT_ONCE = 50  # listeners that are told in one turn of the loop that their channel begins: each reads Redis then
CONNECT_TIMEOUT = 2.0  # s; with RETRY_MOST: a link is restored within 3 s of Redis's return

KIND_OF_MESSAGE = {b"message": PLAIN, b"smessage": SHARDED}

logger = logging.getLogger(__name__)


class Subscriber:
    """Keeps a set of channels subscribed, through every reconnect.

    `make` makes each connection; `restart` is awaited before each attempt after the first;
    `on_state` is called with True when the link is up (each listener has just been told so) and False when it is gone,
    alternately. `home` is a channel that is always subscribed. `on_moved` is called with a sharded channel that this
    server of a cluster has given away: until it is subscribed to elsewhere, nothing arrives on it.
    """

    def __init__(
        self,
        make: Make,
        restart: Callable[[], Awaitable[None]],
        on_state: Callable[[bool], None],
        home: str = NODE_CHANNEL,
        on_moved: Callable[[str], None] = lambda channel: None,
    ) -> None:
        self._make = make
        self._restart = restart
        self._on_state = on_state
        self._on_moved = on_moved
        # Redis keeps a connection open after its last channel, but a link without a channel can't be watched.
        self._home = home.encode()
        self._subscriptions = Subscriptions(self._home)
        self._connection: RedisConnection | None = None
        self._unconfirmed = Unconfirmed(())
        self._in_flight = InFlight()
        self._is_up = False
        self.refusal: NoPermissionError | None = None  # why the link can't be up: this user may not subscribe
        self._heard = 0.0
        self._told = 0  # listeners told since the last pause
        self._tasks = Group()

    def start(self) -> None:
        self._tasks.spawn(self._run())

    async def stop(self) -> None:
        self._on_state = lambda up: None  # a requested end is no loss
        await self._tasks.stop()

    def subscribe(self, channel: str, listener: Listener, *, sharded: bool = False) -> None:
        """Listen to `channel` from now on; `listener(None)` is called when the subscription begins, or begins again."""
        kind = SHARDED if sharded else PLAIN
        self._subscriptions.add(kind, channel.encode(), listener)
        self._send(SentCommand(kind, {channel.encode()}))

    def unsubscribe(self, channel: str, *, sharded: bool = False) -> None:
        kind = SHARDED if sharded else PLAIN
        if self._subscriptions.remove(kind, channel.encode()):
            self._unconfirmed.leave_out(kind, channel.encode())
            self._send(SentCommand(b"sunsubscribe" if sharded else b"unsubscribe", {channel.encode()}))

    def drop(self) -> None:
        """End a link on which Redis is silent, so that another one is made."""
        logger.warning("No reply from Redis for %.0f s; reconnecting", DEAF_AFTER)
        self.reconnect()

    def reconnect(self) -> None:
        """End the link, so that another one is made."""
        if self._connection is not None:
            self._connection.close()

    # -- within: sending -------------------------------------------------------

    def _send(self, *commands: SentCommand) -> None:
        if self._connection is not None and self._connection.is_open:
            for command in commands:
                self._in_flight.add(command)
            self._connection.send((command.name, *command.channels) for command in commands)

    # -- within: the link --------------------------------------------------------

    async def _run(self) -> None:
        delay = RETRY_FIRST
        while True:
            try:
                if await self._listen_until_broken():
                    delay = RETRY_FIRST
                await asyncio.sleep(delay)
                await self._restart()
            except Exception:  # a bug: it must be seen, and the node must not stay deaf because of it
                logger.exception("Redis subscription failed; retrying in %.0f s", RETRY_MOST)
                await asyncio.sleep(RETRY_MOST)
            delay = min(delay * 2, RETRY_MOST)

    async def _listen_until_broken(self) -> bool:
        """Make the link, and listen until it breaks; return whether it was up."""
        try:
            await self._listen()
        except LINK_BROKEN as problem:
            logger.debug("Redis subscription ended: %s", problem)
            self.refusal = problem if isinstance(problem, NoPermissionError) else None
        finally:
            stood, self._is_up = self._is_up, False
            if stood:
                self._on_state(False)
        return stood

    async def _listen(self) -> None:
        """Connect, subscribe and listen. Raises the reason when the connection is lost."""
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_lost(problem: Exception) -> None:
            if not lost.done():
                lost.set_exception(problem)

        opened = await open_within(CONNECT_TIMEOUT, self._make)
        self._connection = connection = RedisConnection(opened, self._dispatch, on_lost)
        watchdog = self._tasks.spawn(self._watch())
        try:
            self._heard = monotonic()
            self._unconfirmed = Unconfirmed(self._subscriptions)
            self._in_flight = InFlight()
            self._send(*self._unconfirmed.next_part())
            await lost
        finally:
            watchdog.cancel()
            connection.close()
            self._connection = None

    def _dispatch(self, reply: Any) -> None:
        """Handle a reply of Redis: a published message, or the answer to a command."""
        # A message is as good a sign of life as a pong, which waits behind a thousand messages in a busy chat.
        self._heard = monotonic()
        if isinstance(reply, ResponseError):
            self._refused(reply)
            return
        if reply == b"PONG":  # in this shape before the first subscription
            reply = PONG
        kind = reply[0]
        published = KIND_OF_MESSAGE.get(kind)
        if published is not None:
            self._subscriptions.call(published, reply[1], reply[2])
        elif kind in (PLAIN, SHARDED):
            self._in_flight.note_reply(reply[1])
            self._subscriptions.call(kind, reply[1], None)
            self._confirmed(kind, reply[1])
            self._pause_now_and_then()
        elif kind == b"sunsubscribe" and not self._in_flight.expects(kind, reply[1]):
            self._moved(reply[1])  # a server of a cluster unsubscribes clients from slots that it has given away
        else:
            self._in_flight.note_reply(reply[1])
            self._confirmed(kind, reply[1])

    def _pause_now_and_then(self) -> None:
        """Pause after every TOLD_AT_ONCE listeners: each reads Redis, and all at once would delay everything else."""
        self._told += 1
        if self._told >= TOLD_AT_ONCE and self._connection is not None:
            self._told = 0
            self._connection.pause()

    def _refused(self, problem: ResponseError) -> None:
        """Handle an error reply, which is to the command that has waited longest.

        A ping: Redis's disk is full, say, but it is alive, and publishes, unless the error is transient. Several
        channels: they are subscribed to one by one. One channel: its room can't be followed here, but the others can.
        An unsubscription: nothing was subscribed. Raises the error if the connection is of no use any more.
        """
        command = self._in_flight.pop_refused()
        if command is None or self._is_fatal(command, problem):
            raise problem
        if command.name == b"ping":
            self._confirmed(*PONG)
        elif len(command.channels) > 1:
            for channel in command.channels:
                self._ask_again(command.name, channel)
        elif command.name in (PLAIN, SHARDED):
            self._give_up(command, problem)

    def _is_fatal(self, command: SentCommand, problem: ResponseError) -> bool:
        """Whether the connection is of no use after this error."""
        if command.name not in (PLAIN, SHARDED):
            return is_transient(problem)  # Redis loads its file, or a script doesn't end
        return not isinstance(problem, (NoPermissionError, MovedError)) or command.channels == {self._home}

    def _ask_again(self, kind: bytes, channel: bytes) -> None:
        if (kind, channel) in self._subscriptions:
            self._send(SentCommand(kind, {channel}))
        else:  # it was left meanwhile
            self._confirmed(kind, channel)

    def _give_up(self, command: SentCommand, problem: ResponseError) -> None:
        for channel in command.channels:
            if isinstance(problem, MovedError):
                self._moved(channel)
            else:
                logger.warning("Redis refused a subscription: %s", problem, extra={"channel": channel.decode()})
            self._confirmed(command.name, channel)

    def _moved(self, channel: bytes) -> None:
        if (SHARDED, channel) in self._subscriptions:
            self._on_moved(channel.decode())

    def _confirmed(self, kind: bytes, channel: bytes) -> None:
        """Record a confirmation. The link is up when all channels and a ping are confirmed: a frozen Redis accepts
        connections, too.
        """
        self._unconfirmed.confirm(kind, channel)
        self._send(*self._unconfirmed.next_part())
        if not self._unconfirmed and not self._is_up:
            self._is_up = True
            self._on_state(True)

    async def _watch(self) -> None:
        while True:
            asked = monotonic()
            self._send(SentCommand(b"ping"))  # without waiting: this is to detect a Redis that doesn't read
            await asyncio.sleep(PING_EVERY)
            # Measured from the ping, so that a node that was frozen itself doesn't blame Redis when it wakes.
            if min(monotonic(), asked + PING_EVERY) - self._heard > DEAF_AFTER:
                self.drop()
                return
