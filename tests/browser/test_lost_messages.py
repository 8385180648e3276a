"""What is opened over a message, when its log is lost: another message has its number then."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from .fake_server import BORIS, ME, FakeServer, amended, message
from .moderation import did, enters, menu
from .people import Person, until
from .steps import Staged, presses, talk_by_keys, text

pytestmark = pytest.mark.slow


def loses_the_log(anna: Person, fake: FakeServer) -> None:
    """The numbers are taken again, by messages of others."""
    said = [message(n, f"новое {n}", BORIS, epoch="e2") for n in (1, 2)]
    fake.sends({"type": "reset", "epoch": "e2", "seq": 2, "messages": said})
    expect(text(anna, 2)).to_have_text("новое 2")


@pytest.mark.parametrize(
    ("key", "opened"),
    [("Delete", "[data-dialog=deletion]"), ("+", "[data-dialog=emoji]"), ("Shift+F10", "dialog.menu")],
)
def test_what_is_open_over_a_message_goes_with_its_log(staged: Staged, key: str, opened: str) -> None:
    """A question, a menu or the picker would act on the message that has the number now."""
    anna, fake = staged
    talk_by_keys(staged, "раз", message(2, "моё", ME))
    presses(anna, 2, key)
    dialog: Locator = anna.page.locator(opened)
    expect(dialog).to_be_visible()
    loses_the_log(anna, fake)
    expect(dialog).to_have_count(0)
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_timeout(200)
    assert [fake.commands(each) for each in ("delete", "react")] == [[], []]


def test_a_menu_that_waits_for_the_server_opens_for_no_other_message(staged: Staged) -> None:
    """A moderator's menu asks first whether the author is muted; meanwhile the room may be another one."""
    anna, fake = staged
    fake.answers["moderate"] = []
    enters(staged, role="moderator")
    anna.page.locator("#m1").hover()
    more = anna.page.locator("#m1 .message-more")
    expect(more).to_be_visible()
    more.click()
    asked = fake.hears("moderate", 1)[0]
    loses_the_log(anna, fake)
    fake.sends({"type": "done", "ref": asked["ref"], "barred": []})
    anna.page.wait_for_timeout(300)
    expect(anna.page.get_by_role("menu")).to_have_count(0)


def test_an_author_is_muted_by_the_log_that_their_message_was_seen_in(staged: Staged) -> None:
    """The server compares it: nobody else is muted when the log is lost while the dialog is being fetched."""
    anna, fake = staged
    fake.answers["moderate"] = {"type": "done", "barred": []}
    asked: list[Route] = []

    def holds(route: Route) -> None:
        asked.append(route)

    anna.page.route(re.compile(r"/js/views/moderation/barring\.js"), holds)
    enters(staged, role="moderator")
    menu(anna, anna.page.locator("#m1")).get_by_role("menuitem", name="Запретить писать…").click()
    until(anna.page, lambda: asked)
    loses_the_log(anna, fake)
    asked[0].continue_()
    anna.dialog("barring").get_by_role("button", name="На 10 минут").click()
    did(anna, fake, {"act": "mute", "seq": 1, "epoch": "e1", "seconds": 600})


def test_the_list_of_who_reacted_follows_its_message(staged: Staged) -> None:
    """It shows what is there now, and goes with the last reaction or with the message."""
    anna, fake = staged
    said = message(1, "раз", rev=2, reactions=[{"emoji": "👍", "count": 1, "people": ["boris"]}])
    talk_by_keys(staged, said, message(3, "два"), seq=3, head=3)

    def opens() -> Locator:
        presses(anna, 1, "Shift+F10")
        anna.page.get_by_role("menuitem", name="Кто отреагировал").click()
        return anna.dialog("reactions")

    dialog = opens()
    expect(dialog).to_contain_text("👍 1")
    fake.sends(amended(4, said, reactions=[{"emoji": "👍", "count": 2, "people": ["boris", "anna"]}]))
    expect(dialog).to_contain_text("👍 2")
    fake.sends(amended(5, said, reactions=None))
    expect(dialog).to_have_count(0)
    fake.sends(amended(6, said))
    dialog = opens()
    fake.sends(amended(7, said, text=None, reactions=None, deleted=True, edited=said["time"]))
    expect(dialog).to_have_count(0)


def test_a_long_message_is_folded_where_another_one_was_unfolded(staged: Staged) -> None:
    """What the reader has unfolded is a message of the log that was lost, not a number."""
    anna, fake = staged
    long = "строка\n" * 60
    talk_by_keys(staged, long)
    anna.page.get_by_role("button", name="Показать полностью").click()
    expect(anna.page.get_by_role("button", name="Свернуть")).to_be_visible()
    said = [message(1, f"{long}новое", epoch="e2"), message(2, "новое 2", epoch="e2")]
    fake.sends({"type": "reset", "epoch": "e2", "seq": 2, "messages": said})
    expect(text(anna, 2)).to_be_visible()
    expect(anna.page.locator("#m1 .text")).to_have_attribute("data-folded", "")
