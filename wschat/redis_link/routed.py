"""The link to all primaries of a Sentinel set or a cluster: one PrimaryLink each, and calls go where their keys are."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from redis.crc import key_slot
from redis.exceptions import AskError, ClusterDownError, MovedError, ReadOnlyError

from ..config.redis_url import Address
from ..errors import RETRY_PAUSE, RedisUnavailable
from ..tasks import Group
from .keys import NODE_CHANNEL, RoomKeys, scoped
from .link import Call, Reply, as_replies
from .primary import COMMAND_TIMEOUT, PrimaryLink
from .subscriber import Listener
from .topology import SLOTS, Layout, Topology, ensure_primary

LOOK_EVERY = (4.0, 6.0)  # s between two looks where the primaries are, by chance: nodes don't ask all at once
LOOK_PAUSE = 0.1  # s between two looks that a doubt asked for
LOOKED_WITHIN = 1.0  # s that a call waits for such a look, when its keys have moved
ROUNDS = 3  # attempts of a call whose keys have moved
SWITCH = 1.0  # s in which a new primary may be reached before its rooms are told

logger = logging.getLogger(__name__)


class RoutedLink:
    """A RedisLink to several servers. A room that moves from one to another is subscribed to there, which is a doubt
    like any other: the log is read.
    """

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._database = topology.url.database
        self.node_channel = scoped(NODE_CHANNEL, self._database)
        self._layout: Layout = {}
        self._primaries: dict[Address, PrimaryLink] = {}
        self._owners: list[Address | None] = [None] * SLOTS
        self._refusing: set[Address] = set()  # up, but their cluster isn't
        self._listeners: dict[str, Listener] = {}
        self._homes: dict[str, Address] = {}  # where each channel is subscribed
        self._watchers: list[Callable[[bool], None]] = []
        self._doubt = asyncio.Event()
        self._next_look: asyncio.Future[None] | None = None  # that hasn't begun
        self._tasks = Group()
        self._is_stopped = False

    # -- what it is ------------------------------------------------------------------

    @property
    def state(self) -> str:
        up = [primary.is_up for primary in self._primaries.values()]
        return "up" if all(up) and up else "partly" if any(up) else "down"

    def keys(self, room: str) -> RoomKeys:
        return RoomKeys.of(room, self._database, self._topology.publish)

    def serves(self, keys: RoomKeys) -> bool:
        owner = self._owner(keys.tag)
        return owner is not None and self._primaries[owner].is_up and owner not in self._refusing

    def primary_of(self, keys: RoomKeys) -> Address | None:
        return self._owner(keys.tag)

    def watch(self, watcher: Callable[[bool], None]) -> None:
        self._watchers.append(watcher)

    async def start(self) -> None:
        self._apply(await self._topology.find())
        self._topology.start(self._doubt.set)
        self._tasks.spawn(self._keep_looking())
        end = asyncio.get_running_loop().time() + COMMAND_TIMEOUT
        while self.state != "up":
            if asyncio.get_running_loop().time() > end:
                raise RedisUnavailable(f"no reply within {COMMAND_TIMEOUT:g} s from {self._away()}")
            await asyncio.sleep(LOOK_PAUSE / 10)

    async def stop(self) -> None:
        self._is_stopped = True
        await self._topology.stop()
        await self._tasks.stop()
        await asyncio.gather(*(primary.stop() for primary in self._primaries.values()))

    # -- calls -----------------------------------------------------------------------

    async def execute(self, call: Call) -> Any:
        return (await self.pipeline([call]))[0].result()

    async def pipeline(self, calls: Sequence[Call]) -> list[Reply]:
        answers: list[Any] = [None] * len(calls)
        left = list(range(len(calls)))
        for number in range(ROUNDS):
            if number:
                await self._looked()
            await self._ask_owners(calls, left, answers)
            left = [i for i in left if isinstance(answers[i], (MovedError, ReadOnlyError))]
            if not left:
                break
        return as_replies(self._unknown_if_moved(answer) for answer in answers)

    async def transaction(self, calls: Sequence[Call]) -> list[Any]:
        owner = self._owner(calls[0].key)
        try:
            answers = await self._primary(owner).ask(calls, transaction=True)
        except RedisUnavailable:
            self._doubt.set()  # it may be a MOVED, which ends the whole transaction
            raise
        return [reply.result() for reply in as_replies(map(self._unknown_if_moved, answers))]

    # -- channels --------------------------------------------------------------------

    def subscribe(self, channel: str, listener: Listener) -> None:
        self._listeners[channel] = listener
        self._subscribe(channel)

    def unsubscribe(self, channel: str) -> None:
        self._listeners.pop(channel, None)
        self._unsubscribe(channel)

    def _subscribe(self, channel: str) -> None:
        owner = self._owner(channel)
        if owner is None:
            return
        self._homes[channel] = owner
        listener = self._listeners[channel]
        if self._topology.publish == "PUBLISH":
            self._primaries[owner].subscribe(channel, listener)
            return
        self._primaries[owner].subscribe(channel, listener, sharded=True)
        # Programs outside may publish plainly, to any node. What of that is lost stands in no log: it is no doubt.
        self._primaries[owner].subscribe(channel, lambda data: None if data is None else listener(data))

    def _unsubscribe(self, channel: str) -> None:
        home = self._homes.pop(channel, None)
        primary = self._primaries.get(home) if home is not None else None
        if primary is not None:
            primary.unsubscribe(channel)
            primary.unsubscribe(channel, sharded=True)

    def _on_moved(self, channel: str) -> None:
        """The server that had this channel has given it away."""
        self._unsubscribe(channel)
        self._doubt.set()

    # -- within: calls -----------------------------------------------------------------

    def _owner(self, key: str | bytes) -> Address | None:
        return self._owners[key_slot(key.encode() if isinstance(key, str) else key)]

    def _primary(self, owner: Address | None) -> PrimaryLink:
        """Raises RedisUnavailable at once where it is known to be away: others must not wait for it."""
        if self._is_stopped or owner is None:
            raise RedisUnavailable("the connection is closed" if self._is_stopped else "no primary has these keys")
        primary = self._primaries[owner]
        if not primary.is_up:
            raise RedisUnavailable(f"no connection to {owner}")
        return primary

    async def _ask_owners(self, calls: Sequence[Call], which: list[int], answers: list[Any]) -> None:
        """Ask each primary for its calls among `which`, all at once, and put down what they answer."""
        parts: dict[Address | None, list[int]] = {}
        for i in which:
            parts.setdefault(self._owner(calls[i].key), []).append(i)
        asked = [self._ask(owner, [calls[i] for i in part]) for owner, part in parts.items()]
        for part, found in zip(parts.values(), await asyncio.gather(*asked), strict=True):
            for i, answer in zip(part, found, strict=True):
                answers[i] = answer

    async def _ask(self, owner: Address | None, calls: list[Call]) -> list[Any]:
        try:
            answers = await self._primary(owner).ask(calls)
        except RedisUnavailable as problem:
            return [problem] * len(calls)
        self._set_refusing(owner, any(isinstance(answer, ClusterDownError) for answer in answers))
        for i, answer in enumerate(answers):
            if type(answer) is AskError:  # MovedError is one of its kind
                answers[i] = await self._ask_asking(Address(answer.host, answer.port), calls[i])
        return answers

    async def _ask_asking(self, address: Address, call: Call) -> Any:
        """The call's slot is on its way to another primary, and its keys are there already."""
        if address not in self._primaries:
            return RedisUnavailable(f"the keys are moving to {address}")
        return (await self._ask(address, [Call.command("ASKING"), call]))[1]

    def _unknown_if_moved(self, answer: Any) -> Any:
        """A primary that is none any more isn't full, nor is anything wrong with the call: it will be found."""
        if isinstance(answer, (MovedError, AskError, ReadOnlyError)):
            self._doubt.set()
            return RedisUnavailable(str(answer))
        return answer

    # -- within: where the primaries are -------------------------------------------------

    async def _looked(self) -> None:
        """Wait for a look that begins after now."""
        if self._next_look is None:
            self._next_look = asyncio.get_running_loop().create_future()
        self._doubt.set()
        await asyncio.wait([self._next_look], timeout=LOOKED_WITHIN)

    async def _keep_looking(self) -> None:
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._doubt.wait(), random.uniform(*LOOK_EVERY))  # noqa: S311
            self._doubt.clear()
            waiting, self._next_look = self._next_look, None
            await self._look()
            if waiting is not None:
                waiting.set_result(None)
            await asyncio.sleep(LOOK_PAUSE if self._is_settled() else RETRY_PAUSE)
            if not self._is_settled():
                self._doubt.set()

    async def _look(self) -> None:
        try:
            self._apply(await self._topology.find())
        except RedisUnavailable as problem:
            logger.debug("Could not find out where the primaries are: %s", problem)
        except Exception:  # an answer that can't be read, say
            logger.exception("Could not find out where the primaries are")

    def _is_settled(self) -> bool:
        return self.state == "up" and len(self._homes) == len(self._listeners)

    def _apply(self, layout: Layout) -> None:
        if layout != self._layout:
            self._layout = layout
            for address in layout.keys() - self._primaries.keys():
                self._add(address)
            owners: list[Address | None] = [None] * SLOTS
            for address, ranges in layout.items():
                for slots in ranges:
                    owners[slots.start : slots.stop] = [address] * len(slots)
            self._owners = owners
        for channel in self._listeners:
            if self._homes.get(channel) != self._owner(channel):
                self._unsubscribe(channel)
                self._subscribe(channel)
        for address in self._primaries.keys() - layout.keys():
            self._tasks.spawn(self._primaries.pop(address).stop())
            self._refusing.discard(address)

    def _add(self, address: Address) -> None:
        logger.info("Primary: %s", address)
        primary = PrimaryLink(self._topology.url.url_of(address), on_connect=ensure_primary, on_moved=self._on_moved)
        primary.watch(partial(self._on_change, address))
        self._primaries[address] = primary
        self._tasks.spawn(self._introduce(primary))

    async def _introduce(self, primary: PrimaryLink) -> None:
        """A switch that takes a moment is no news for anybody; one that takes longer is."""
        try:
            await asyncio.wait_for(primary.start(), SWITCH)
        except (asyncio.TimeoutError, RedisUnavailable):
            self._tell(up=False)

    def _on_change(self, address: Address, up: bool) -> None:
        if not up:
            logger.warning("No connection to the primary %s", address)
            self._doubt.set()
        self._tell(up=up)

    def _set_refusing(self, owner: Address | None, is_refusing: bool) -> None:
        if owner is not None and is_refusing != (owner in self._refusing):
            self._refusing ^= {owner}
            self._tell(up=not is_refusing)

    def _tell(self, *, up: bool) -> None:
        for watcher in self._watchers:
            try:
                watcher(up)
            except Exception:  # a bug in one of them must not keep the news from the others
                logger.exception("Could not handle a change of the Redis connection")

    def _away(self) -> str:
        return ", ".join(str(address) for address, primary in self._primaries.items() if not primary.is_up)
