"""Little height: a phone above whose keyboard a person searches, a phone on its side, a great zoom."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.support import Server

from .conftest import fake_for, shoot
from .people import People, until

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
