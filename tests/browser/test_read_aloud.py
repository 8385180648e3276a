"""What screen readers are told, and what the keyboard reaches for those who use them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for
from .fake_server import BORIS, ME, message
from .moderation import RULES, enters, rules
from .people import People, Person
from .steps import Staged, has, keeps_toasts, secure_only, talk

pytestmark = pytest.mark.slow

# What a live region would have read out since this was run: what is hidden from it, and what is within "off", isn't.
LISTEN = """() => {
    globalThis.heard = [];
    const quiet = "[aria-hidden=true], [aria-live=off]";
    const told = (node) => {
        if ((node instanceof Element ? node : node.parentElement)?.closest(quiet)) return "";
        const copy = node.cloneNode(true);
        for (const each of copy.querySelectorAll?.(quiet) ?? []) each.remove();
        return copy.textContent.trim();
    };
    new MutationObserver((changes) => {
        for (const { type, target, addedNodes } of changes)
            for (const node of type === "characterData" ? [target] : addedNodes) if (told(node)) heard.push(told(node));
    }).observe(document.getElementById("strip"), { subtree: true, childList: true, characterData: true });
}"""


def heard(anna: Person) -> list[str]:
    return list(anna.page.evaluate("globalThis.heard"))


def test_a_loss_is_read_out_once_however_often_the_page_tries(timed: Staged) -> None:
    """The countdown and the button come and go with each attempt; the sentence stays the same text."""
    anna, fake = timed
    anna.arrives()
    has(anna.page, "status-bar.js")
    anna.page.evaluate(LISTEN)
    fake.refuses_connections = True
    fake.closes(1012)
    for _ in range(15):
        anna.page.clock.run_for(1_000)
    expect(anna.strip).to_contain_text("Нет связи. Подключимся через")
    assert heard(anna) == ["Нет связи. Подключаемся…"]


def test_a_hold_is_announced_after_what_is_being_read(timed: Staged) -> None:
    """One's own message begins the wait of slow mode in the frame in which another's was announced: both are read."""
    anna, fake = timed
    enters(timed, rules={**RULES, "slow": 30})
    has(anna.page, "announcer.js")
    announcer = anna.page.locator("#announcer")
    anna.page.clock.pause_at("2026-11-23T12:05:00Z")
    fake.sends(message(3, "Вопрос тебе"), message(4, "Своё", ME))
    expect(announcer).to_have_text("⁨Борис⁩: Вопрос тебе")
    anna.page.wait_for_timeout(200)  # for one's own message, while the page's clock stands still
    anna.page.clock.run_for(500)
    expect(anna.field).to_have_attribute("placeholder", re.compile("Подождите"))
    expect(announcer).to_have_text("⁨Борис⁩: Вопрос тебе")
    anna.page.clock.run_for(1_000)
    expect(announcer).to_have_text("Медленный режим: подождите")
    anna.page.clock.run_for(31_000)
    expect(announcer).to_have_text("Можно писать")


@pytest.mark.parametrize("is_busy", [False, True], ids=["alone", "after a message"])
def test_a_rule_that_holds_the_person_is_announced_in_one_sentence(timed: Staged, *, is_busy: bool) -> None:
    """That only moderators may write is said of the room, and then of the field, which takes the place of the first."""
    anna, fake = timed
    enters(timed)
    has(anna.page, "announcer.js")
    announcer = anna.page.locator("#announcer")
    anna.page.clock.pause_at("2026-11-23T12:05:00Z")
    if is_busy:
        fake.sends(message(3, "Вопрос тебе"))
        expect(announcer).to_have_text("⁨Борис⁩: Вопрос тебе")
    rules(fake, read_only=True)
    anna.page.wait_for_timeout(200)
    anna.page.clock.run_for(500)
    expect(announcer).to_have_text("⁨Борис⁩: Вопрос тебе" if is_busy else "Пишут только модераторы")
    anna.page.clock.run_for(1_000)
    expect(announcer).to_have_text("Пишут только модераторы")


def test_a_toast_comes_into_a_place_that_is_known_and_outlives_its_dialog(staged: Staged) -> None:
    """Its region is in the page and in each dialog beforehand; the page goes on showing it when the dialog closes."""
    anna, fake = staged
    enters(staged, muted=0)
    expect(anna.field).not_to_be_editable()
    keeps_toasts(anna)
    dialog = anna.opens("settings")
    for region in (anna.page.locator("body > .toast"), dialog.locator(".toast")):
        expect(region).to_have_attribute("role", "status")
        expect(region).to_be_empty()
        expect(region).to_have_css("visibility", "visible")
    fake.sends({"type": "muted", "seconds": None})
    expect(dialog.locator(".toast")).to_have_text("Вы снова можете писать")
    anna.page.keyboard.press("Escape")
    expect(anna.page.locator("body > .toast")).to_have_text("Вы снова можете писать")


def test_arrows_lead_through_the_people_and_enter_mentions_one(staged: Staged) -> None:
    """The list is one stop of Tab, and its names are buttons."""
    anna, fake = staged
    others = [BORIS, {"id": "v", "name": "Вера"}]
    fake.next_welcome(online={"count": 3, "people": [ME, *others]})
    anna.visits()
    anna.page.locator("aside .people-list").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "End"):
        anna.page.keyboard.press(key)
    expect(anna.page.get_by_role("button", name="Вера")).to_be_focused()
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("@Вера ")
    expect(anna.field).to_be_focused()


def test_what_a_search_for_people_comes_to_is_told(staged: Staged) -> None:
    """That nobody is found, once the server has answered, and that it can't; in the list it is seen only."""
    anna, fake = staged
    fake.next_welcome(online={"count": 300, "people": [ME, BORIS]})
    fake.answers["people"] = []
    anna.visits()
    search, told = anna.page.get_by_role("searchbox", name="Поиск по именам"), anna.page.locator("aside [role=status]")
    search.fill("вера")
    [asked] = fake.hears("people", 1)
    expect(anna.people).to_have_count(0)
    expect(told).to_have_text("")
    fake.sends({"type": "people", "ref": asked["ref"], "people": [], "count": 0, "next": None})
    expect(told).to_have_text("Никого не нашлось")
    search.fill("борис")
    expect(told).to_have_text("")
    asked = fake.hears("people", 2)[1]
    fake.sends({"type": "error", "code": "rate_limited", "ref": asked["ref"]})
    expect(told).to_have_text("Список не загрузился")


def test_a_password_that_is_entered_too_early_is_told_to_wait(timed: Staged) -> None:
    """One sentence, in a place that is known already: the seconds are seen only."""
    anna, fake = timed
    fake.answers["hello"] = {"type": "error", "code": "password_wrong", "scope": "room", "retry_after": 20.0}
    anna.page.goto(f"{anna.url}/r/kitchen")
    join = anna.dialog("join")
    told = join.locator("[role=status]:not(.toast)")
    expect(told).to_have_text("")
    join.get_by_label("Пароль комнаты").fill("сезам")
    anna.page.keyboard.press("Enter")
    reason = join.locator("#join-reason")
    expect(reason).to_have_text(re.compile(r"^Проверим пароль через \d+\sс…$"))
    expect(told).to_have_text("Проверим пароль чуть позже")
    first = reason.inner_text()
    anna.page.clock.run_for(2_000)
    expect(reason).not_to_have_text(first)
    expect(told).to_have_text("Проверим пароль чуть позже")


@secure_only
def test_the_offer_of_notices_is_told_once(staged: Staged) -> None:
    """It comes above the field, where the person is: nothing else leads to it."""
    anna, _ = staged
    anna.page.add_init_script("globalThis.Notification = class { static permission = 'default'; };")
    talk(staged, "Раз")
    anna.says("Два")
    offer = "Показывать уведомления о новых сообщениях, когда чат не на экране?"
    expect(anna.page.locator("#announcer")).to_have_text(offer)


def test_a_pointer_takes_no_button_from_under_the_keys(staged: Staged) -> None:
    """While one of a message's buttons has the focus, they don't move to what passes under a resting mouse."""
    anna = talk(staged, "Раз", "Два")
    has(anna.page, "message-buttons.js")
    anna.page.locator("#m1").focus()
    anna.page.keyboard.press("Shift")
    more = anna.page.locator("#m1 .message-more")
    more.focus()
    anna.page.locator("#m2").hover()
    expect(more).to_be_focused()


def test_touch_has_a_button_for_the_menu(people: People, server: Server) -> None:
    """A long press isn't for everyone: the message that has the focus has a button, which is seen once it has it."""
    anna = talk(fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}), "Раз")
    has(anna.page, "message-buttons.js")
    anna.page.locator("#m1").focus()
    tools, more = (anna.page.locator(f"#m1 {each}") for each in (".message-tools", ".message-more"))
    expect(tools).to_have_css("clip-path", "inset(50%)")
    expect(more).not_to_have_css("display", "none")
    more.focus()
    expect(tools).to_have_css("clip-path", "none")
    anna.page.keyboard.press("Enter")
    expect(anna.page.get_by_role("dialog", name="Действия с сообщением")).to_be_visible()


def test_a_post_is_named_by_what_became_of_it(staged: Staged) -> None:
    """Who comes to a post that failed hears so with its text."""
    anna, fake = staged
    anna.visits()
    fake.answers["post"] = lambda post: {"type": "error", "code": "text_empty", "id": post["id"]}
    anna.says("Раз")
    expect(anna.page.get_by_role("article", name="Раз Не отправлено: в сообщении нет видимых символов")).to_be_visible()
    expect(anna.page.locator("#announcer")).to_have_text("Не отправлено: в сообщении нет видимых символов")


def test_how_much_more_the_field_takes_is_told_a_few_times(staged: Staged) -> None:
    """At 100, 20 and 0 characters, and when there are too many; each key would be too often."""
    anna, _ = staged
    anna.visits()
    announcer = anna.page.locator("#announcer")
    for length, said in ((3_700, ""), (3_901, "Осталось знаков: 99"), (3_950, "Осталось знаков: 99"),
                         (4_000, "Осталось знаков: 0"), (4_002, "Сократите на 2 знака")):  # fmt: skip
        anna.field.fill("я" * length)
        expect(anna.page.locator("#counter")).to_be_visible()
        anna.page.wait_for_timeout(1_200)
        expect(announcer).to_have_text(said)


def test_the_other_language_is_named_in_that_language(staged: Staged) -> None:
    """The button that switches says so in the language that it switches to, and is read out in it."""
    anna, _ = staged
    anna.visits()
    expect(anna.page.locator("[data-tool=language]")).to_have_attribute("lang", "en")
    expect(anna.page.locator("#counter")).to_have_attribute("aria-live", "off")
