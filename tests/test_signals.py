"""Signals at each moment of a start, a restart and a stop: exit code 0, no word of trouble, nothing left behind."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import psutil
import pytest

from .support import Server, free_port, join
from .support.redis import needs_embedded, servers_of, system_redis
from .support.server import ROOT

pytestmark = [
    needs_embedded,
    pytest.mark.timeout(240),
]
StartServer = Callable[..., Server]
PAUSE = 0  # instead of a signal: a person presses Ctrl-C again
END = 30.0  # s; a drain may take 10
AFTER_THE_START = 1.2  # times as long as the start takes


class Starting:
    """A server process that is only starting, and all that it says."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        words = ["--redis", "embedded", "--data", str(data), "--port", "0", "--idle-timeout", "0", *options]
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "server.py"), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._wait_for_its_first_line()

    def _wait_for_its_first_line(self) -> None:
        """Before that nobody can handle a signal: Python itself is starting."""
        status = Path(f"/proc/{self.process.pid}/status")
        while status.exists() and not _catches(status.read_text(), signal.SIGTERM):
            time.sleep(0.001)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            self.lines.extend(self.process.stdout)

    def wait_for(self, words: str) -> None:
        while words not in "".join(self.lines):
            assert self.process.poll() is None, self.lines
            time.sleep(0.002)

    def send(self, *numbers: int, to_all: bool = False) -> None:
        processes = [psutil.Process(self.process.pid)]
        if to_all:  # as systemd does unless it is told not to
            processes += processes[0].children(recursive=True)
        for number, process in itertools.product(numbers, processes):
            if number == PAUSE:
                time.sleep(0.7 / len(processes))
            elif process.is_running():
                process.send_signal(number)

    def troubles(self) -> list[str]:
        """What is wrong with its end."""
        code = self.process.wait(END)
        self._reader.join(END)
        usual = re.compile(r"Server started at |.* INFO |.* Task dump: |  ")
        said = [line for line in self.lines if not usual.match(line)]
        left = [
            process.pid
            for process in psutil.process_iter(["cmdline"])
            if str(self.data) in (process.info["cmdline"] or [])
        ]
        return [*([f"exit code {code}"] if code else []), *said, *map(str, left), *map(str, servers_of(self.data))]


def _catches(status: str, number: signal.Signals) -> bool:
    found = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return found is not None and bool(int(found[1], 16) >> (number - 1) & 1)


@cache
def start_time(folder: Path, *options: str) -> float:
    """Seconds from its first line to «Server started»."""
    server = Starting(folder / "measured", *options)
    start = time.monotonic()
    server.wait_for("Server started")
    took = time.monotonic() - start
    server.send(signal.SIGINT)
    assert server.troubles() == []
    return took


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signals")


ONE_AFTER_ANOTHER = {
    "SIGTERM": [signal.SIGTERM],
    "a closed terminal": [signal.SIGHUP, signal.SIGHUP, signal.SIGINT],
    "Ctrl-\\": [signal.SIGQUIT],
    "Ctrl-C twice": [signal.SIGINT, PAUSE, signal.SIGINT],
    "a task dump": [signal.SIGUSR1, signal.SIGTERM],
}


def sweeps() -> list[object]:
    """A few moments of each; many where time doesn't matter."""
    found: list[object] = []
    for (name, numbers), workers, to_all in itertools.product(ONE_AFTER_ANOTHER.items(), [1, 2], [False, True]):
        title = f"{name}{', workers' * (workers > 1)}{', to all processes' * to_all}"
        if not to_all or name == "SIGTERM":
            found.append(pytest.param(numbers, workers, to_all, 2 if workers > 1 else 4, id=title))
        found.append(pytest.param(numbers, workers, to_all, 24, id=f"{title}, often", marks=pytest.mark.slow))
    return found


@pytest.mark.parametrize(("numbers", "workers", "to_all", "moments"), sweeps())
def test_a_signal_at_any_moment_of_the_start_is_a_clean_end(
    numbers: list[int], workers: int, to_all: bool, moments: int, folder: Path, tmp_path: Path
) -> None:
    """From the first line of server.py on, and a little beyond «Server started»."""
    options = ("--workers", str(workers))
    whole = start_time(folder, *options) * AFTER_THE_START
    troubles = {}
    for moment in range(moments):
        server = Starting(tmp_path / str(moment), *options)
        time.sleep(whole * moment / (moments - 1))
        server.send(*numbers, to_all=to_all)
        found = [line for line in server.troubles() if not (to_all and "Redis connection lost" in line)]
        if found:
            troubles[f"{moment} of {moments}"] = found
    assert troubles == {}


# --- while it runs, restarts and stops ------------------------------------------------


def test_a_terminal_that_closes_is_an_order_to_stop(tmp_path: Path) -> None:
    """The kernel sends SIGHUP, and nothing that is written to the terminal arrives any more."""
    program = """
        import os, pty, sys
        pid, terminal = pty.fork()
        if not pid:
            os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
        said = b""
        while b"Server started" not in said:
            said += os.read(terminal, 1000)
        os.close(terminal)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """
    options = ["--redis", "embedded", "--data", str(tmp_path), "--port", "0", "--lang", "en"]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(ROOT / "server.py"), *options],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("0\n", "")
    assert servers_of(tmp_path) == []


def test_nohup_keeps_it_running(tmp_path: Path) -> None:
    """A SIGHUP that was ignored before the start stays so."""
    server = Server(tmp_path)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        server.start()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert server.process.poll() is None
    assert server.stop() == 0


def test_a_signal_that_was_blocked_before_the_start_is_heard(tmp_path: Path) -> None:
    """A program that blocks signals hands that on to those that it starts."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        server = Server(tmp_path).start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    assert server.wait(END) == 0


def test_a_second_signal_cuts_the_drain_short(tmp_path: Path) -> None:
    """The embedded Redis is frozen here, so the drain would take seconds: the process ends, and so does Redis."""
    server = Server(tmp_path).start()
    (redis,) = servers_of(tmp_path)
    os.kill(redis, signal.SIGSTOP)
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    time.sleep(1)
    start = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.wait(30) == 0
    assert time.monotonic() - start < 8
    assert servers_of(tmp_path) == []
    assert "Traceback" not in server.output


@pytest.mark.parametrize("pause", [0.0, 0.05, 0.2, 0.6])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_stop_while_redis_is_restarted_leaves_nothing(pause: float, workers: str, tmp_path: Path) -> None:
    """It was killed a moment before."""
    server = Server(tmp_path, "--workers", workers).start()
    (redis,) = servers_of(tmp_path)
    os.kill(redis, signal.SIGKILL)
    time.sleep(pause)
    assert server.stop(signal.SIGTERM) == 0
    assert servers_of(tmp_path) == []
    assert "Traceback" not in server.output


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
def test_a_supervisor_that_is_killed_leaves_nothing(share: float, folder: Path, tmp_path: Path) -> None:
    """The workers notice it, whether they serve already or are only starting; the last one stops Redis."""
    server = Starting(tmp_path / "data", "--workers", "2")
    time.sleep(start_time(folder, "--workers", "2") * share)
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


def test_a_named_redis_that_is_away_is_waited_for_until_a_signal_comes(tmp_path: Path) -> None:
    """The log says at once what it waits for; Ctrl-C ends the wait at once, with code 0."""
    for workers in ("1", "2"):
        server = Starting(tmp_path / "data", "--workers", workers, "--redis", f"redis://127.0.0.1:{free_port()}")
        server.wait_for("Waiting up to 60 s for Redis at redis://127.0.0.1:")
        server.send(signal.SIGINT)
        assert server.process.wait(20) == 0  # it would wait for 60 s


# --- when the folder goes ---------------------------------------------------------------


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_data_folder_that_is_deleted_is_a_sentence(workers: str, start_server: StartServer) -> None:
    """People go on talking; at the stop nothing is left behind, and the log says what is lost."""
    server = start_server("--workers", workers)
    ann = await join(server.ws, "Ann")
    shutil.rmtree(server.data)
    await ann.posts("still here")
    assert await server.stops(signal.SIGTERM) == 0
    assert servers_of(server.data) == []
    assert "The data folder was deleted while the chat was running" in server.output
    assert "Traceback" not in server.output


async def test_a_data_folder_that_goes_with_its_redis_is_a_sentence_too(start_server: StartServer) -> None:
    """There is nothing that could be restarted."""
    server = start_server()
    (redis,) = servers_of(server.data)
    shutil.rmtree(server.data)
    os.kill(redis, signal.SIGKILL)
    await asyncio.to_thread(server.wait_for_log, "Could not restart the embedded Redis")
    assert await server.stops(signal.SIGTERM) == 0
    assert servers_of(server.data) == []
    assert "Traceback" not in server.output


def _processes_of(data: Path) -> list[psutil.Process]:
    """The chat's processes that use this folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(data) in (process.info["cmdline"] or []) and "server.py" in " ".join(process.info["cmdline"])
    ]
