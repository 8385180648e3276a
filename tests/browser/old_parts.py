"""Steps of the tests of a reader who is in an older part of the room, and what the server does then."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from .fake_server import ME, FakeServer, message
from .people import Person, until
from .steps import Staged, a_long_room, history_of

NEWEST = 1000


def reads_an_old_part(staged: Staged) -> Person:
    """Anna follows a link far up; the part around it is on the page, and the one below."""
    anna, fake = staged
    a_long_room(fake, NEWEST)
    anna.page.goto(f"{anna.url}/#m500")
    expect(anna.page.locator("#m500")).to_be_in_viewport()
    expect(anna.page.locator("#m575")).to_be_attached()
    return anna


def loses_the_connection(staged: Staged) -> None:
    anna, fake = staged
    fake.refuses_connections = True
    fake.closes(1012)
    expect(anna.strip).to_contain_text("Нет связи")


def writes_in_an_old_part(staged: Staged) -> Staged:
    """Without a connection, so that the post waits and the end of the room can't be had."""
    reads_an_old_part(staged)
    loses_the_connection(staged)
    staged[0].says("Где я?")
    return staged


def reconnects(staged: Staged) -> None:
    anna, fake = staged
    fake.refuses_connections = False
    fake.next_welcome(recovered=True, seq=NEWEST, head=NEWEST)
    # The button in the strip could be pressed just as the page tries again by itself, and make a third `hello`.
    anna.page.evaluate("dispatchEvent(new Event('online'))")
    fake.hears("hello", 2)


def asks(person: Person, held: list[dict[str, Any]], *, for_the_end: bool) -> dict[str, Any]:
    """The request for the end of the room, or for the part below the one that is there."""

    def found() -> list[dict[str, Any]]:
        return [each for each in held if (each["before"] > NEWEST) == for_the_end]

    until(person.page, lambda: bool(found()))
    return found()[0]


def answers_later(fake: FakeServer) -> list[dict[str, Any]]:
    """From now on requests for history are kept here."""
    held: list[dict[str, Any]] = []

    def holds(command: dict[str, Any]) -> list[dict[str, Any]]:
        held.append(command)
        return []

    fake.answers["history"] = holds
    return held


def gives(fake: FakeServer, asked: dict[str, Any]) -> None:
    """The answer to a request for history that was kept."""
    fake.sends({**history_of(asked), "ref": asked["ref"]})


def stores(fake: FakeServer) -> None:
    """Posts become the next messages."""
    fake.answers["post"] = lambda post: [
        message(NEWEST + 1, post["text"], ME, id=post["id"]),
        {"type": "ack", "id": post["id"], "seq": NEWEST + 1},
    ]
