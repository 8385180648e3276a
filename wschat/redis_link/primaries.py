"""The primaries of a Sentinel set or a cluster: a link to each, and a map of their slots."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from ..concurrency import Group, within
from ..config.redis_url import Address
from ..errors import RETRY_PAUSE, RedisUnavailable
from .keys import SLOTS
from .primary import COMMAND_TIMEOUT, PrimaryLink
from .topology import Layout, Topology, ensure_primary, slot_of

REFRESH_EVERY = (4.0, 6.0)  # s between two refreshes; random, so that nodes don't all ask at once
REFRESH_PAUSE = 0.1  # s after a refresh before the next one
REFRESH_TIMEOUT = 1.0  # s that a call waits for a refresh when its keys have moved
CONNECT_GRACE = 1.0  # s that the link to a new primary may take before its rooms become degraded
FAILOVER_MAX = 5.0  # s that a failover may take from its announcement to the new primary
SETTLE = 15.0  # s that a new primary may take to get the replicas without which it refuses writes
CHECK_EVERY = 0.01  # s between two checks of the links at the start

logger = logging.getLogger(__name__)


class Primaries:
    """The links to all primaries, kept up to date by refreshes.

    `on_refresh` is called after each refresh, `on_moved` with a channel whose slot has left its server, `on_change`
    with True when a primary is reachable (again) and with False when one is lost.
    """

    def __init__(
        self,
        topology: Topology,
        on_refresh: Callable[[], None],
        on_moved: Callable[[str], None],
        on_change: Callable[[bool], None],
    ) -> None:
        self._topology = topology
        self._on_refresh = on_refresh
        self._on_moved = on_moved
        self._on_change = on_change
        self._layout: Layout = {}
        self._links: dict[Address, PrimaryLink] = {}
        self._found_at: dict[Address, float] = {}  # since when they are primaries, in loop time
        self._owners: list[Address | None] = [None] * SLOTS
        self._refusing: set[Address] = set()  # their links are up, but they reply CLUSTERDOWN
        self._refresh_wanted = asyncio.Event()
        self._suspended: dict[Address, asyncio.TimerHandle] = {}  # primaries in a failover; the timer gives it up
        self._next_refresh: asyncio.Future[None] | None = None  # done when the next refresh is
        self._tasks = Group()
        self._closing = Group()

    @property
    def state(self) -> str:
        """ "up", "partly" or "down"."""
        up = [link.is_up for link in self._links.values()]
        return "up" if up and all(up) else "partly" if any(up) else "down"

    def owner(self, key: str | bytes) -> Address | None:
        """The primary that has the slot of this key or channel; None if none has it."""
        return self._owners[slot_of(key)]

    def get(self, address: Address | None) -> PrimaryLink | None:
        """The link to this primary; None if it is no longer a primary."""
        return None if address is None else self._links.get(address)

    def links(self) -> list[PrimaryLink]:
        """The links to all primaries."""
        return list(self._links.values())

    def is_suspended(self, address: Address | None) -> bool:
        """Whether another server is just being promoted in its place: a write that it confirms now can be lost."""
        return address in self._suspended

    def serves(self, key: str | bytes) -> bool:
        """Whether the primary of this key is connected and not being replaced, and its cluster accepts commands."""
        owner = self.owner(key)
        link = self.get(owner)
        return link is not None and link.is_up and owner not in self._refusing and owner not in self._suspended

    def is_settling(self, owner: Address | None) -> bool:
        """Whether this primary is so new that it may still be waiting for its replicas."""
        found_at = self._found_at.get(owner) if owner else None
        return found_at is not None and asyncio.get_running_loop().time() - found_at < SETTLE

    def set_refusing(self, owner: Address | None, is_refusing: bool) -> None:
        """Record whether the primary replies CLUSTERDOWN."""
        if owner is not None and is_refusing != (owner in self._refusing):
            self._refusing ^= {owner}
            self._on_change(not is_refusing)

    def refresh_soon(self) -> None:
        """Ask for the primaries soon, since they may have changed."""
        self._refresh_wanted.set()

    async def refreshed(self) -> None:
        """Wait for a refresh that begins after this call, at most REFRESH_TIMEOUT."""
        if self._next_refresh is None:
            self._next_refresh = asyncio.get_running_loop().create_future()
        self.refresh_soon()
        await asyncio.wait([self._next_refresh], timeout=REFRESH_TIMEOUT)

    async def start(self) -> None:
        """Find the primaries and connect to all of them. Raises RedisUnavailable after COMMAND_TIMEOUT."""
        self._apply(await self._topology.find())
        self._topology.start(self.refresh_soon, self._suspend)
        self._tasks.spawn(self._keep_refreshing())
        end = asyncio.get_running_loop().time() + COMMAND_TIMEOUT
        while self.state != "up":
            if asyncio.get_running_loop().time() > end:
                for link in self._links.values():
                    link.raise_refusal()
                away = ", ".join(str(address) for address, link in self._links.items() if not link.is_up)
                raise RedisUnavailable(f"no reply within {COMMAND_TIMEOUT:g} s from {away}")
            await asyncio.sleep(CHECK_EVERY)

    async def stop(self) -> None:
        await self._topology.stop()
        await self._tasks.stop()
        for address in list(self._suspended):
            self._end_suspension(address)
        await self._closing.wait()
        await asyncio.gather(*(link.stop() for link in self._links.values()))

    # -- within ------------------------------------------------------------------

    async def _keep_refreshing(self) -> None:
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._refresh_wanted.wait(), random.uniform(*REFRESH_EVERY))  # noqa: S311
            self._refresh_wanted.clear()
            waiting, self._next_refresh = self._next_refresh, None
            await self._refresh()
            if waiting is not None:
                waiting.set_result(None)
            await asyncio.sleep(REFRESH_PAUSE)
            if self.state != "up" or self._suspended:
                await asyncio.sleep(RETRY_PAUSE)
                self.refresh_soon()

    async def _refresh(self) -> None:
        try:
            self._apply(await self._topology.find())
        except RedisUnavailable as problem:
            logger.debug("Could not find out where the primaries are: %s", problem)
        except Exception:  # for example a reply of an unexpected shape: the next one may be fine
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
        self._on_refresh()
        for address in self._links.keys() - layout.keys():
            self._remove(address)

    def _add(self, address: Address) -> None:
        logger.info("Using the primary %s", address)
        link = PrimaryLink(self._topology.url.url_of(address), on_connect=ensure_primary, on_moved=self._on_moved)
        link.watch(partial(self._link_changed, address))
        self._links[address] = link
        self._found_at[address] = asyncio.get_running_loop().time()
        self._tasks.spawn(self._connect(link))

    def _remove(self, address: Address) -> None:
        self._closing.spawn(self._links.pop(address).stop())
        self._refusing.discard(address)
        self._end_suspension(address)
        del self._found_at[address]

    def _suspend(self, address: Address) -> None:
        """Stop calling a primary that is being replaced until its successor is known, for FAILOVER_MAX at most."""
        if address not in self._links:  # the replacement was faster
            return
        was_suspended = self._end_suspension(address)  # by another sentinel, or by an earlier failover
        self._suspended[address] = asyncio.get_running_loop().call_later(FAILOVER_MAX, self._resume, address)
        if was_suspended:
            return
        logger.info("Sentinels began a failover; holding messages until it ends")
        self._on_change(False)
        self.refresh_soon()

    def _resume(self, address: Address) -> None:
        """Call the primary again, since the failover has come to nothing."""
        del self._suspended[address]
        self._on_change(True)

    def _end_suspension(self, address: Address) -> bool:
        timer = self._suspended.pop(address, None)
        if timer is not None:
            timer.cancel()
        return timer is not None

    async def _connect(self, link: PrimaryLink) -> None:
        """Start the link. The rooms of this primary become degraded only if that takes longer than CONNECT_GRACE."""
        try:
            await within(CONNECT_GRACE, link.start())
        except (asyncio.TimeoutError, RedisUnavailable):
            self._on_change(False)

    def _link_changed(self, address: Address, up: bool) -> None:
        if not up:
            logger.warning("Lost the connection to the primary %s", address)
            self.refresh_soon()
        self._on_change(up)
