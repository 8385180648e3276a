"""The page and its files over HTTP, the health check, and the handshake."""

from __future__ import annotations

import asyncio
import json
import re
import urllib.error
import urllib.request
from email.message import Message

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect

from .support import Nodes

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


async def get(
    nodes: Nodes, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, Message, bytes]:
    """Status, headers and body."""
    request = urllib.request.Request(nodes.url() + path, method=method, headers=headers or {})

    def fetch() -> tuple[int, Message, bytes]:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, problem.headers, problem.read()

    return await asyncio.to_thread(fetch)


@pytest.mark.parametrize("path", ["/", "/r/team", "/r/%D0%9A%D1%83%D1%85%D0%BD%D1%8F"])
async def test_the_page_is_there_for_every_room(node: Nodes, path: str) -> None:
    """It is asked for anew each time, so that an update is seen."""
    status, headers, body = await get(node, path)
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache"
    assert "Отправить" in body.decode()


async def test_everything_that_the_page_loads_is_there_and_may_be_kept(node: Nodes) -> None:
    """Its files stand under an address that changes with them: kept for a year."""
    _, _, page = await get(node, "/")
    paths = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.decode()))
    assert len(paths) > 5
    for path in paths:
        status, headers, _ = await get(node, path)
        assert status == 200, path
        assert "immutable" in headers["Cache-Control"]


async def test_a_file_under_an_old_address_is_not_kept(node: Nodes) -> None:
    """A page that is open while the server is updated still gets its files."""
    status, headers, _ = await get(node, "/static/000000000000/js/main.js")
    assert (status, headers["Cache-Control"]) == (200, "no-cache")


async def test_the_page_trusts_nobody_else(node: Nodes) -> None:
    """A strict policy; no word about which server it is."""
    _, headers, _ = await get(node, "/")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] is None


@pytest.mark.parametrize(
    "path",
    [
        "/server.py", "/wschat/app/main.py", "/static/../server.py", "/static/%2e%2e/server.py", "/requirements.txt",
        "/data/redis/redis.log", "/static/", "/static", "/nothing", "/ws/x", "/index.html/x", "//etc/passwd",
    ],
)  # fmt: skip
async def test_nothing_else_is_published(node: Nodes, path: str) -> None:
    """404, and no more than that is said."""
    status, _, body = await get(node, path)
    assert status == 404
    assert b"import" not in body
    assert len(body) < 100


@pytest.mark.parametrize("path", ["/", "/static/js/main.js"])
async def test_a_head_has_what_a_get_has_but_the_body(node: Nodes, path: str) -> None:
    """RFC 9110, 9.3.2."""
    _, whole, body = await get(node, path)
    status, headers, nothing = await get(node, path, "HEAD")
    assert (status, nothing) == (200, b"")
    assert headers["Content-Length"] == whole["Content-Length"] == str(len(body))


async def test_the_page_takes_nothing(node: Nodes) -> None:
    """405 for a POST."""
    assert (await get(node, "/", "POST"))[0] == 405


async def test_the_page_speaks_the_language_of_the_setting(nodes: Nodes) -> None:
    """Russian by default."""
    await nodes.start(lang="en")
    assert b'data-lang="en"' in (await get(nodes, "/"))[2]


# --- health -------------------------------------------------------------------


async def test_a_healthy_server_says_so(node: Nodes) -> None:
    """200, with the number of sessions."""
    await node.join("Ann")
    status, headers, body = await get(node, "/health")
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    facts = json.loads(body)
    assert (facts["redis"], facts["sessions"]) == ("up", 1)


async def test_a_server_without_redis_is_not_healthy(node: Nodes, redis: Redis) -> None:
    """503 while the link is down; then 200 again."""
    link = node.nodes[0].link
    link._changed(False)
    status, _, body = await get(node, "/health")
    assert (status, json.loads(body)["redis"]) == (503, "down")
    link._changed(True)
    assert (await get(node, "/health"))[0] == 200


# --- the handshake ------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Upgrade": "h2c"}, 426),
        ({"Connection": "close"}, 426),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Sec-WebSocket-Key": "я"}, 400),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_whoever_does_not_shake_hands_as_one_should_is_told_why(
    node: Nodes, change: dict[str, str], status: int
) -> None:
    """With a sentence."""
    headers = {**HANDSHAKE, **change}
    reader, writer = await asyncio.open_connection("127.0.0.1", node.nodes[0].edge.port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "localhost", **headers}.items())
    writer.write(f"GET /ws HTTP/1.1\r\n{lines}\r\n".encode())
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    sentence = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    assert int(head.split(b" ")[1]) == status
    assert sentence.strip()


async def test_the_servers_key_is_made_of_the_clients(node: Nodes) -> None:
    """The example of RFC 6455, 1.3."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.nodes[0].edge.port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "localhost", **HANDSHAKE}.items())
    writer.write(f"GET /ws HTTP/1.1\r\n{lines}\r\n".encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer


async def test_a_page_of_this_very_host_may_connect(node: Nodes) -> None:
    """Whatever it is called."""
    async with connect(node.ws(), origin=node.url()) as connection:  # type: ignore[arg-type]
        await connection.send('{"type":"ping"}')
        assert json.loads(await connection.recv()) == {"type": "pong"}


async def test_there_is_no_compression(node: Nodes) -> None:
    """It would take 17 times the memory for a connection."""
    async with connect(node.ws(), compression="deflate") as connection:
        assert connection.protocol.extensions == []
