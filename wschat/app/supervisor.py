"""The server as several processes behind one port: starts workers, restarts dead ones, and ends them together.

One idle clock counts for all of them, and one embedded Redis serves them all.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct, field

from ..concurrency import Group
from ..config import Settings
from ..errors import CloseCode, StartError, TryAgainLater
from ..idle import IdleClock
from ..protocol import Notice
from ..redis_link import LOCAL, RedisSource
from ..stop import STOPPING, StopSignals
from ..web import INHERITED, PASSED, Places, open_listeners, passed_fds, passed_sockets, places_of
from .announcement import announce
from .idle_stop import IdleWatch, idle_stop_message
from .ipc import CONTROL_FD, Broadcast, ControlChannel, Directive, Drain, DumpTasks, Measured, Ready, Reload, Status
from .metrics import Snapshot, added, start_metrics
from .node import POSTS_TIMEOUT
from .os_signals import SPREAD, on_dump_request, on_reload_request, on_signal
from .part_settings import check
from .task_dump import log_tasks
from .worker import REPORT_EVERY

RESTART_FIRST = 0.5  # s before a dead worker is restarted; doubled while it dies young
RESTART_MOST = 30.0
YOUNG = 10.0  # s
REPORTS_LATE = 2 * REPORT_EVERY  # s by which the reports of a busy worker may be late
DRAIN_TIMEOUT = POSTS_TIMEOUT + SPREAD + 4.0  # s for a worker's orderly end; then it is killed

# Exit codes of a worker that was stopped while it was starting, as by a signal to all processes of a service.
STOPPED = (0, *(-number for number in STOPPING))
LEAVE = (CloseCode.RESTARTING, 0.0)

logger = logging.getLogger(__name__)


class _Worker(Struct):
    """One worker process, the channel to it, and its reports."""

    process: asyncio.subprocess.Process
    channel: ControlChannel
    is_ready: bool = False
    sessions: int = 0
    snapshot: Snapshot = field(default_factory=Snapshot)

    def terminate(self) -> None:
        with suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()


class Supervisor:
    """Keeps `count` workers running until the end."""

    def __init__(self, settings: Settings, source: RedisSource, count: int) -> None:
        self._settings = settings
        self._source = source
        self._count = count
        self._places, self._unix_sockets = _claim(settings)
        self._workers: dict[int, _Worker] = {}
        self._unready = set(range(count))
        self._past = Snapshot()  # of workers that have ended
        self._is_ready = asyncio.Event()
        self._tasks = Group()
        self._watch = Group()
        self._ended: asyncio.Future[Drain] = asyncio.get_running_loop().create_future()
        self._failure: StartError | None = None
        self._idle = IdleWatch(
            IdleClock(settings.idle_timeout, settings.idle_when, time.monotonic()), time.monotonic, self._broadcast
        )

    async def run(self, stop: StopSignals) -> None:
        """Serve until a signal comes or nobody talks any longer. Raises StartError, TryAgainLater."""
        on_signal(stop, self._end)
        on_dump_request(self._dump_tasks)
        on_reload_request(lambda: self._send(Reload()))
        metrics = start_metrics(self._settings, self._snapshot)
        for number in range(self._count):
            self._tasks.spawn(self._keep(number))
        self._watch.spawn(self._serve_until_idle())
        try:
            drain = await self._ended
            await self._watch.stop()
            await self._end_all(drain)
        finally:  # also if it must leave at once
            self._end(*LEAVE)
            await self._watch.stop()
            await self._kill_all()
            if metrics is not None:
                await metrics.stop()
        if self._failure is not None:
            raise self._failure

    # -- within --------------------------------------------------------------------

    async def _serve_until_idle(self) -> None:
        await self._is_ready.wait()
        announce(self._source, self._settings, self._places)
        self._idle.activity()  # the clock starts now
        await self._idle.until_idle(lambda: sum(worker.sessions for worker in self._workers.values()), REPORTS_LATE)
        logger.info(idle_stop_message(self._settings))
        self._end(CloseCode.STOPPED_IDLE, 0.0)

    def _end(self, code: CloseCode, spread: float) -> None:
        if not self._ended.done():
            self._ended.set_result(Drain(code, spread))

    def _snapshot(self) -> Snapshot:
        """The metrics of all workers, including those that have ended: a count never goes back."""
        return added([self._past, *(worker.snapshot for worker in self._workers.values())])

    def _broadcast(self, notice: Notice) -> None:
        self._send(Broadcast(notice))

    def _dump_tasks(self) -> None:
        """Log the tasks of this process and of every worker."""
        log_tasks()
        self._send(DumpTasks())

    def _send(self, directive: Directive) -> None:
        for worker in self._workers.values():
            worker.channel.send(directive)

    async def _end_all(self, drain: Drain) -> None:
        """Let the workers drain. A worker that is still starting reacts to signals, but not yet to its channel."""
        for one in self._unix_sockets:
            one.close()
        self._send(drain)
        for worker in self._workers.values():
            if not worker.is_ready:
                worker.terminate()
        await self._tasks.wait(DRAIN_TIMEOUT)

    async def _kill_all(self) -> None:
        for worker in self._workers.values():
            worker.kill()
        await self._tasks.wait()

    async def _keep(self, number: int) -> None:
        """Keep worker `number` running until the end."""
        delay = RESTART_FIRST / 2  # doubled before the wait
        while not self._ended.done():
            started = time.monotonic()
            try:
                code, end = await self._run_worker(number)
            except OSError as problem:
                code, end = TryAgainLater.exit_code, f"failed to start ({problem.strerror})"
            except Exception:  # a bug: this worker's clients need another worker all the same
                logger.exception("Could not supervise a worker")
                code, end = TryAgainLater.exit_code, "was lost"
            if self._ended.done():
                return
            if number in self._unready and code not in STOPPED:
                kind = StartError if code == StartError.exit_code else TryAgainLater
                self._failure = kind(f"A worker process {end}.")
                self._end(*LEAVE)
                return
            delay = RESTART_FIRST if time.monotonic() - started > YOUNG else min(delay * 2, RESTART_MOST)
            logger.error("Worker %d %s; restarting it in %.1f s", number, end, delay)
            await asyncio.wait([self._ended], timeout=delay)

    async def _run_worker(self, number: int) -> tuple[int, str]:
        """Start a worker, listen to it, and return (its exit code, its end in words). Raises OSError."""
        ours, theirs = socket.socketpair()
        unix, passed = [one.fileno() for one in self._unix_sockets], passed_fds()
        fds = {CONTROL_FD: [theirs.fileno()], INHERITED: unix, **({PASSED: passed} if passed else {})}
        environment = {**os.environ, **{name: " ".join(map(str, numbers)) for name, numbers in fds.items()}}
        with theirs, _closed_on_error(ours):
            # In a session of its own: Ctrl-C is for the supervisor, which then ends the workers in order.
            process = await asyncio.create_subprocess_exec(
                *self._command(), env=environment, pass_fds=[theirs.fileno(), *unix, *passed], start_new_session=True,
            )  # fmt: skip
        worker = _Worker(process, await ControlChannel.over(ours))
        self._workers[number] = worker
        if self._ended.done():  # meanwhile; the worker has nothing to lose yet
            worker.kill()
        try:
            await self._listen(number, worker)
            worker.channel.close()  # so that a worker that runs on, with unreadable reports, drains
            code = await process.wait()
            return code, f"exited with code {code}" if code >= 0 else f"was ended by signal {-code}"
        finally:
            worker.channel.close()
            del self._workers[number]
            self._past = added([self._past, worker.snapshot.ended()])

    async def _listen(self, number: int, worker: _Worker) -> None:
        while (report := await worker.channel.receive(Ready | Status | Measured)) is not None:
            if isinstance(report, Ready):
                worker.is_ready = True
                self._unready.discard(number)
                if not self._unready:
                    self._is_ready.set()
            elif isinstance(report, Measured):
                worker.snapshot = report.snapshot
            else:
                worker.sessions = report.sessions
                if report.active:
                    self._idle.activity()

    def _command(self) -> list[str]:
        """This program's command line, with the supervisor's choices for all workers at the end, where they count."""
        words = [sys.executable, *sys.argv, "--port", str(self._places.port)]
        if self._settings.redis == "auto":
            words += ["--redis", "embedded" if self._source.embedded else LOCAL]
        return words


def _claim(settings: Settings) -> tuple[Places, list[socket.socket]]:
    """Check that the places to listen at are free: workers share the port, so they wouldn't notice. Raises StartError.

    Returns the places, and the Unix sockets, which stay open: workers inherit them, as those that systemd passes.
    """
    passed = passed_sockets()
    sockets = passed or open_listeners(settings.host, settings.port)
    places = places_of(sockets)
    kept = [] if passed else [one for one in sockets if one.family == socket.AF_UNIX]
    for one in sockets:
        if one not in kept:
            one.close()
    return places, kept


@contextmanager
def _closed_on_error(end: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        end.close()
        raise


async def supervise(settings: Settings, source: RedisSource, stop: StopSignals) -> None:
    """Run the workers until the end. Raises StartError, TryAgainLater."""
    check(settings)  # once, instead of in each worker
    await Supervisor(settings, source, settings.workers).run(stop)
