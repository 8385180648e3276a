"""The control channel between a worker and its supervisor: when it breaks, supervision goes on, and a worker drains."""

from __future__ import annotations

import asyncio
import socket

import pytest

from wschat.app import supervisor as supervisor_module
from wschat.app.idle_stop import IdleWatch
from wschat.app.ipc import ControlChannel, Ready, Status
from wschat.app.supervisor import REPORTS_LATE, Supervisor
from wschat.app.worker import REPORT_EVERY
from wschat.errors import CloseCode
from wschat.idle import IdleClock, IdleWhen
from wschat.redis_link import RedisSource
from wschat.stop import StopSignals

from ..support.client import PATIENCE
from ..support.nodes import settings
from ..support.room import until


@pytest.mark.parametrize("last", [b"", b'{"type":"Status","ses', b"junk\n", b'{"type":"Unknown"}\n', b"x" * 200_000])
async def test_a_channel_that_breaks_in_a_line_ends_with_the_line_before(last: bytes) -> None:
    """As when a worker is killed while it writes, or one of another version writes what nobody understands."""
    ours, theirs = socket.socketpair()
    channel = await ControlChannel.over(ours)
    with theirs:
        theirs.setblocking(False)
        await asyncio.get_running_loop().sock_sendall(theirs, b'{"type":"Ready"}\n' + last)
    assert await channel.receive(Ready | Status) == Ready()
    assert await channel.receive(Ready | Status) is None
    channel.close()


async def test_a_worker_whose_supervision_fails_is_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the traceback, and the time until the next attempt, which doubles while workers die young."""
    runs: list[int] = []

    async def fails(supervisor: Supervisor, number: int) -> tuple[int, str]:
        runs.append(number)
        supervisor._unready.discard(number)
        raise RuntimeError("a bug")

    monkeypatch.setattr(Supervisor, "_run_worker", fails)
    monkeypatch.setattr(supervisor_module, "RESTART_FIRST", 0.01)
    supervisor = Supervisor(settings(), RedisSource("redis://localhost", "Redis"), 1)
    running = asyncio.ensure_future(supervisor.run(StopSignals()))
    await until(lambda: len(runs) > 2)
    supervisor._end(CloseCode.RESTARTING, 0.0)
    await asyncio.wait_for(running, PATIENCE)
    assert "Could not supervise a worker" in caplog.text
    waits = [record.args[2] for record in caplog.records if isinstance(record.args, tuple) and len(record.args) == 3]
    assert waits[:3] == [0.01, 0.02, 0.04]


async def test_the_last_reports_are_waited_for_before_an_idle_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody joins just before it, which a worker reports at its next turn: the server stays."""
    now = 1000.0
    supervisor = Supervisor(settings(), RedisSource("redis://localhost", "Redis"), 2)
    supervisor._idle = IdleWatch(IdleClock(1, IdleWhen.QUIET, now), lambda: now, lambda notice: None)
    monkeypatch.setattr(supervisor_module, "announce", lambda *_: None)
    supervisor._is_ready.set()
    watching = asyncio.ensure_future(supervisor._serve_until_idle())
    await asyncio.sleep(0.1)
    now += 1
    await asyncio.sleep(REPORT_EVERY)
    supervisor._idle.activity()
    await asyncio.sleep(REPORTS_LATE)
    assert not supervisor._ended.done()
    now += 1
    await asyncio.wait_for(watching, PATIENCE)
    assert supervisor._ended.result().code == CloseCode.STOPPED_IDLE
