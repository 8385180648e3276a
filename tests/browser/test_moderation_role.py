"""What is open over the list when a moderator is none any more: what it offers is refused by then."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from .moderation import menu, moderates, panel
from .people import until
from .steps import Staged, fetches_keys, presses

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("what", ["clear", "barring", "person", "message", "deletion"])
def test_what_only_moderators_do_closes_with_the_role(staged: Staged, what: str) -> None:
    """Questions and menus, also of a message: it offers to mute its author."""
    anna, fake = staged
    moderates(staged)
    fetches_keys(anna.page)
    opened = anna.page.locator("dialog.menu") if what in ("person", "message") else anna.dialog(what)
    if what == "clear":
        panel(anna).get_by_role("button", name="Очистить комнату").click()
    elif what == "barring":
        menu(anna, anna.page.locator("#m1")).get_by_role("menuitem", name="Удалить из комнаты").click()
    elif what == "deletion":
        presses(anna, 1, "Delete")
    else:
        menu(anna, anna.page.locator("#m1" if what == "message" else "aside .person", has_text="Борис"))
    expect(opened).to_be_visible()
    fake.sends({"type": "role", "role": ""})
    expect(opened).to_have_count(0)


def test_a_question_that_is_fetched_meanwhile_doesnt_open(staged: Staged) -> None:
    """The role ends while the dialog for muting is on its way."""
    anna, fake = staged
    asked: list[Route] = []

    def holds(route: Route) -> None:
        asked.append(route)

    anna.page.route(re.compile(r"/js/views/moderation/barring\.js"), holds)
    moderates(staged, barred=[])
    menu(anna, anna.page.locator("#m1")).get_by_role("menuitem", name="Запретить писать…").click()
    until(anna.page, lambda: asked)
    fake.sends({"type": "role", "role": ""})
    expect(anna.page.locator("[data-tool=moderation]")).to_have_count(0)
    asked[0].continue_()
    anna.page.wait_for_timeout(600)
    expect(anna.page.locator("[data-dialog=barring]")).to_have_count(0)


@pytest.mark.parametrize("of", ["aside .person", ".message"])
def test_a_menu_that_waits_for_the_server_offers_nothing_of_a_moderator(staged: Staged, of: str) -> None:
    """It asks first whether the person is muted; the role ends before the answer."""
    anna, fake = staged
    moderates(staged)
    row = anna.page.locator(of, has_text="Борис")
    menu(anna, row)
    anna.page.keyboard.press("Escape")
    fake.answers["moderate"] = []
    asked = len(fake.commands("moderate"))
    row.hover()
    row.locator(".message-more, .person-more").click()
    until(anna.page, lambda: len(fake.commands("moderate")) > asked)
    fake.sends({"type": "role", "role": ""})
    anna.page.wait_for_timeout(900)
    expect(anna.page.get_by_role("menuitem", name="Запретить писать…")).to_have_count(0)
    expect(anna.page.get_by_role("menuitem", name="Удалить из комнаты…")).to_have_count(0)
