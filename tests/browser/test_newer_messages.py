"""A reader of an older part of the room: newer messages by keys, and what happens if they can't be loaded."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import shoot
from .old_parts import (
    loses_the_connection,
    reads_an_old_part,
)
from .people import until
from .steps import Staged, fetches_keys, history_of, toast

pytestmark = pytest.mark.slow

FAILED = "Не удалось загрузить · Повторить"


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


def test_escape_leaves_the_button_for_the_list(staged: Staged) -> None:
    """It isn't in a message, so no message gets the focus."""
    anna, fake = staged
    reads_an_old_part(staged)
    fake.answers["history"] = lambda command: {"type": "error", "code": "busy"}
    fetches_keys(anna.page)
    anna.scrolls_to(1_000_000)
    anna.page.locator("[data-edge=failed] button").focus()
    anna.page.keyboard.press("Escape")
    expect(anna.page.locator("#list")).to_be_focused()


@pytest.mark.parametrize("end", [0, 1_000_000])
def test_another_failure_is_told_to_who_asks_again(staged: Staged, end: int) -> None:
    """The line looks as it did before, so a toast says it: with a connection and without one."""
    anna, fake = staged
    reads_an_old_part(staged)
    expect(anna.page.locator("#m426")).to_be_attached()
    fake.answers["history"] = lambda command: {"type": "error", "code": "busy"}
    anna.scrolls_to(end)
    again = anna.page.locator("[data-edge=failed] button")
    again.click()
    toast(anna, "Не удалось загрузить")
    loses_the_connection(staged)
    again.click()
    toast(anna, "Не удалось загрузить")


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
