"""Deletions and reactions in the page: what goes from the screen, and whose reactions are shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from .fake_server import ME, amended, message
from .people import until
from .steps import STORED, Staged, presses, refuses, strip, talk_by_keys, toast


def test_a_deletion_asks_once(staged: Staged) -> None:
    """Then the text is gone from the screen and from all that the browser keeps; a line stands there for an hour."""
    _, fake = staged
    anna = talk_by_keys(staged, message(1, "секрет", ME), message(2, "ответ", reply={"seq": 1, "from": ME}))
    presses(anna, 1, "Delete")
    dialog = anna.dialog("deletion")
    expect(dialog).to_contain_text("секрет")
    dialog.get_by_role("button", name="Оставить").click()
    expect(dialog).to_have_count(0)
    assert fake.commands("delete") == []
    presses(anna, 1, "Delete")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator("#m1 .tombstone")).to_have_text("Удаляем сообщение…")
    command = fake.hears("delete", 1)[0]
    now = anna.page.evaluate("new Date().toISOString()")
    fake.sends(
        amended(3, message(1, "", ME), text=None, deleted=True, edited=now),
        {"type": "done", "ref": command["ref"], "seq": 3},
    )
    expect(anna.page.locator("#m1 .tombstone")).to_have_text("Сообщение удалено")
    until(anna.page, lambda: "секрет" not in anna.page.content() + anna.page.evaluate(STORED))
    presses(anna, 1, "Shift+F10")
    expect(anna.page.get_by_role("menu")).to_have_count(0)


def test_what_shows_a_message_over_the_list_goes_with_it(staged: Staged) -> None:
    """A menu or a question that is open when the message is deleted closes, and the text with it."""
    _, fake = staged
    anna = talk_by_keys(staged, message(1, "секрет", ME), message(2, "тайна", ME))
    gone = {"text": None, "deleted": True, "edited": anna.page.evaluate("new Date().toISOString()")}
    presses(anna, 1, "Delete")
    expect(anna.dialog("deletion")).to_contain_text("секрет")
    fake.sends(amended(3, message(1, "", ME), **gone))
    expect(anna.dialog("deletion")).to_have_count(0)
    presses(anna, 2, "Shift+F10")
    expect(anna.page.get_by_role("menu")).to_be_visible()
    fake.sends(amended(4, message(2, "", ME), **gone))
    expect(anna.page.get_by_role("menu")).to_have_count(0)
    until(anna.page, lambda: not re.search("секрет|тайна", anna.page.content()))  # drawn in the next frame


def test_a_tombstone_goes_after_an_hour(timed: Staged) -> None:
    """Also on a page that stays open, and one that comes later doesn't see it at all."""
    _, fake = timed
    gone = message(2, "", rev=4, deleted=True, edited="2026-11-23T11:30:00.000Z")
    del gone["text"]
    old = message(3, "", rev=5, deleted=True, edited="2026-11-23T10:59:00.000Z")
    del old["text"]
    anna = talk_by_keys(timed, message(1, "раз"), gone, old, message(6, "шесть"), seq=6, head=6)
    fake.answers["hello"] = fake.welcome(recovered=True, seq=6, head=6)  # a pong is late where time runs so fast
    expect(anna.page.locator("#m2 .tombstone")).to_be_visible()
    expect(anna.page.locator("#m3")).to_have_count(0)
    anna.page.clock.fast_forward(29 * 60_000)
    expect(anna.page.locator("#m2")).to_have_count(1)
    anna.page.clock.fast_forward(2 * 60_000)
    expect(anna.page.locator("#m2")).to_have_count(0)
    expect(anna.messages).to_have_count(2)


@pytest.mark.slow
def test_a_tombstone_is_seen_by_a_machine_whose_clock_is_wrong(timed: Staged) -> None:
    """It is two hours ahead: what is deleted in front of the reader leaves a line for an hour all the same."""
    _, fake = timed
    anna = talk_by_keys(timed, message(1, "раз"), message(2, "два"))
    fake.answers["hello"] = fake.welcome(recovered=True, seq=3, head=3)  # a pong is late where time runs so fast
    fake.sends(amended(3, message(2, "два"), text=None, deleted=True, edited="2026-11-23T10:00:00.000Z"))
    expect(anna.page.locator("#m2 .tombstone")).to_be_visible()
    anna.page.clock.fast_forward(59 * 60_000)
    expect(anna.page.locator("#m2 .tombstone")).to_be_visible()
    anna.page.clock.fast_forward(2 * 60_000)
    expect(anna.page.locator("#m2")).to_have_count(0)


def test_reactions_are_counted_and_toggled(staged: Staged) -> None:
    """They stand below the message with their people; one's own is pressed, and pressing it takes it back."""
    _, fake = staged
    reactions = [{"emoji": "👍", "count": 3, "people": ["boris", "nobody", "anna"]}]
    anna = talk_by_keys(staged, message(1, "раз", reactions=reactions, rev=2), message(3, "два"), seq=3, head=3)
    chip = anna.page.locator("#m1 .reaction")
    expect(chip).to_have_text("👍 3")
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.hover()
    expect(chip).to_have_attribute("title", "\u2068Борис\u2069, \u2068вы\u2069 и ещё 1")
    chip.click()
    expect(chip).to_have_text("👍 2")
    expect(chip).to_have_attribute("aria-pressed", "false")
    command = fake.hears("react", 1)[0]
    assert (command["seq"], command["emoji"], command["on"]) == (1, "👍", False)
    presses(anna, 3, "Shift+F10")
    anna.page.keyboard.press("ArrowUp")
    anna.page.keyboard.press("ArrowRight")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator("#m3 .reaction")).to_have_text("❤️ 1")
    expect(anna.page.locator("#m3 .reaction")).to_have_attribute("data-pending", "")
    presses(anna, 1, "Shift+F10")
    anna.page.get_by_role("menuitem", name="Кто отреагировал").click()
    expect(anna.dialog("reactions")).to_contain_text("👍 2")
    expect(anna.page.get_by_role("article", name="Борис раз Реакции: 👍 2")).to_have_count(1)


def test_ones_own_among_many_reactions_can_be_taken_back(staged: Staged) -> None:
    """The server lists the first twenty people only: one press finds out that one is there, also for later visits."""
    _, fake = staged
    reactions = [{"emoji": "👍", "count": 30, "people": [f"p{n}" for n in range(20)]}]
    known: dict[str, Any] = {"messages": [message(1, "раз", reactions=reactions, rev=2)], "seq": 2, "head": 2}
    fake.answers["react"] = {"type": "done", "seq": 2}
    anna = talk_by_keys(staged, *known["messages"], seq=2, head=2)
    chip = anna.page.locator("#m1 .reaction")
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    assert fake.hears("react", 1)[0]["on"] is True
    expect(chip).to_have_text("👍 30")
    expect(chip).to_have_attribute("aria-pressed", "true")
    fake.next_welcome(**known)
    anna.page.reload()
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.click()
    assert fake.hears("react", 2)[1]["on"] is False


def test_buttons_follow_the_pointer(staged: Staged) -> None:
    """They react and reply without the menu; the picker stays in the window also at its top."""
    _, fake = staged
    anna = talk_by_keys(staged, *(message(n, f"№ {n}") for n in range(1, 40)))
    anna.page.locator("#m38").hover()
    anna.page.locator("#m38 .message-tools [data-action=reply]").click()
    expect(strip(anna)).to_contain_text("№ 38")
    top = anna.list.evaluate(
        "(list) => [...list.querySelectorAll('article')].find((each) => "
        "each.getBoundingClientRect().top > list.getBoundingClientRect().top + 20).id"
    )
    anna.page.locator(f"#{top}").hover()
    anna.page.locator(f"#{top} .message-tools [data-action=react]").click()
    picker = anna.dialog("emoji")
    expect(picker).to_be_in_viewport(ratio=1)
    picker.locator(".picker-emoji").first.click()
    assert fake.hears("react", 1)[0]["seq"] == int(top[1:])


@pytest.mark.slow
def test_buttons_that_the_keys_have_left_are_no_stops_of_the_keys(staged: Staged) -> None:
    """Enter makes all of its message stops of Tab, its buttons too; the pointer takes these to another message."""
    anna = talk_by_keys(staged, "https://example.com/a", "два")
    presses(anna, 1, "Enter")
    expect(anna.page.locator("#m1 .message-tools > button").first).to_be_focused()
    anna.page.mouse.move(600, 5)
    anna.page.locator("#m2").hover()
    expect(anna.page.locator("#m2 .message-tools > button").first).to_be_attached()
    expect(anna.page.locator("#m2 [tabindex='0']")).to_have_count(0)


def test_a_reaction_too_many_is_undone(staged: Staged) -> None:
    """The picker leads to every emoji; where the message has enough kinds already, a sentence says so."""
    _, fake = staged
    anna = talk_by_keys(staged, message(1, "раз"))
    refuses(fake, "react", "too_many", limit=12)
    presses(anna, 1, "+")
    anna.dialog("emoji").locator(".picker-find").fill("ракета")
    expect(anna.dialog("emoji").locator(".picker-emoji").first).to_have_text("🚀")
    anna.page.keyboard.press("Enter")
    assert fake.hears("react", 1)[0]["emoji"] == "🚀"
    toast(anna, "У сообщения уже 12 видов реакций: новый добавить нельзя")
    expect(anna.page.locator("#m1 .reaction")).to_have_count(0)
