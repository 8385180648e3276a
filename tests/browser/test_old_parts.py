"""A reader of an older part of the room: the way to its end and to newer messages."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import shoot
from .fake_server import BORIS, message
from .old_parts import NEWEST, answers_later, asks, gives, loses_the_connection, reads_an_old_part, reconnects
from .people import until
from .steps import Staged, history_of, toast

FAILED = "Не удалось загрузить · Повторить"


def test_the_way_to_the_end_says_that_it_is_closed(staged: Staged) -> None:
    """The button ↓ without a connection says so, as a link to a message does."""
    anna, _ = staged
    reads_an_old_part(staged)
    loses_the_connection(staged)
    anna.page.locator(".to-end").click()
    toast(anna, "Не удалось загрузить")


def test_the_button_leads_to_the_unread_line_first(staged: Staged) -> None:
    """Further down than the old part, it is brought and shown, and what is below it stays unread."""
    anna, fake = staged
    reads_an_old_part(staged)
    fake.sends(*(message(n, f"новое {n}", BORIS) for n in range(NEWEST + 1, NEWEST + 61)))
    button = anna.page.locator(".to-end")
    expect(button).to_contain_text("60")
    button.click()
    expect(anna.page.locator("#new")).to_be_in_viewport()
    anna.page.wait_for_timeout(300)
    expect(anna.page.locator("#new")).to_be_in_viewport()
    expect(anna.page).not_to_have_title("Чат")
    button.click()
    anna.sees(f"№ {NEWEST + 60}")


def test_nothing_is_missing_below_the_end(staged: Staged) -> None:
    """The end comes before the older answer that was to lead there: neither a spinner nor a button stays."""
    anna, fake = staged
    reads_an_old_part(staged)
    loses_the_connection(staged)
    anna.page.locator(".to-end").click()
    toast(anna, "Не удалось загрузить")
    held = answers_later(fake)
    reconnects(staged)
    end, newer = asks(anna, held, for_the_end=True), asks(anna, held, for_the_end=False)
    gives(fake, end)
    expect(anna.page.locator(f"#m{NEWEST}")).to_be_in_viewport()
    anna.page.wait_for_timeout(200)
    expect(anna.page.locator("[data-edge=loading]")).to_have_count(0)
    fake.sends({"type": "error", "code": "busy", "ref": newer["ref"]})
    anna.page.wait_for_timeout(200)
    expect(anna.page.locator("[data-edge=failed]")).to_have_count(0)


def test_keys_ask_again_for_newer_messages(staged: Staged) -> None:
    """«Повторить» is a stop of Tab; the focus stays in the list when the button goes."""
    anna, fake = staged
    reads_an_old_part(staged)
    fake.answers["history"] = lambda command: {"type": "error", "code": "busy"}
    anna.scrolls_to(1_000_000)
    failed = anna.page.locator("[data-edge=failed]")
    expect(failed).to_be_visible()
    fake.answers["history"] = history_of
    anna.page.locator("#list").focus()
    anna.page.keyboard.press("Tab")
    expect(failed.get_by_role("button")).to_be_focused()
    anna.page.keyboard.press("Enter")
    expect(failed).to_have_count(0)
    expect(anna.page.locator("#list")).to_be_focused()


def test_newer_messages_that_couldnt_be_loaded_are_told_below(staged: Staged) -> None:
    """«Повторить» there loads just them; older ones are loaded as ever, and so is what follows."""
    anna, fake = staged
    reads_an_old_part(staged)
    fake.answers["history"] = []
    asked = len(fake.commands("history"))
    anna.scrolls_to(1_000_000)
    request = fake.hears("history", asked + 1)[-1]
    expect(anna.page.locator("#list > .chunk ~ [data-edge=loading]")).to_be_visible()
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
