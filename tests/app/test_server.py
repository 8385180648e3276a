"""`python server.py` as people start it: what it says, and why it doesn't start."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from ..support import Server, StartServer, free_port, join
from ..support.redis import needs_embedded, servers_of
from ..support.server import ROOT


def refused(*options: str, environment: dict[str, str] | None = None, server: Path = ROOT / "server.py") -> str:
    """Start a server that can't be started; the sentence it says. Exit code 2, and no traceback."""
    done = subprocess.run(
        [sys.executable, str(server), "--idle-timeout", "5", *options],
        capture_output=True, text=True, timeout=30, env={**os.environ, **(environment or {})},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert "Server started" not in done.stdout
    return done.stderr


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
    assert not servers_of(second.data)


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
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_closed_streams_are_no_reason_to_end(workers: str, closed: str, tmp_path: Path) -> None:
    """Somebody started it without output, or without any standard stream."""
    words = [sys.executable, "server.py", "--redis", "embedded", "--data", str(tmp_path), "--port", "0",
             "--workers", workers, "--idle-timeout", "1"]  # fmt: skip
    done = subprocess.run(
        f"exec {shlex.join(words)} {closed}", shell=True, cwd=ROOT, timeout=30, check=False, capture_output=True
    )
    assert (done.returncode, done.stderr if "2>" in closed else b"") == (0, b"")
    assert servers_of(tmp_path) == []


def test_a_wrong_option_or_variable_is_no_start() -> None:
    """The error names it; tests/config/test_config.py covers every kind."""
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


def test_missing_dependencies_are_named(tmp_path: Path) -> None:
    """`python server.py` before `pip install` prints that command, not a traceback."""
    shutil.copy(ROOT / "server.py", tmp_path)  # beside no environment that could be activated
    (tmp_path / "wschat").symlink_to(ROOT / "wschat")
    done = subprocess.run([sys.executable, "-S", str(tmp_path / "server.py")], capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install -r requirements.txt" in done.stderr
    assert "Traceback" not in done.stderr


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
    assert "Traceback" not in done.stderr


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
        assert re.search(r"wschat/redis_link/subscriber.py:\d+ in _run\n.*\n.*in _listen$", message, re.MULTILINE)
        server.log.clear()
    await ann.posts("still here")
