"""What ends connections whose time is over goes on, whatever happens to one of them."""

from __future__ import annotations

import pytest

from wschat.web import edge
from wschat.web.buffers import NodeBuffers
from wschat.web.http_connections import TIMEOUTS, HttpConnections, Phase

from ..support import Nodes
from ..support.http import Stream
from ..support.room import until


def test_a_connection_that_has_closed_doesnt_end_the_sweep() -> None:
    """Its socket can't be asked any more whether the client has taken everything."""
    now = 0.0
    connections = HttpConnections(lambda: now)
    streams = Stream(), Stream()
    for stream in streams:
        connections.add(stream, "a")
    connections.request(streams[0], "a")
    streams[0].close()
    now = TIMEOUTS[Phase.ANSWER] + 1.0
    connections.sweep()
    assert streams[1].closed()
    assert len(connections) == 0


async def test_a_sweep_that_fails_is_neither_the_last_one_nor_the_others_end(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Half requests, unread answers and unfinished messages would stay until a restart."""
    swept: list[str] = []

    def fails(_: HttpConnections) -> None:
        swept.append("http")
        raise ZeroDivisionError

    monkeypatch.setattr(edge, "SWEEP_EVERY", 0.01)
    monkeypatch.setattr(HttpConnections, "sweep", fails)
    monkeypatch.setattr(NodeBuffers, "sweep", lambda _: swept.append("buffers"))
    await nodes.start(1)
    await until(lambda: swept.count("http") > 2 and swept.count("buffers") > 2)
    assert "Task failed" in caplog.text
