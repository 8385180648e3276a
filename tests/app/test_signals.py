"""Signals at each moment of a start, a restart and a stop: exit code 0, no word of trouble, nothing left behind."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from wschat.app.os_signals import TOGETHER

from ..support import Server, StartServer, free_port, join
from ..support.redis import needs_embedded, servers_of
from ..support.server import ROOT
from ..support.starting import END, PAUSE, Starting, start_time

pytestmark = [
    needs_embedded,
    pytest.mark.timeout(240),
]
AFTER_THE_START = 1.2  # times as long as the start takes


ONE_AFTER_ANOTHER = {
    "SIGTERM": [signal.SIGTERM],
    "a closed terminal": [signal.SIGHUP, signal.SIGHUP, signal.SIGINT],
    "Ctrl-\\": [signal.SIGQUIT],
    "Ctrl-C twice": [signal.SIGINT, PAUSE, signal.SIGINT],
    "a task dump": [signal.SIGUSR1, signal.SIGTERM],
}


def sweeps() -> list[object]:
    """A few moments of each signal to one process, and of SIGTERM to workers; many of all where time doesn't matter."""
    found: list[object] = []
    for (name, numbers), workers, to_all in itertools.product(ONE_AFTER_ANOTHER.items(), [1, 2], [False, True]):
        title = f"{name}{', workers' * (workers > 1)}{', to all processes' * to_all}"
        if name == "SIGTERM" or not (to_all or workers > 1):
            found.append(pytest.param(numbers, workers, to_all, 2 if workers > 1 else 4, id=title))
        found.append(pytest.param(numbers, workers, to_all, 24, id=f"{title}, often", marks=pytest.mark.slow))
    return found


@pytest.mark.parametrize(("numbers", "workers", "to_all", "moments"), sweeps())
def test_a_signal_at_any_moment_of_the_start_is_a_clean_end(
    numbers: list[int], workers: int, to_all: bool, moments: int, tmp_path: Path
) -> None:
    """From the first line of server.py on, and a little beyond «Server started»."""
    options = ("--workers", str(workers))
    whole = start_time(*options) * AFTER_THE_START
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
    """The kernel sends SIGHUP, and nothing that is written to the terminal arrives any longer."""
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


def test_a_signal_that_was_blocked_and_came_before_the_start_is_a_clean_end(tmp_path: Path) -> None:
    """It waits for the first line that unblocks it, and by then there is a handler."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        process = subprocess.Popen([sys.executable, str(ROOT / "server.py"), "--data", str(tmp_path)])
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    process.send_signal(signal.SIGTERM)
    assert process.wait(END) == 0


async def test_a_second_signal_cuts_the_drain_short(start_server: StartServer) -> None:
    """Redis is frozen, so the drain waits for a post: it breaks off, without closing connections, and ends Redis."""
    server = start_server()
    ann = await join(server.ws, "Ann")
    (redis,) = servers_of(server.data)
    os.kill(redis, signal.SIGSTOP)
    await ann.says("a post in flight")
    assert await ann.is_there()  # so the server has read the post
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    await ann.gets("notice", code="draining")
    await asyncio.sleep(2 * TOGETHER)  # within TOGETHER, a second signal counts as the first
    server.process.send_signal(signal.SIGTERM)
    assert await ann.close_code() == 1006
    assert server.wait(30) == 0
    assert servers_of(server.data) == []
    assert "Traceback" not in server.output


@pytest.mark.parametrize(
    ("pause", "workers"),
    [
        *itertools.product([0.0, 0.05, 0.2, 0.6], ["1"]),
        *itertools.product([0.0, 0.2], ["2"]),
        *(pytest.param(pause, "2", marks=pytest.mark.slow) for pause in (0.05, 0.6)),
    ],
)
def test_a_stop_while_redis_is_restarted_leaves_nothing(pause: float, workers: str, tmp_path: Path) -> None:
    """It was killed a moment before."""
    server = Server(tmp_path, "--workers", workers).start()
    (redis,) = servers_of(tmp_path)
    os.kill(redis, signal.SIGKILL)
    time.sleep(pause)
    assert server.stop(signal.SIGTERM) == 0
    assert servers_of(tmp_path) == []
    assert "Traceback" not in server.output


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
