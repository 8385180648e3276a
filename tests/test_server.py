"""`python server.py` as people start it: what it says, how it stops, and what it leaves behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from .support import Server, free_port, join
from .support.nodes import page_in
from .support.redis import answers, needs_embedded, servers_of
from .support.server import ROOT

StartServer = Callable[..., Server]
TRACEBACK = "Traceback"


def refused(*options: str, environment: dict[str, str] | None = None, server: Path = ROOT / "server.py") -> str:
    """Start a server that can't be started; the sentence it says. Exit code 2, and no traceback."""
    done = subprocess.run(
        [sys.executable, str(server), "--idle-timeout", "5", *options],
        capture_output=True, text=True, timeout=30, env={**os.environ, **(environment or {})},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr + done.stdout
    assert TRACEBACK not in done.stderr
    assert "Server started" not in done.stdout
    return done.stderr


def redis_of(server: Server) -> list[psutil.Process]:
    """The embedded Redis that works in the server's data folder."""
    found = []
    for process in psutil.process_iter(["name", "cwd"]):
        if "valkey" in (process.info["name"] or "") and process.info["cwd"] == str(server.data / "redis"):
            found.append(process)
    return found


def page(server: Server) -> str:
    with urllib.request.urlopen(server.url) as answer:
        return str(answer.read().decode())


# --- starting -----------------------------------------------------------------


@needs_embedded
def test_it_says_where_it_is_and_the_page_is_there(start_server: StartServer) -> None:
    """It prints `Server started at http://localhost:8888` with its port, and logs which Redis it uses."""
    server = start_server()
    assert f"Server started at http://localhost:{server.port}\n" in server.log
    assert "Отправить" in page(server)
    assert "embedded Redis" in server.output
    assert str(server.data) in server.output


def test_help_can_be_read() -> None:
    """It lists every option with its default."""
    done = subprocess.run([sys.executable, str(ROOT / "server.py"), "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "--idle-timeout" in done.stdout
    assert "[default: 300" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


@needs_embedded
def test_a_port_that_is_taken_is_said_to_be(start_server: StartServer, tmp_path: Path) -> None:
    """The error names the port and another one, and the embedded Redis is stopped again."""
    server = start_server()
    second = Server(tmp_path / "second")
    words = refused("--port", str(server.port), "--redis", "embedded", "--data", str(second.data))
    assert str(server.port) in words
    assert f"--port {server.port + 1}" in words
    assert not redis_of(second)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_named_redis_that_does_not_come_up_is_no_start_now(workers: str, tmp_path: Path) -> None:
    """The exit code is 75, after which supervisors try again; nothing else is started meanwhile."""
    place = f"redis://localhost:{free_port()}"
    impatient = "import runpy; from wschat.redis_link import source; source.WAIT = 0.3; "
    words = ["--redis", place, "--data", str(tmp_path / "data"), "--port", "0", "--workers", workers]
    done = subprocess.run(
        [sys.executable, "-c", impatient + "runpy.run_path('server.py', run_name='__main__')", *words],
        capture_output=True, text=True, timeout=30, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 75, done.stderr
    _, waiting, error, advice = done.stderr.splitlines()
    assert f"Waiting up to 0 s for Redis at {place}: Connection refused" in waiting
    assert error == f"Could not connect to Redis at {place}: Connection refused."
    assert "docker run" in advice
    assert not (tmp_path / "data").exists()


@needs_embedded
def test_a_place_where_nothing_can_be_printed_is_no_reason_to_end(tmp_path: Path) -> None:
    """The output is a full disk here; a closed pipe or terminal is the same."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "server.py"), "--redis", "embedded", "--data", str(tmp_path), "--port", "0",
             "--idle-timeout", "1"], stdout=full, stderr=full,
        )  # fmt: skip
        assert process.wait(30) == 0
    assert servers_of(tmp_path) == []


@needs_embedded
@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_closed_standard_streams_are_no_reason_to_end(closed: str, tmp_path: Path) -> None:
    """A daemon has none; the chat serves until nobody talks any more."""
    words = ["--redis", "embedded", "--data", str(tmp_path), "--port", "0", "--idle-timeout", "1"]
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, str(ROOT / "server.py"), *words]
    assert subprocess.run(command, timeout=30, check=False).returncode == 0
    assert servers_of(tmp_path) == []


def test_a_wrong_option_or_variable_is_no_start() -> None:
    """The error names it; tests/test_config.py covers every kind."""
    assert "--port" in refused("--port", "many")
    assert "WSCHAT_IDLE_WHEN" in refused(environment={"WSCHAT_IDLE_WHEN": "sometimes"})
    assert "--redis" in refused("--redis", "http://localhost")


@needs_embedded
def test_a_data_folder_that_cannot_be_written_is_no_start(tmp_path: Path) -> None:
    """A file is in its place here."""
    place = tmp_path / "data"
    place.write_text("a file")
    words = refused("--redis", "embedded", "--data", str(place))
    assert str(place) in words
    assert "--data" in words


def test_missing_dependencies_are_named() -> None:
    """`python server.py` before `pip install` prints that command, not a traceback."""
    done = subprocess.run([sys.executable, "-S", str(ROOT / "server.py")], capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install -r requirements.txt" in done.stderr
    assert TRACEBACK not in done.stderr


def test_windows_is_told_what_to_do() -> None:
    """It has no fcntl, which nobody can install."""
    pretend = "import runpy, sys; sys.platform = 'win32'; runpy.run_path('server.py', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr == "The chat runs on Linux and macOS. On Windows, start it in WSL or in a container.\n"


def test_an_old_python_is_told_so() -> None:
    """It prints a message instead of a syntax error."""
    old = Path.home() / ".pyenv/versions/3.9.18/bin/python"
    if not old.exists():
        pytest.skip("there is no old Python here")
    done = subprocess.run([old, str(ROOT / "server.py")], capture_output=True, text=True)
    assert done.returncode == 2
    assert "needs Python 3.10" in done.stderr
    assert "3.9" in done.stderr
    assert TRACEBACK not in done.stderr


# --- stopping -----------------------------------------------------------------


@needs_embedded
async def test_ctrl_c_ends_it_cleanly_and_quickly(start_server: StartServer) -> None:
    """It exits with 0, without a traceback, closes with 1001, and leaves no Redis behind."""
    server = start_server()
    ann = await join(server.ws, "Ann")
    redis = redis_of(server)
    start = time.monotonic()
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    assert await ann.gets("notice", code="draining")
    assert await ann.close_code() == 1001
    assert server.wait(30) == 0
    assert time.monotonic() - start < 8  # a drain may take 10 s
    assert TRACEBACK not in server.output
    assert len(redis) == 1
    assert not redis_of(server)


async def test_sigterm_is_a_restart_for_people(start_server: StartServer) -> None:
    """It closes with 1012, which means «come back», and exits with 0."""
    server = start_server()
    ann = await join(server.ws, "Ann")
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    assert await ann.close_code() == 1012
    assert server.wait(30) == 0


@needs_embedded
def test_ctrl_c_while_it_starts_is_clean_too(tmp_path: Path) -> None:
    """The embedded Redis is starting here; no traceback appears and nothing is left behind."""
    server = Server(tmp_path / "data")
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "server.py"), "--redis", "embedded", "--data", str(server.data), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    while not (server.data / "redis" / "users.lock").exists():
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=15)
    assert TRACEBACK not in output
    assert process.returncode in (0, -signal.SIGINT)
    assert not redis_of(server)


# --- looking inside -------------------------------------------------------------


async def test_a_task_dump_says_where_every_task_stands(start_server: StartServer) -> None:
    """SIGUSR1: the log has the tasks by name with their frames down to what waits, and the server goes on."""
    server = start_server("--log-format", "json")
    ann = await join(server.ws, "Ann")
    assert server.process is not None
    for _ in range(2):
        server.process.send_signal(signal.SIGUSR1)
        await asyncio.to_thread(server.wait_for_log, "Task dump: ")
        (line,) = [line for line in server.log if "Task dump: " in line]
        message = json.loads(line)["message"]
        assert "1 × Subscriber._run" in message
        assert re.search(r"wschat/redis_link/subscriber.py:\d+ in _run\n.*\n.*in _listen\n", message)
        server.log.clear()
    await ann.posts("still here")


# --- the embedded Redis ---------------------------------------------------------


async def test_a_message_is_there_after_a_restart(start_server: StartServer) -> None:
    """It keeps its number and epoch, and its author's token is still valid."""
    server = start_server()
    ann = await join(server.ws, "Ann")
    await ann.posts("before the restart")
    epoch = ann.welcome["epoch"]
    assert await server.stops() == 0
    server.restart_at_same_port()
    again = await join(server.ws, "Ann", token=ann.welcome["token"])
    assert [message["text"] for message in again.welcome["messages"]] == ["before the restart"]
    assert (again.welcome["epoch"], again.welcome["seq"]) == (epoch, 1)
    assert again.welcome["you"]["id"] == ann.welcome["you"]["id"]


@needs_embedded
async def test_a_redis_left_by_a_killed_server_is_taken_over_and_ended(start_server: StartServer) -> None:
    """After SIGKILL of the chat, the next one finds Redis with all messages, and stops it at its own end."""
    server = start_server()
    ann = await join(server.ws, "Ann")
    await ann.posts("before the crash")
    server.kill()
    left = redis_of(server)
    assert len(left) == 1
    server.restart_at_same_port()
    assert redis_of(server) == left
    again = await join(server.ws, "Bob")
    assert again.welcome["messages"][0]["text"] == "before the crash"
    assert await server.stops() == 0
    assert not redis_of(server)


@needs_embedded
async def test_two_servers_with_one_data_folder_are_one_chat(start_server: StartServer) -> None:
    """They share its Redis, and the last one to exit stops it."""
    first = start_server()
    second = start_server(data=first.data)
    ann, bob = await join(first.ws, "Ann"), await join(second.ws, "Bob")
    await ann.posts("hello")
    assert await bob.hears("hello")
    assert await first.stops() == 0
    assert len(redis_of(second)) == 1
    await bob.posts("still here")
    assert await second.stops() == 0
    assert not redis_of(second)


def test_a_named_redis_is_used_and_left_alone(start_server: StartServer, redis_server: str) -> None:
    """The chat starts no embedded one, and the Redis outlives the chat."""
    server = start_server(redis=redis_server)
    assert redis_server.rsplit("/", 1)[0] in server.output
    assert not server.data.exists()
    assert server.stop() == 0
    assert answers(redis_server)


# --- the idle stop, for real ------------------------------------------------------


@needs_embedded
async def test_a_server_where_nobody_talks_stops_by_itself(start_server: StartServer) -> None:
    """After 3 s it warns, stays once on request, then closes with 4500, exits with 0 and names the setting."""
    server = start_server("--idle-timeout", "3")
    ann = await join(server.ws, "Ann")
    assert (await ann.gets("notice", code="idle"))["seconds"] == 1
    await ann.send("stay")
    assert await ann.gets("notice", code="active")
    stayed = time.monotonic()
    assert await ann.gets("notice", code="idle")
    assert await ann.close_code() == 4500
    assert time.monotonic() - stayed > 2.5
    assert server.wait(30) == 0
    assert "3 s (--idle-timeout)" in server.output
    assert TRACEBACK not in server.output
    assert not redis_of(server)


@needs_embedded
def test_the_line_in_server_py_is_what_counts(tmp_path: Path) -> None:
    """A copy with another IDLE_TIMEOUT stops after that time, and logs where the value came from."""
    copy = page_in(tmp_path / "copy")
    text = copy.read_text(encoding="utf-8")
    assert "\nIDLE_TIMEOUT = 300" in text
    copy.write_text(text.replace("\nIDLE_TIMEOUT = 300", "\nIDLE_TIMEOUT = 0.5"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(copy), "--redis", "embedded", "--port", "0"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0
    assert "0.5 s (IDLE_TIMEOUT in server.py)" in done.stderr
    assert (copy.parent / "data").is_dir()
