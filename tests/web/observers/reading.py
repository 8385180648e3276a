"""A program that reads a room of a node over HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from email.message import Message
from types import TracebackType
from typing import Any, NamedTuple

from ...support import Nodes
from ...support.client import PATIENCE
from ...support.http import get


class Reply(NamedTuple):
    status: int
    headers: Message
    body: dict[str, Any]

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.body["messages"]]


class Event(NamedTuple):
    """`id`: the last one that the program was told."""

    type: str
    id: str
    data: dict[str, Any]


async def reads(nodes: Nodes, path: str = "/r/chat/messages", method: str = "GET", **headers: str) -> Reply:
    """The answer; an underscore in the name of a header is a hyphen."""
    status, answered, body = await get(nodes, path, method, _named(headers))
    return Reply(status, answered, json.loads(body) if body else {})


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"anyone:{password}".encode()).decode()


class Follower:
    """A connection for a room's events. Each is read by the rules of the HTML standard."""

    def __init__(self, nodes: Nodes, number: int = 0, room: str = "chat", after: str = "", **headers: str) -> None:
        self.id = ""
        self.status = 0
        self.headers: dict[str, str] = {}
        self.comments = 0
        self.retry = 0
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter
        self._nodes = nodes
        self._number = number
        self._path = f"/r/{room}/events" + (f"?after={after}" if after else "")
        self._headers = _named(headers)

    async def opens(self, version: str = "1.1", limit: int = 1 << 22, tls: ssl.SSLContext | None = None) -> Follower:
        port = self._nodes.nodes[self._number].edge.port
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port, limit=limit, ssl=tls)
        lines = [f"GET {self._path} HTTP/{version}", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in self._headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        first, *fields = head.decode().split("\r\n")[:-2]
        self.status = int(first.split()[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        return self

    async def next(self) -> Event | None:
        """The next event; None: the connection has ended."""
        return await asyncio.wait_for(self._next(), PATIENCE)

    async def _next(self) -> Event | None:
        kind, data = "message", list[str]()
        while line := (await self.reader.readline()).decode():
            name, _, value = line.rstrip("\n").partition(":")
            value = value.removeprefix(" ")
            if line == "\n" and data:
                return Event(kind, self.id, json.loads("\n".join(data)))
            if line == "\n":
                kind = "message"
            elif name == "event":
                kind = value
            elif name == "data":
                data.append(value)
            elif name == "id":
                self.id = value
            elif name == "retry":
                self.retry = int(value)
            elif name == "":
                self.comments += 1
        return None

    async def gets(self, kind: str) -> Event:
        """The next event of this type."""
        while (event := await self.next()) is not None:
            if event.type == kind:
                return event
        raise EOFError(f"no {kind}")

    async def hears(self, text: str) -> Event:
        """The next event whose message has this text."""
        while True:
            event = await self.next()
            assert event is not None, f"no {text}"
            if event.data.get("message", event.data).get("text") == text:
                return event

    async def ends(self) -> None:
        """Wait until the server has ended the connection."""
        while await self.next() is not None:
            pass

    def close(self) -> None:
        self.writer.close()

    async def __aenter__(self) -> Follower:
        return await self.opens()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
