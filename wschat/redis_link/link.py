"""The interface to Redis: calls and pipelines on one side, subscriptions on the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Protocol

from msgspec import Struct

from ..errors import RedisUnavailable
from .keys import RoomKeys
from .redis_errors import from_redis
from .scripts import Script
from .subscriptions import Listener

ScriptArgs = list[str | bytes | int]
"""The ARGV of a script, or some of them."""


class Call(Struct, frozen=True):
    """One script call or plain command: a Script with its keys and arguments, or a command's name and arguments."""

    script: Script | None
    args: Sequence[Any]
    keys: int = 0

    @classmethod
    def of(cls, script: Script, keys: Sequence[str | bytes], args: Sequence[str | bytes | int]) -> Call:
        return cls(script, (*keys, *args), len(keys))

    @classmethod
    def command(cls, *args: str | bytes | int) -> Call:
        return cls(None, args)

    @property
    def key(self) -> str | bytes:
        """The first key, which stands for all: the keys of a call are in one slot. In a command it follows the name."""
        key: str | bytes = self.args[0 if self.script else 2 if self.args[0] == "MEMORY" else 1]
        return key


class CallResult(Struct):
    """The outcome of one call among several."""

    value: Any = None
    problem: RedisUnavailable | None = None

    def result(self) -> Any:
        """The value that Redis replied with.

        Raises RedisWriteRefused if Redis can't store anything, and didn't; RedisUnavailable for any other failure.
        """
        if self.problem is not None:
            raise self.problem
        return self.value


class RedisLink(Protocol):
    """A link to one server (PrimaryLink), or to all primaries of a Sentinel set or a cluster (RoutedLink).

    A link repeats no command whose fate is unknown: only the caller can repeat it without doing it twice.
    `node_channel` is the channel between nodes.
    """

    node_channel: str

    @property
    def state(self) -> str:
        """ "up", "down", or "partly" if some primaries answer and others don't."""

    def keys(self, room: str) -> RoomKeys:
        """The keys and channels of a room in this Redis."""

    def serves(self, keys: RoomKeys) -> bool:
        """Whether the room's primary answers."""

    def primary_of(self, room: str) -> Hashable:
        """An object that stands for the room's primary: calls to one primary needn't wait for another."""

    def watch(self, watcher: Callable[[bool], None]) -> None:
        """Call `watcher(True)` when a primary answers (again) and `watcher(False)` when one is gone."""

    async def start(self) -> None:
        """Wait until the link is up. Raises RedisUnavailable if it isn't within COMMAND_TIMEOUT."""

    async def stop(self) -> None:
        """Close all connections. Calls that are running or made later raise RedisUnavailable."""

    def primaries(self) -> Sequence[RedisLink]:
        """The links to all primaries, for commands that are about a server and not about a key."""

    def subscribe(self, channel: str, listener: Listener) -> None:
        """Listen to `channel` from now on; `listener(None)` is called when the subscription begins, or begins again."""

    def unsubscribe(self, channel: str) -> None:
        """Stop listening to `channel`."""

    async def execute(self, call: Call) -> Any:
        """The reply to one call. Raises RedisUnavailable or RedisWriteRefused."""

    async def pipeline(self, calls: Sequence[Call]) -> list[CallResult]:
        """The results of all calls, in order, in one round trip; a call that fails doesn't stop the others.

        Raises RedisUnavailable if the fate of all is unknown.
        """

    async def transaction(self, calls: Sequence[Call]) -> list[Any]:
        """The replies to all calls, executed as one transaction. Raises the first failure as RedisUnavailable.

        All keys must be in one slot.
        """


def as_results(answers: Iterable[Any]) -> list[CallResult]:
    """Make results of values and exceptions (redis-py's or this package's)."""
    return [CallResult(None, from_redis(one)) if isinstance(one, Exception) else CallResult(one) for one in answers]
