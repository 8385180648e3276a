"""A reader of an older part of the room: the way to newer messages, and what becomes of a message written there."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from .conftest import shoot
from .fake_server import ME, message
from .people import Person, until
from .steps import Staged, a_long_room, history_of, toast

NEWEST = 1000
FAILED = "Не удалось загрузить · Повторить"
BETWEEN = "Часть сообщений не показана"


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


def reconnects(staged: Staged) -> None:
    anna, fake = staged
    fake.refuses_connections = False
    fake.next_welcome(recovered=True, seq=NEWEST, head=NEWEST)
    anna.strip.get_by_role("button", name="Подключиться сейчас").click()
    fake.hears("hello", 2)


def stores(fake: Any) -> None:
    """Posts become the next messages."""
    fake.answers["post"] = lambda post: [
        message(NEWEST + 1, post["text"], ME, id=post["id"]),
        {"type": "ack", "id": post["id"], "seq": NEWEST + 1},
    ]


class TestAMessageThatIsWrittenThere:
    """It is in sight, though the end of the room can't be loaded."""

    def test_is_seen_without_a_connection_and_at_the_end_with_one(self, staged: Staged) -> None:
        """Below the old part, after a line that says that something lies between."""
        anna, fake = staged
        reads_an_old_part(staged)
        loses_the_connection(staged)
        anna.says("Где я?")
        expect(anna.page.locator(".post-status")).to_have_text("Ждёт отправки")
        expect(anna.page.locator("[data-post]")).to_be_in_viewport()
        expect(anna.page.locator("[data-edge=between]")).to_have_text(BETWEEN)
        shoot(anna, "state-post-below-old-part")
        stores(fake)
        reconnects(staged)
        expect(anna.page.locator(f"#m{NEWEST + 1}")).to_be_in_viewport()
        anna.sees(f"№ {NEWEST}")
        expect(anna.page.locator("[data-edge=between]")).to_have_count(0)

    def test_is_left_by_a_reader_who_scrolls_away(self, staged: Staged) -> None:
        """Who reads on in the old part isn't taken to the end when the connection is back."""
        anna, fake = staged
        reads_an_old_part(staged)
        loses_the_connection(staged)
        anna.says("Где я?")
        expect(anna.page.locator("[data-post]")).to_be_in_viewport()
        anna.scrolls_to(-900)
        in_sight = anna.page.evaluate(
            "[...document.querySelectorAll('article')].find((each) => each.getBoundingClientRect().top > 200).id"
        )
        stores(fake)
        reconnects(staged)
        fake.hears_posts("Где я?")
        anna.page.wait_for_timeout(300)
        expect(anna.page.locator(f"#{in_sight}")).to_be_in_viewport()
        expect(anna.page.locator(f"#m{NEWEST + 1}")).to_have_count(0)

    def test_is_there_to_be_tried_again_when_it_failed(self, staged: Staged) -> None:
        """Its buttons are below whatever part is on the page."""
        anna, fake = staged
        reads_an_old_part(staged)
        loses_the_connection(staged)
        anna.says("Раз")
        fake.answers["post"] = lambda post: {"type": "error", "code": "text_invalid", "id": post["id"]}
        fake.answers["history"] = lambda command: {"type": "error", "code": "busy"}
        reconnects(staged)
        expect(anna.page.locator("[data-post] .post-status")).to_contain_text("Повторить")
        expect(anna.page.locator("[data-post]")).to_be_in_viewport()


def test_the_way_to_the_end_says_that_it_is_closed(staged: Staged) -> None:
    """The button ↓ without a connection says so, as a link to a message does."""
    anna, _ = staged
    reads_an_old_part(staged)
    loses_the_connection(staged)
    anna.page.locator(".to-end").click()
    toast(anna, "Не удалось загрузить")


def test_newer_messages_that_couldnt_be_loaded_are_told_below(staged: Staged) -> None:
    """«Повторить» there loads just them; older ones are loaded as ever, and so is what follows."""
    anna, fake = staged
    reads_an_old_part(staged)
    fake.answers["history"] = []
    asked = len(fake.commands("history"))
    anna.scrolls_to(1_000_000)
    request = fake.hears("history", asked + 1)[-1]
    expect(anna.page.locator("#list > [data-edge=loading]:last-of-type")).to_be_visible()
    shoot(anna, "state-newer-loading")
    fake.sends({"type": "error", "code": "busy", "ref": request["ref"]})
    failed = anna.page.locator("[data-edge=failed]")
    expect(failed).to_have_text(FAILED)
    anna.scrolls_to(1_000_000)
    expect(failed).to_be_in_viewport()
    assert (
        failed.evaluate("(line) => line.compareDocumentPosition([...document.querySelectorAll('article')].at(-1))") == 2
    )
    shoot(anna, "state-newer-failed")
    fake.answers["history"] = history_of
    last = anna.messages.last.get_attribute("id") or ""
    anna.scrolls_to(0)
    until(anna.page, lambda: len(fake.commands("history")) > asked + 1)
    assert fake.commands("history")[-1]["before"] < 500  # older ones
    expect(failed).to_have_count(1)
    anna.scrolls_to(1_000_000)
    failed.get_by_role("button").click()
    expect(failed).to_have_count(0)
    expect(anna.page.locator(f"#m{int(last[1:]) + 1}")).to_be_attached()
