"""One worker process: a node, controlled by its supervisor."""

from __future__ import annotations

import asyncio
import os
import socket

from ..concurrency import repeat
from ..config import Settings
from ..errors import CloseCode
from ..names import warm_up
from ..redis_link import RedisSource
from ..stop import StopSignals
from .ipc import Broadcast, ControlChannel, Directive, Drain, DumpTasks, Measured, Ready, Reload, Status
from .node import Node
from .os_signals import on_dump_request
from .task_dump import log_tasks

REPORT_EVERY = 0.25  # s between two reports of activity
MEASURE_EVERY = 1.0  # s between two reports of metrics


class Worker:
    """A node that reports to the supervisor and follows its directives."""

    def __init__(self, settings: Settings, source: RedisSource, channel: ControlChannel) -> None:
        self.node = Node(settings, source, self._active, share_port=True)
        self._channel = channel
        self._measures = bool(settings.metrics)
        self._was_active = False
        self._reported = 0

    async def run(self) -> None:
        """Serve until the supervisor ends it or is gone. Raises StartError, TryAgainLater."""
        self.node.spawn(self._obey())
        if not await self.node.start_unless_ended():
            return
        self._channel.send(Ready())
        asyncio.get_running_loop().call_soon(warm_up)
        self.node.spawn(repeat(self._report, REPORT_EVERY))
        if self._measures:
            self._send_metrics()
            self.node.spawn(repeat(self._send_metrics, MEASURE_EVERY))
        await self.node.until_end()
        self._send_metrics()
        self._channel.close()

    def _active(self) -> None:
        self._was_active = True

    def _report(self) -> None:
        sessions = self.node.session_count()
        if self._was_active or sessions != self._reported:
            self._channel.send(Status(sessions, self._was_active))
            self._reported, self._was_active = sessions, False

    def _send_metrics(self) -> None:
        if self._measures:
            self._channel.send(Measured(self.node.snapshot()))

    async def _obey(self) -> None:
        while True:
            directive: Directive | None = await self._channel.receive(Directive)
            if isinstance(directive, Broadcast):
                self.node.broadcast(directive.notice)
            elif isinstance(directive, DumpTasks):
                log_tasks()
            elif isinstance(directive, Reload):
                self.node.reload()
            else:
                drain = directive or Drain(CloseCode.RESTARTING, 0.0)
                self.node.end(CloseCode(drain.code), drain.spread)
                return


async def serve(settings: Settings, source: RedisSource, stop: StopSignals, control_fd: int) -> None:
    """Run a worker; `control_fd` is its end of the control channel. Raises StartError, TryAgainLater."""
    stop.ignore()  # from now on the supervisor decides
    if stop.requested:
        return
    on_dump_request(log_tasks)
    # A copy: the descriptor itself stays open, so that `stop` can tell until the very end whether the supervisor lives.
    channel = await ControlChannel.over(socket.socket(fileno=os.dup(control_fd)))
    await Worker(settings, source, channel).run()
