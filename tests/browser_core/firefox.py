"""Firefox, by WebDriver BiDi, which it speaks itself."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from ..support.server import free_port
from .window import PATIENCE, Action, Window

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox(Window):
    """A Firefox with a profile of its own in `folder`."""

    def __init__(self, folder: Path) -> None:
        assert PROGRAM is not None
        port = free_port()
        self._process = subprocess.Popen(
            [PROGRAM, "--headless", "--no-remote", "--profile", str(folder), f"--remote-debugging-port={port}"],
            env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "ru_RU.UTF-8"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._ids = itertools.count(1)
        self._open = ExitStack()
        try:
            self._begin(port)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def _begin(self, port: int) -> None:
        self._connection = self._connect(port)
        self._call("session.new", capabilities={})
        self._context = self._call("browsingContext.getTree")["contexts"][0]["context"]
        self._call("browsingContext.setViewport", context=self._context, viewport={"width": 1280, "height": 800})

    def open(self, url: str) -> None:
        self._call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, expression: str) -> str:
        answer = self._call(
            "script.evaluate", expression=expression, target={"context": self._context}, awaitPromise=False
        )
        assert answer["type"] == "success", answer
        return str(answer["result"]["value"])

    def perform(self, actions: list[Action]) -> None:
        self._call("input.performActions", context=self._context, actions=actions)

    def close(self) -> None:
        self._open.close()
        self._process.terminate()
        self._process.wait(PATIENCE)

    def _connect(self, port: int) -> ClientConnection:
        end = time.monotonic() + 2 * PATIENCE
        while True:
            try:
                return self._open.enter_context(connect(f"ws://127.0.0.1:{port}/session", max_size=None))
            except (OSError, WebSocketException):
                assert time.monotonic() < end, "Firefox doesn't listen"
                time.sleep(0.2)

    def _call(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._connection.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._connection.recv(timeout=2 * PATIENCE))
            if answer.get("id") == number:
                assert answer["type"] == "success", re.sub(r"\s+", " ", str(answer))
                return answer["result"]
