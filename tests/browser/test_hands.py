"""Input by hand and by keys: mentions, marks, emoji, rooms, the offer of notices."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import BORIS, ME
from .people import GREETING, People, Person, until
from .steps import Staged, has, secure_only, strip, talk, talk_by_keys, toast

VERA = {"id": "vera", "name": "Вера Павлова"}


def test_a_name_is_mentioned_by_pressing_it(staged: Staged) -> None:
    """In the list and among the people; what was written stays, and undo takes the mention back."""
    anna = talk(staged, "Раз", online={"count": 3, "people": [ME, BORIS, VERA]})
    anna.field.press_sequentially("Эй")
    anna.page.locator("#m1 .author").click()
    expect(anna.field).to_have_value("Эй @Борис ")
    anna.page.locator("aside .person", has_text="Вера").click()
    expect(anna.field).to_have_value("Эй @Борис @Вера Павлова ")
    anna.page.locator("aside .person", has_text="Анна").click()
    expect(anna.field).to_have_value("Эй @Борис @Вера Павлова ")
    anna.field.focus()
    anna.page.keyboard.press("Control+z")
    expect(anna.field).to_have_value("Эй @Борис ")
    anna.page.keyboard.press("Control+z")
    expect(anna.field).to_have_value("Эй")


def test_marks_are_typed_by_keys_and_can_be_undone(staged: Staged) -> None:
    """Ctrl+B and Ctrl+I put marks round what is selected, or round the caret."""
    anna = talk(staged, "Раз")
    anna.field.press_sequentially("это важно")
    for _ in range(5):
        anna.page.keyboard.press("Shift+ArrowLeft")
    anna.page.keyboard.press("Control+b")
    expect(anna.field).to_have_value("это **важно**")
    anna.page.keyboard.press("Control+z")
    expect(anna.field).to_have_value("это важно")
    anna.page.keyboard.press("End")
    anna.page.keyboard.press("Control+i")
    anna.page.keyboard.type("x")
    expect(anna.field).to_have_value("это важно_x_")


def test_keys_that_are_the_browsers_stay_so(staged: Staged) -> None:
    """Ctrl+Shift+I opens its tools and Ctrl+Shift+B its bookmarks: the page neither marks the text nor opens rooms."""
    anna = talk(staged, "Раз")
    anna.field.press_sequentially("раз")
    for key in ["Control+Shift+I", "Control+Shift+B", "Control+Shift+K"]:
        anna.page.keyboard.press(key)
    anna.page.keyboard.press("Control+b")
    expect(anna.field).to_have_value("раз****")
    expect(anna.dialog("rooms")).to_have_count(0)


@pytest.mark.slow
def test_a_mac_has_its_own_key_for_commands(staged: Staged) -> None:
    """Cmd is named and taken there, and Ctrl is left to the system, which moves the caret by it."""
    anna, _ = staged
    anna.page.add_init_script("Object.defineProperty(navigator, 'platform', { get: () => 'MacIntel' })")
    talk(staged, "Раз")
    anna.field.press_sequentially("раз")
    anna.page.keyboard.press("Control+b")
    anna.page.keyboard.press("Control+k")
    anna.page.keyboard.press("Meta+i")
    anna.page.keyboard.press("Meta+/")
    expect(anna.dialog("shortcuts").locator("kbd", has_text="⌘")).to_have_count(6)
    expect(anna.dialog("shortcuts").locator("kbd", has_text="Ctrl")).to_have_count(0)
    expect(anna.field).to_have_value("раз__")
    expect(anna.dialog("rooms")).to_have_count(0)


def test_emoji_are_picked_and_found_in_both_languages(staged: Staged) -> None:
    """The picker is fetched when first opened, finds by Russian and English words, and remembers what was picked."""
    anna = talk(staged, "Раз")
    asked: list[str] = []
    anna.page.on("request", lambda request: asked.append(request.url))
    anna.field.press_sequentially("Ура ")
    anna.page.locator("#emoji").click()
    picker = anna.dialog("emoji")
    expect(picker.locator(".picker-emoji").first).to_be_visible()
    for part in ("emoji-ru.json", "picker.css"):
        assert [url for url in asked if part in url], part
    expect(picker.get_by_role("button", name="широко улыбается", exact=True)).to_be_visible()
    shoot(anna, "hands-emoji")
    for word, emoji in {"fire": "🔥", "хлопушка": "🎉", "tada": "🎉"}.items():
        picker.locator(".picker-find").fill(word)
        expect(picker.locator(".picker-emoji").first).to_have_text(emoji)
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("Ура 🎉")
    expect(anna.field).to_be_focused()
    anna.page.keyboard.press("Control+z")
    expect(anna.field).to_have_value("Ура ")
    anna.page.locator("#emoji").click()
    expect(picker.locator(".picker-group").first.locator(".picker-emoji")).to_have_text(["🎉"])
    anna.page.keyboard.press("ArrowDown")
    anna.page.keyboard.press("ArrowDown")
    anna.page.keyboard.press("ArrowRight")
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("Ура 😃")
    anna.page.locator("#emoji").click()
    picker.locator(".picker-find").fill("ъъъ")
    expect(picker).to_contain_text("Ничего не нашлось")


def test_rooms_are_switched_by_ctrl_k(people: People, server: Server) -> None:
    """It lists the rooms that one has been in, filters while one types, goes to one by Enter, and opens a new one."""
    anna = people.comes("Анна", url=f"{server.url}/r/кухня")
    boris = people.comes("Борис", url=f"{server.url}/r/кухня")
    other = anna.second_tab(f"{server.url}/r/дизайн")
    anna.has_hidden_tab(True)
    boris.says("Эй")
    boris.sees("Эй")
    until(other, "JSON.parse(localStorage['wschat.rooms']).some(({ unread }) => unread)")
    other.keyboard.press("Control+k")
    rooms = other.get_by_role("option")
    expect(rooms).to_have_count(3)
    expect(rooms.nth(0)).to_contain_text("вы здесь")
    expect(rooms.nth(1)).to_have_text(re.compile("кухня *1 непрочитанное сообщение"))
    expect(rooms.nth(2)).to_have_text("Главная комната")
    anna.page = other
    shoot(anna, "hands-rooms")
    other.keyboard.type("кух")
    expect(rooms).to_contain_text(["кухня", "Открыть комнату «⁨кух⁩»"])
    other.keyboard.press("Enter")
    expect(other).to_have_url(re.compile("/r/%D0%BA%D1%83%D1%85%D0%BD%D1%8F$"))
    expect(other.get_by_text(GREETING)).to_be_visible()
    other.keyboard.press("Control+k")
    expect(rooms).to_have_count(3)
    other.keyboard.type("новая комната")
    expect(rooms).to_contain_text(["Открыть комнату «⁨новая-комната⁩»"])
    other.keyboard.type("!")
    expect(rooms).to_have_text(["Найти «⁨новая комната!⁩» в сообщениях"])
    expect(other.locator("dialog [role=status]").first).to_contain_text("Так комнату назвать нельзя")
    other.keyboard.press("Backspace")
    other.keyboard.press("Enter")
    expect(other.locator(".bar-room")).to_have_text("новая-комната")


@pytest.mark.slow
def test_who_knows_one_room_reads_how_another_is_opened(staged: Staged) -> None:
    """The list of rooms would lead nowhere; once a name is being written it says what Enter does."""
    anna = talk(staged, "Раз")
    anna.page.keyboard.press("Control+k")
    rooms = anna.dialog("rooms")
    expect(rooms.get_by_role("combobox")).to_have_attribute("placeholder", "Найти или открыть комнату")
    expect(rooms).to_contain_text("Введите название — комната откроется")
    anna.page.keyboard.type("кух")
    expect(rooms.get_by_role("option").first).to_have_text("Открыть комнату «⁨кух⁩»")
    expect(rooms).not_to_contain_text("Введите название")


def test_the_keys_are_shown_by_ctrl_slash(staged: Staged) -> None:
    """Also while one writes, and in a layout that has no slash there."""
    anna = talk(staged, "Раз")
    anna.field.press_sequentially("пишу")
    anna.page.keyboard.press("Control+/")
    expect(anna.dialog("shortcuts")).to_be_visible()
    anna.page.keyboard.press("Escape")
    anna.field.dispatch_event("keydown", {"key": ".", "code": "Slash", "ctrlKey": True, "bubbles": True})
    expect(anna.dialog("shortcuts")).to_be_visible()


def presses_in_layout(anna: Person, key: str, code: str, **more: bool) -> bool:
    """Press a key of a layout that the browser of the test doesn't have; whether the page leaves it to the browser."""
    target = anna.page.locator(":focus")
    script = "(target, key) => target.dispatchEvent(new KeyboardEvent('keydown', key))"
    return bool(target.evaluate(script, {"key": key, "code": code, "bubbles": True, "cancelable": True, **more}))


@pytest.mark.slow
def test_keys_count_by_what_they_write(staged: Staged) -> None:
    """In German Ctrl+- zooms, in Dvorak Ctrl+C copies and Ctrl+Z undoes, where others have shortcuts of the page."""
    anna = talk_by_keys(staged, "Раз")
    anna.field.press_sequentially("пишу")
    for key, code in [("-", "Slash"), ("c", "KeyI"), ("x", "KeyB"), ("z", "Slash"), ("e", "KeyK")]:
        assert presses_in_layout(anna, key, code, ctrlKey=True)
    expect(anna.field).to_have_value("пишу")
    expect(anna.page.locator("dialog[open]")).to_have_count(0)
    assert not presses_in_layout(anna, "b", "KeyN", ctrlKey=True)
    expect(anna.field).to_have_value("пишу****")


@pytest.mark.slow
def test_keys_of_a_message_count_by_what_they_write(staged: Staged) -> None:
    """On it and in its menu: `p`, which Dvorak has in the place of R, does nothing, and the Russian «к» replies."""
    anna = talk_by_keys(staged, "Раз")
    anna.page.locator("#m1").focus()
    presses_in_layout(anna, "p", "KeyR")
    expect(strip(anna)).to_have_count(0)
    anna.page.locator("#m1").focus()
    anna.page.keyboard.press("Shift+F10")
    expect(anna.page.get_by_role("menuitem", name="Ответить")).to_be_focused()
    presses_in_layout(anna, "p", "KeyR")
    expect(anna.page.get_by_role("menu")).to_be_visible()
    presses_in_layout(anna, "к", "KeyR")
    expect(strip(anna)).to_contain_text("Раз")


@pytest.mark.slow
@secure_only
def test_a_question_of_the_browsers_that_was_closed_is_no_refusal(people: People, server: Server) -> None:
    """Notices are offered again at the next visit, and not before."""
    staged = fake_for(people, server)
    anna, _ = staged
    anna.page.add_init_script("""globalThis.Notification = class {
        static permission = "default";
        static async requestPermission() { return "default"; }
    };""")
    talk(staged, "Раз")
    anna.says("Два")
    offer = anna.page.locator(".offer")
    offer.get_by_role("button", name="Показывать").click()
    toast(anna, "Уведомления не включены. Включить их можно в настройках")
    anna.says("Три")
    expect(offer).to_have_count(0)
    anna.reloads()
    anna.says("Четыре")
    expect(offer).to_be_visible()


@secure_only
@pytest.mark.parametrize(("answer", "wanted"), [("Показывать", True), ("Не нужно", False)])
def test_notices_are_offered_once_after_the_first_post(
    people: People, server: Server, answer: str, wanted: bool
) -> None:
    """One line offers them when somebody has first written; whatever the answer is, it isn't asked again."""
    staged = fake_for(people, server)
    anna, fake = staged
    anna.page.add_init_script("""globalThis.Notification = class {
        static permission = "default";
        static async requestPermission() { return (Notification.permission = "granted"); }
    };""")
    talk(staged, "Раз")
    offer = anna.page.locator(".offer")
    expect(offer).to_have_count(0)
    anna.says("Два")
    expect(offer).to_contain_text("Показывать уведомления")
    shoot(anna, f"hands-offer-{wanted}")
    offer.get_by_role("button", name=answer).click()
    expect(offer).to_have_count(0)
    assert anna.page.evaluate("JSON.parse(localStorage['wschat.prefs']).desktop ?? false") is wanted
    anna.reloads()
    anna.says("Три")
    fake.hears("post", 2)
    has(anna.page, "offer-notices.js")
    expect(offer).to_have_count(0)
