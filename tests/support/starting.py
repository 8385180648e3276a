"""A server that is only starting: for signals at each moment of it."""

from __future__ import annotations

import itertools
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from wschat.stop import STOPPING

from .redis import servers_of
from .server import ROOT

PAUSE = 0  # instead of a signal: a person presses Ctrl-C again
END = 30.0  # s for a process to end; a drain may take 10


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
        self._wait_for_its_handlers()

    def _wait_for_its_handlers(self) -> None:
        """Before that nobody can handle a signal: Python itself is starting. It has them one after the other."""
        status = Path(f"/proc/{self.process.pid}/status")
        while status.exists() and not _handles(status.read_text(), STOPPING):
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
        """The faults of its end."""
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


def _handles(status: str, numbers: Iterable[signal.Signals]) -> bool:
    """Whether a process with this `/proc/PID/status` catches all of these. SIGHUP may be ignored: nohup wants it so."""
    masks = {name: int(mask, 16) for name, mask in re.findall(r"^Sig(Cgt|Ign):\s*([0-9a-f]+)$", status, re.MULTILINE)}
    handled = masks.get("Cgt", 0) | masks.get("Ign", 0) & _mask(signal.SIGHUP)
    return all(handled & _mask(number) for number in numbers)


def _mask(number: signal.Signals) -> int:
    return 1 << (number - 1)


@cache
def start_time(*options: str) -> float:
    """Seconds from a server's first line to «Server started», as long as that takes on this machine."""
    with TemporaryDirectory() as folder:
        server = Starting(Path(folder) / "data", *options)
        start = time.monotonic()
        server.wait_for("Server started")
        took = time.monotonic() - start
        server.send(signal.SIGINT)
        assert server.troubles() == []
    return took
