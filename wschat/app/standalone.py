"""The server as one process: a node with the idle clock and the signal handlers."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from ..config import UNIX_PREFIX, Settings
from ..errors import CloseCode
from ..idle import IdleClock
from ..names import warm_up
from ..redis_link import RedisSource
from ..stop import StopSignals
from ..web import Places
from .idle_stop import IdleWatch
from .logs import json_line
from .node import Node
from .os_signals import on_dump_request, on_reload_request, on_signal
from .server_urls import hosts_for_others, own_hosts
from .snapshot import Snapshot
from .standard_streams import reads_russian
from .task_dump import log_tasks

if TYPE_CHECKING:
    from .metrics import MetricsServer

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


def start_metrics(settings: Settings, snapshot: Callable[[], Snapshot]) -> MetricsServer | None:
    """The started server of the metrics page, if the settings ask for one. Raises StartError."""
    if not settings.metrics:
        return None
    from .metrics import MetricsServer

    server = MetricsServer(settings.metrics, snapshot)
    server.start()
    logger.info("Metrics at http://%s:%d/metrics", settings.metrics.rpartition(":")[0], server.port)
    return server


def announce(source: RedisSource, settings: Settings, places: Places) -> None:
    """Print for people that the server has started; log which Redis it uses, and at which URLs others can connect."""
    logger.info("Using %s", source.title)
    for warning in source.warnings:
        logger.warning("%s", warning)
    scheme = "https" if settings.tls_cert else "http"
    end = f":{places.port}{settings.base_path}"
    others = [f"{scheme}://{host}{end}" for host in hosts_for_others(places.addresses)]
    if others:
        logger.info("Other machines can connect at %s", ", ".join(others))
    own = [f"{scheme}://{host}{end}" for host in own_hosts(places.addresses)]
    _say_started(", ".join([*own, *(f"{UNIX_PREFIX}{path}" for path in places.paths)]), settings)


def _say_started(addresses: str, settings: Settings) -> None:
    line = f"Server started at {addresses}"
    if settings.log_format == "json":
        _print(json_line(line))
    elif reads_russian(sys.stdout, settings.lang):
        _print(f"Сервер запущен: {addresses}")
    else:
        _print(line)


def _print(line: str) -> None:
    """Print for the person who started the server, who may have gone: the chat doesn't end because of that."""
    with suppress(OSError):  # a closed terminal or pipe, a full disk
        print(line, flush=True)  # noqa: T201


def idle_stop_message(settings: Settings) -> str:
    """The reason why an idle server stops, with the setting."""
    return (
        f"Stopped: no message and no new connection for {settings.idle_timeout:g} s "
        f"({settings.source('idle_timeout')})."
    )
