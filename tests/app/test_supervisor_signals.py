"""Signals to a server with workers, at each moment: no worker outlives its supervisor, nor does anything else."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psutil
import pytest

from ..support import Server
from ..support.redis import needs_embedded, servers_of, system_redis
from ..support.starting import END, Starting, start_time

pytestmark = [
    needs_embedded,
    pytest.mark.timeout(240),
]


@pytest.mark.parametrize("pause", [0.0, 0.3, 0.8, 1.5])
def test_a_stop_while_workers_are_restarted_leaves_nothing(pause: float, tmp_path: Path) -> None:
    """Both died a moment before: of one that is being made the supervisor knows, too."""
    server = Server(tmp_path, "--workers", "2").start()
    assert server.process is not None
    workers = psutil.Process(server.process.pid).children()
    for worker in workers:
        if "server.py" in " ".join(worker.cmdline()):
            worker.kill()
    time.sleep(pause)
    start = time.monotonic()
    assert server.stop(signal.SIGTERM) == 0
    assert time.monotonic() - start < 9
    assert servers_of(tmp_path) == []
    assert "Traceback" not in server.output
    assert "never retrieved" not in server.output


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_a_supervisor_that_is_killed_leaves_nothing(share: float, tmp_path: Path) -> None:
    """The workers notice it, whether they serve already or are only starting; the last one stops Redis."""
    server = Starting(tmp_path / "data", "--workers", "2")
    time.sleep(start_time("--workers", "2") * share)
    server.process.kill()
    server.process.wait(END)
    end = time.monotonic() + END
    while _processes_of(server.data) or (share > 0.9 and servers_of(server.data)):
        assert time.monotonic() < end, "".join(server.lines)
        time.sleep(0.05)
    Server(server.data).clear_away()  # one that only the supervisor knew of waits for the next start


def test_a_worker_that_waits_for_redis_ends_with_its_supervisor(tmp_path: Path) -> None:
    """Redis is away when the workers are restarted: SIGTERM ends all at once, SIGKILL of the supervisor, too."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with system_redis(tmp_path) as url:
            server = Server(tmp_path / "data", "--workers", "2", redis=url).start()
        assert server.process is not None
        for worker in psutil.Process(server.process.pid).children():
            worker.kill()
        server.wait_for_log("Waiting up to")
        workers = psutil.Process(server.process.pid).children()
        start = time.monotonic()
        assert server.stop(number) in (0, -signal.SIGKILL)
        assert not psutil.wait_procs(workers, 20)[1]
        assert time.monotonic() - start < 20  # it would wait for 60 s


def _processes_of(data: Path) -> list[psutil.Process]:
    """The chat's processes that use this folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(data) in (process.info["cmdline"] or []) and "server.py" in " ".join(process.info["cmdline"])
    ]
