"""Runs `python -m wschat` in processes that have its modules already: to import them takes a third of a second.

Each command still is a process of its own, a fork of one that has only imported: with its own streams, environment,
signals and exit code.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import cache
from typing import IO, Any

from .server import ROOT

REQUEST_MAX = 1 << 16


class WarmProcess:
    """Forks itself for each command, for as long as this process lives."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._turn = threading.Lock()
        with theirs:
            subprocess.Popen(
                [sys.executable, "-m", "tests.support.warm", str(theirs.fileno())], pass_fds=[theirs.fileno()], cwd=ROOT
            ).returncode = 0  # it ends with this process; nobody waits for it

    def run(self, words: list[str], environment: dict[str, str], streams: tuple[IO[Any], ...], timeout: float) -> int:
        """Its exit code, or minus the signal that ended it. `streams`: for input, output and errors; all files.

        Raises subprocess.TimeoutExpired.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs, self._turn:
                request = json.dumps({"words": words, "environment": environment}).encode()
                files = [stream.fileno() for stream in streams]
                socket.send_fds(self._control, [request], [*files, theirs.fileno()])
            process = int(ours.recv(REQUEST_MAX))
            ours.settimeout(timeout)
            try:
                return int(ours.recv(REQUEST_MAX))
            except TimeoutError:
                os.kill(process, signal.SIGKILL)
                raise subprocess.TimeoutExpired(words, timeout) from None


@cache
def warm_process() -> WarmProcess:
    return WarmProcess()


def _serve(control: socket.socket) -> None:
    import wschat.cli  # noqa: F401  so that the forks have it

    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest, and this one ends with it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, files, _, _ = socket.recv_fds(control, REQUEST_MAX, 4)
        if not request:
            return
        if not os.fork():
            control.close()
            _attend(json.loads(request), files)
            return
        for file in files:
            os.close(file)


def _attend(request: dict[str, Any], files: list[int]) -> None:
    """In a fork: run the command in another one, and report what became of it."""
    *streams, answers = files
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    process = os.fork()
    if not process:
        os.close(answers)
        _become(request, streams)
    with socket.socket(fileno=answers) as answer:
        answer.send(str(process).encode())
        answer.send(str(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])).encode())


def _become(request: dict[str, Any], streams: list[int]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    sys.argv = ["wschat", *request["words"]]
    runpy.run_module("wschat", run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
