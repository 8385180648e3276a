"""The hooks of a node: they are loaded when a program writes, or a room has an outgoing hook."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from ..broker import Publisher, hooked_rooms
from ..concurrency import Group
from ..config import Settings
from ..counters import Counters
from ..errors import RETRY_PAUSE, RedisRejected, RedisUnavailable
from ..protocol import HOOKS_SIGNAL
from ..redis_link import RedisLink, RedisSource
from .node_channel import NodeChannel

if TYPE_CHECKING:
    from ..hooks import HookPosts, OutgoingHooks

logger = logging.getLogger(__name__)


class NodeHooks:
    """Stores what programs write. Reads which rooms have outgoing hooks, at the start and when they may have changed,
    and has these called. `is_open`: whether the operator allows a room; `on_activity` is called for each message of a
    program.
    """

    def __init__(
        self, link: RedisLink, source: RedisSource, channel: NodeChannel, publisher: Publisher,
        is_open: Callable[[str], bool], on_activity: Callable[[], None], counters: Counters, settings: Settings,
    ) -> None:  # fmt: skip
        self._link = link
        self._source = source
        self._publisher = publisher
        self._is_open = is_open
        self._on_activity = on_activity
        self._counters = counters
        self._networks = settings.hook_networks
        self._tasks = Group()
        self._outgoing: OutgoingHooks | None = None
        self._is_started = False
        channel.listen(self._on_signal, self._look)

    @cached_property
    def posts(self) -> HookPosts:
        """The messages of programs, from the first of them on."""
        from ..hooks import HookPosts

        return HookPosts(self._link, self._publisher, self._is_open, self._on_activity)

    @property
    def waiting(self) -> int:
        """The number of outgoing hooks whose program hasn't taken a message yet."""
        return 0 if self._outgoing is None else self._outgoing.waiting

    def start(self) -> None:
        self._is_started = True
        self._look()

    async def stop(self) -> None:
        self._is_started = False
        await self._tasks.stop()
        if self._outgoing is not None:
            await self._outgoing.stop()

    # -- within ------------------------------------------------------------------

    def _on_signal(self, data: bytes) -> None:
        if data == HOOKS_SIGNAL:
            self._look()

    def _look(self) -> None:
        if self._is_started:
            self._tasks.spawn(self._update())

    async def _update(self) -> None:
        while True:
            try:
                rooms = await hooked_rooms(self._link)
                break
            except RedisRejected as problem:  # this Redis user may not read it, say
                logger.warning("Outgoing hooks aren't called: %s", problem)
                return
            except RedisUnavailable:
                await asyncio.sleep(RETRY_PAUSE)
        if rooms and self._outgoing is None:
            self._outgoing = self._opened()
            self._outgoing.start()
        if self._outgoing is not None:
            self._outgoing.update(rooms)

    def _opened(self) -> OutgoingHooks:
        from ..hooks import CallServices, CallTimes, OutgoingHooks
        from ..web.webhook_client import WebhookClient

        services = CallServices(
            link=self._source.open_link(),
            send=WebhookClient(self._networks).send,
            posts=lambda: self.posts,
            is_open=self._is_open,
            counters=self._counters,
            clock=time.time,
            times=CallTimes(),
        )
        return OutgoingHooks(services)
