"""The servers under test: wschat and the servers it is compared with."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.build import GO_LIBRARIES, built, built_in_go, compiler

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
NODE = HERE / "node"
CENTRIFUGE = "src/github.com/centrifugal/centrifuge"
CENTRIFUGE_PACKAGE = "golang-github-centrifugal-centrifuge-dev"
NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")


@dataclass(frozen=True)
class Sandbox:
    """The resources of a server under test: a port, a Redis URL and a folder for its files."""

    port: int
    redis: str
    scratch: Path


@dataclass(frozen=True)
class Contender:
    """A server that the benchmark can start."""

    name: str
    title: str
    dialect: str  # of the load generator
    command: Callable[[Sandbox], list[str]]
    missing: Callable[[], str | None] = lambda: None  # why it can't run on this machine
    path: str = "/ws"


def wschat(sandbox: Sandbox, *options: str) -> list[str]:
    where = ["--port", str(sandbox.port), "--redis", sandbox.redis, "--data", str(sandbox.scratch)]
    unbounded = ["--idle-timeout", "0", "--post-rate", "0"]
    return [sys.executable, str(ROOT / "server.py"), *where, *unbounded, "--log-format", "text", *options]


def _epoll(sandbox: Sandbox) -> list[str]:
    return [str(built("epoll", HERE / "epoll.c")), str(sandbox.port)]


def _centrifuge(sandbox: Sandbox) -> list[str]:
    return [str(built_in_go("centrifuge", HERE / "centrifuge.go")), str(sandbox.port), sandbox.redis]


def _write_message(sandbox: Sandbox) -> list[str]:
    return [sys.executable, str(HERE / "write_message.py"), str(sandbox.port), sandbox.redis]


def _node(script: str) -> Callable[[Sandbox], list[str]]:
    def command(sandbox: Sandbox) -> list[str]:
        if not (NODE / "node_modules").exists():
            subprocess.run(["npm", "ci", "--silent"], cwd=NODE, check=True)
        return ["node", str(NODE / script), str(sandbox.port), sandbox.redis]

    return command


def _nchan(sandbox: Sandbox) -> list[str]:
    template = (HERE / "nchan.conf").read_text()
    blanks = {"MODULE": NCHAN, "SCRATCH": sandbox.scratch, "PORT": sandbox.port, "REDIS": sandbox.redis}
    for name, value in blanks.items():
        template = template.replace(f"@{name}@", str(value))
    settings = sandbox.scratch / "nchan.conf"
    settings.write_text(template)
    return ["nginx", "-p", str(sandbox.scratch), "-c", str(settings)]


def _needs(*programs: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        absent = [program for program in programs if shutil.which(program) is None]
        return f"{', '.join(absent)} not found" if absent else None

    return missing


def _no_compiler() -> str | None:
    return None if compiler() else "no C compiler"


def _no_nchan() -> str | None:
    return _needs("nginx")() or (None if NCHAN.exists() else "libnginx-mod-nchan not found")


def _no_centrifuge() -> str | None:
    return _needs("go")() or (None if (GO_LIBRARIES / CENTRIFUGE).exists() else f"{CENTRIFUGE_PACKAGE} not found")


_no_node = _needs("node", "npm")
SOCKETIO = "/socket.io/?EIO=4&transport=websocket"

CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("wschat", "wschat", "chat", wschat),
        Contender("wschat-2", "wschat, 2 workers", "chat", lambda sandbox: wschat(sandbox, "--workers", "2")),
        Contender("epoll", "C, epoll, one send() each", "plain", _epoll, _no_compiler),
        Contender("nchan", "nginx + nchan + Redis", "plain", _nchan, _no_nchan),
        Contender("centrifuge", "Centrifuge (Go) + Redis", "centrifuge", _centrifuge, _no_centrifuge),
        Contender("ws", "Node ws + Redis", "plain", _node("ws.js"), _no_node),
        Contender("socketio", "Socket.IO + Redis", "socketio", _node("socketio.js"), _no_node, SOCKETIO),
        Contender("write_message", "Tornado write_message + Redis", "plain", _write_message),
    )
}
