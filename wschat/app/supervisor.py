"""The server as several processes behind one port: starts workers, starts dead ones again, and ends them together.

One idle clock counts for all of them, and one embedded Redis serves them all.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import time
from typing import Any

from ..config import Settings
from ..errors import CloseCode, StartError
from ..idle import IdleClock
from ..protocol import Notice
from ..redis_link import LOCAL, RedisSource
from ..tasks import Group
from ..web import listening_sockets
from .idle import IdleWatch
from .ipc import CONTROL_FD, Broadcast, ControlChannel, Drain, DumpTasks, Ready, Status
from .node import POSTS_TIMEOUT
from .signals import SPREAD, on_dump_request, on_signal
from .standalone import announce, idle_stop_message
from .task_dump import log_tasks

RESTART_FIRST = 0.5  # s before a dead worker is started again; doubled while it dies young
RESTART_MOST = 30.0
YOUNG = 10.0  # s
DRAIN_TIMEOUT = POSTS_TIMEOUT + SPREAD + 4.0  # s for all that a worker does at its end; then it is killed

logger = logging.getLogger(__name__)


class Supervisor:
    """Keeps `count` workers until the end."""

    def __init__(self, settings: Settings, source: RedisSource, count: int) -> None:
        self._settings = settings
        self._source = source
        self._count = count
        self._port = _usable_port(settings.host, settings.port)
        self._channels: dict[int, ControlChannel] = {}
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._workers = Group()
        self._watch = Group()
        self._session_counts: dict[int, int] = {}
        self._ended: asyncio.Future[Drain] = asyncio.get_running_loop().create_future()
        self._ready = [asyncio.get_running_loop().create_future() for _ in range(count)]
        self._idle = IdleWatch(
            IdleClock(settings.idle_timeout, settings.idle_when, time.monotonic()), time.monotonic, self._broadcast
        )

    async def run(self) -> None:
        """Serve until a signal comes or nobody talks any more. Raises StartError."""
        on_signal(self._end)
        on_dump_request(self._dump_tasks)
        for number in range(self._count):
            self._workers.spawn(self._keep(number))
        self._watch.spawn(self._end_when_idle())
        order = Drain(CloseCode.RESTARTING, 0.0)
        try:
            if await self._all_ready():
                announce(self._source, self._settings, self._port)
            order = await self._ended
        finally:
            await self._watch.stop()
            await self._end_all(order)

    # -- within --------------------------------------------------------------------

    async def _all_ready(self) -> bool:
        """Wait until all workers are; False when the end was asked for before that. Raises StartError."""
        ready: asyncio.Future[Any] = asyncio.gather(*self._ready)
        await asyncio.wait([ready, self._ended], return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            return False
        ready.result()
        return True

    def _end(self, code: CloseCode, spread: float) -> None:
        if not self._ended.done():
            self._ended.set_result(Drain(code, spread))

    def _broadcast(self, notice: Notice) -> None:
        for channel in self._channels.values():
            channel.send(Broadcast(notice))

    def _dump_tasks(self) -> None:
        """Here and in every worker. It goes over the channel: a worker that is just starting dies of the signal."""
        log_tasks()
        for channel in self._channels.values():
            channel.send(DumpTasks())

    async def _end_when_idle(self) -> None:
        await self._idle.until_idle(lambda: sum(self._session_counts.values()))
        logger.info(idle_stop_message(self._settings))
        self._end(CloseCode.STOPPED_IDLE, 0.0)

    async def _end_all(self, order: Drain) -> None:
        if not self._ended.done():
            self._ended.set_result(order)
        for channel in self._channels.values():
            channel.send(order)
        await self._workers.wait(DRAIN_TIMEOUT)
        for process in self._processes.values():
            process.kill()
        await self._workers.wait()

    async def _keep(self, number: int) -> None:
        """Keep worker `number` running until the end."""
        delay = RESTART_FIRST
        while not self._ended.done():
            started = time.monotonic()
            try:
                end = f"exited with code {await self._run_worker(number)}"
            except OSError as problem:
                end = f"failed to start ({problem.strerror})"
            if self._ended.done():
                return
            if not self._ready[number].done():
                self._ready[number].set_exception(StartError(f"A worker process {end}."))
                return
            delay = RESTART_FIRST if time.monotonic() - started > YOUNG else min(delay * 2, RESTART_MOST)
            logger.error("Worker %d %s; restarting it in %.1f s", number, end, delay)
            await asyncio.wait([self._ended], timeout=delay)

    async def _run_worker(self, number: int) -> int:
        """Start it, listen to it, and return its exit code."""
        ours, theirs = socket.socketpair()
        with theirs:
            # In a session of its own: Ctrl-C is for the supervisor, which then ends the workers in order.
            process = await asyncio.create_subprocess_exec(
                *self._command(), env={**os.environ, CONTROL_FD: str(theirs.fileno())}, pass_fds=[theirs.fileno()],
                start_new_session=True,
            )  # fmt: skip
        channel = await ControlChannel.over(ours)
        self._processes[number], self._channels[number] = process, channel
        try:
            await self._listen(number, channel)
            return await process.wait()
        finally:
            channel.close()
            del self._processes[number], self._channels[number]
            self._session_counts.pop(number, None)

    async def _listen(self, number: int, channel: ControlChannel) -> None:
        while (report := await channel.receive(Ready | Status)) is not None:
            if isinstance(report, Ready):
                if not self._ready[number].done():
                    self._ready[number].set_result(None)
                continue
            self._session_counts[number] = report.sessions
            if report.active:
                self._idle.activity()

    def _command(self) -> list[str]:
        """This very program with the same words, and what the supervisor has decided for all. The last word counts."""
        words = [sys.executable, *sys.argv, "--port", str(self._port)]
        if self._settings.redis == "auto":
            words += ["--redis", "embedded" if self._source.embedded else LOCAL]
        return words


def _usable_port(host: str, port: int) -> int:
    """The port, when nobody has it: workers share it, so they wouldn't notice. Raises StartError."""
    sockets = listening_sockets(host, port)
    number: int = sockets[0].getsockname()[1]
    for one in sockets:
        one.close()
    return number


async def supervise(settings: Settings, source: RedisSource, count: int) -> None:
    """Run `count` workers until the end. Raises StartError."""
    await Supervisor(settings, source, count).run()
