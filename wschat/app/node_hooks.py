"""The outgoing hooks of a node: they are loaded when a room has one."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from ..broker import hooked_rooms
from ..concurrency import Group
from ..errors import RETRY_PAUSE, RedisRejected, RedisUnavailable
from ..protocol import HOOKS_SIGNAL

if TYPE_CHECKING:
    from ..hooks.outgoing import OutgoingHooks
    from .node import Node

logger = logging.getLogger(__name__)


class NodeHooks:
    """Reads which rooms have outgoing hooks: at the start, and when they may have changed. `networks`: those
    that the hooks may call besides public addresses.
    """

    def __init__(self, node: Node, networks: tuple[str, ...]) -> None:
        self._node = node
        self._networks = networks
        self._tasks = Group()
        self._outgoing: OutgoingHooks | None = None
        self._is_started = False
        node.channel.listen(self._on_signal, self._look)

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
                rooms = await hooked_rooms(self._node.link)
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
        from ..hooks.outgoing import CallServices, CallTimes, OutgoingHooks
        from ..web.webhook_client import WebhookClient

        node = self._node
        services = CallServices(
            link=node.source.open_link(),
            send=WebhookClient(self._networks).send,
            posts=lambda: node.hook_posts,
            is_open=node.rooms.allows,
            counters=node.counters,
            clock=time.time,
            times=CallTimes(),
        )
        return OutgoingHooks(services)
