"""Deliveries over TLS: by the server itself, and by nginx in front of it.

The load generator knows no TLS: another nginx encrypts for it, whose processor time doesn't count.
"""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from bench import load
from bench.measure.base import Figure, Measure, Values, run_reading_memory
from bench.rivals import Contender, Sandbox, wschat
from bench.testbed import NotStarted, Server, Testbed, stop, wait_until_ready

STREAM = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
RATE = 20  # messages a second
KB = 1024
TEMPLATE = Path(__file__).parent.parent / "rivals" / "tls.conf"
CLIENT = """stream {
    server {
        listen 127.0.0.1:%(port)d backlog=4096;
        proxy_pass 127.0.0.1:%(to)d;
        proxy_ssl on;
    }
}"""
FRONT = """http {
    access_log off;
    server {
        listen 127.0.0.1:%(port)d ssl backlog=4096;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        location / {
            proxy_pass http://127.0.0.1:%(to)d;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }
}"""


class _Serving(Server):
    """The server with what stands in front of it, reached through the nginx that encrypts."""

    def __init__(self, contender: Contender, door: Sandbox, processes: list[psutil.Popen]) -> None:
        super().__init__(contender, door, processes[0])
        self._processes = processes

    def tree(self) -> list[psutil.Process]:
        return [each for process in self._processes for each in (process, *process.children(recursive=True))]


def take(testbed: Testbed, contender: Contender, clients: int) -> Values:
    if not STREAM.exists():
        raise NotStarted("libnginx-mod-stream not found")
    values: Values = {}
    for way, serving in (("server", _by_the_server), ("nginx", _by_nginx)):
        with serving(testbed, contender) as server:
            empty = server.memory()
            plan = load.Plan(
                clients=clients, senders=1, rate=RATE, settle=2, seconds=2 if testbed.quick else 5, inflight=16
            )
            report, full = run_reading_memory(server, plan)
        values[f"{way}_cost"] = report.microseconds_per_delivery
        values[f"{way}_p99"] = report.last.p99 if report.kept_up else None
        values[f"{way}_memory"] = (full - empty) / clients / KB
    return values


@contextmanager
def _by_the_server(testbed: Testbed, contender: Contender) -> Iterator[Server]:
    inner, door = testbed.sandbox(), testbed.sandbox()
    certificate, key = _certificate(inner.scratch)
    with ExitStack() as running:
        options = ["--tls-cert", str(certificate), "--tls-key", str(key)]
        server = running.enter_context(_process(wschat(inner, *options), inner.scratch))
        running.enter_context(_nginx(CLIENT, door, to=inner.port))
        yield _ready(_Serving(contender, door, [server]), inner)


@contextmanager
def _by_nginx(testbed: Testbed, contender: Contender) -> Iterator[Server]:
    inner, front, door = testbed.sandbox(), testbed.sandbox(), testbed.sandbox()
    _certificate(front.scratch)
    with ExitStack() as running:
        server = running.enter_context(_process(wschat(inner), inner.scratch))
        nginx = running.enter_context(_nginx(FRONT, front, to=inner.port))
        running.enter_context(_nginx(CLIENT, door, to=front.port))
        yield _ready(_Serving(contender, door, [server, nginx]), inner)


def _ready(server: Server, inner: Sandbox) -> Server:
    wait_until_ready(server, inner.scratch / "log")
    return server


def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", "-x509", "-nodes", *kind, *files], check=True, capture_output=True)
    return certificate, key


@contextmanager
def _nginx(block: str, sandbox: Sandbox, to: int) -> Iterator[psutil.Popen]:
    module = f"load_module {STREAM};" if "stream" in block else ""
    blanks = {"LOAD_MODULE": module, "SCRATCH": sandbox.scratch, "BLOCK": block % {"port": sandbox.port, "to": to}}
    text = TEMPLATE.read_text()
    for name, value in blanks.items():
        text = text.replace(f"@{name}@", str(value))
    settings = sandbox.scratch / "nginx.conf"
    settings.write_text(text)
    with _process(["nginx", "-p", str(sandbox.scratch), "-c", str(settings)], sandbox.scratch) as process:
        yield process


@contextmanager
def _process(command: list[str], folder: Path) -> Iterator[psutil.Popen]:
    with (folder / "log").open("wb") as output:
        process = psutil.Popen(command, stdout=output, stderr=output, cwd=folder)
    try:
        yield process
    finally:
        stop(process)


MEASURE = Measure(
    "tls",
    "Over TLS, 20 messages a second: by the server itself, and by nginx in front of it",
    (
        Figure("server_cost", "processor time per delivery, by the server", "µs", "lower"),
        Figure("nginx_cost", "processor time per delivery, by nginx and the server", "µs", "lower"),
        Figure("server_p99", "post to last client, p99, by the server", "ms", "lower"),
        Figure("nginx_p99", "post to last client, p99, by nginx and the server", "ms", "lower"),
        Figure("server_memory", "memory per connection, by the server", "KB", "lower"),
        Figure("nginx_memory", "memory per connection, by nginx and the server", "KB", "lower"),
    ),
    take,
    contenders=("wschat",),
    axis="clients",
    points=(100, 1000, 4000),
    quick_points=(100, 1000),
)
