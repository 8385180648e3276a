"""The link to all primaries of a Sentinel set or a cluster, which routes each call and each channel to its primary."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from redis.exceptions import AskError, ClusterDownError, MovedError, ReadOnlyError, ResponseError, TryAgainError

from ..config.redis_url import Address
from ..errors import RedisUnavailable
from .keys import NODE_CHANNEL, RoomKeys, room_keys, scoped
from .link import Call, CallResult, as_results
from .primaries import Primaries
from .primary import PrimaryLink
from .subscriptions import Listener
from .topology import Topology, slot_of

ROUNDS = 3  # attempts of a call whose keys have moved
MOVING = 10.0  # s that a slot may take to move before the log says that it hangs
ASKED_AGAIN = 5.0  # s within which a waiting caller tries again

logger = logging.getLogger(__name__)


class RoutedLink:
    """A RedisLink to several servers. When a room's slot moves, the link subscribes at the new primary, and the room
    reads its log as after any new subscription.
    """

    def __init__(self, topology: Topology) -> None:
        self._database = topology.url.database
        self._publish = topology.publish
        self.node_channel = scoped(NODE_CHANNEL, self._database)
        self._primaries = Primaries(topology, self._move_channels, self._on_moved, self._notify)
        self._listeners: dict[str, Listener] = {}
        self._homes: dict[str, Address] = {}  # where each channel is subscribed
        self._watchers: list[Callable[[bool], None]] = []
        self._moving: dict[int, tuple[float, float]] = {}  # slot -> when its first and its last call had to wait
        self._is_stopped = False

    @property
    def state(self) -> str:
        return self._primaries.state

    def keys(self, room: str) -> RoomKeys:
        return room_keys(room, self._database, self._publish)

    def serves(self, keys: RoomKeys) -> bool:
        return self._primaries.serves(keys.tag)

    def primary_of(self, room: str) -> Address | None:
        return self._primaries.owner(self.keys(room).tag)

    def primaries(self) -> list[PrimaryLink]:
        return self._primaries.links()

    def watch(self, watcher: Callable[[bool], None]) -> None:
        self._watchers.append(watcher)

    async def start(self) -> None:
        await self._primaries.start()

    async def stop(self) -> None:
        self._is_stopped = True
        await self._primaries.stop()

    # -- calls -----------------------------------------------------------------------

    async def execute(self, call: Call) -> Any:
        return (await self.pipeline([call]))[0].result()

    async def pipeline(self, calls: Sequence[Call]) -> list[CallResult]:
        answers: list[Any] = [None] * len(calls)
        left = list(range(len(calls)))
        for number in range(ROUNDS):
            if number:
                await self._primaries.refreshed()
            await self._run_at_owners(calls, left, answers)
            left = [i for i in left if isinstance(answers[i], (MovedError, ReadOnlyError))]
            if not left:
                break
        for call, answer in zip(calls, answers, strict=True):
            if type(answer) is AskError or isinstance(answer, TryAgainError):  # MovedError is an AskError
                self._note_moving(slot_of(call.key))
        return as_results(map(self._unknown_if_moved, answers))

    async def transaction(self, calls: Sequence[Call]) -> list[Any]:
        answers = await self._link_to(self._primaries.owner(calls[0].key)).run(calls, transaction=True)
        return [reply.result() for reply in as_results(map(self._unknown_if_moved, answers))]

    # -- channels --------------------------------------------------------------------

    def subscribe(self, channel: str, listener: Listener) -> None:
        self._listeners[channel] = listener
        self._subscribe(channel)

    def unsubscribe(self, channel: str) -> None:
        self._listeners.pop(channel, None)
        self._unsubscribe(channel)

    # -- within: calls -----------------------------------------------------------------

    def _link_to(self, owner: Address | None) -> PrimaryLink:
        """The link to a primary. Raises RedisUnavailable at once if it is down: other calls mustn't wait for it."""
        if self._is_stopped:
            raise RedisUnavailable("the connection is closed")
        link = self._primaries.get(owner)
        if link is None or not link.is_up or self._primaries.is_suspended(owner):
            raise RedisUnavailable(f"no connection to {owner or 'a primary that has these keys'}")
        return link

    async def _run_at_owners(self, calls: Sequence[Call], which: list[int], answers: list[Any]) -> None:
        """Send each primary its calls among `which`, all primaries at once, and store their replies in `answers`."""
        parts: dict[Address | None, list[int]] = {}
        for i in which:
            parts.setdefault(self._primaries.owner(calls[i].key), []).append(i)
        running = [self._run_at(owner, [calls[i] for i in part]) for owner, part in parts.items()]
        for part, found in zip(parts.values(), await asyncio.gather(*running), strict=True):
            for i, answer in zip(part, found, strict=True):
                answers[i] = answer

    async def _run_at(self, owner: Address | None, calls: list[Call]) -> list[Any]:
        """The replies of this primary: values, redis-py's exceptions, or RedisUnavailable if the fate is unknown."""
        try:
            answers = await self._link_to(owner).run(calls)
        except RedisUnavailable as problem:
            return [problem] * len(calls)
        self._primaries.set_refusing(owner, any(isinstance(answer, ClusterDownError) for answer in answers))
        for i, answer in enumerate(answers):
            if type(answer) is AskError:  # MovedError is a subclass
                answers[i] = await self._follow_ask(Address(answer.host, answer.port), calls[i])
            elif _lacks_replicas(answer) and self._primaries.is_settling(owner):
                answers[i] = RedisUnavailable(str(answer))
        return answers

    async def _follow_ask(self, address: Address, call: Call) -> Any:
        """Repeat a call at `address`, to which its slot is migrating: the keys of this call are there already."""
        if self._primaries.get(address) is None:
            return RedisUnavailable(f"the keys are moving to {address}")
        return (await self._run_at(address, [Call.command("ASKING"), call]))[1]

    def _note_moving(self, slot: int) -> None:
        """Record that a call waits for a slot that is migrating, and log it once if that takes longer than MOVING."""
        now = asyncio.get_running_loop().time()
        self._moving = {each: times for each, times in self._moving.items() if now - times[1] < ASKED_AGAIN}
        since, last = self._moving.get(slot, (now, now))
        self._moving[slot] = (since, now)
        if last - since < MOVING <= now - since:
            logger.warning("A slot has been moving for %.0f s, and its rooms wait", now - since, extra={"slot": slot})

    def _unknown_if_moved(self, answer: Any) -> Any:
        """The reply, or RedisUnavailable if the server isn't, or is no longer, the primary, so that callers retry."""
        if isinstance(answer, (AskError, ReadOnlyError)):
            self._primaries.refresh_soon()
            return RedisUnavailable(str(answer))
        return answer

    # -- within: channels ----------------------------------------------------------------

    def _subscribe(self, channel: str) -> None:
        owner = self._primaries.owner(channel)
        link = self._primaries.get(owner)
        if owner is None or link is None:
            return
        self._homes[channel] = owner
        listener = self._listeners[channel]
        if self._publish == "PUBLISH":
            link.subscribe(channel, listener)
            return
        link.subscribe(channel, listener, sharded=True)
        # For other programs, which publish with PUBLISH on any node. No log has these messages: no need to read it.
        link.subscribe(channel, lambda data: None if data is None else listener(data))

    def _unsubscribe(self, channel: str) -> None:
        link = self._primaries.get(self._homes.pop(channel, None))
        if link is not None:
            link.unsubscribe(channel)
            link.unsubscribe(channel, sharded=True)

    def _move_channels(self) -> None:
        """Move the subscriptions of rooms whose primary has changed."""
        for channel in self._listeners:
            if self._homes.get(channel) != self._primaries.owner(channel):
                self._unsubscribe(channel)
                self._subscribe(channel)

    def _on_moved(self, channel: str) -> None:
        """Unsubscribe from a channel whose slot has left its server, until a refresh finds the new one."""
        self._unsubscribe(channel)
        self._primaries.refresh_soon()

    def _notify(self, up: bool) -> None:
        for watcher in self._watchers:
            try:
                watcher(up)
            except Exception:  # a bug in one watcher must not keep the others from being told
                logger.exception("Could not handle a change of the Redis connection")


def _lacks_replicas(answer: Any) -> bool:
    """Whether the primary refused to write because it has too few replicas in sync."""
    return isinstance(answer, ResponseError) and "NOREPLICAS" in str(answer)
