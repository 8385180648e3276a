"""A person who talks in a chat on this machine (for operator_day.py and dashboard.py)."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from tornado.websocket import WebSocketClientConnection, websocket_connect

TIMEOUT = 60.0  # s for a person to be back, and for an answer
TALK_EVERY = 0.02  # s between two posts, and between two attempts to connect


class Failed(Exception):
    """A step didn't do what it promises."""


class Person:
    """Somebody in the main room, who comes back when the connection is lost. `acknowledged`: texts that are stored."""

    def __init__(self, port: int, name: str) -> None:
        self.acknowledged: list[str] = []
        self._url = f"ws://127.0.0.1:{port}/ws"
        self._name = name
        self._connection: WebSocketClientConnection | None = None
        self._token: str | None = None

    async def join(self) -> None:
        """Connect, as often as it takes within TIMEOUT. Raises Failed after that, or if the server refuses."""
        end = time.monotonic() + TIMEOUT
        while True:
            try:
                self._connection = await websocket_connect(self._url)
                welcome = await self._ask("welcome", {"type": "hello", "name": self._name, "token": self._token})
            except (OSError, ConnectionError):
                if time.monotonic() > end:
                    raise Failed("nobody can join") from None
                await asyncio.sleep(TALK_EVERY)
            else:
                self._token = welcome.get("token") or self._token
                return

    async def is_closed(self) -> int | None:
        """Wait for the server to close the connection; its code."""
        assert self._connection is not None
        while await asyncio.wait_for(self._connection.read_message(), TIMEOUT) is not None:
            pass
        return self._connection.close_code

    async def may_join(self) -> bool:
        """Join; False if the server refuses, or can't be reached within TIMEOUT."""
        try:
            await self.join()
        except Failed:
            return False
        return True

    async def say(self, text: str) -> None:
        """Post and wait until it is stored."""
        post = text.replace(" ", "-")
        await self._ask("ack", {"type": "post", "id": post, "text": text}, id=post)
        self.acknowledged.append(text)

    async def talk(self) -> None:
        """Post for ever."""
        while True:
            await self.say(f"message {len(self.acknowledged)}")
            await asyncio.sleep(TALK_EVERY)

    def leave(self) -> None:
        if self._connection is not None:
            self._connection.close()

    async def _ask(self, answer: str, command: dict[str, Any], **fields: str) -> dict[str, Any]:
        """Send a command and wait for the event of this type with these fields. Raises ConnectionError, Failed."""
        assert self._connection is not None
        await self._connection.write_message(json.dumps({key: value for key, value in command.items() if value}))
        while True:
            frame = await asyncio.wait_for(self._connection.read_message(), TIMEOUT)
            if frame is None:
                raise ConnectionError
            event: dict[str, Any] = json.loads(frame)
            if event["type"] == "error":
                raise Failed(f"{self._name}: {event}")
            if event["type"] == answer and fields.items() <= event.items():
                return event
