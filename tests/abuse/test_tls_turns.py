"""TLS: a handshake waits for its address like everything else, and what breaks before it is nobody's failure."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from wschat.limits import Rate
from wschat.session import AddressLimits
from wschat.session.limits import address_share
from wschat.web.client_address import Proxies
from wschat.web.http_server import TLS_COST

from ..support import Nodes
from ..support.certificates import certificate
from ..support.client import PATIENCE
from ..support.room import until

LINGER = struct.pack("ii", 1, 0)
GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_a_handshake_waits_until_its_address_has_paid_for_the_one_before(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where that one was left at once: else whoever does one after the other has the whole processor."""
    monkeypatch.setattr(Proxies, "exempt", lambda *_: False)
    limits = AddressLimits(Rate(100, 100), processor=Rate(TLS_COST, TLS_COST / 2))
    monkeypatch.setattr(AddressLimits, "of", lambda *_: limits)
    # On a busy machine the address would pay for the time in which others have the processor, and wait for too long.
    monkeypatch.setattr(address_share, "time", SimpleNamespace(monotonic=time.monotonic, perf_counter=lambda: 0.0))
    cert, key = certificate(tmp_path)
    await nodes.start(1, post_rate=5.0, tls_cert=cert, tls_key=key)
    port = nodes.nodes[0].edge.port
    context = ssl.create_default_context(cafile=str(cert))
    times = []
    for _ in range(3):
        _, writer = await asyncio.open_connection("localhost", port, ssl=context)
        times.append(asyncio.get_running_loop().time())
        writer.transport.abort()
    assert times[2] - times[0] > 1.0


@pytest.mark.parametrize("said", [b"\x16", GET, b""], ids=["a byte", "a request", "nothing"])
async def test_a_connection_that_was_reset_before_it_is_accepted_is_no_failure(
    nodes: Nodes, tmp_path: Path, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    """A scan of ports does that; the log has nothing of it, and the next connection is served."""
    cert, key = certificate(tmp_path)
    await nodes.start(1, tls_cert=cert, tls_key=key)
    edge = nodes.nodes[0].edge
    for _ in range(3):  # without giving the server a moment
        gone = socket.create_connection(("127.0.0.1", edge.port))
        gone.sendall(said)
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
        gone.close()
    context = ssl.create_default_context(cafile=str(cert))
    reader, writer = await asyncio.open_connection("localhost", edge.port, ssl=context)
    writer.write(GET)
    assert b"200" in await asyncio.wait_for(reader.readline(), PATIENCE)
    writer.close()
    await until(lambda: not edge.http_connections)
    assert not [record for record in caplog.records if record.exc_info]
