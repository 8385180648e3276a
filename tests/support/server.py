"""A real `python server.py`, as a user would start it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from wschat.redis_link.embedded import EmbeddedRedis

from .redis import HAS_EMBEDDED, stand_in

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def is_listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


class Server:
    """One server process on a free port. `options` are command line options: `Server(data, "--idle-timeout", "2")`.

    `open_files` is its limit on open files; 0: that of the tests. `is_service`: it has no terminal.

    Where there is no wheel of the embedded Redis, the system's stands in for it.

    It never stops on its own for idleness unless a test says so, and never looks for a Redis of the machine.
    """

    program: tuple[str, ...] = (str(ROOT / "server.py"),)

    def __init__(
        self,
        data: Path,
        *options: str,
        redis: str = "embedded",
        environment: dict[str, str] | None = None,
        open_files: int = 0,
        is_service: bool = False,
    ) -> None:
        self.data = data
        self._is_service = is_service
        self.log: list[str] = []
        if redis == "embedded" and not HAS_EMBEDDED:
            redis = stand_in(data)
        self._options = ["--redis", redis, "--data", str(data), "--port", "0", "--idle-timeout", "0", *options]
        self._environment = {**os.environ, **(environment or {})}
        self._limit = ["sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh"] if open_files else []
        self.process: subprocess.Popen[str] | None = None
        self.port = 0  # 0: it listens on a Unix socket only
        self._has_started = False

    def start(self) -> Server:
        """Start it and wait until it says «Server started»."""
        self._has_started = False
        self.process = subprocess.Popen(
            [*self._limit, sys.executable, *self.program, *self._options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self._environment,
            start_new_session=self._is_service,
        )  # fmt: skip
        started = threading.Event()
        threading.Thread(target=self._read, args=(self.process, started), daemon=True).start()
        if not started.wait(START_TIMEOUT) or not self._has_started:
            self.kill()
            raise AssertionError("the server didn't start:\n" + "".join(self.log))
        return self

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://localhost:{self.port}/ws"

    @property
    def output(self) -> str:
        return "".join(self.log)

    def stop(self, number: int = signal.SIGINT, timeout: float = 30.0) -> int:
        """Send a signal and wait; returns the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait(timeout)

    async def stops(self, number: int = signal.SIGINT) -> int:
        """Send a signal and wait, while the clients of the test can say goodbye; returns the exit code."""
        return await asyncio.to_thread(self.stop, number)

    def wait(self, timeout: float) -> int:
        assert self.process is not None
        return self.process.wait(timeout)

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def clear_away(self) -> None:
        """Stop it, and the embedded Redis that it left behind if it was killed."""
        if self.process is not None and self.process.poll() is None:
            self.stop()
        embedded = EmbeddedRedis(self.data)
        if HAS_EMBEDDED and embedded.folder.exists():
            embedded.start()
            embedded.release()

    def restart_at_same_port(self) -> None:
        self._options[self._options.index("--port") + 1] = str(self.port)
        self.start()

    def wait_for_log(self, words: str, timeout: float = 30.0) -> None:
        end = time.monotonic() + timeout
        while words not in self.output:
            assert time.monotonic() < end, f"{words!r} isn't in the log:\n{self.output}"
            time.sleep(0.02)

    def _read(self, process: subprocess.Popen[str], started: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.log.append(line)
                found = re.search(r"Server started at (?:unix|\w+://.+?:(\d+)\b)", line)  # also in a line of JSON
                if found:
                    self.port = int(found[1] or 0)
                    self._has_started = True
                    started.set()
        started.set()


StartServer = Callable[..., Server]
