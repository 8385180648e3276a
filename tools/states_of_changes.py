"""The states of the page around messages that change (for tools/sheet.py): edited, deleted, answered, reacted to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page
from screenshots import PEOPLE, talk
from states import TODAY, a_talk

from tests.browser.fake_server import FakeServer


def changed_talk() -> list[dict[str, Any]]:
    """The talk after a while: answered, edited, deleted, reacted to."""
    messages = talk()
    by_seq = {message["seq"]: message for message in messages}
    anna, boris, vera = (PEOPLE[name]["id"] for name in ("Анна", "Борис", "Вера Павлова"))
    by_seq[2].update(
        rev=20,
        reactions=[
            {"emoji": "👍", "count": 3, "people": [anna, vera, PEOPLE["Лена"]["id"]]},
            {"emoji": "🎉", "count": 1, "people": [vera]},
        ],
    )
    by_seq[3].update(rev=21, edited=f"{TODAY}T11:05:00+03:00", reply={"seq": 2, "from": PEOPLE["Борис"]})
    del by_seq[5]["text"]
    by_seq[5].update(rev=22, edited=f"{TODAY}T11:15:00+03:00", deleted=True)
    by_seq[6].update(reply={"seq": 4, "from": PEOPLE["Анна"]})
    by_seq[8].update(
        rev=23,
        edited=f"{TODAY}T11:22:00+03:00",
        reply={"seq": 5, "from": PEOPLE["Вера Павлова"]},
        reactions=[{"emoji": "🔥", "count": 2, "people": [boris, vera]}],
    )
    return messages


def changed(page: Page, fake: FakeServer, url: str) -> None:
    a_talk(fake, messages=changed_talk(), seq=23, head=23, limits={"text": 4000, "name": 32, "edit_window": 86400})
    page.goto(url)
    page.wait_for_selector("button.quote")
    page.wait_for_selector(".reaction")
    page.keyboard.press("Shift")  # the first key fetches what keys do
    page.wait_for_timeout(300)


def pressed(page: Page, fake: FakeServer, url: str, key: str, seq: int) -> None:
    """A key was pressed on a message of the changed talk."""
    changed(page, fake, url)
    page.locator(f"#m{seq}").focus()
    page.keyboard.press(key)


def with_menu(page: Page, fake: FakeServer, url: str) -> None:
    pressed(page, fake, url, "Shift+F10", 8)
    page.wait_for_selector(".menu")


def pointed(page: Page, fake: FakeServer, url: str) -> None:
    changed(page, fake, url)
    page.locator("#m8").hover()
    page.wait_for_selector("#m8 .message-tools", state="attached")  # a touch screen shows none


def replying(page: Page, fake: FakeServer, url: str) -> None:
    pressed(page, fake, url, "r", 9)
    page.wait_for_selector(".compose-strip")
    page.locator("#field").fill("Хорошо")


def editing(page: Page, fake: FakeServer, url: str) -> None:
    changed(page, fake, url)
    page.locator("#field").focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_selector(".compose-strip")


def deleting(page: Page, fake: FakeServer, url: str) -> None:
    pressed(page, fake, url, "Delete", 8)
    page.wait_for_selector("dialog[open]")


def who_reacted(page: Page, fake: FakeServer, url: str) -> None:
    pressed(page, fake, url, "Shift+F10", 2)
    page.locator(".menu-item").last.click()
    page.wait_for_selector("dialog[data-dialog=reactions]")


def pending(page: Page, fake: FakeServer, url: str) -> None:
    editing(page, fake, url)
    page.locator("#field").fill("Проверила дважды: кнопка на месте")
    page.locator("#send").click()
    page.wait_for_selector(".compose-strip", state="detached")
    page.wait_for_timeout(100)  # the list is as high as before again: nothing is scrolled to reach the reaction
    page.locator("#m8 .reaction").last.click()
    page.wait_for_selector(".reaction[data-pending]")


STATES_OF_CHANGES: dict[str, Callable[[Page, FakeServer, str], None]] = {
    "changed": changed,
    "pointed": pointed,
    "menu": with_menu,
    "replying": replying,
    "editing": editing,
    "deleting": deleting,
    "who-reacted": who_reacted,
    "pending": pending,
}
