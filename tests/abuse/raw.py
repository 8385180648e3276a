"""A client without manners: sends whatever bytes a test wants, which no good library would."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import ssl
import urllib.error
import urllib.request
from typing import Any, NamedTuple

from ..support.frames import CLOSE, TEXT, frame

TIMEOUT = 30.0  # s to wait for what must come, however busy the machine is
PROTOCOL_ERROR, UNSUPPORTED, INVALID_TEXT, TOO_BIG = 1002, 1003, 1007, 1009  # close codes
NO_CODE, GONE = 1005, 1006

_opened: list[Raw] = []


class Frame(NamedTuple):
    final: bool
    opcode: int
    payload: bytes


def text(words: str) -> bytes:
    return frame(TEXT, words.encode())


def command(type_: str, **fields: Any) -> bytes:
    return text(json.dumps({"type": type_, **fields}))


def request(port: int, headers: dict[str, str] | None = None, path: str = "/ws") -> bytes:
    """The bytes of a handshake; a header with the value "" is left out."""
    all_headers = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        **(headers or {}),
    }
    lines = [f"{name}: {value}" for name, value in all_headers.items() if value]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


async def close_all() -> None:
    """Close whatever was opened since the last time."""
    for one in _opened:
        await one.close()
    _opened.clear()


def headers_of(url: str, context: ssl.SSLContext | None = None) -> dict[str, str]:
    """The headers of a web page, also of a missing one. Blocking."""
    try:
        with urllib.request.urlopen(url, context=context) as answer:
            return dict(answer.headers)
    except urllib.error.HTTPError as problem:
        with problem:
            return dict(problem.headers)


class Raw:
    """A connection as bytes. `status` and `head` are what the server answered to the handshake."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.status = 0
        self.head = ""

    @classmethod
    async def open(cls, port: int) -> Raw:
        """Connect, and say nothing yet."""
        raw = cls(*await asyncio.open_connection("127.0.0.1", port))
        _opened.append(raw)
        return raw

    @classmethod
    async def connect(cls, port: int, headers: dict[str, str] | None = None) -> Raw:
        """Connect and shake hands; look at `status` for what came of it."""
        raw = await cls.open(port)
        raw.send(request(port, headers))
        raw.head = (await asyncio.wait_for(raw.reader.readuntil(b"\r\n\r\n"), TIMEOUT)).decode("latin-1")
        raw.status = int(raw.head.split()[1])
        return raw

    @classmethod
    async def join(cls, port: int, name: str, headers: dict[str, str] | None = None, **hello: Any) -> Raw:
        raw = await cls.connect(port, headers)
        raw.send(command("hello", name=name, **hello))
        await raw.event("welcome")
        return raw

    def send(self, *data: bytes) -> None:
        self.writer.write(b"".join(data))

    async def frame(self) -> Frame | None:
        """The next frame; None when the server has closed the connection."""
        try:
            return await asyncio.wait_for(self._frame(), TIMEOUT)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def event(self, type_: str = "", **fields: Any) -> dict[str, Any]:
        """The next event of this type with these fields. Fails when the connection ends."""
        while True:
            got = await self.frame()
            assert got is not None, "the connection is gone"
            assert got.opcode != CLOSE, f"closed with {int.from_bytes(got.payload[:2], 'big')}"
            if got.opcode == TEXT:
                event: dict[str, Any] = json.loads(got.payload)
                if event["type"] == (type_ or event["type"]) and all(event.get(k) == v for k, v in fields.items()):
                    return event

    async def close_code(self) -> int:
        """Skip everything up to the end; its code (GONE without a close frame)."""
        while (got := await self.frame()) is not None:
            if got.opcode == CLOSE:
                return int.from_bytes(got.payload[:2], "big") if got.payload else NO_CODE
        return GONE

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def _frame(self) -> Frame:
        first, second = await self.reader.readexactly(2)
        assert not second & 0x80, "a server's frame must not be masked"
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
        return Frame(bool(first & 0x80), first & 0x0F, await self.reader.readexactly(size))
