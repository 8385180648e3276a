"""Several processes behind one port are one chat, one idle clock, one end."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.exceptions import WebSocketException

from tests.support import Client, Server, join, settings
from tests.support.client import PATIENCE
from tests.support.redis import servers_of
from wschat.app import supervisor as supervisor_module
from wschat.app.supervisor import Supervisor
from wschat.errors import CloseCode, StartError, TryAgainLater
from wschat.redis_link import RedisSource
from wschat.stop import StopSignals

Joining = Callable[..., Awaitable[Client]]


@pytest.fixture
async def joining() -> AsyncIterator[Joining]:
    """`join`, whose clients leave at the end of the test."""
    clients: list[Client] = []

    async def joined(server: Server, name: str, **hello: Any) -> Client:
        clients.append(await join(server.ws, name, **hello))
        return clients[-1]

    yield joined
    for client in clients:
        await client.leaves()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, "--workers", "2").start()
    yield server
    if server.process is not None and server.process.poll() is None:
        server.stop(signal.SIGTERM)


def workers(server: Server) -> list[psutil.Process]:
    assert server.process is not None
    children = psutil.Process(server.process.pid).children()
    return [child for child in children if "server.py" in " ".join(child.cmdline())]


async def join_both(server: Server, joining: Joining) -> tuple[Client, Client]:
    """Two people of whom each is served by another worker: the kernel spreads connections, so ask until it has."""
    first = await joining(server, "Анна")
    for attempt in range(40):
        second = await joining(server, f"Борис {attempt}")
        if len({_worker_of(server, client) for client in (first, second)}) == 2:
            return first, second
        await second.leaves()
    raise AssertionError("all connections went to one worker")


async def _come_back(joining: Joining, server: Server, **hello: Any) -> Client:
    """As the page does: try again. Connections that waited at the dead worker's port are reset with it."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return await joining(server, "Анна", **hello)
        except (OSError, WebSocketException):
            assert time.monotonic() < end, "nobody opened"
            await asyncio.sleep(0.1)


def _worker_of(server: Server, client: Client) -> int:
    """The process that has the other end of the client's connection."""
    port = client.connection.local_address[1]
    owners = [
        worker.pid
        for worker in workers(server)
        for connection in worker.net_connections("tcp")
        if connection.raddr and connection.raddr.port == port
    ]
    assert len(owners) == 1
    return owners[0]


async def test_people_at_different_workers_hear_each_other(server: Server, joining: Joining) -> None:
    """Anna writes in one process, Boris in the other receives it, and both are on his list."""
    anna, boris = await join_both(server, joining)
    await anna.posts("Привет из соседнего процесса")
    assert await boris.hears("Привет из соседнего процесса")
    assert {person["name"] for person in boris.welcome["online"]["people"]} >= {"Анна", boris.name}


async def test_a_killed_worker_is_started_again_and_its_people_come_back(server: Server, joining: Joining) -> None:
    """After SIGKILL of her process Anna reconnects and has missed nothing, and Boris notices nothing."""
    anna, boris = await join_both(server, joining)
    seq = await anna.posts("до сбоя")
    victim = psutil.Process(_worker_of(server, anna))
    victim.kill()
    await boris.posts("пока Анны нет")
    position = {"epoch": anna.welcome["epoch"], "seq": seq}
    back = await _come_back(joining, server, token=anna.welcome["token"], resume=position)
    assert back.welcome["recovered"] is True
    assert [message["text"] for message in back.welcome["messages"]] == ["пока Анны нет"]
    server.wait_for_log("restarting it")
    end = time.monotonic() + PATIENCE
    while len(workers(server)) < 2:
        assert time.monotonic() < end, "no new worker came"
        await asyncio.sleep(0.05)


async def test_activity_at_one_worker_keeps_all_awake_and_silence_stops_all(tmp_path: Path, joining: Joining) -> None:
    """While Anna talks in one process nobody is disconnected; then all stop together with exit code 0."""
    server = Server(tmp_path, "--workers", "2", "--idle-timeout", "4").start()
    anna, boris = await join_both(server, joining)
    for number in range(4):
        await asyncio.sleep(1.25)
        await anna.posts(f"я тут {number}")
    assert await boris.hears("я тут 3")
    assert await boris.close_code() == 4500
    assert await anna.close_code() == 4500
    assert server.wait(30) == 0
    assert "--idle-timeout" in server.output


async def test_sigterm_drains_every_worker(server: Server, joining: Joining) -> None:
    """One signal to the supervisor closes all with 1012, exits with 0, and leaves no process behind."""
    anna, boris = await join_both(server, joining)
    processes = workers(server)
    assert await asyncio.to_thread(server.stop, signal.SIGTERM) == 0
    assert [await anna.close_code(), await boris.close_code()] == [1012, 1012]
    assert not any(process.is_running() for process in processes)


def test_a_task_dump_is_that_of_all_processes(server: Server) -> None:
    """SIGUSR1 to the supervisor: it and both workers log where their tasks wait."""
    assert server.process is not None
    server.process.send_signal(signal.SIGUSR1)
    end = time.monotonic() + PATIENCE
    while server.output.count("Task dump: ") < 3:
        assert time.monotonic() < end, server.output
        time.sleep(0.05)
    assert server.output.count("Supervisor._keep\n") == 1
    assert server.output.count("Subscriber._run\n") == 2


async def test_nothing_is_left_when_the_supervisor_is_killed(server: Server) -> None:
    """After SIGKILL of the supervisor the workers see their control channel break; the last one stops Redis."""
    processes = workers(server)
    server.kill()
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, PATIENCE)
    assert not alive
    assert servers_of(server.data) == []


def test_a_port_that_is_taken_is_noticed_although_workers_share_theirs(server: Server, tmp_path: Path) -> None:
    """A second chat can't share the port with the workers of the first."""
    second = Server(tmp_path / "second", "--workers", "2", "--port", str(server.port))
    with pytest.raises(AssertionError, match="Could not listen on port"):
        second.start()
    assert second.process is not None
    assert second.process.wait(30) == 2


@pytest.mark.parametrize("end", [2, OSError(12, "Cannot allocate memory")])
async def test_a_stop_while_the_workers_start_ends(end: int | OSError, monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor doesn't wait for a worker that will never be ready."""

    async def ends_with_all(supervisor: Supervisor, number: int) -> tuple[int, str]:
        await asyncio.wait([supervisor._ended])
        if isinstance(end, OSError):
            raise end
        return end, "ended"

    monkeypatch.setattr(Supervisor, "_run_worker", ends_with_all)
    supervisor = Supervisor(settings(), RedisSource("redis://localhost", "Redis"), 2)
    running = asyncio.ensure_future(supervisor.run(StopSignals()))
    await asyncio.sleep(0)
    supervisor._end(CloseCode.RESTARTING, 0.0)
    await asyncio.wait_for(running, PATIENCE)


async def test_a_worker_that_is_just_being_made_ends_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stop comes while its process is created, before the supervisor has its channel."""
    supervisor = Supervisor(settings(), RedisSource("redis://localhost", "Redis"), 1)
    create = asyncio.create_subprocess_exec
    made: list[asyncio.subprocess.Process] = []

    async def create_slowly(*words: str, **options: Any) -> asyncio.subprocess.Process:
        made.append(await create(*words, **options))
        supervisor._end(CloseCode.RESTARTING, 0.0)
        await asyncio.sleep(0.1)
        return made[0]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", create_slowly)
    monkeypatch.setattr(Supervisor, "_command", lambda supervisor: ["sleep", "60"])
    await asyncio.wait_for(supervisor.run(StopSignals()), PATIENCE)
    assert made[0].returncode == -signal.SIGKILL


async def test_a_worker_that_cannot_be_started_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error gives the reason, and nothing is left behind."""

    async def fails(supervisor: Supervisor, number: int) -> tuple[int, str]:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(Supervisor, "_run_worker", fails)
    supervisor = Supervisor(settings(), RedisSource("redis://localhost", "Redis"), 2)
    with pytest.raises(TryAgainLater, match="failed to start \\(Cannot allocate memory\\)"):
        await asyncio.wait_for(supervisor.run(StopSignals()), PATIENCE)


@pytest.mark.parametrize(
    ("code", "kind"), [(2, StartError), (75, TryAgainLater), (1, TryAgainLater), (-9, TryAgainLater)]
)
async def test_a_worker_that_ends_before_it_serves_ends_the_start(
    code: int, kind: type[StartError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code says whether another attempt may help: a worker's own, unless it never came to choose one."""

    async def ends(supervisor: Supervisor, number: int) -> tuple[int, str]:
        return code, "is over"

    monkeypatch.setattr(Supervisor, "_run_worker", ends)
    supervisor = Supervisor(settings(), RedisSource("redis://localhost", "Redis"), 2)
    with pytest.raises(StartError, match="is over") as caught:
        await asyncio.wait_for(supervisor.run(StopSignals()), PATIENCE)
    assert type(caught.value) is kind


@pytest.mark.parametrize("code", [0, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP])
async def test_a_worker_that_is_stopped_before_it_serves_is_started_again(
    code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless the signal was for the supervisor, too, which is only later told."""
    runs: list[int] = []

    async def is_stopped(supervisor: Supervisor, number: int) -> tuple[int, str]:
        runs.append(number)
        return code, "was stopped"

    monkeypatch.setattr(Supervisor, "_run_worker", is_stopped)
    monkeypatch.setattr(supervisor_module, "RESTART_FIRST", 0.01)
    supervisor = Supervisor(settings(), RedisSource("redis://localhost", "Redis"), 1)
    running = asyncio.ensure_future(supervisor.run(StopSignals()))
    while len(runs) < 3:
        await asyncio.sleep(0.01)
    supervisor._end(CloseCode.RESTARTING, 0.0)
    await asyncio.wait_for(running, PATIENCE)


@pytest.mark.parametrize("value", ["", "three", "-1", "99999999999999999999", "0"])
def test_a_variable_of_workers_that_the_server_did_not_set_is_ignored(tmp_path: Path, value: str) -> None:
    """Left over in a shell, it makes no worker of a server that somebody starts there."""
    server = Server(tmp_path, environment={"WSCHAT_CONTROL_FD": value}).start()
    server.stop()
    assert ("is ignored" in "".join(server.log)) is (value != "")
