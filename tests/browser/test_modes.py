"""The page in the modes that browsers have: old, printing, translating, other directions, clocks and languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import ME, message
from .moderation import RULES, enters
from .people import GREETING, People
from .steps import Staged, misfits, secure_only

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("missing", ["Array.prototype.findLast", "window.HTMLDialogElement"])
def test_a_browser_that_is_too_old_is_told_so(people: People, missing: str) -> None:
    """A classic script says it, since the modules can't."""
    anna = people.comes()
    anna.page.add_init_script(f"delete {missing}")
    anna.page.goto(anna.url)
    expect(anna.page.get_by_text("Этот браузер слишком старый для чата")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_a_browser_without_has_lacks_only_refinements(people: People, server: Server, width: int) -> None:
    """Firefox has `:has()` from 121 on: before, a topic makes the header higher, and everything is in its place."""
    anna, _ = staged = fake_for(people, server, viewport={"width": width, "height": 800})

    def without(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(":has(", ":unknown("))

    anna.page.route("**/*.css", without)
    enters(staged, rules={**RULES, "topic": "Выпуск 2.4 и всё, что до него осталось сделать на этой неделе"})
    expect(anna.page.locator(".bar-topic")).to_be_visible()
    assert misfits(anna.page) == []
    shoot(anna, f"mode-without-has-{width}")


def test_forced_colours_leave_every_frame(people: People, server: Server) -> None:
    """Where the system takes the colours away, what was told apart by one has a frame instead, and nothing has two."""
    anna, fake = fake_for(people, server, forced_colors="active", color_scheme="dark")
    texts = ["```\nкод\n```", "`код` и @Анна", "> цитата"]
    messages = [message(seq, text) for seq, text in enumerate(texts, 1)]
    reactions = [{"emoji": emoji, "count": 1, "people": [who]} for emoji, who in (("👍", "anna"), ("🎉", "boris"))]
    messages.append(message(4, "реакции", reactions=reactions, rev=5))
    fake.next_welcome(messages=messages, seq=5, head=5)
    anna.visits()
    expect(anna.page.locator("blockquote")).to_have_text("цитата")
    assert anna.page.evaluate("matchMedia('(forced-colors: active)').matches")
    for framed in (".text pre", "#m2 code", ".mention-me", ".field-box", ".reaction[aria-pressed=true]"):
        expect(anna.page.locator(framed).first).not_to_have_css("outline-style", "none")
    for framed in (".avatar", "#send", "[data-tool=share]"):
        expect(anna.page.locator(framed).first).to_have_css("border-top-style", "solid")
    expect(anna.page.locator(".reaction[aria-pressed=false]")).to_have_css("outline-style", "none")
    ground = anna.page.evaluate("getComputedStyle(document.body).backgroundColor")
    for within in ("#field", "#emoji"):
        expect(anna.page.locator(within)).to_have_css("border-top-color", ground)
    anna.field.focus()
    anna.page.keyboard.press("Tab")
    shoot(anna, "mode-forced-colours")


@secure_only
def test_translation_leaves_alone_what_the_page_draws(staged: Staged) -> None:
    """Only the texts of messages may be translated: elsewhere a translation would freeze numbers and names."""
    anna, fake = staged
    fake.next_welcome(messages=[message(1, "Привет")], seq=1, head=1)
    anna.page.add_init_script("globalThis.Notification = class { static permission = 'default'; };")
    anna.visits()
    anna.sees("Привет")
    anna.says("Раз")
    expect(anna.page.locator(".offer")).to_be_visible()
    anna.opens("settings")
    drawn = ("header", "#strip", "#below", "#composer", ".offer", "aside", "dialog[data-dialog=settings]", ".author")
    for each in drawn:
        assert anna.page.locator(each).first.evaluate("(each) => each.translate") is False, each
    assert anna.page.locator("#m1 .text").evaluate("(text) => text.translate") is True


@pytest.mark.parametrize(
    ("locale", "clock"), [("en-US", r"\d{1,2}:\d\d"), ("en-GB", r"\d\d:\d\d"), ("de-DE", r"\d{1,2}:\d\d")]
)
def test_a_grouped_time_is_one_short_line(people: People, server: Server, locale: str, clock: str) -> None:
    """Two messages of one author in English stand close together, whatever the clock of the country."""
    anna, fake = fake_for(people, server, locale=locale)
    anna.page.add_init_script("""localStorage.setItem("wschat.prefs", JSON.stringify({ name: "Анна", lang: "en" }))""")
    fake.next_welcome(messages=[message(1, "One"), message(2, "Two")], seq=2, head=2)
    anna.visits()
    anna.sees("Two")
    grouped = anna.page.locator("#m2")
    expect(grouped).to_have_attribute("data-grouped", "")
    assert re.fullmatch(clock, grouped.locator("time").inner_text())
    heights = grouped.evaluate("(each) => [each.offsetHeight, each.querySelector('time').offsetHeight]")
    assert heights[0] <= 34
    assert heights[1] <= 28


def test_a_long_name_leaves_room_for_the_time(people: People, server: Server) -> None:
    """On a phone the name is shortened, and the time stays on the screen."""
    anna, fake = fake_for(people, server, viewport={"width": 390, "height": 844})
    somebody = {"id": "l", "name": "Александра-Виктория Оболенск"}
    fake.next_welcome(messages=[message(1, "Раз", somebody), message(2, "Два", ME)], seq=2, head=2)
    anna.visits()
    anna.sees("Раз")
    time = anna.page.locator("#m1 time").bounding_box()
    assert time is not None
    assert time["x"] + time["width"] <= 390


def test_a_phone_on_its_side_has_its_people_in_a_sheet(people: People) -> None:
    """There is no room for a column in 390 px of height, and the button that opens the sheet is there."""
    anna = people.comes("Анна", width=844, height=390)
    expect(anna.page.locator("aside.people")).to_be_hidden()
    anna.page.locator("button.bar-online").click()
    expect(anna.dialog("people").locator(".person bdi")).to_have_text(["Анна"])


def test_a_name_from_the_right_keeps_to_itself(staged: Staged) -> None:
    """Names that run from the right are isolated wherever the page puts them into a sentence."""
    anna, fake = staged
    iyan = {"id": "i", "name": "إيان"}
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    fake.sends({"type": "online", "count": 3, "joined": [iyan]}, {"type": "typing", "people": [iyan]})
    expect(anna.list.locator(".line[data-key^=p]")).to_have_text("⁨إيان⁩ теперь в чате")
    expect(anna.page.locator(".typing")).to_have_text("⁨إيان⁩ печатает…")
    fake.sends(message(1, "مرحبا", iyan))
    expect(anna.page.locator("#announcer")).to_have_text("⁨إيان⁩: مرحبا")
    anna.page.goto(f"{anna.url}/r/غرفة")
    expect(anna.page).to_have_title("⁨غرفة⁩ — Чат")


def test_sharing_from_this_computer_says_that_it_opens_nowhere_else(people: People, server: Server) -> None:
    """The hint tells how to let others in, and the whole address is visible."""
    anna = people.comes("Анна")
    share = anna.opens("share")
    expect(share.locator("[data-hint=local]")).to_contain_text("открывается только на этом компьютере")
    expect(share.locator("[data-hint=local]")).to_contain_text("запустите его с --host 0.0.0.0 и сообщите")
    assert share.locator("[data-hint=local] b").evaluate("(each) => each.getClientRects().length") == 1
    address = share.locator("#share-address")
    assert address.evaluate("(input) => input.scrollWidth <= input.clientWidth")


def test_an_address_that_leads_nowhere_leads_home(people: People, server: Server) -> None:
    """A person gets the frame of the page, a sentence and a way to the main room."""
    anna = people.comes()
    answer = anna.page.goto(f"{server.url}/r/a/b")
    assert answer is not None
    assert answer.status == 404
    expect(anna.page.get_by_text("Такой страницы нет")).to_be_visible()
    shoot(anna, "state-not-found")
    anna.complaints.clear()  # the browser notes the 404
    anna.page.get_by_role("link", name="Перейти в главную комнату").click()
    expect(anna.dialog("join")).to_be_visible()


def test_a_kept_name_is_called_reserved(staged: Staged) -> None:
    """A name that nobody may have isn't explained by somebody who has it."""
    anna, fake = staged
    fake.answers["hello"] = {"type": "error", "code": "name_taken"}
    anna.visits()
    expect(anna.dialog("join").locator(".dialog-error")).to_contain_text("зарезервировано")


@pytest.mark.parametrize("room", ["кухня!", "две комнаты"])
def test_a_room_that_cannot_be_is_told_before_a_name_is_asked(people: People, server: Server, room: str) -> None:
    """Nobody fills in a name only to learn that the address is wrong."""
    anna, _ = fake_for(people, server)
    anna.page.add_init_script("localStorage.clear()")
    anna.page.goto(f"{server.url}/r/{room}")
    join = anna.dialog("join")
    expect(join.get_by_role("heading")).to_have_text("Комната не открывается")
    expect(join).to_contain_text("Так комнату назвать нельзя")
    expect(join.locator("input")).to_have_count(0)
    expect(join.get_by_role("link", name="Перейти в главную комнату")).to_be_focused()


def test_messages_are_named_and_lines_are_separators(staged: Staged) -> None:
    """Screen readers get an article by its author and text, and each line between days as a separator."""
    anna, fake = staged
    fake.next_welcome(messages=[message(1, "Раз"), message(2, "Два")], seq=2, head=2)
    anna.visits()
    anna.sees("Два")
    expect(anna.page.get_by_role("article", name="Борис Раз")).to_be_attached()
    expect(anna.page.get_by_role("article", name=re.compile("Борис: Два"))).to_be_attached()
    expect(anna.page.get_by_role("separator")).to_have_count(1)
    anna.has_hidden_tab(True)
    fake.sends(message(3, "Три"))
    expect(anna.page.get_by_role("separator", name="Новые сообщения")).to_be_attached()


def test_nothing_sticks_to_a_finger(people: People, server: Server) -> None:
    """On a touch screen, a press leaves no hover colour behind."""
    anna, _ = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    rules = anna.page.evaluate("""() => {
        const found = [];
        const walk = (rules, inHover) => {
            for (const rule of rules) {
                const hover = inHover || /hover: hover/.test(rule.conditionText ?? "");
                if (rule.selectorText?.includes(":hover") && !hover) found.push(rule.selectorText);
                if (rule.cssRules) walk(rule.cssRules, hover);
            }
        };
        for (const sheet of document.styleSheets) walk(sheet.cssRules, false);
        return found;
    }""")
    assert rules == []
