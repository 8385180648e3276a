"""Pictures of a test, and their uploads."""

from __future__ import annotations

import asyncio
import json
import struct
import zlib
from typing import Any, NamedTuple
from urllib.parse import quote

from .client import Client
from .http import get
from .nodes import Nodes


def png(width: int = 4, height: int = 3) -> bytes:
    """A grey picture."""
    rows = (b"\0" + b"\x80" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


class Answer(NamedTuple):
    """The answer to an upload. `retry_after`: 0 without one."""

    status: int
    body: dict[str, Any]
    retry_after: int


async def ticket(client: Client) -> str:
    """A ticket for one upload, as the client gets it."""
    await client.send("upload", ref="t")
    return str((await client.gets("upload", ref="t"))["ticket"])


async def upload(
    nodes: Nodes, ticket: str, data: bytes | None = None, room: str = "chat", origin: str = "", forwarded: str = ""
) -> Answer:
    """Upload a picture (None: a small one)."""
    path, named = f"/r/{quote(room)}/pictures", {"Authorization": f"Bearer {ticket}"}
    named |= {name: value for name, value in (("Origin", origin), ("X-Forwarded-For", forwarded)) if value}
    status, answered, body = await get(nodes, path, "POST", named, png() if data is None else data)
    return Answer(status, json.loads(body), int(answered["Retry-After"] or 0))


async def receipt(nodes: Nodes, client: Client) -> str:
    """The receipt of a picture that the client has uploaded."""
    return str((await upload(nodes, await ticket(client))).body["picture"])


def upload_head(token: str, length: str) -> bytes:
    """The head of an upload's request; `length` is the header that says how long the body is."""
    return f"POST /r/chat/pictures HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{length}\r\n\r\n".encode()


async def open_upload(nodes: Nodes, token: str, length: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection with the head of an upload whose body has so many bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", nodes.nodes[0].edge.port)
    writer.write(upload_head(token, f"Content-Length: {length}"))
    return reader, writer
