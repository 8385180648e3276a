"""One connection that listens to channels, and notices when it has gone deaf.

redis-py's own PubSub reconnects and resubscribes in silence, and what was published meanwhile is gone; it also
never checks the answers to its pings. Here every (re)subscription is reported to the listener, which then looks
into the log, and a link that is silent for DEAF_AFTER seconds is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from redis.exceptions import MovedError, NoPermissionError, ResponseError

from ..errors import RETRY_PAUSE
from ..tasks import Group
from .in_flight import InFlight, SentCommand
from .keys import NODE_CHANNEL
from .redis_connection import Make, RedisConnection, open_within
from .redis_errors import LINK_BROKEN, is_transient
from .subscriptions import PLAIN, SHARDED, Listener, Subscriptions
from .unconfirmed import PONG, Unconfirmed

PING_EVERY = 1.0  # s
DEAF_AFTER = 3 * PING_EVERY  # three pings without an answer: noticed within 4 s
RETRY_FIRST = 0.1  # s before the link is made again; doubled with each attempt that fails
RETRY_MOST = 4 * RETRY_PAUSE  # callers ask more often: none is much later than the link
TOLD_AT_ONCE = 50  # listeners who are told in one turn of the loop that their channel begins: each reads Redis then
CONNECT_TIMEOUT = 2.0  # s; with RETRY_MOST: a link is restored within 3 s of Redis's return

KIND_OF_MESSAGE = {b"message": PLAIN, b"smessage": SHARDED}

logger = logging.getLogger(__name__)


class Subscriber:
    """Keeps a set of channels subscribed, over every reconnect.

    `make` makes each connection; `restart` is awaited before each attempt after the first;
    `on_state` is called with True when the link stands (each listener has just been told so) and False when it is gone,
    alternating. `home` is a channel that is always subscribed. `on_moved` is called with a sharded channel that this
    server of a cluster has given away: until it is subscribed to again, nothing arrives there.
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
        # Redis closes nothing when the last channel goes, but a link without a channel can't be watched.
        self._home = home.encode()
        self._subscriptions = Subscriptions(self._home)
        self._connection: RedisConnection | None = None
        self._unconfirmed = Unconfirmed(())
        self._in_flight = InFlight()
        self._is_up = False
        self.refusal: NoPermissionError | None = None  # why the link can't stand: this user may not subscribe
        self._heard = 0.0
        self._told = 0  # listeners, since the last pause
        self._tasks = Group()

    def start(self) -> None:
        self._tasks.spawn(self._run())

    async def stop(self) -> None:
        self._on_state = lambda up: None  # an end that was asked for is no loss
        await self._tasks.stop()

    def subscribe(self, channel: str, listener: Listener, *, sharded: bool = False) -> None:
        """Listen to `channel` from now on; `listener(None)` says when that has begun."""
        kind = SHARDED if sharded else PLAIN
        self._subscriptions.add(kind, channel.encode(), listener)
        self._send(SentCommand(kind, {channel.encode()}))

    def unsubscribe(self, channel: str, *, sharded: bool = False) -> None:
        kind = SHARDED if sharded else PLAIN
        if self._subscriptions.remove(kind, channel.encode()):
            self._unconfirmed.leave_out(kind, channel.encode())
            self._send(SentCommand(b"sunsubscribe" if sharded else b"unsubscribe", {channel.encode()}))

    def drop(self) -> None:
        """End a link on which Redis is silent, to make another."""
        logger.warning("No reply from Redis for %.0f s; reconnecting", DEAF_AFTER)
        self.reconnect()

    def reconnect(self) -> None:
        """End the link, to make another."""
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
            except Exception:  # a bug: it must be seen, and the node must not stay deaf for it
                logger.exception("Redis subscription failed; retrying in %.0f s", RETRY_MOST)
                await asyncio.sleep(RETRY_MOST)
            delay = min(delay * 2, RETRY_MOST)

    async def _listen_until_broken(self) -> bool:
        """Make the link, and listen until it breaks; answers whether it stood."""
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
        """Raises why the connection was lost."""
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
        """`reply` is what Redis has sent: a message, or the answer to a command."""
        # A message is a sign of life as good as a pong, which waits behind a thousand of them when much is said.
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
            self._moved(reply[1])  # a server of a cluster unsubscribes on its own from what it has given away
        else:
            self._in_flight.note_reply(reply[1])
            self._confirmed(kind, reply[1])

    def _pause_now_and_then(self) -> None:
        """Each listener that is told reads Redis: all at once, they would hold up everything else."""
        self._told += 1
        if self._told >= TOLD_AT_ONCE and self._connection is not None:
            self._told = 0
            self._connection.pause()

    def _refused(self, problem: ResponseError) -> None:
        """Redis refused the command that has waited longest.

        A ping: its disk is full, say, but it lives, and publishes, unless it can do nothing now. Several channels: they
        are asked for one by one. One channel: its room can't be followed here, and that is no reason to leave the
        others. The end of a subscription: there is none.
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
        """Is the connection of no use after this?"""
        if command.name not in (PLAIN, SHARDED):
            return is_transient(problem)  # Redis loads its file, or somebody's script runs on and on
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
        """A frozen Redis takes connections too: the link stands when it has answered for all channels and a ping."""
        self._unconfirmed.confirm(kind, channel)
        self._send(*self._unconfirmed.next_part())
        if not self._unconfirmed and not self._is_up:
            self._is_up = True
            self._on_state(True)

    async def _watch(self) -> None:
        while True:
            asked = monotonic()
            self._send(SentCommand(b"ping"))  # without waiting for it: a Redis that doesn't read is what it looks for
            await asyncio.sleep(PING_EVERY)
            # Measured from the ping, so that a node which was itself frozen doesn't blame Redis on waking.
            if min(monotonic(), asked + PING_EVERY) - self._heard > DEAF_AFTER:
                self.drop()
                return
