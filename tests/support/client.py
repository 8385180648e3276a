"""A client that speaks the wire, with the verbs that tests need."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Iterable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

AT_ONCE = 20  # posts on their way
PATIENCE = 30.0  # s to wait for what must come, however busy the machine is
_numbers = itertools.count(1)


class Client:
    """Someone connected. `events` keeps everything that came, in order, and `frames` the bytes of it."""

    def __init__(self, connection: ClientConnection, name: str) -> None:
        self.connection = connection
        self.name = name
        self.events: list[dict[str, Any]] = []
        self.frames: list[bytes] = []
        self.welcome: dict[str, Any] = {}
        self._unread: list[dict[str, Any]] = []

    async def send(self, type_: str, **fields: Any) -> None:
        await self.connection.send(json.dumps({"type": type_, **fields}))

    async def says(self, text: str, id: str | None = None) -> str:
        """Post without waiting; returns the post's id."""
        post = id or f"post-{next(_numbers)}"
        await self.send("post", id=post, text=text)
        return post

    async def posts(self, text: str, id: str | None = None) -> int:
        """Post, wait for the ack, return the seq."""
        post = await self.says(text, id)
        return int((await self.gets("ack", id=post))["seq"])

    async def posts_many(self, texts: Iterable[str]) -> None:
        """Post all of them, as fast as the server acknowledges them."""
        unacknowledged: list[str] = []
        for text in texts:
            unacknowledged.append(await self.says(text))
            if len(unacknowledged) == AT_ONCE:
                await self.gets("ack", id=unacknowledged.pop(0))
        for post in unacknowledged:
            await self.gets("ack", id=post)

    async def gets(self, type_: str, **fields: Any) -> dict[str, Any]:
        """The next event of this type with these fields; skips others. Fails when it doesn't come in time."""
        return await asyncio.wait_for(self._next(type_, fields), PATIENCE)

    async def _next(self, type_: str, fields: dict[str, Any]) -> dict[str, Any]:
        at = 0
        while True:
            for event in self._unread[at:]:
                at += 1
                if event["type"] == type_ and all(event.get(key) == value for key, value in fields.items()):
                    self._unread = [one for one in self._unread[:at] if one["type"] != type_] + self._unread[at:]
                    return event
            await self._receive()

    async def _receive(self) -> dict[str, Any]:
        """Wait for the next event, and keep it."""
        frame = await self.connection.recv()
        self.frames.append(frame if isinstance(frame, bytes) else frame.encode())
        event: dict[str, Any] = json.loads(frame)
        self.events.append(event)
        self._unread.append(event)
        return event

    async def asks(self, type_: str, **fields: Any) -> None:
        """Send a command and wait for its `done`."""
        await self.send(type_, ref=type_, **fields)
        await self.gets("done", ref=type_)

    async def hears(self, text: str) -> dict[str, Any]:
        """The message with this text."""
        return await self.gets("message", text=text)

    async def is_refused(self, code: str) -> dict[str, Any]:
        """The `error` with this code."""
        return await self.gets("error", code=code)

    async def is_there(self) -> bool:
        """Whether the connection stands and the server answers."""
        await self.send("ping")
        return bool(await self.gets("pong"))

    async def hears_nothing(self, seconds: float = 0.3) -> bool:
        """True when no message comes in this time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                event = await asyncio.wait_for(self._receive(), left)
            except asyncio.TimeoutError:
                break
            if event["type"] == "message":
                return False
        return True

    async def close_code(self) -> int | None:
        """Wait until the server closes the connection; its code (1006: without one)."""
        await asyncio.wait_for(self.connection.wait_closed(), PATIENCE)
        return self.connection.close_code

    async def leaves(self) -> None:
        await self.connection.close()


async def join(url: str, name: str, **hello: Any) -> Client:
    """Connect, say hello, and wait for the welcome. `hello` are further fields of the command."""
    client = await visit(url, name)
    await client.send("hello", name=name, **hello)
    client.welcome = await client.gets("welcome")
    return client


async def visit(url: str, name: str = "") -> Client:
    """Connect without saying hello."""
    return Client(await connect(url, max_size=None, max_queue=None, ping_interval=None), name)
