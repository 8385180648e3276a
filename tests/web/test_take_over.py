"""A WebSocket after a handshake that Tornado has read: on a connection that was used before, or that came in pieces."""

from __future__ import annotations

import asyncio
import socket

import pytest

from wschat.web.socket_stream import SocketStream
from wschat.web.streams import Stream
from wschat.web.tornado_stream import TornadoStream

from ..abuse.raw import Raw, command, request
from ..support import Nodes

EARLIER = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


async def join(nodes: Nodes, earlier: bytes, behind: bytes = b"") -> tuple[Raw, Stream]:
    """Join with a handshake behind these bytes, and with those behind it in the same packet; the server's stream."""
    edge = nodes.nodes[0].edge
    raw = Raw(*await asyncio.open_connection("127.0.0.1", edge.port))
    if earlier:
        raw.send(earlier)
        await raw.reader.readuntil(b"}")
    raw.send(request(edge.port) + behind)
    await raw.reader.readuntil(b"\r\n\r\n")
    if not behind:
        raw.send(command("hello", name="Ann"))
    await raw.event("welcome")
    (served,) = edge.sessions
    return raw, served._stream


async def test_frames_leave_at_once_on_a_connection_that_was_used_before(node: Nodes) -> None:
    """Tornado switches Nagle's algorithm on after each answer, which holds back a frame for up to 40 ms. Proxies reuse
    connections.
    """
    raw, stream = await join(node, EARLIER)
    assert stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    await raw.close()


@pytest.mark.parametrize(
    ("earlier", "behind", "kind"),
    [
        (b"", b"", SocketStream),
        (EARLIER, b"", SocketStream),
        (EARLIER, command("hello", name="Ann"), TornadoStream),
        (b"", command("hello", name="Ann"), TornadoStream),
    ],
    ids=["at once", "after another request", "with a hello after another request", "with a hello"],
)
async def test_nothing_that_came_with_the_handshake_is_lost(
    node: Nodes, earlier: bytes, behind: bytes, kind: type[Stream]
) -> None:
    """Tornado's stream stays where it has read more than the handshake; all talk goes on either way."""
    raw, stream = await join(node, earlier, behind)
    assert type(stream) is kind
    for number in range(3):
        raw.send(command("post", id=f"p{number}", text="Hello!"))
        await raw.event("message", id=f"p{number}")
    await raw.close()


async def test_a_client_that_goes_after_the_take_over_is_gone(node: Nodes) -> None:
    """Nothing of Tornado's still listens, and everything of ours does."""
    raw, _ = await join(node, EARLIER)
    edge = node.nodes[0].edge
    assert not edge.http_connections
    await raw.close()
    for _ in range(100):
        if not edge.sessions:
            break
        await asyncio.sleep(0.02)
    assert not edge.sessions


async def test_a_client_that_has_said_all_reads_why_it_is_rejected(node: Nodes) -> None:
    """As a probe does (nc -N): it closes its sending half behind the request."""
    port = node.nodes[0].edge.port
    for asked, status in ((EARLIER.replace(b"/health", b"/ws"), b"426"), (request(port, {"Upgrade": ""}), b"426")):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asked)
        writer.write_eof()
        assert (await reader.read()).startswith(b"HTTP/1.1 " + status)
        writer.close()
