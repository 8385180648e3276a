"""The states of the page around moderation (for tools/sheet.py): what moderators see, and those whom they act on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page
from screenshots import PEOPLE, talk
from states import TODAY, a_talk

from tests.browser.fake_server import FakeServer

State = Callable[[Page, FakeServer, str], None]
TOPIC = "Выпуск 2.4: что осталось до пятницы"
NO_RULES = {"version": 1, "slow": 0, "read_only": False, "locked": False, "password": False, "topic": ""}
RULES = {**NO_RULES, "topic": TOPIC}
MODERATOR = {**PEOPLE["Анна"], "role": "moderator"}
WITH_MODERATOR = {"count": 5, "people": [MODERATOR, *list(PEOPLE.values())[1:5]]}


def record() -> dict[str, Any]:
    """The people who are out, and the acts."""
    anna, boris, zhenya, lena = (PEOPLE[name] for name in ("Анна", "Борис", "Женя", "Лена"))
    barred = [
        {"person": zhenya, "act": "mute", "seconds": 540, "by": anna, "time": f"{TODAY}T08:23:00.000Z"},
        {"person": lena, "act": "remove", "seconds": 0, "by": anna, "time": f"{TODAY}T08:10:00.000Z"},
        {"person": boris, "act": "remove", "seconds": 82_000, "by": anna, "time": f"{TODAY}T07:00:00.000Z"},
    ]
    acts = [
        *({name: each[name] for name in ("person", "act", "seconds", "by", "time")} for each in barred),
        {"act": "slow", "seconds": 30, "by": anna, "time": f"{TODAY}T06:58:00.000Z"},
        {"act": "delete", "seq": 3, "person": lena, "by": anna, "time": f"{TODAY}T06:55:00.000Z"},
        {"act": "lock", "on": True, "by": anna, "time": f"{TODAY}T06:50:00.000Z"},
    ]
    return {"type": "done", "barred": barred, "acts": acts}


def as_moderator(page: Page, fake: FakeServer, url: str, **rules: Any) -> None:
    fake.answers["moderate"] = record()
    a_talk(fake, role="moderator", online=WITH_MODERATOR, rules={**RULES, **rules})
    page.goto(f"{url}/r/выпуск")
    page.wait_for_selector("[data-tool=moderation]")
    page.wait_for_selector(".mark")


def moderator(page: Page, fake: FakeServer, url: str) -> None:
    as_moderator(page, fake, url)
    fake.sends({"type": "rules", **RULES, "version": 2, "slow": 30})
    page.locator(".line", has_text="30").wait_for()


def panel(page: Page, fake: FakeServer, url: str) -> None:
    as_moderator(page, fake, url, slow=30, password=True)
    page.locator("[data-tool=moderation]").click()
    page.wait_for_selector(".moderation-row")


def acts(page: Page, fake: FakeServer, url: str) -> None:
    panel(page, fake, url)
    page.locator("summary").click()
    page.locator("summary").evaluate("(each) => each.scrollIntoView({ block: 'start' })")


def message_menu(page: Page, fake: FakeServer, url: str) -> None:
    as_moderator(page, fake, url)
    page.locator("#m5").focus()
    page.keyboard.press("Shift")
    page.wait_for_timeout(300)
    page.keyboard.press("Shift+F10")
    page.wait_for_selector(".menu")


def person_menu(page: Page, fake: FakeServer, url: str) -> None:
    as_moderator(page, fake, url)
    if page.locator("button.bar-online").is_visible():
        page.locator("button.bar-online").click()
        page.wait_for_selector("dialog[open] .person")
    person = page.locator(".person:visible").filter(has_text="Григорий")
    person.hover()
    person.locator(".person-more").click()
    page.wait_for_selector(".menu")


def removing(page: Page, fake: FakeServer, url: str) -> None:
    message_menu(page, fake, url)
    page.locator(".menu-item").last.click()
    page.wait_for_selector("dialog[data-dialog=barring]")


def erasing(page: Page, fake: FakeServer, url: str) -> None:
    message_menu(page, fake, url)
    page.locator(".menu-item").nth(-2).click()
    page.wait_for_selector("dialog[data-dialog=barring]")


def deleted(page: Page, fake: FakeServer, url: str) -> None:
    held()(page, fake, url)
    texts = page.locator(".text").count()
    rest = {"edited": f"{TODAY}T08:30:00.000Z", "deleted": True, "moderated": True}
    form = {**talk()[-2], "rev": len(talk()) + 1, **rest}
    del form["text"]
    fake.sends({"type": "amended", "seq": form["rev"], "epoch": form["epoch"], "id": "x", "message": form})
    page.wait_for_function("(before) => document.querySelectorAll('.text').length < before", arg=texts)


def cleared(page: Page, fake: FakeServer, url: str) -> None:
    held()(page, fake, url)
    fake.sends({"type": "reset", "epoch": "e2", "seq": 0, "messages": [], "cleared": True})
    page.wait_for_function("() => !document.querySelector('.text')")


def topic(page: Page, fake: FakeServer, url: str) -> None:
    as_moderator(page, fake, url, slow=30, locked=True, password=True)
    page.locator(".bar-topic").click()
    page.wait_for_selector("dialog[data-dialog=topic]")


def held(*events: dict[str, Any], draft: str = "", **rules: Any) -> State:
    """Somebody who may not write at the moment."""

    def play(page: Page, fake: FakeServer, url: str) -> None:
        boris = {**PEOPLE["Борис"], "role": "moderator"}
        a_talk(fake, online={"count": 2, "people": [PEOPLE["Анна"], boris]}, rules={**NO_RULES, **rules})
        page.goto(url)
        page.wait_for_selector(".message")
        if draft:
            page.locator("#field").fill(draft)
        fake.sends(*events)
        page.clock.run_for(300)
        page.wait_for_timeout(300)

    return play


def refused_post(page: Page, fake: FakeServer, url: str) -> None:
    held(slow=60)(page, fake, url)
    fake.answers["post"] = lambda post: {"type": "error", "code": "slow", "id": post["id"], "retry_after": 45}
    page.locator("#field").fill("Проверила на трёх телефонах, всё на месте")
    page.locator("#send").click()
    page.wait_for_selector(".hold p")


def out(code: str, **facts: Any) -> State:
    def play(page: Page, fake: FakeServer, url: str) -> None:
        fake.answers["hello"] = {"type": "error", "code": code, **facts}
        page.goto(f"{url}/r/выпуск")
        page.wait_for_selector(".out[open]")

    return play


def removed_now(page: Page, fake: FakeServer, url: str) -> None:
    held()(page, fake, url)
    fake.sends({"type": "error", "code": "barred", "retry_after": 600})
    page.wait_for_selector(".out[open]")


def room_password(page: Page, fake: FakeServer, url: str) -> None:
    fake.answers["hello"] = {"type": "error", "code": "password_required", "scope": "room"}
    page.goto(f"{url}/r/выпуск")
    page.wait_for_selector("#join[open]")


STATES_OF_MODERATION: dict[str, State] = {
    "moderator": moderator,
    "panel": panel,
    "acts": acts,
    "message-menu": message_menu,
    "person-menu": person_menu,
    "removing": removing,
    "erasing": erasing,
    "deleted-by-moderator": deleted,
    "cleared": cleared,
    "topic": topic,
    "muted": held({"type": "muted", "seconds": 600}),
    "muted-draft": held({"type": "muted", "seconds": 0}, draft="Я хотела сказать"),
    "read-only": held(read_only=True),
    "slow": refused_post,
    "barred": out("barred", retry_after=86_000),
    "barred-for-good": out("barred"),
    "locked": out("locked"),
    "removed": removed_now,
    "room-password": room_password,
}
