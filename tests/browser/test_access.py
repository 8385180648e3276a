"""By keyboard alone, and for screen readers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support import Server

from .axe import violations
from .conftest import fake_for
from .fake_server import BORIS, ME, FakeServer, amended, message
from .people import GREETING, People, Person, until
from .steps import Staged


def focused(page: Page) -> str:
    """The focused element: its id, or its tag and class."""
    return str(
        page.evaluate("(({ id, tagName, className }) => id || `${tagName}.${className}`)(document.activeElement)")
    )


def test_by_keyboard_alone(people: People) -> None:
    """A person joins, writes, reads back, enters and leaves a message, finds a person and changes a setting."""
    anna = people.comes().visits()
    press = anna.page.keyboard.press
    expect(anna.dialog("join").locator("input[name=name]")).to_be_focused()
    anna.page.keyboard.type("Анна")
    press("Enter")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    expect(anna.field).to_be_focused()
    for text in ("https://example.com/ раз", "два", "три"):
        anna.page.keyboard.type(text)
        press("Enter")
        anna.sees(text) if "http" not in text else expect(anna.messages).to_have_count(1)
    expect(anna.page.locator(".message[data-status]")).to_have_count(0)

    press("Shift+ArrowUp")
    expect(anna.page.locator("#m3")).to_be_focused()
    press("Home")
    expect(anna.page.locator("#m1")).to_be_focused()
    press("ArrowDown")
    expect(anna.page.locator("#m2")).to_be_focused()
    press("ArrowUp")
    press("Enter")
    until(anna.page, "m1.contains(document.activeElement) && m1 !== document.activeElement")
    press("Escape")
    expect(anna.page.locator("#m1")).to_be_focused()
    expect(anna.page.locator("#m1 [tabindex='0']")).to_have_count(0)
    press("End")
    expect(anna.page.locator("#m3")).to_be_focused()
    press("?")
    expect(anna.dialog("shortcuts")).to_be_visible()
    press("Escape")
    expect(anna.dialog("shortcuts")).to_have_count(0)
    expect(anna.page.locator("#m3")).to_be_focused()
    press("Escape")
    expect(anna.field).to_be_focused()

    anna.page.keyboard.type(".")  # the button takes the focus only if there is something to send
    press("Tab")
    until(anna.page, lambda: focused(anna.page) == "attach")
    press("Tab")
    until(anna.page, lambda: focused(anna.page) == "emoji")
    press("Tab")
    press("Tab")
    until(anna.page, lambda: focused(anna.page) == "UL.people-list")
    anna.page.locator("[data-tool=settings]").focus()
    press("Enter")
    select = anna.dialog("settings").locator("select[name=theme]")
    expect(select).to_be_visible()
    select.focus()
    press("ArrowDown")
    expect(anna.page.locator("html")).to_have_attribute("data-theme", "light")
    press("Escape")
    until(anna.page, lambda: focused(anna.page).startswith("BUTTON.button-icon"))


def test_the_list_is_one_stop_of_the_tab_key(staged: Staged) -> None:
    """It is, with any number of messages and links, and a screen reader announces neither history nor the countdown."""
    anna, fake = staged
    fake.next_welcome(messages=[message(n, f"https://example.com/{n}") for n in range(1, 21)], seq=20, head=20)
    anna.visits()
    expect(anna.page.locator("#m20")).to_be_visible()
    anna.page.locator("[data-tool=settings]").focus()
    anna.page.keyboard.press("Tab")
    until(anna.page, lambda: focused(anna.page) == "list")
    anna.page.keyboard.press("Tab")
    until(anna.page, lambda: focused(anna.page) == "field")
    expect(anna.list).to_have_attribute("aria-live", "off")
    expect(anna.page.locator("#announcer")).to_be_empty()


def test_new_messages_are_announced(timed: Staged) -> None:
    """One is read as «Борис: текст», many are counted, and one's own are silent."""
    anna, fake = timed
    fake.next_welcome(messages=[message(1, "Раньше")], seq=1, head=1)
    anna.visits()
    anna.sees("Раньше")
    announcer = anna.page.locator("#announcer")
    announcer.evaluate("""(place) => {
        globalThis.said = [];
        new MutationObserver(() => said.push(place.textContent)).observe(place, { childList: true });
    }""")
    anna.page.clock.pause_at("2026-11-23T12:05:00Z")
    fake.sends(message(2, "Своё", ME), message(3, "Привет"))
    expect(announcer).to_have_text("⁨Борис⁩: Привет")
    fake.sends(*(message(n, f"№ {n}") for n in range(4, 9)))
    anna.page.clock.resume()
    expect(announcer).to_have_text("5 новых сообщений")
    assert anna.page.evaluate("said") == ["⁨Борис⁩: Привет", "5 новых сообщений"]


def test_focus_is_never_lost(staged: Staged) -> None:
    """When a message or a button disappears, the focus goes to its container."""
    anna, fake = staged
    fake.next_welcome(messages=[message(n, f"№ {n}") for n in range(1, 51)], seq=50, head=50)
    anna.visits()
    anna.sees("№ 50")
    anna.page.locator("#m50").focus()
    fake.sends(*(message(n, f"№ {n}") for n in range(51, 600)))
    expect(anna.page.locator("#m599")).to_be_attached()
    until(anna.page, lambda: focused(anna.page) in ("list", "m50"))
    fake.sends({"type": "notice", "code": "idle", "seconds": 60})
    anna.strip.get_by_role("button", name="Не останавливать").focus()
    fake.sends({"type": "notice", "code": "active"})
    expect(anna.strip).to_be_empty()
    expect(anna.field).to_be_focused()


class Scenes:
    """The states of the page one after another, each left before the next."""

    def __init__(self, anna: Person, fake: FakeServer) -> None:
        self.anna, self.fake = anna, fake
        self.press = anna.page.keyboard.press

    def empty(self) -> None:
        expect(self.anna.page.get_by_text("Здесь ещё ничего не писали")).to_be_visible()

    def mention(self) -> None:
        self.anna.field.press_sequentially("@")
        expect(self.anna.page.get_by_role("option")).to_have_count(1)

    def talk(self) -> None:
        """All that messages can have in them."""
        self.press("Escape")
        self.fake.sends(
            message(1, "см. https://example.com и `код` @Анна @Борис"),
            message(2, "```\nкод\n```"),
            message(3, "Своё", ME),
            message(4, "длинное\n" * 40),
            {"type": "typing", "people": [{"id": "v", "name": "Вера"}]},
        )
        self.fake.answers["post"] = lambda command: {
            "type": "error",
            "code": "internal",
            "id": command["id"],
        }
        self.anna.says("Не уйдёт")
        expect(self.anna.page.locator(".post-status")).to_contain_text("Не отправлено")

    def changed(self) -> None:
        """A reply, an edit, a deletion, reactions, and a change that isn't made yet."""
        mine, time = {"seq": 3, "from": ME}, self.anna.page.evaluate("new Date().toISOString()")
        reactions = [{"emoji": "👍", "count": 2, "people": ["anna", "boris"]}]
        self.fake.sends(
            message(5, "Ответ", reply=mine),
            message(6, "Ответ", reply={"seq": 1, "from": BORIS}),
            amended(7, message(3, "Иначе", ME), edited=time, reactions=reactions),
            amended(8, message(1, ""), text=None, deleted=True, edited=time),
        )
        expect(self.anna.page.locator("#m5 .quote")).to_contain_text("Иначе")
        self.on(3, "e")
        self.anna.says("Ещё иначе")
        expect(self.anna.page.locator("#m3 .edited")).to_have_text("сохраняем…")

    def menu(self) -> None:
        self.on(3, "Shift+F10")
        expect(self.anna.page.get_by_role("menu")).to_be_visible()

    def reply(self) -> None:
        self.press("Escape")
        self.on(5, "r")
        expect(self.anna.page.locator(".compose-strip")).to_be_visible()

    def deletion(self) -> None:
        self.press("Escape")
        self.on(3, "Delete")
        expect(self.anna.dialog("deletion")).to_be_visible()

    def reactions(self) -> None:
        self.press("Escape")
        self.on(3, "Shift+F10")
        self.anna.page.get_by_role("menuitem", name="Кто отреагировал").click()
        expect(self.anna.dialog("reactions")).to_be_visible()

    def on(self, seq: int, key: str) -> None:
        """Press a key on a message that has the focus."""
        self.anna.page.locator(f"#m{seq}").focus()
        self.press(key)

    def settings(self) -> None:
        self.press("Escape")
        self.anna.opens("settings")

    def share(self) -> None:
        self.press("Escape")
        self.anna.opens("share")

    def keys(self) -> None:
        self.press("Escape")
        self.anna.list.focus()
        self.press("?")
        expect(self.anna.dialog("shortcuts")).to_be_visible()

    def people(self) -> None:
        self.press("Escape")
        expect(self.anna.dialog("shortcuts")).to_have_count(0)
        count = self.anna.page.locator("button.bar-online")
        if count.is_visible():
            count.click()
            expect(self.anna.dialog("people")).to_be_visible()

    def about_to_stop(self) -> None:
        self.press("Escape")
        self.fake.sends({"type": "notice", "code": "idle", "seconds": 60})
        expect(self.anna.strip).to_contain_text("Не останавливать")

    def redis_away(self) -> None:
        self.fake.sends({"type": "notice", "code": "degraded"})
        expect(self.anna.strip).to_contain_text("не доставляются")

    def stopped(self) -> None:
        self.fake.closes(4500)
        expect(self.anna.strip).to_contain_text("остановлен")

    def reconnecting(self) -> None:
        self.fake.refuses_connections = True
        self.anna.strip.get_by_role("button", name="Подключиться").click()
        expect(self.anna.strip).to_contain_text("Чат выключен")

    def removed(self) -> None:
        self.fake.refuses_connections = False
        self.anna.strip.get_by_role("button", name="Проверить").click()
        expect(self.anna.strip.get_by_text("выключен")).to_have_count(0)
        self.fake.closes(4501)
        expect(self.anna.dialog("out")).to_be_visible()

    def all(self) -> list[Callable[[], None]]:
        return [
            self.empty,
            self.mention,
            self.talk,
            self.changed,
            self.menu,
            self.reply,
            self.deletion,
            self.reactions,
            self.settings,
            self.share,
            self.keys,
            self.people,
            self.about_to_stop,
            self.redis_away,
            self.stopped,
            self.reconnecting,
            self.removed,
        ]


@pytest.mark.parametrize(("width", "height"), [pytest.param(390, 844, marks=pytest.mark.slow), (1280, 800)])
def test_axe_finds_nothing(people: People, server: Server, width: int, height: int) -> None:
    """No state has a violation, in light and dark, on a phone and on a desktop."""
    anna, fake = fake_for(people, server, width=width, height=height)
    anna.page.emulate_media(reduced_motion="reduce")  # no colour is measured on its way to another
    anna.visits()
    found = {}
    for scene in Scenes(anna, fake).all():
        scene()
        found[f"{scene.__name__}, light"] = violations(anna.page, "{ resultTypes: ['violations'] }")
        anna.page.emulate_media(color_scheme="dark")
        found[f"{scene.__name__}, dark"] = violations(anna.page, "{ resultTypes: ['violations'] }")
        anna.page.emulate_media(color_scheme="light")
    assert {scene: each for scene, each in found.items() if each} == {}
