"""WebKitGTK, the relative of Safari, by classic WebDriver, on a screen that only exists in memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from ..support.server import free_port
from .window import PATIENCE, Action, Window

DRIVER = shutil.which("WebKitWebDriver")
SCREEN = shutil.which("Xvfb")
BROWSERS = sorted(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"))


class WebKit(Window):
    """A MiniBrowser, started by its driver on a display of its own."""

    def __init__(self, folder: Path) -> None:
        assert DRIVER is not None
        self._screen, display = _start_screen()
        port = free_port()
        environment = {**os.environ, "DISPLAY": display, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        environment |= {"LIBGL_ALWAYS_SOFTWARE": "1", "WEBKIT_DISABLE_COMPOSITING_MODE": "1", "NO_AT_BRIDGE": "1"}
        self._driver = subprocess.Popen(
            [DRIVER, f"--port={port}"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._base = f"http://127.0.0.1:{port}"
        try:
            self._begin()
        except BaseException:
            self._end()
            raise

    def _begin(self) -> None:
        self._wait_for_driver()
        options = {"binary": str(BROWSERS[-1]), "args": ["--automation"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        session = self._call("POST", "/session", {"capabilities": capabilities})["sessionId"]
        self._base += f"/session/{session}"
        self._call("POST", "/window/rect", {"width": 1280, "height": 800})

    def open(self, url: str) -> None:
        self._call("POST", "/url", {"url": url})

    def evaluate(self, expression: str) -> str:
        return str(self._call("POST", "/execute/sync", {"script": f"return {expression}", "args": []}))

    def perform(self, actions: list[Action]) -> None:
        self._call("POST", "/actions", {"actions": actions})

    def close(self) -> None:
        try:
            self._call("DELETE", "")
        finally:
            self._end()

    def _end(self) -> None:
        for process in (self._driver, self._screen):
            process.terminate()
            process.wait(PATIENCE)

    def _wait_for_driver(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self._call("GET", "/status")
            except urllib.error.URLError:
                assert time.monotonic() < end, "WebKitWebDriver doesn't listen"
                time.sleep(0.1)
            else:
                return

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self._base + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=2 * PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as problem:
            with problem:
                raise AssertionError(problem.read().decode()) from problem


def _start_screen() -> tuple[subprocess.Popen[bytes], str]:
    """Xvfb on a free display, whose number it tells itself."""
    assert SCREEN is not None
    reads, writes = os.pipe()
    screen = subprocess.Popen(
        [SCREEN, "-displayfd", str(writes), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        pass_fds=[writes], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writes)
    with os.fdopen(reads) as told:
        return screen, f":{told.readline().strip()}"
