"""Takes a picture of each state of the page, in both themes and languages, wide and on a phone; and one sheet of them.

`python tools/states.py FOLDER [STATE...]` puts single pictures into FOLDER; without arguments it makes the sheet in
docs/img/. A test double plays the server, so that the pictures are the same each time.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright
from screenshots import NOW, PEOPLE, ROOT, SCREENS, TALK

from tests.browser.conftest import FLAGS, chromium
from tests.browser.fake_server import FakeServer
from tests.support import Server

TODAY = "2026-11-23"
ONE = {"count": 1, "people": [PEOPLE["Анна"]]}
FIVE = {"count": 5, "people": list(PEOPLE.values())[:5]}
PROGRAM = {
    "type": "message",
    "room": "chat",
    "from": {"name": "CI"},
    "text": "Сборка 1204 готова",
    "time": f"{TODAY}T11:23:30+03:00",
    "outside": True,
}


def talk() -> list[dict[str, Any]]:
    return [
        {
            "type": "message", "epoch": "e1", "seq": n, "id": f"i{n}", "from": PEOPLE[name], "text": text,
            "time": f"{day}T{time}:00+03:00",
        }
        for n, (day, time, name, text) in enumerate(TALK, 1)
    ]  # fmt: skip


def a_talk(fake: FakeServer, **more: Any) -> None:
    messages = talk()
    known = {"messages": messages, "seq": len(messages), "head": len(messages), "online": FIVE}
    fake.next_welcome(you=PEOPLE["Анна"], **{**known, **more})


def talking(page: Page, fake: FakeServer, url: str) -> None:
    a_talk(fake)
    page.goto(url)
    page.wait_for_selector(".message")
    fake.sends(PROGRAM, {"type": "typing", "people": [PEOPLE["Лена"], PEOPLE["Борис"]]})
    page.wait_for_selector("#typing:not(:empty)")


def empty(page: Page, fake: FakeServer, url: str) -> None:
    fake.next_welcome(you=PEOPLE["Анна"], online=ONE)
    page.goto(f"{url}/r/кухня")
    page.wait_for_selector(".empty")


def newcomer(page: Page, fake: FakeServer, url: str) -> None:
    page.add_init_script("localStorage.removeItem('wschat.prefs')")
    page.goto(f"{url}/r/кухня")
    page.wait_for_selector("#join[open]")


def refused(code: str, **facts: Any) -> Callable[[Page, FakeServer, str], None]:
    def play(page: Page, fake: FakeServer, url: str) -> None:
        fake.answers["hello"] = {"type": "error", "code": code, **facts}
        page.goto(url)
        page.wait_for_selector("#join[open]")

    return play


def settings(page: Page, fake: FakeServer, url: str) -> None:
    talking(page, fake, url)
    page.locator("[data-tool=settings]").click()
    page.wait_for_selector("dialog[open]")


def share(page: Page, fake: FakeServer, url: str) -> None:
    talking(page, fake, url)
    page.locator("[data-tool=share]").click()
    page.wait_for_selector("dialog[open]")


def people(page: Page, fake: FakeServer, url: str) -> None:
    a_talk(fake, online={"count": len(PEOPLE), "people": list(PEOPLE.values())})
    page.goto(url)
    page.wait_for_selector(".message")
    if page.locator("button.bar-online").is_visible():
        page.locator("button.bar-online").click()
        page.wait_for_selector("dialog[open]")


def unread(page: Page, fake: FakeServer, url: str) -> None:
    page.add_init_script("""localStorage.setItem("wschat.read.chat", JSON.stringify({ epoch: "e1", seq: 6 }))""")
    talking(page, fake, url)


def writing(page: Page, fake: FakeServer, url: str) -> None:
    talking(page, fake, url)
    page.locator("#field").fill("Проверила на трёх телефонах.\nВсё на месте")


def status(*events: dict[str, Any]) -> Callable[[Page, FakeServer, str], None]:
    def play(page: Page, fake: FakeServer, url: str) -> None:
        talking(page, fake, url)
        fake.sends(*events)
        page.wait_for_selector(".strip-line")

    return play


def lost(page: Page, fake: FakeServer, url: str) -> None:
    talking(page, fake, url)
    fake.refuses_connections = True
    fake.closes(1012)
    page.clock.run_for(3000)
    page.wait_for_selector(".strip-line")


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


def with_menu(page: Page, fake: FakeServer, url: str) -> None:
    changed(page, fake, url)
    page.locator("#m8").focus()
    page.keyboard.press("Shift+F10")
    page.wait_for_selector(".menu")


def pointed(page: Page, fake: FakeServer, url: str) -> None:
    changed(page, fake, url)
    page.locator("#m8").hover()
    page.wait_for_selector("#m8 .message-tools")


def replying(page: Page, fake: FakeServer, url: str) -> None:
    changed(page, fake, url)
    page.locator("#m9").focus()
    page.keyboard.press("r")
    page.wait_for_selector(".compose-strip")
    page.locator("#field").fill("Хорошо")


def editing(page: Page, fake: FakeServer, url: str) -> None:
    changed(page, fake, url)
    page.locator("#field").focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_selector(".compose-strip")


def deleting(page: Page, fake: FakeServer, url: str) -> None:
    changed(page, fake, url)
    page.locator("#m8").focus()
    page.keyboard.press("Delete")
    page.wait_for_selector("dialog[open]")


def who_reacted(page: Page, fake: FakeServer, url: str) -> None:
    changed(page, fake, url)
    page.locator("#m2").focus()
    page.keyboard.press("Shift+F10")
    page.locator(".menu-item").last.click()
    page.wait_for_selector("dialog[data-dialog=reactions]")


def pending(page: Page, fake: FakeServer, url: str) -> None:
    changed(page, fake, url)
    page.locator("#field").focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_selector(".compose-strip")
    page.locator("#field").fill("Проверила дважды: кнопка на месте")
    page.keyboard.press("Enter")
    page.locator("#m2 .reaction").last.click()
    page.wait_for_selector("[data-pending]")


STATES: dict[str, Callable[[Page, FakeServer, str], None]] = {
    "talk": talking,
    "writing": writing,
    "unread": unread,
    "empty": empty,
    "newcomer": newcomer,
    "name-taken": refused("name_taken", suggestion="Анна 2"),
    "name-reserved": refused("name_taken"),
    "password": refused("password_required"),
    "settings": settings,
    "share": share,
    "people": people,
    "idle": status({"type": "notice", "code": "idle", "seconds": 15}),
    "degraded": status({"type": "notice", "code": "degraded"}),
    "changed": changed,
    "pointed": pointed,
    "menu": with_menu,
    "replying": replying,
    "editing": editing,
    "deleting": deleting,
    "who-reacted": who_reacted,
    "pending": pending,
}


THEMES: tuple[tuple[Literal["light", "dark"], str], ...] = (
    ("light", "ru"),
    ("dark", "en"),
    ("light", "en"),
    ("dark", "ru"),
)


def shots(browser: Browser, url: str, names: list[str], folder: Path) -> Iterator[Path]:
    for name in names:
        for screen in ("chat", "chat-phone"):
            for theme, lang in THEMES:
                context = browser.new_context(
                    locale="ru-RU" if lang == "ru" else "en-US", timezone_id="Europe/Moscow", color_scheme=theme,
                    **{**SCREENS[screen], "device_scale_factor": 1},
                )  # fmt: skip
                page = context.new_page()
                page.clock.install(time=NOW)
                prefs = f'{{ name: "Анна", lang: "{lang}" }}'
                page.add_init_script(f'localStorage.setItem("wschat.prefs", JSON.stringify({prefs}))')
                STATES[name](page, FakeServer(page), url)
                page.clock.run_for(1000)
                page.wait_for_timeout(250)
                file = folder / f"{name}-{'wide' if screen == 'chat' else 'phone'}-{theme}-{lang}.png"
                page.screenshot(path=file)
                context.close()
                yield file


def main() -> None:
    folder, names = Path(sys.argv[1]), sys.argv[2:] or list(STATES)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        server = Server(Path(data)).start()
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for file in shots(browser, server.url, names, folder):
            print(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)
        browser.close()
        server.kill()


if __name__ == "__main__":
    main()
