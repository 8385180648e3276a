"""A hook of a test, and the requests of its program."""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple
from urllib.parse import quote

from redis.asyncio import Redis

from wschat.hooks import make_hook

from ..support import Nodes
from ..support.http import get

TEXT = "text/plain"


async def texts(redis: Redis) -> list[str]:
    """The texts that the main room keeps."""
    entries: Any = await redis.xrange("{chat}:log")
    return [json.loads(fields[b"m"])["text"] for _, fields in entries]


class Reply(NamedTuple):
    status: int
    line: str
    retry_after: int


class TestHook:
    """A hook, and what its program sends to one of the nodes."""

    __test__ = False

    def __init__(self, nodes: Nodes, room: str, key: str, id: str) -> None:
        self.nodes = nodes
        self.room = room
        self.key = key
        self.id = id

    @classmethod
    async def made(cls, nodes: Nodes, room: str = "chat", name: str = "CI") -> TestHook:
        hook, key = await make_hook(nodes.nodes[0].link, room, name, time.time())
        return cls(nodes, room, key, hook.id)

    @property
    def path(self) -> str:
        return f"/hook/{quote(self.room)}/{self.key}"

    async def posts(self, text: str | bytes, kind: str = TEXT, *, path: str = "", **headers: str) -> Reply:
        """Send a body; an underscore in the name of a header is a hyphen."""
        data = text if isinstance(text, bytes) else text.encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        status, answered, body = await get(self.nodes, path or self.path, "POST", {"Content-Type": kind, **named}, data)
        return Reply(status, body.decode(), int(answered["Retry-After"] or 0))

    async def sends(self, **message: Any) -> Reply:
        """Send JSON."""
        return await self.posts(json.dumps(message), "application/json")
