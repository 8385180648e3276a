"""Little height: a phone above whose keyboard a person searches, a phone on its side, a great zoom."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import ME, message
from .moderation import RULES, enters
from .people import People, until
from .pictures import in_a_room
from .steps import NO_FIELD_SIZING, fetches_keys, presses

pytestmark = pytest.mark.slow

PHONE: dict[str, Any] = {"has_touch": True, "is_mobile": True}
# How many of these are in sight as a whole.
WHOLE = """(all) => {
    const isSeen = (each, { top, bottom, left, right }) => [top + 1, bottom - 1]
        .every((y) => each.contains(document.elementFromPoint((left + right) / 2, y)));
    return all.filter((each) => isSeen(each, each.getBoundingClientRect())).length;
}"""


def whole(of: Locator) -> int:
    return int(of.evaluate_all(WHOLE))


@pytest.mark.parametrize(("width", "height"), [(360, 300), (640, 240), (320, 256)])
def test_emoji_are_seen_where_there_is_little_height(people: People, server: Server, width: int, height: int) -> None:
    """A row of them at least, before and after a search."""
    anna, _ = fake_for(people, server, **PHONE, width=width, height=height)
    anna.arrives()
    anna.page.locator("#emoji").click()
    picker = anna.dialog("emoji")
    expect(picker.locator(".picker-emoji").first).to_be_visible()
    shoot(anna, f"emoji-{width}x{height}")
    until(anna.page, lambda: whole(picker.locator(".picker-emoji")) >= 5)
    picker.get_by_role("searchbox").fill("лиц")
    expect(picker.locator(".picker-groups")).to_have_count(0)
    until(anna.page, lambda: whole(picker.locator(".picker-emoji")) >= 5)


@pytest.mark.parametrize(("text", "sizing"), [("normal", "content"), ("normal", "fixed"), ("huge", "content")])
def test_what_is_written_can_be_sent_where_there_is_little_height(
    people: People, server: Server, text: str, sizing: str
) -> None:
    """At 400 %, with everything at once that takes height: the field shrinks, and if that isn't enough, the page
    scrolls.
    """
    anna, fake = staged = fake_for(people, server, viewport={"width": 320, "height": 256})
    anna.page.add_init_script(
        f"""localStorage.setItem("wschat.prefs", JSON.stringify({{ name: "Анна", textSize: "{text}" }}))"""
    )
    if sizing == "fixed":
        anna.page.add_init_script(NO_FIELD_SIZING)
    enters(staged, rules={**RULES, "slow": 30, "topic": "Выпуск 2.4 и всё, что до него осталось сделать"})
    fetches_keys(anna.page)
    anna.field.evaluate("(field, sizing) => field.style.setProperty('field-sizing', sizing)", sizing)
    presses(anna, 2, "r")
    anna.field.fill("строка, которая длиннее поля " * 128)
    fake.sends(message(3, "Раз", ME), {"type": "notice", "code": "idle", "seconds": 60})
    stay = anna.strip.get_by_role("button", name="Не останавливать")
    expect(stay).to_be_visible()
    for other in (".bar-topic", ".compose-strip", ".hold p", "#counter"):
        expect(anna.page.locator(other)).to_be_visible()
    until(anna.page, lambda: whole(stay))
    if text == "huge":
        anna.page.mouse.move(100, 10)
        anna.page.mouse.wheel(0, 500)
    until(anna.page, lambda: whole(anna.page.locator("#send, #emoji")) == 2)
    shoot(anna, f"little-height-{text}-{sizing}")
    until(
        anna.page,
        "field.clientHeight >= 24 && field.getBoundingClientRect().bottom <= send.getBoundingClientRect().bottom + 1",
    )


@pytest.mark.parametrize(("width", "size"), [(320, 100), (320, 200), (390, 150), (390, 200), (1100, 200)])
def test_the_field_holds_a_few_words_beside_its_buttons(people: People, server: Server, width: int, size: int) -> None:
    """Two of them, where pictures are taken: next to large letters they stand below the field, in one row."""
    staged = fake_for(people, server, **PHONE if width < 1000 else {}, width=width, height=700)
    in_a_room(staged)
    page = staged[0].page
    page.evaluate(f"document.documentElement.style.fontSize = '{size}%'")
    until(page, "field.clientWidth >= 5 * parseFloat(getComputedStyle(field).fontSize)")
    until(page, "document.getElementById('attach').offsetTop === document.getElementById('emoji').offsetTop")
    until(page, "field.parentElement.scrollWidth <= field.parentElement.clientWidth")


def test_the_buttons_below_the_field_stay_in_its_frame(people: People, server: Server) -> None:
    """The field shrinks to one line, and scrolls, where large letters leave its frame too little height."""
    anna, fake = fake_for(people, server, viewport={"width": 320, "height": 420})
    rules = {**RULES, "slow": 30, "topic": "Выпуск 2.4"}
    fake.next_welcome(rules=rules, limits={"text": 4000, "name": 32, "edit_window": 0, "pictures": 4})
    anna.page.goto(anna.url)
    expect(anna.page.locator("#attach")).to_be_visible()
    anna.page.evaluate("document.documentElement.style.fontSize = '200%'")
    for text in ("", "раз\n" * 6):
        anna.field.fill(text)
        frame, button, field = (anna.page.locator(each).bounding_box() for each in (".field-box", "#emoji", "#field"))
        assert frame is not None
        assert button is not None
        assert field is not None
        assert button["y"] + button["height"] <= frame["y"] + frame["height"]
        assert field["y"] + field["height"] <= button["y"] + 4
        assert field["height"] >= 48  # a line
    anna.field.fill("")
    height = anna.field.bounding_box()
    anna.page.locator("#field").evaluate("(field) => { field.placeholder = 'Подождите немного 0:07'; }")
    assert anna.field.bounding_box() == height  # in one line
