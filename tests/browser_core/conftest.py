"""A window of each browser that is installed, and somebody else in the same room."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.support import Server

from . import firefox, webkit
from .window import Window

HERE = Path(__file__).parent
_rooms = itertools.count(1)
_posts = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers start slowly on a busy machine."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.timeout(180))


@pytest.fixture(scope="session")
def core_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("chat")).start()
    yield server
    server.stop()


@pytest.fixture
def core_room() -> str:
    """The name of a room where nobody has been."""
    return f"core-{next(_rooms)}"


@pytest.fixture(scope="session", params=["firefox", "webkit"])
def browser_window(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A browser; skipped where it isn't installed (`make browsers` does that)."""
    if request.param == "firefox":
        if not firefox.PROGRAM:
            pytest.skip("Firefox isn't installed: `make browsers` installs it")
        window: Window = firefox.Firefox(tmp_path_factory.mktemp("firefox"))
    else:
        if not (webkit.DRIVER and webkit.SCREEN and webkit.BROWSERS):
            pytest.skip("WebKitGTK isn't installed: `make browsers` installs it")
        window = webkit.WebKit(tmp_path_factory.mktemp("webkit"))
    yield window
    window.close()


@pytest.fixture
def window(browser_window: Window, core_server: Server, core_room: str) -> Window:
    """A stranger's window: nothing is kept from the test before."""
    browser_window.open(f"{core_server.url}/nothing-here")
    browser_window.value("(localStorage.clear(), sessionStorage.clear())")
    browser_window.open(f"{core_server.url}/r/{core_room}")
    return browser_window


class Friend:
    """Somebody in the room without a browser."""

    def __init__(self, connection: ClientConnection, room: str) -> None:
        self._connection = connection
        connection.send(json.dumps({"type": "hello", "name": "Boris", "room": room}))
        self.gets("welcome")

    def says(self, text: str) -> None:
        self._connection.send(json.dumps({"type": "post", "id": f"post-{next(_posts)}", "text": text}))
        self.gets("ack")

    def hears(self, text: str) -> None:
        while self.gets("message")["text"] != text:
            pass

    def gets(self, kind: str) -> dict[str, str]:
        """The next event of this kind; skips others."""
        while True:
            event: dict[str, str] = json.loads(self._connection.recv(timeout=20))
            assert event["type"] != "error", event
            if event["type"] == kind:
                return event


@pytest.fixture
def friend(core_server: Server, core_room: str) -> Iterator[Friend]:
    with connect(core_server.ws, origin=None) as connection:
        yield Friend(connection, core_room)
