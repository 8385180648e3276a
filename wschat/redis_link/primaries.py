"""The primaries of a Sentinel set or a cluster: one link each, and who has which slot, looked up in every doubt."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from redis.crc import key_slot

from ..config.redis_url import Address
from ..errors import RETRY_PAUSE, RedisUnavailable
from ..tasks import Group
from .primary import COMMAND_TIMEOUT, PrimaryLink
from .topology import SLOTS, Layout, Topology, ensure_primary

LOOK_EVERY = (4.0, 6.0)  # s between two looks where the primaries are, by chance: nodes don't ask all at once
LOOK_PAUSE = 0.1  # s between two looks that a doubt asked for
LOOKED_WITHIN = 1.0  # s that a call waits for such a look, when its keys have moved
SWITCH = 1.0  # s in which a new primary may be reached before its rooms are told
SETTLE = 15.0  # s in which a new primary may get its replicas, without which it stores nothing
START_LOOK = 0.01  # s between two looks whether all links stand, at the start

logger = logging.getLogger(__name__)


class Primaries:
    """`on_look` is called after each look where they are, `on_moved` with a channel that its server has given away,
    `on_change` with True when a primary answers (again) and with False when one is gone.
    """

    def __init__(
        self,
        topology: Topology,
        on_look: Callable[[], None],
        on_moved: Callable[[str], None],
        on_change: Callable[[bool], None],
    ) -> None:
        self._topology = topology
        self._on_look = on_look
        self._on_moved = on_moved
        self._on_change = on_change
        self._layout: Layout = {}
        self._links: dict[Address, PrimaryLink] = {}
        self._found_at: dict[Address, float] = {}  # by the clock of the event loop
        self._owners: list[Address | None] = [None] * SLOTS
        self._refusing: set[Address] = set()  # they are up, but their cluster isn't
        self._look_wanted = asyncio.Event()
        self._next_look: asyncio.Future[None] | None = None  # that hasn't begun
        self._tasks = Group()

    @property
    def state(self) -> str:
        """ "up", "partly" or "down"."""
        up = [link.is_up for link in self._links.values()]
        return "up" if up and all(up) else "partly" if any(up) else "down"

    def owner(self, key: str | bytes) -> Address | None:
        """The primary that has this key, or channel."""
        return self._owners[key_slot(key.encode() if isinstance(key, str) else key)]

    def get(self, address: Address | None) -> PrimaryLink | None:
        """The link to this primary; None where it is none (any more)."""
        return None if address is None else self._links.get(address)

    def serves(self, key: str | bytes) -> bool:
        """Does the primary answer that has this key, and store?"""
        owner = self.owner(key)
        link = self.get(owner)
        return link is not None and link.is_up and owner not in self._refusing

    def is_settling(self, owner: Address | None) -> bool:
        """Is it so new that it may only be waiting for its replicas?"""
        found_at = self._found_at.get(owner) if owner else None
        return found_at is not None and asyncio.get_running_loop().time() - found_at < SETTLE

    def set_refusing(self, owner: Address | None, is_refusing: bool) -> None:
        """It says that its cluster is down, or stores again."""
        if owner is not None and is_refusing != (owner in self._refusing):
            self._refusing ^= {owner}
            self._on_change(not is_refusing)

    def doubt(self) -> None:
        """Look soon where the primaries are."""
        self._look_wanted.set()

    async def looked(self) -> None:
        """Wait for a look that begins after now, for a while."""
        if self._next_look is None:
            self._next_look = asyncio.get_running_loop().create_future()
        self.doubt()
        await asyncio.wait([self._next_look], timeout=LOOKED_WITHIN)

    async def start(self) -> None:
        """Find them, and wait until all links stand. Raises RedisUnavailable when they don't within COMMAND_TIMEOUT."""
        self._apply(await self._topology.find())
        self._topology.start(self.doubt)
        self._tasks.spawn(self._keep_looking())
        end = asyncio.get_running_loop().time() + COMMAND_TIMEOUT
        while self.state != "up":
            if asyncio.get_running_loop().time() > end:
                away = ", ".join(str(address) for address, link in self._links.items() if not link.is_up)
                raise RedisUnavailable(f"no reply within {COMMAND_TIMEOUT:g} s from {away}")
            await asyncio.sleep(START_LOOK)

    async def stop(self) -> None:
        await self._topology.stop()
        await self._tasks.stop()
        await asyncio.gather(*(link.stop() for link in self._links.values()))

    # -- within ------------------------------------------------------------------

    async def _keep_looking(self) -> None:
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._look_wanted.wait(), random.uniform(*LOOK_EVERY))  # noqa: S311
            self._look_wanted.clear()
            waiting, self._next_look = self._next_look, None
            await self._look()
            if waiting is not None:
                waiting.set_result(None)
            await asyncio.sleep(LOOK_PAUSE)
            if self.state != "up":
                await asyncio.sleep(RETRY_PAUSE)
                self.doubt()

    async def _look(self) -> None:
        try:
            self._apply(await self._topology.find())
        except RedisUnavailable as problem:
            logger.debug("Could not find out where the primaries are: %s", problem)
        except Exception:  # an answer that can't be read, say: the next one may be another
            logger.exception("Could not find out where the primaries are")

    def _apply(self, layout: Layout) -> None:
        if layout != self._layout:
            self._layout = layout
            for address in layout.keys() - self._links.keys():
                self._add(address)
            owners: list[Address | None] = [None] * SLOTS
            for address, ranges in layout.items():
                for slots in ranges:
                    owners[slots.start : slots.stop] = [address] * len(slots)
            self._owners = owners
        self._on_look()
        for address in self._links.keys() - layout.keys():
            self._remove(address)

    def _add(self, address: Address) -> None:
        logger.info("Using the primary %s", address)
        link = PrimaryLink(self._topology.url.url_of(address), on_connect=ensure_primary, on_moved=self._on_moved)
        link.watch(partial(self._link_changed, address))
        self._links[address] = link
        self._found_at[address] = asyncio.get_running_loop().time()
        self._tasks.spawn(self._introduce(link))

    def _remove(self, address: Address) -> None:
        self._tasks.spawn(self._links.pop(address).stop())
        self._refusing.discard(address)
        del self._found_at[address]

    async def _introduce(self, link: PrimaryLink) -> None:
        """A switch that takes a moment is no news for anybody; one that takes longer is."""
        try:
            await asyncio.wait_for(link.start(), SWITCH)
        except (asyncio.TimeoutError, RedisUnavailable):
            self._on_change(False)

    def _link_changed(self, address: Address, up: bool) -> None:
        if not up:
            logger.warning("Lost the connection to the primary %s", address)
            self.doubt()
        self._on_change(up)
