"""A program that outgoing hooks call, on this machine, and the hooks of a test."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from wschat.hooks import Hook, make_outgoing_hook
from wschat.hooks.outgoing.hook_log import read_cursor
from wschat.redis_link import Call

from ...support import Nodes
from ...support.room import until

HERE = ("127.0.0.1",)  # the setting hook_networks of a node that may call the receiver


class Received(NamedTuple):
    """A call, as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return str(self.json["message"]["text"])

    @property
    def id(self) -> str:
        return self.headers["Webhook-Id"]


class Receiver:
    """Records calls. `answers` are given one after the other, then 204: a status, or JSON that is answered with 200.

    While `is_open` isn't set, no call is answered.
    """

    def __init__(self) -> None:
        self.calls: list[Received] = []
        self.answers: list[int | dict[str, Any]] = []
        self.location = ""
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.on_call: Callable[[], None] = lambda: None
        handlers = [(".*", _Handler, {"receiver": self})]
        self._server = HTTPServer(Application(handlers, log_function=lambda handler: None))
        sockets = bind_sockets(0, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        self._server.add_sockets(sockets)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/chat"

    @property
    def texts(self) -> list[str]:
        return [call.text for call in self.calls]

    async def is_called(self, *texts: str) -> None:
        """Wait until exactly these texts have come."""
        await until(lambda: len(self.calls) >= len(texts))
        assert self.texts == [*texts], self.texts

    async def stop(self) -> None:
        self.is_open.set()
        self._server.stop()
        await self._server.close_all_connections()


class _Handler(RequestHandler):
    def initialize(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def post(self) -> None:
        receiver, request = self._receiver, self.request
        assert isinstance(request, HTTPServerRequest)
        receiver.calls.append(Received(dict(request.headers.get_all()), request.body))
        receiver.on_call()
        await receiver.is_open.wait()
        answer = receiver.answers.pop(0) if receiver.answers else 204
        if isinstance(answer, dict):
            self.finish(answer)
            return
        self.set_status(answer)
        if receiver.location:
            self.set_header("Location", receiver.location)
        self.finish()


async def hooked(nodes: Nodes, to: str, room: str = "chat", name: str = "Бот", word: str = "") -> Hook:
    """An outgoing hook that a node calls from now on."""
    node = nodes.nodes[0]
    hook = await make_outgoing_hook(node.link, room, name, to, word, time.time())
    await until(lambda: has_lease(nodes, room))
    return hook


async def has_lease(nodes: Nodes, room: str = "chat") -> bool:
    """Whether a node has begun to call the hooks of the room."""
    link = nodes.nodes[0].link
    return bool(await link.execute(Call.command("GET", link.keys(room).hook_lease)))


async def read_up_to(nodes: Nodes, hook: Hook, seq: int, room: str = "chat") -> None:
    """Wait until the hook has been called for all messages up to this number, or doesn't get them."""
    link = nodes.nodes[0].link

    async def has_read() -> bool:
        cursor = read_cursor(await link.execute(Call.command("HGET", link.keys(room).hook_cursors, hook.id)))
        return cursor is not None and cursor.seq >= seq

    await until(has_read)
