"""The operator's files in deploy/ and tools/, run as far as that is possible without systemd."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent

import pytest
from redis import Redis

from wschat.redis_link.embedded import EmbeddedRedis

from ..support.nodes import page_in
from ..support.owner import needs_another_user, nobodys_data
from ..support.redis import needs_embedded, wait_for_redis
from ..support.server import START_TIMEOUT

ROOT = Path(__file__).resolve().parents[2]
ON_DEMAND = ROOT / "deploy/on-demand"

OnDemand = Callable[..., "subprocess.Popen[str]"]


def unit(file: str) -> dict[str, str]:
    """The settings of a unit file."""
    lines = (ROOT / "deploy" / file).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project with a virtual environment, as the units expect it."""
    folder = tmp_path / "chat"
    page_in(folder)
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/python").symlink_to(sys.executable)
    shutil.copytree(ON_DEMAND, folder / "deploy/on-demand")
    return folder


@pytest.fixture
def on_demand(checkout: Path) -> Iterator[OnDemand]:
    """Starts the script of the unit, as systemd does when somebody connects."""
    scripts: list[subprocess.Popen[str]] = []

    def start(listener: socket.socket, **environment: str) -> subprocess.Popen[str]:
        as_systemd_does = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.execvp('sh', ['sh', sys.argv[2]])"
        command = [sys.executable, "-c", as_systemd_does, str(listener.fileno()), "deploy/on-demand/serve.sh"]
        inherited = {**os.environ, "LISTEN_FDS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
        scripts.append(subprocess.Popen(
            command, cwd=checkout, env={**inherited, **environment}, pass_fds=[listener.fileno()],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ))  # fmt: skip
        return scripts[-1]

    yield start
    for script in scripts:
        with script:
            script.terminate()  # it ends the chat, too


def test_a_chat_on_demand_that_cant_start_says_so_and_keeps_listening(on_demand: OnDemand) -> None:
    """Visitors get a sentence instead of a reset, for as long as the script waits before it fails."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        script = on_demand(listener, WSCHAT_WORKERS="none")
        for _ in range(2):
            with pytest.raises(urllib.error.HTTPError) as answer:
                urllib.request.urlopen(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=START_TIMEOUT)
            assert answer.value.code == 503
            assert answer.value.headers["Retry-After"]
            assert "try again later" in answer.value.read().decode()
            answer.value.close()
        output, _ = script.communicate(timeout=START_TIMEOUT)
    assert script.returncode == 2, output
    assert "WSCHAT_WORKERS" in output


@needs_embedded
def test_a_chat_on_demand_serves_each_visitor_who_comes_after_it_stopped(on_demand: OnDemand) -> None:
    """The idle stop ends the process, and the next connection, which waits in the socket, starts another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"http://127.0.0.1:{listener.getsockname()[1]}/healthz"
        for _ in range(2):
            with ThreadPoolExecutor(1) as visitor:
                asked = visitor.submit(lambda: urllib.request.urlopen(place, timeout=START_TIMEOUT).read())
                script = on_demand(listener, WSCHAT_REDIS="embedded", WSCHAT_IDLE_TIMEOUT="1")
                output, _ = script.communicate(timeout=START_TIMEOUT)
                assert asked.result() == b"ok\n"
            assert script.returncode == 0, output
            assert "Stopped: no message" in output


@needs_embedded
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_chat_on_demand_passes_on_signals(number: int, on_demand: OnDemand) -> None:
    """The script that is asked to end waits for the drain."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        script = on_demand(listener, WSCHAT_REDIS="embedded")
        place = f"http://127.0.0.1:{listener.getsockname()[1]}/healthz"
        urllib.request.urlopen(place, timeout=START_TIMEOUT).close()
        script.send_signal(number)
        output, _ = script.communicate(timeout=START_TIMEOUT)
    assert script.returncode == 0, output
    assert "Shutting down" in output


@pytest.mark.parametrize("file", ["wschat.service", "on-demand/wschat-on-demand.service"])
def test_a_service_never_gives_up(file: str) -> None:
    """A failed start is no reason to stay down until somebody logs in."""
    assert unit(file)["StartLimitIntervalSec"] == "0"


def test_only_what_a_person_must_correct_stays_down() -> None:
    """Code 2 does; 75, which says that Redis isn't there yet, and every other are tried again."""
    service = unit("wschat.service")
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"] == "2"


def test_many_visitors_at_once_dont_end_the_listening() -> None:
    """Otherwise systemd stops to listen after 20 starts in 2 s."""
    assert unit("on-demand/wschat-on-demand.socket")["TriggerLimitIntervalSec"] == "0"


@needs_embedded
def test_a_command_runs_in_the_embedded_redis_whether_the_chat_runs_or_not(tmp_path: Path) -> None:
    """The reply is printed, and no Redis stays behind that wasn't there."""

    def run(*command: str) -> str:
        tool = [sys.executable, str(ROOT / "tools/redis_command.py"), "--data", str(tmp_path), *command]
        done = subprocess.run(tool, capture_output=True, text=True, check=False, timeout=60)
        return done.stdout + done.stderr

    nothing = run("PING")
    assert f"There is no chat in the data folder {tmp_path}" in nothing
    assert list(tmp_path.iterdir()) == []  # none is begun by a mistake in the name
    (tmp_path / "redis").mkdir()
    assert run("SET", "wschat:key", "x y") == "True\n"
    assert not (tmp_path / "redis/redis.sock").exists()
    embedded = EmbeddedRedis(tmp_path)
    embedded.start()
    assert run("GET", "wschat:key") == "x y\n"
    embedded.release()
    assert not (tmp_path / "redis/redis.sock").exists()
    assert "unknown command" in run("NONSENSE")


@needs_embedded
def test_a_redis_command_takes_and_prints_any_bytes(tmp_path: Path) -> None:
    """A key or a value may be no text; what can't be printed is said in one line."""
    (tmp_path / "redis").mkdir()
    tool = [sys.executable, str(ROOT / "tools/redis_command.py"), "--data", str(tmp_path)]
    done = subprocess.run([*tool, "SET", b"\xff", b"a\xffb"], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "True\n", done.stderr
    done = subprocess.run([*tool, "GET", b"\xff"], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "a\\xffb\n", done.stderr
    done = subprocess.run([*tool, b"\xff"], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr.splitlines()[-1].endswith("the name of a command has ASCII letters only"), done.stderr
    with open("/dev/full", "w") as full:
        done = subprocess.run([*tool, "PING"], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (1, "Could not write the reply: No space left on device\n")


@needs_embedded
@needs_another_user
def test_root_runs_a_redis_command_as_the_owner_of_the_folder() -> None:
    """Files of root's would keep the service from starting."""
    with nobodys_data() as folder:
        tool = [sys.executable, str(ROOT / "tools/redis_command.py"), "--data", str(folder), "PING"]
        done = subprocess.run(tool, capture_output=True, text=True, check=False, timeout=60)
        assert done.stdout == "True\n", done.stderr


@pytest.mark.parametrize("file", ["deploy/sentinel.yaml", "deploy/cluster.yaml"])
def test_several_redis_servers_are_set_up_as_the_docs_advise(file: str) -> None:
    """The settings of Redis that the guarantees rest on; the tests with real servers use the same."""
    docs = (ROOT / "docs/operations.md").read_text(encoding="utf-8").partition("### Sentinel and Cluster")[2]
    block = re.search(r"```\n(.*?)```", docs, re.DOTALL)
    assert block is not None
    sentinel, _, cluster = block[1].partition("# Cluster")
    compose = (ROOT / file).read_text(encoding="utf-8").replace(" chat ", " mymaster ")
    words = [
        line for line in (sentinel if "sentinel" in file else cluster).splitlines() if line[:1] not in ("#", "", ":")
    ]
    engine = "sentinel_set" if "sentinel" in file else "cluster"
    tested = (ROOT / f"tests/support/engines/{engine}.py").read_text(encoding="utf-8")
    assert len(words) >= 2
    for line in words:
        assert line in compose
        assert line.rpartition(" ")[2] in tested
    assert "appendonly yes appendfsync everysec maxmemory-policy noeviction" in " ".join(
        compose.replace("--", "").split()
    )


def test_a_server_of_the_sentinel_sample_keeps_the_role_that_a_failover_gave_it(tmp_path: Path) -> None:
    """Else a replica that was promoted would, after a stop of all, take over the lost primary's older data."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        pytest.skip("there is no redis-server here (apt-get install redis-server)")
    script = re.search(r"- \|\n((?: {6}.*\n)+)", (ROOT / "deploy/sentinel.yaml").read_text(encoding="utf-8"))
    assert script is not None
    here = f"exec {binary} {tmp_path}/valkey.conf --port 0 --unixsocket {tmp_path}/redis.sock"
    words = script[1].replace("$$", "$").replace("exec valkey-server /data/valkey.conf", here)
    command = ["sh", "-c", dedent(words.replace("/data", str(tmp_path)))]
    environment = {**os.environ, "HOSTNAME": "redis-2", "FOLLOW": "replicaof 127.0.0.1 1"}
    for role in ("slave", "master"):
        process = subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL)
        try:
            wait_for_redis(f"unix://{tmp_path}/redis.sock")
            with Redis.from_url(f"unix://{tmp_path}/redis.sock") as redis:
                assert redis.info("replication")["role"] == role
                assert redis.config_get("min-replicas-to-write") == {"min-replicas-to-write": "1"}
                redis.replicaof("no", "one")  # as a sentinel does
                redis.config_rewrite()
        finally:
            process.terminate()
            process.wait(10)
