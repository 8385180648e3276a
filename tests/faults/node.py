"""A node: a real server process, with its log and what it holds."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from ..support import free_port

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 30.0
UNLIMITED = ("--post-rate", "0")  # options where one person does more than a person may
_TROUBLE = re.compile(r"Traceback|ERROR|CRITICAL|never retrieved|never awaited|Exception|Warning:")


@dataclass(frozen=True)
class Holdings:
    """The holdings of a process: bytes of memory, open files, asyncio tasks."""

    memory: int
    files: int
    tasks: int


class Node:
    """One server process on a port of its own that it keeps over restarts."""

    def __init__(
        self,
        redis: str,
        folder: Path,
        *options: str,
        without: str = "",
        clock: Path | None = None,
        forgetful: bool = False,
        short_leases: bool = False,
    ) -> None:
        self.port = free_port()
        self.log: list[str] = []
        self.process: subprocess.Popen[str] | None = None
        self._since = 0
        own = [*(["--without", without] if without else []), *(["--clock", str(clock)] if clock else [])]
        own += ["--forgetful"] if forgetful else []
        own += ["--short-leases"] if short_leases else []
        self._command = [
            sys.executable, "-m", "tests.faults.launcher", *own, "--", "--redis", redis, "--data", str(folder),
            "--port", str(self.port), "--host", "127.0.0.1", "--idle-timeout", "0", *options,
        ]  # fmt: skip

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    def launch(self) -> Node:
        self.process = subprocess.Popen(
            self._command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PYTHONASYNCIODEBUG": ""},
        )  # fmt: skip
        self._since = len(self.log)
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        return self

    async def started(self) -> Node:
        end = time.monotonic() + START_TIMEOUT
        while not any("Server started" in line for line in self.log[self._since :]):
            assert self.process is not None
            assert self.process.poll() is None, "".join(self.log[-20:])
            assert time.monotonic() < end, "the node didn't start"
            await asyncio.sleep(0.02)
        return self

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.log.append(line)

    # -- faults ------------------------------------------------------------------------------

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def exit_code(self, timeout: float) -> int | None:
        """Wait for its end; None when it doesn't come in time."""
        assert self.process is not None
        end = time.monotonic() + timeout
        while self.process.poll() is None and time.monotonic() < end:
            await asyncio.sleep(0.02)
        return self.process.poll()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()

    # -- what is to be seen ------------------------------------------------------------------

    def trouble(self) -> list[str]:
        """Lines of its log that no fault excuses, each with the last that belong to it."""
        found = [number for number, line in enumerate(self.log) if _TROUBLE.search(line)]
        return ["".join(self.log[number : number + 60])[:3000] for number in found]

    async def holds(self) -> Holdings:
        assert self.process is not None
        seen = len(self.log)
        self.signal(signal.SIGUSR2)
        end = time.monotonic() + 5.0
        while not (found := re.findall(r"^tasks (\d+)", "".join(self.log[seen:]), re.MULTILINE)):
            assert time.monotonic() < end, "the node doesn't answer a signal"
            await asyncio.sleep(0.01)
        process = psutil.Process(self.process.pid)
        return Holdings(process.memory_info().rss, process.num_fds(), int(found[-1]))
