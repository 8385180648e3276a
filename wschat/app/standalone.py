"""The server as one process: a node with the idle clock and the signal handlers."""

from __future__ import annotations

import asyncio
import logging
import time

from ..config import Settings
from ..errors import CloseCode
from ..idle import IdleClock
from ..names import warm_up
from ..redis_link import RedisSource
from ..stop import StopSignals
from .announcement import announce
from .idle_stop import IdleWatch, idle_stop_message
from .metrics import start_metrics
from .node import Node
from .os_signals import on_dump_request, on_reload_request, on_signal
from .task_dump import log_tasks

logger = logging.getLogger(__name__)


async def serve(settings: Settings, source: RedisSource, stop: StopSignals, *, bundles: bool = True) -> None:
    """Run a node until a signal comes or nobody talks any longer. Raises StartError, TryAgainLater.

    `bundles`: False serves the page's modules one by one.
    """
    clock = IdleClock(settings.idle_timeout, settings.idle_when, time.monotonic())
    idle = IdleWatch(clock, time.monotonic, lambda notice: node.broadcast(notice))
    node = Node(settings, source, idle.activity, bundles=bundles)
    on_signal(stop, node.end)
    on_dump_request(log_tasks)
    on_reload_request(node.reload)
    metrics = start_metrics(settings, node.snapshot)
    try:
        if await node.start_unless_ended():
            await _serve(node, idle, source, settings)
    finally:
        if metrics is not None:
            await metrics.stop()


async def _serve(node: Node, idle: IdleWatch, source: RedisSource, settings: Settings) -> None:
    announce(source, settings, node.edge.places)
    asyncio.get_running_loop().call_soon(warm_up)
    node.spawn(_end_when_idle(node, idle, settings))
    await node.until_end()


async def _end_when_idle(node: Node, idle: IdleWatch, settings: Settings) -> None:
    await idle.until_idle(node.session_count)
    logger.info(idle_stop_message(settings))
    node.end(CloseCode.STOPPED_IDLE, 0.0)
