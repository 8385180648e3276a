"""Sockets on which systemd listens for the chat: it serves those who connected before it ran, too."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from ..support import Server, join
from ..support.server import ROOT

# What systemd does: the socket is file descriptor 3, and the process is told so.
ACTIVATE = """
import os, socket, sys
place = sys.argv[1]
is_tcp = place.isdigit()
kind = socket.SOCK_DGRAM if place == "datagrams" else socket.SOCK_STREAM
listener = socket.socket(socket.AF_INET if is_tcp else socket.AF_UNIX, kind)
listener.bind(("127.0.0.1", int(place)) if is_tcp else place)
if kind == socket.SOCK_STREAM:
    listener.listen()
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


class Activated(Server):
    """A server that gets its socket from outside."""

    program = ("-c", ACTIVATE, "0", str(ROOT / "server.py"))


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_it_serves_on_the_socket_that_it_was_given(workers: str, tmp_path: Path) -> None:
    """HOST and PORT don't count; the line that it prints has the real address."""
    server = Activated(tmp_path, "--host", "192.0.2.1", "--workers", workers)
    server.start()
    try:
        assert await asyncio.to_thread(lambda: urllib.request.urlopen(server.url + "/healthz").read()) == b"ok\n"
        ann = await join(server.ws, "Ann")
        await ann.posts("hello")
    finally:
        assert await server.stops() == 0


def test_new_workers_have_the_socket_too(tmp_path: Path) -> None:
    """All workers are killed, and the next ones serve those who connected meanwhile."""
    server = Activated(tmp_path, "--workers", "2")
    server.start()
    assert server.process is not None
    for worker in psutil.Process(server.process.pid).children():
        if "server.py" in " ".join(worker.cmdline()):
            worker.kill()
    assert urllib.request.urlopen(server.url + "/healthz", timeout=20).read() == b"ok\n"
    assert server.stop() == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_file_of_a_unix_socket_that_it_was_given_stays(workers: str, tmp_path: Path) -> None:
    """It is systemd's, and listens again when the server has ended."""
    path = str(tmp_path / "sock")
    server = Activated(tmp_path, "--workers", workers)
    server.program = ("-c", ACTIVATE, path, str(ROOT / "server.py"))
    server.start()
    assert f"Server started at unix:{path}\n" in server.log
    assert server.stop() == 0
    assert Path(path).is_socket()


def test_a_visitor_who_comes_while_it_restarts_waits(tmp_path: Path) -> None:
    """Systemd keeps the socket: here the test does, and connects before the server is there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        visitor = socket.create_connection(("127.0.0.1", port), timeout=20)
        visitor.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        code = "import os, sys; os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); "
        code += "os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True); "
        code += "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
        words = [str(ROOT / "server.py"), "--redis", "embedded", "--data", str(tmp_path), "--idle-timeout", "0"]
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(listener.fileno()), *words],
            pass_fds=[listener.fileno()], stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with visitor, process:
            assert visitor.recv(1000).startswith(b"HTTP/1.1 200")
            process.terminate()
            assert process.stdout is not None
            assert f":{port}" in process.stdout.readline()
            assert process.wait(30) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_it_cannot_use_is_a_sentence(workers: str, tmp_path: Path) -> None:
    """The exit code is 2: a person must correct the unit. No Redis was started before that was found."""
    words = [str(ROOT / "server.py"), "--redis", "embedded", "--data", str(tmp_path / "data"), "--workers", workers]
    done = subprocess.run(
        [sys.executable, "-c", ACTIVATE, "datagrams", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "systemd passed a socket that isn't for TCP" in done.stderr
    assert not (tmp_path / "data").exists()
    assert "Traceback" not in done.stderr


def test_a_socket_for_another_process_is_left_alone(tmp_path: Path) -> None:
    """The variables are inherited by children, for whom they aren't."""
    server = Server(tmp_path, environment={"LISTEN_PID": "1", "LISTEN_FDS": "1"}).start()
    assert server.stop() == 0
