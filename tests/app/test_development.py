"""`make dev`: the server starts anew when a file changes, and waits while the code is broken."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from wschat.app.development import CHECK_MS

from ..support.nodes import page_in
from ..support.redis import needs_embedded
from ..support.server import ROOT

pytestmark = needs_embedded


class Checkout:
    """A copy of the project, and the server that `make dev` starts there."""

    def __init__(self, folder: Path) -> None:
        self.server = page_in(folder)
        self.page = folder / "index.html"
        self.page.unlink()  # a link to the project's own
        self.page.write_bytes((ROOT / "index.html").read_bytes())
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, *arguments(), "--redis", "embedded", "--data", str(folder / "data"), "--port", "0"],
            cwd=folder, env={**os.environ, "WSCHAT_DEV": "1"}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()

    def addresses(self) -> list[str]:
        """Where the server has been, start by start."""
        return re.findall(r"Server started at (\S+)\n", self.output)

    def redis(self) -> int:
        """The process of the embedded Redis."""
        (child,) = psutil.Process(self.process.pid).children()
        return child.pid

    def wait(self, true: Callable[[], object]) -> None:
        end = time.monotonic() + 60
        while not true():
            assert time.monotonic() < end, self.output
            time.sleep(0.02)

    def save(self, file: Path, text: str, effect: Callable[[], object]) -> None:
        """Save and wait for the effect; save again if there is none: a busy machine may not have looked before."""
        time.sleep(2 * CHECK_MS / 1000)
        for _ in range(4):
            file.write_text(text, encoding="utf-8")
            end = time.monotonic() + 5
            while time.monotonic() < end:
                if effect():
                    return
                time.sleep(0.02)
        raise AssertionError(self.output)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.output += line


def arguments() -> list[str]:
    """Python's arguments in the recipe of `make dev`."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ndev:")[2]
    words = re.search(r"exec \$\(PYTHON_IN_VENV\) (-m tornado.*?) \$\(ARGS\)", recipe, re.DOTALL)
    assert words is not None
    return words[1].replace("\\\n", " ").split()


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path / "project")
    checkout.wait(checkout.addresses)
    yield checkout
    checkout.process.send_signal(signal.SIGINT)
    checkout.process.wait(30)


def test_a_changed_page_is_served_at_once_and_the_messages_stay(checkout: Checkout) -> None:
    """The process and the Redis are the same; Ctrl-C ends it with exit code 0, and Redis with it."""
    redis = checkout.redis()
    page = checkout.page.read_text(encoding="utf-8")
    checkout.save(checkout.page, page + "<!-- changed -->", lambda: len(checkout.addresses()) > 1)
    with urllib.request.urlopen(checkout.addresses()[-1]) as answer:
        assert b"<!-- changed -->" in answer.read()
    assert checkout.redis() == redis
    checkout.process.send_signal(signal.SIGINT)
    assert checkout.process.wait(30) == 0
    assert "Traceback" not in checkout.output
    assert not psutil.pid_exists(redis) or psutil.Process(redis).status() == psutil.STATUS_ZOMBIE


def test_code_that_does_not_even_parse_is_waited_for(checkout: Checkout) -> None:
    """The mistake is shown, and the server is back when it has been mended."""
    good = checkout.server.read_text(encoding="utf-8")
    checkout.save(checkout.server, good + "\nthis is no Python\n", lambda: "SyntaxError" in checkout.output)
    checkout.save(checkout.server, good, lambda: len(checkout.addresses()) > 1)
