"""A Redis of the test's own: started, killed, frozen, emptied, limited."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from .redis import embedded_binary
from .server import free_port

START_TIMEOUT = 15.0
_READ: dict[Any, Callable[[Any, bytes], Any]] = {
    b"string": lambda client, key: client.get(key),
    b"hash": lambda client, key: client.hgetall(key),
    b"stream": lambda client, key: client.xrange(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1),
}


class RedisServer:
    """One server process; its data stay in `folder` when it is killed. `options` as on its command line.

    `kind`: a plain server, a "sentinel", or one of a "cluster". `tls`: certificate and key; tests still come by the
    plain port, all others by `public_port`.
    """

    def __init__(
        self, folder: Path, *options: str, append_only: bool = True, binary: Path | None = None, kind: str = "",
        tls: tuple[Path, Path] | None = None,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.port = free_port() if kind != "cluster" else _port_with_bus()
        self.public_port = _port_with_bus() if tls else self.port
        self._kind = kind
        self._tls = _tls_options(self.public_port, *tls) if tls else []
        self._options = options
        self._append_only = append_only
        self._binary = binary or embedded_binary()
        self._process: subprocess.Popen[bytes] | None = None
        self.client = Redis(port=self.port, socket_timeout=2.0, socket_connect_timeout=2.0)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> RedisServer:
        return self.launch().wait()

    def launch(self) -> RedisServer:
        """Start it, without waiting for it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        own = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder),
               "--logfile", str(self.folder / "redis.log")]  # fmt: skip
        if self._kind == "sentinel":
            settings = self.folder / "sentinel.conf"  # a sentinel keeps what it learns there
            settings.touch()
            own = [str(settings), "--sentinel", *own]
        else:
            own += ["--save", "", "--appendonly", "yes" if self._append_only else "no"]
        self._process = subprocess.Popen(
            [str(self._binary), *own, *self._tls, *self._options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return self

    def wait(self) -> RedisServer:
        """Wait until it answers."""
        end = time.monotonic() + START_TIMEOUT
        while not self._answers():
            assert time.monotonic() < end, "Redis didn't start"
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except (RedisError, OSError):
            return False

    @property
    def is_running(self) -> bool:
        """Whether its process runs, be it frozen."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """SIGSTOP: connections stay, nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def empty(self) -> None:
        """Throw its data away (while it is dead)."""
        shutil.rmtree(self.folder)

    def copy_data(self, to: Path) -> None:
        shutil.copytree(self.folder, to)

    def put_back_data(self, saved: Path) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(saved, self.folder)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self.kill()
        self.client.close()

    def primaries(self) -> list[RedisServer]:
        return [self]

    def connections(self) -> int:
        """The number of connections that nodes have to it."""
        clients: list[dict[str, str]] = self.client.client_list()
        return sum(map(_is_node, clients))

    def log_commands(self) -> None:
        """From now on keep what is asked, for logged_commands()."""
        self.client.config_set("slowlog-max-len", 100_000)
        self.client.config_set("slowlog-log-slower-than", 0)
        self.client.slowlog_reset()

    def logged_commands(self) -> list[str]:
        """The first two words of each command, those within scripts too."""
        entries = self.client.slowlog_get(100_000)
        return [" ".join(entry["command"].decode(errors="replace").split(" ")[:2]) for entry in entries]

    def log_of(self, tag: str = "chat") -> list[tuple[int, bytes]]:
        """The room's log: (seq, message or change), oldest first; deleted messages as their tombstones."""
        entries: Any = self.client.xrange(f"{{{tag}}}:log")
        log = {int(entry_id.partition(b"-")[0]): fields[b"m"] for entry_id, fields in entries}
        forms: Any = self.client.hgetall(f"{{{tag}}}:amended")
        log.update((int(seq), form) for seq, form in forms.items() if b',"deleted":true' in form)
        return sorted(log.items())

    def everything(self) -> bytes:
        """All that a command can read of all keys."""
        found = []
        for key in self.client.scan_iter():
            kind = self.client.type(key)
            found.append(key + b" " + repr(_READ[kind](self.client, key)).encode() if kind in _READ else key)
        return b"\n".join(found)

    def position_of(self, tag: str = "chat") -> tuple[str, int]:
        epoch: Any
        epoch, seq = self.client.hmget(f"{{{tag}}}:meta", "epoch", "seq")
        return (epoch or b"").decode(), int(seq or 0)


def _is_node(client: dict[str, str]) -> bool:
    """Not another server, a sentinel, or the test itself."""
    is_server = client["flags"] in ("S", "M") or client["name"].startswith("sentinel-")
    return not is_server and client.get("lib-name") != "redis-py"


def _tls_options(port: int, certificate: Path, key: Path) -> list[str]:
    files = ["--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate)]
    uses = ["--tls-auth-clients", "no", "--tls-replication", "yes", "--tls-cluster", "yes"]
    return ["--tls-port", str(port), *files, *uses]


def _port_with_bus() -> int:
    """A free port for which there is another 10,000 above it."""
    while True:
        port = free_port()
        if port < 55_000:
            with suppress(OSError), socket.create_server(("127.0.0.1", port + 10_000)):
                return port
