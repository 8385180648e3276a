"""The page with letters twice as large as usual (WCAG 1.4.4): nothing covers anything else, and the room has a name."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import BORIS, ME, message
from .people import People
from .steps import misfits

RULES = {"version": 1, "slow": 0, "read_only": False, "locked": False, "password": False}
# How many letters of the name could stand in its place (a letter is half as wide as it is high).
LETTERS = "(name) => name.parentElement.clientWidth / (parseFloat(getComputedStyle(name).fontSize) / 2)"


@pytest.mark.parametrize("topic", ["", "Тема " * 20], ids=["plain", "topic"])
@pytest.mark.parametrize("role", ["member", "moderator"])
def test_the_header_keeps_the_name_of_the_room(people: People, server: Server, role: str, topic: str) -> None:
    """Its buttons go below the name where the line is too short for both."""
    anna, fake = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    fake.next_welcome(
        role=role,
        online={"count": 120, "people": [ME, BORIS]},
        rules={**RULES, "topic": topic},
        messages=[message(1, "Привет")],
        seq=1,
        head=1,
    )
    anna.page.goto(f"{anna.url}/r/команда-разработки")
    for part in ("search", *(["moderation"] if role == "moderator" else [])):
        expect(anna.page.locator(f"[data-tool={part}]")).to_be_visible()
    anna.page.evaluate("document.documentElement.style.fontSize = '200%'")
    for width in (390, 320):
        anna.page.set_viewport_size({"width": width, "height": 844})
        assert misfits(anna.page) == []
        shoot(anna, f"large-header-{role}-{width}")
        assert anna.page.locator(".bar-name").evaluate(LETTERS) >= 5
