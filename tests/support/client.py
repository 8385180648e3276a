"""A client that speaks the wire, with the verbs that tests need."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 10.0  # s to wait for an event that must come
_numbers = itertools.count(1)


class Client:
    """Someone connected. `events` keeps everything that came, in order."""

    def __init__(self, connection: ClientConnection, name: str) -> None:
        self.connection = connection
        self.name = name
        self.events: list[dict[str, Any]] = []
        self.welcome: dict[str, Any] = {}
        self._read = 0

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

    async def gets(self, type_: str, **fields: Any) -> dict[str, Any]:
        """The next event of this type with these fields; skips others. Fails when it doesn't come in time."""
        async with asyncio.timeout(PATIENCE):
            while True:
                while self._read < len(self.events):
                    event = self.events[self._read]
                    self._read += 1
                    if event["type"] == type_ and all(event.get(key) == value for key, value in fields.items()):
                        return event
                self.events.append(json.loads(await self.connection.recv()))

    async def hears(self, text: str) -> dict[str, Any]:
        """The message with this text."""
        return await self.gets("message", text=text)

    async def hears_nothing(self, seconds: float = 0.3) -> bool:
        """True when no message comes in this time."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self.events.append(json.loads(await self.connection.recv()))
                    if self.events[-1]["type"] == "message":
                        return False
        except TimeoutError:
            return True

    async def close_code(self) -> int | None:
        """Wait until the server closes the connection; its code (1006: without one)."""
        async with asyncio.timeout(PATIENCE):
            await self.connection.wait_closed()
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
    return Client(await connect(url, max_size=None, ping_interval=None), name)
