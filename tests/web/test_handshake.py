"""The handshake of a WebSocket: what isn't one is told why, by the fast path as by Tornado."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect

from wschat.web.handshake import Handshake, plain_handshake

from ..fuzz.targets import handshakes
from ..support import Nodes
from ..support.client import PATIENCE

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def request(headers: dict[str, str] | None = None, line: str = "GET /ws HTTP/1.1") -> bytes:
    """The bytes of a handshake with these headers besides, or instead."""
    both = {"Host": "localhost", **HANDSHAKE, **(headers or {})}
    return "\r\n".join([line, *(f"{name}: {value}" for name, value in both.items()), "", ""]).encode()


async def answer_to(nodes: Nodes, *pieces: bytes) -> str:
    """Send a request in these pieces; returns the reply up to the end of the first line after the head."""
    reader, writer = await asyncio.open_connection("127.0.0.1", nodes.nodes[0].edge.port)
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.02 if len(pieces) > 1 else 0)
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    if not answer.startswith(b"HTTP/1.1 101 "):
        answer += await asyncio.wait_for(reader.read(), PATIENCE)  # up to the end: it is closed
    writer.close()
    return answer.decode()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Upgrade": "h2c"}, 426),
        ({"Connection": "close"}, 426),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Sec-WebSocket-Key": "я"}, 400),
        ({"Sec-WebSocket-Key": "A" * 23 + "="}, 400),
        ({"Sec-WebSocket-Key": "A" * 24}, 400),
        ({"Sec-WebSocket-Key": "-" * 22 + "=="}, 400),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_whoever_does_not_shake_hands_as_one_should_is_told_why(
    node: Nodes, change: dict[str, str], status: int
) -> None:
    """The explanation is the same, however the request arrives."""
    asked = request(change)
    fast_path = await answer_to(node, asked)
    head, _, sentence = fast_path.partition("\r\n\r\n")
    assert int(head.split()[1]) == status
    assert sentence.strip()
    assert await answer_to(node, asked[:40], asked[40:]) == fast_path


async def test_the_servers_key_is_made_of_the_clients(node: Nodes) -> None:
    """The example of RFC 6455, 1.3 holds, however the request arrives."""
    answer = await answer_to(node, request())
    assert answer.startswith("HTTP/1.1 101 ")
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer
    assert await answer_to(node, request()[:40], request()[40:]) == answer


async def test_a_handshake_that_arrives_whole_needs_no_http_connection(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That would cost a quarter of a join; ambiguous requests take it anyway."""
    long_way = 0
    start = Handshake.start_request

    def counted(*args: Any) -> Any:
        nonlocal long_way
        long_way += 1
        return start(*args)

    monkeypatch.setattr(Handshake, "start_request", counted)
    assert "101" in await answer_to(node, request())
    assert "403" in await answer_to(node, request({"Origin": "null"}))
    assert long_way == 0
    odd = [
        request(line="GET /ws?a=b HTTP/1.1"),
        request({"Content-Length": "0"}),
        request({"X-Padding": "x" * 5000}),
        request().replace(b"Host", b"X-Two: 1\r\nX-Two: 2\r\nHost"),
    ]
    for asked in odd:
        assert "101" in await answer_to(node, asked)
    assert long_way == len(odd)


@pytest.mark.parametrize(
    "odd",
    [
        request().replace(b"Host: localhost\r\n", b""),
        request().replace(b"Host: ", b"Host : "),
        request().replace(b"Host: localhost", b"Host: local\x00host"),
        request().replace(b"Host: localhost", b"Host: local\n host"),
        request().replace(b"Host: localhost", b"Host: localhost\r\n folded"),
        request().replace(b"\r\n", b"\n"),
        request().replace(b"GET", b"get"),
        request().replace(b"Host: ", b"X-Two: 1\r\nx-two: 2\r\nHost: "),
        request({"Transfer-Encoding": "chunked"}),
        request() + b"\x81\x80\x00\x00\x00\x00",
        request()[:-1],
        b"",
    ],
)
def test_what_is_not_beyond_doubt_is_left_to_tornado(odd: bytes) -> None:
    """The fast path reads only one kind of request."""
    assert plain_handshake(request()) is not None
    assert plain_handshake(odd) is None


PIECES = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b"\x00", b"\x0b", b"\x7f", b"\xff", b"a", b"\r\n ", b"\r\n\r\n",
     b"Host: b\r\n", b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"X: y\r\n",
     b"HTTP/1.0"]
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, len(request())), st.integers(0, 12), PIECES), min_size=1, max_size=3))
def test_the_fast_path_reads_nothing_that_tornado_would_read_otherwise(edits: list[tuple[int, int, bytes]]) -> None:
    """A good request with random edits is either left to Tornado, or both read it alike."""
    data = request({"Origin": "http://localhost", "Cookie": "a=b; c=d"})
    for at, cut, piece in edits:
        data = data[:at] + piece + data[at + cut :]
    handshakes(data)


async def test_a_page_of_this_very_host_may_connect(node: Nodes) -> None:
    """The host may have any name."""
    async with connect(node.ws(), origin=node.url()) as connection:  # type: ignore[arg-type]
        await connection.send('{"type":"ping"}')
        assert json.loads(await connection.recv()) == {"type": "pong"}


async def test_there_is_no_compression(node: Nodes) -> None:
    """It would take 17 times the memory per connection."""
    async with connect(node.ws(), compression="deflate") as connection:
        assert connection.protocol.extensions == []
