"""A server of which a test decides every word: stands where the real one does, and speaks the wire."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

from .people import PATIENCE

ME = {"id": "anna", "name": "Анна"}
BORIS = {"id": "boris", "name": "Борис"}


def message(seq: int, text: str, sender: dict[str, str] = BORIS, **more: Any) -> dict[str, Any]:
    """A `message` event; one minute of 23 November 2026 for each `seq`."""
    return {
        "type": "message",
        "room": "chat",
        "epoch": "e1",
        "seq": seq,
        "id": f"id{seq}",
        "from": sender,
        "text": text,
        "time": f"2026-11-23T{9 + seq // 60 % 12:02}:{seq % 60:02}:00.000Z",
        **more,
    }


def amended(seq: int, form: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An `amended` event: the message is now as in `form`, with these of its fields changed; None: without it."""
    changed = {**form, "rev": seq, **more}
    kept = {name: value for name, value in changed.items() if value is not None}
    return {"type": "amended", "epoch": "e1", "seq": seq, "id": f"change{seq}", "message": kept}


def too_fast(seconds: float) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """An answer to `post`: it may come again after so long."""
    refusal = {"type": "error", "code": "rate_limited", "retry_after": seconds}
    return lambda command: {**refusal, "id": command["id"]}


class FakeServer:
    """Plays the server for one page. `heard` keeps every command that the page has sent."""

    def __init__(self, page: Page) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}
        self.welcomes: list[dict[str, Any]] = []
        self.refuses_connections = False
        self._socket: WebSocketRoute | None = None
        self._page = page
        page.route_web_socket("**/ws", self._connected)

    def welcome(self, **more: Any) -> dict[str, Any]:
        return {
            "type": "welcome",
            "room": "chat",
            "you": ME,
            "token": "t",
            "epoch": "e1",
            "seq": 0,
            "head": 0,
            "recovered": False,
            "lost": False,
            "messages": [],
            "online": {"count": 2, "people": [ME, BORIS]},
            "text": "Вы подключились к чату!",
            "limits": {"text": 4000, "name": 32, "edit_window": 0},
            **more,
        }

    def next_welcome(self, **more: Any) -> None:
        """The next `hello` is answered so, instead of with an empty room."""
        self.welcomes.append(self.welcome(**more))

    def sends(self, *events: dict[str, Any]) -> None:
        assert self._socket is not None
        for event in events:
            self._socket.send(json.dumps(event))

    def closes(self, code: int, reason: str = "") -> None:
        assert self._socket is not None
        self._socket.close(code=code, reason=reason)

    def commands(self, type_: str) -> list[dict[str, Any]]:
        """The commands of a kind that have come so far."""
        return [command for command in self.heard if command["type"] == type_]

    def hears(self, type_: str, times: int) -> list[dict[str, Any]]:
        """Wait until so many commands of a kind have come; then there must be no more of them."""
        end = time.monotonic() + PATIENCE
        while len(self.commands(type_)) < times and time.monotonic() < end:
            self._page.wait_for_timeout(20)
        assert len(self.commands(type_)) == times, self.heard
        return self.commands(type_)

    def hears_posts(self, *texts: str) -> None:
        """Wait until exactly these texts have been posted, in this order."""
        assert [post["text"] for post in self.hears("post", len(texts))] == list(texts)

    def _connected(self, socket: WebSocketRoute) -> None:
        if self.refuses_connections:
            socket.close(code=1012, reason="away")
            return
        self._socket = socket
        socket.on_message(self._hears)

    def _hears(self, frame: str | bytes) -> None:
        command = json.loads(frame)
        self.heard.append(command)
        kind = command["type"]
        if kind in self.answers:
            answer = self.answers[kind]
            answer = answer(command) if callable(answer) else answer
            for event in answer if isinstance(answer, list) else [answer]:
                self.sends(
                    {"ref": command.get("ref"), **event}
                    if event.get("type") in ("history", "people", "renamed", "error", "done", "messages", "found")
                    else event
                )
        elif kind == "hello":
            self.sends({**(self.welcomes.pop(0) if self.welcomes else self.welcome()), "room": command["room"]})
        elif kind == "ping":
            self.sends({"type": "pong"})
        elif kind == "history":
            self.sends({"type": "history", "ref": command["ref"], "messages": [], "start": True})
