"""The page in a real browser, with real servers behind it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.support import Server

from .chromium import FLAGS, chromium
from .fake_server import FakeServer
from .people import People, Person

HERE = Path(__file__).parent
# Pictures to be looked at; not kept in the repository.
SHOTS = HERE.parent.parent / ".browser_cache" / "screenshots"

expect.set_options(timeout=30_000)  # a busy machine takes its time
_rooms = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser comes last: the loop that drives it would be in the way of the other tests' own."""
    items.sort(key=lambda item: item.path.parent == HERE)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    return {**browser_type_launch_args, "executable_path": chromium(), "args": FLAGS}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that do it no harm; each has a room of its own there."""
    server = Server(tmp_path_factory.mktemp("chat")).start()
    yield server
    server.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that a test may stop and start. The browser also finds it by a name of the LAN, `chat.lan`."""
    server = Server(tmp_path).start()
    yield server
    server.clear_away()


@pytest.fixture
def room(server: Server) -> str:
    """The address of a room where nobody has been."""
    return f"{server.url}/r/room-{next(_rooms)}"


@pytest.fixture
def people(browser: Browser, room: str) -> Iterator[People]:
    """Lets people into the room; afterwards no browser may have complained, and no policy have been
    broken.
    """
    people = People(browser, room)
    yield people
    assert list(people.leave()) == []


@pytest.fixture
def anna(people: People) -> Person:
    return people.comes("Анна")


@pytest.fixture
def boris(people: People) -> Person:
    return people.comes("Борис")


@pytest.fixture
def staged(people: People, server: Server) -> tuple[Person, FakeServer]:
    """Anna, who has been here before, in front of a page whose server is the test."""
    return fake_for(people, server)


@pytest.fixture
def timed(staged: tuple[Person, FakeServer]) -> tuple[Person, FakeServer]:
    """As `staged`, with a clock that the test moves."""
    staged[0].page.clock.install(time="2026-11-23T12:00:00Z")
    return staged


def fake_for(people: People, server: Server, **context: Any) -> tuple[Person, FakeServer]:
    """Without a service worker, which some seconds after joining would have all that a test keeps from the page."""
    person = people.comes(url=server.url, **{"service_workers": "block", **context})
    person.page.add_init_script(
        """localStorage.setItem("wschat.prefs", JSON.stringify({ name: "Анна",
        ...JSON.parse(localStorage.getItem("wschat.prefs") ?? "{}") }))
        """
    )
    return person, FakeServer(person.page)


def shoot(person: Person, name: str) -> None:
    """Keep a picture of what a person sees, to be looked at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    person.page.screenshot(path=SHOTS / f"{name}.png")
