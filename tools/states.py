"""The states of the page that are worth a look (for tools/sheet.py): each leads a page there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page
from screenshots import PEOPLE, TALK, talk

from tests.browser.fake_server import FakeServer

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
    page.add_init_script("""localStorage.setItem("wschat.prefs",
        JSON.stringify({ ...JSON.parse(localStorage.getItem("wschat.prefs")), name: "" }))""")
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


def failed(page: Page, fake: FakeServer, url: str) -> None:
    talking(page, fake, url)
    fake.answers["post"] = lambda post: {"type": "error", "code": "internal", "id": post["id"]}
    page.locator("#field").fill("Это не уйдёт")
    page.locator("#send").click()
    page.wait_for_selector(".post-status")


def closed(code: int) -> Callable[[Page, FakeServer, str], None]:
    def play(page: Page, fake: FakeServer, url: str) -> None:
        talking(page, fake, url)
        fake.closes(code)
        page.wait_for_selector(".strip-line, #join[open]")

    return play


def above(page: Page, fake: FakeServer, url: str) -> None:
    """Somebody reads further up while others write."""
    a_talk(fake)
    page.goto(url)
    page.wait_for_selector(".message")
    to_end = page.locator(".to-end")
    # The browser tells of the scrolling with its next frame, which the page's clock doesn't make; a draw before that
    # goes back to the end.
    for _ in range(100):
        page.locator("#list").evaluate("(list) => { list.scrollTop = 0; }")
        page.wait_for_timeout(50)
        if to_end.count():
            break
    else:
        raise TimeoutError("the page hasn't noticed in 5 s that its list was scrolled")
    texts = ["И ещё одно", "Посмотрите, пожалуйста"]
    fake.sends(*({**talk()[-1], "seq": len(TALK) + n, "id": f"n{n}", "text": text} for n, text in enumerate(texts, 1)))
    page.get_by_role("button", name="2").wait_for()


def emoji(page: Page, fake: FakeServer, url: str) -> None:
    talking(page, fake, url)
    page.locator("#emoji").click()
    page.wait_for_selector(".picker-emoji")


def rooms(page: Page, fake: FakeServer, url: str) -> None:
    kept = [{"room": room, "at": 1, "unread": unread} for room, unread in (("chat", 0), ("кухня", 3), ("проект", 0))]
    page.add_init_script(f"localStorage.setItem('wschat.rooms', JSON.stringify({kept}))")
    talking(page, fake, url)
    page.locator(".bar-rooms").click()
    page.wait_for_selector("dialog[open]")


def search(page: Page, fake: FakeServer, url: str) -> None:
    """Somebody looks for messages about phones."""
    a_talk(fake, messages=talk()[1:])
    page.goto(url)
    page.wait_for_selector(".message")
    found = [message for message in reversed(talk()) if "телефон" in message["text"]]
    long_ago = {
        **found[-1],
        "seq": 1,
        "from": PEOPLE["Вера Павлова"],
        "time": "2026-03-02T09:41:00+03:00",
        "text": "Проверила вёрстку на всех экранах, какие нашлись в отделе: два ноутбука, планшет и три старых "
        "телефона. На самом маленьком телефоне заголовок переносится, остальное на месте",
    }
    words = ["телефон", "телефоне", "телефона"]
    fake.answers["search"] = {"type": "found", "epoch": "e1", "messages": [*found, long_ago], "words": words}
    page.keyboard.press("Control+Shift+F")
    page.wait_for_selector("dialog[open]")
    page.keyboard.type("телефон")
    page.keyboard.press("Enter")
    page.clock.run_for(1000)
    page.wait_for_selector(".hit")


def keys(page: Page, fake: FakeServer, url: str) -> None:
    talking(page, fake, url)
    page.keyboard.press("Control+/")
    page.wait_for_selector("dialog[open]")


def nowhere(page: Page, _: FakeServer, url: str) -> None:
    page.goto(f"{url}/nothing")


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
    "lost": lost,
    "stopped": closed(4500),
    "failed": failed,
    "above": above,
    "emoji": emoji,
    "rooms": rooms,
    "search": search,
    "keys": keys,
    "nowhere": nowhere,
}
