"""Sent messages: at once in the list, confirmed by id, and never lost."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import ME, message
from .people import GREETING, People, until
from .steps import Staged, fetches_keys, presses, strip, toast


@pytest.fixture
def joined(staged: Staged) -> Staged:
    staged[0].arrives()
    return staged


def test_a_post_is_shown_at_once_and_confirmed_by_its_id(joined: Staged) -> None:
    """It appears as pending, and the message with its id replaces it once."""
    anna, fake = joined
    anna.says("Раз")
    expect(anna.page.locator("[data-status=sending] .text")).to_have_text("Раз")
    post = fake.hears("post", 1)[0]
    fake.sends(
        message(1, "Раз", ME, id=post["id"]),
        {"type": "ack", "id": post["id"], "seq": 1},
        message(1, "Раз", ME, id=post["id"]),
    )
    expect(anna.messages).to_have_count(1)
    expect(anna.page.locator("#m1")).to_be_visible()


def test_posts_keep_their_order_and_their_ids(joined: Staged) -> None:
    """Each post waits for the previous one, and after a lost connection the page resends them with their ids."""
    anna, fake = joined
    for text in ("Раз", "Два", "Три"):
        anna.says(text)
    expect(anna.messages).to_have_count(3)
    fake.hears_posts("Раз")
    first = fake.commands("post")[0]["id"]
    fake.next_welcome(recovered=True)
    fake.answers["post"] = lambda command: {
        "type": "ack",
        "id": command["id"],
        "seq": len(fake.commands("post")),
    }
    fake.closes(1012)
    expect(anna.page.locator("[data-status=sent]")).to_have_count(3)
    fake.hears_posts("Раз", "Раз", "Два", "Три")
    assert fake.commands("post")[1]["id"] == first


def test_what_cannot_be_sent_can_be_tried_again_or_deleted(joined: Staged) -> None:
    """The page shows why, and «Повторить · Удалить»."""
    anna, fake = joined
    fake.answers["post"] = lambda command: {"type": "error", "code": "internal", "id": command["id"]}
    anna.says("Никак")
    expect(anna.page.locator(".post-status")).to_have_text(
        "Не отправлено: сервер не принял сообщение Повторить · Удалить", use_inner_text=True
    )
    shoot(anna, "post-failed")
    anna.page.get_by_role("button", name="Повторить").click()
    fake.hears("post", 2)
    expect(anna.page.locator(".post-status")).to_contain_text("Не отправлено")
    anna.page.get_by_role("button", name="Удалить").click()
    expect(anna.messages).to_have_count(0)


def test_a_refused_text_is_corrected_in_the_field(joined: Staged) -> None:
    """Before what was written since, with what it replies to: sent again as it is, it would be refused again."""
    anna, fake = joined
    fake.sends(message(1, "Вопрос"))
    fake.answers["post"] = lambda command: {"type": "error", "code": "text_invalid", "id": command["id"]}
    fetches_keys(anna.page)
    presses(anna, 1, "r")
    expect(strip(anna)).to_be_visible()
    anna.says("Ни\ufffeкак")
    status = anna.page.locator(".post-status")
    expect(status).to_have_text(
        "Не отправлено: в сообщении есть недопустимые символы Исправить · Удалить", use_inner_text=True
    )
    anna.writes("Потом")
    status.get_by_role("button", name="Исправить").click()
    expect(anna.messages).to_have_count(1)
    expect(anna.field).to_be_focused()
    expect(anna.field).to_have_value("Ни\ufffeкак\nПотом")
    expect(strip(anna)).to_contain_text("Ответ")
    del fake.answers["post"]
    anna.says("Вот так")
    assert fake.hears("post", 2)[1]["reply"] == 1


@pytest.mark.slow
def test_a_refused_text_waits_for_the_end_of_an_edit(joined: Staged) -> None:
    """In the field is the text of another message; the post stays where it is, and a line says what comes first."""
    anna, fake = joined
    fake.sends(message(1, "Раз", ME))
    fake.answers["post"] = lambda command: {"type": "error", "code": "text_invalid", "id": command["id"]}
    fetches_keys(anna.page)
    anna.says("Ни\ufffeкак")
    correct = anna.page.get_by_role("button", name="Исправить")
    expect(correct).to_be_visible()
    presses(anna, 1, "e")
    anna.writes("Раз-два")
    correct.click()
    toast(anna, "Сначала сохраните или отмените изменение сообщения")
    expect(anna.field).to_have_value("Раз-два")
    expect(anna.field).to_be_focused()
    expect(anna.messages).to_have_count(2)
    anna.page.keyboard.press("Escape")
    correct.click()
    expect(anna.field).to_have_value("Ни\ufffeкак")
    expect(anna.messages).to_have_count(1)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("text_too_long", "Не отправлено: сообщение слишком длинное"),
        ("text_invalid", "Не отправлено: в сообщении есть недопустимые символы"),
        ("text_empty", "Не отправлено: в сообщении нет видимых символов"),
        ("bad_field", "Не отправлено: сервер не принял сообщение"),
    ],
)
def test_a_refused_post_says_why(joined: Staged, code: str, reason: str) -> None:
    """The text stays, with a sentence for the server's code."""
    anna, fake = joined
    fake.answers["post"] = lambda command: {"type": "error", "code": code, "id": command["id"]}
    anna.says("Никак")
    expect(anna.page.locator(".post-status")).to_contain_text(reason)
    expect(anna.page.locator("[data-post] .text")).to_have_text("Никак")


def test_the_outbox_outlives_the_tab(own_server: Server, people: People) -> None:
    """A post written while the server was away is sent by the next tab, in order."""
    anna = people.comes("Анна", url=own_server.url)
    own_server.kill()
    anna.says("Первое")
    anna.says("Второе")
    expect(anna.page.locator(".post-status")).to_have_count(2)
    anna.page.close()
    own_server.restart_at_same_port()
    anna.page = anna.open()
    anna.page.goto(anna.url)
    anna.sees("Второе")
    expect(anna.page.locator(".message[data-status]")).to_have_count(0)
    expect(anna.page.locator(".message .text")).to_have_text(["Первое", "Второе"])
    anna.page.reload()
    expect(anna.page.locator(".message .text")).to_have_text(["Первое", "Второе"])


def test_the_outbox_without_a_database(people: People, server: Server) -> None:
    """If IndexedDB is unavailable, localStorage replaces it."""
    anna, fake = fake_for(people, server)
    anna.page.add_init_script("Object.defineProperty(globalThis, 'indexedDB', { value: undefined });")
    fake.answers["post"] = []
    anna.arrives()
    anna.says("Сохранится")
    expect(anna.page.locator("[data-status=sending]")).to_have_count(1)
    anna.page.reload()
    expect(anna.page.locator("[data-post]")).to_have_count(1)
    assert len({post["id"] for post in fake.commands("post")}) == 1


def test_enter_sends_and_shift_enter_breaks_the_line(joined: Staged) -> None:
    """A text of white space only isn't sent."""
    anna, fake = joined
    anna.field.press_sequentially("Раз")
    anna.page.keyboard.press("Shift+Enter")
    anna.field.press_sequentially("Два")
    expect(anna.field).to_have_value("Раз\nДва")
    anna.page.keyboard.press("Enter")
    anna.says("  \n ")
    expect(anna.messages).to_have_count(1)
    fake.hears_posts("Раз\nДва")


def test_enter_of_an_input_method_sends_nothing(joined: Staged) -> None:
    """The Enter that ends a composition belongs to it, and the next one sends."""
    anna, fake = joined
    cdp = anna.context.new_cdp_session(anna.page)
    anna.field.focus()
    cdp.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    cdp.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229},
    )
    assert fake.commands("post") == []
    cdp.send("Input.insertText", {"text": "日本"})
    expect(anna.field).to_have_value("日本")
    anna.page.keyboard.press("Enter")
    expect(anna.messages).to_have_count(1)
    fake.hears_posts("日本")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["mentions", "rooms", "emoji"])
def test_enter_of_an_input_method_chooses_nothing(joined: Staged, place: str) -> None:
    """Nor in a list that hangs on a field; only the key code shows it in Safari."""
    anna, _ = joined
    if place == "mentions":
        anna.field.press_sequentially("@")
        shown = anna.page.get_by_role("listbox")
    else:
        anna.page.keyboard.press("Control+k") if place == "rooms" else anna.page.locator("#emoji").click()
        shown = anna.page.locator("dialog[open]")
    expect(shown).to_be_visible()
    anna.page.keyboard.type({"mentions": "бо", "rooms": "cat", "emoji": "кошка"}[place])
    found = {"mentions": "Борис", "rooms": "cat", "emoji": "Найдено"}[place]
    expect(shown.get_by_text(found).first).to_be_visible()
    anna.page.evaluate("""document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }))""")
    expect(shown).to_be_visible()


def test_on_touch_enter_breaks_the_line(people: People, server: Server) -> None:
    """The button sends there."""
    anna, fake = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    anna.arrives()
    anna.field.press_sequentially("Раз")
    anna.page.keyboard.press("Enter")
    anna.field.press_sequentially("Два")
    expect(anna.field).to_have_value("Раз\nДва")
    anna.send.tap()
    expect(anna.field).to_have_value("")
    fake.hears_posts("Раз\nДва")


def test_a_draft_of_another_tab_is_left_alone(people: People) -> None:
    """A tab in which nothing was written neither erases it nor restores it after it was sent."""
    anna = people.comes("Анна")
    other = anna.second_tab()
    anna.writes("Не дописано")
    anna.page.reload()
    other.reload()
    expect(anna.field).to_have_value("Не дописано")
    expect(other.locator("#field")).to_have_value("Не дописано")
    anna.field.press("Enter")
    anna.sees("Не дописано")
    other.close(run_before_unload=True)
    anna.reloads()
    expect(anna.field).to_have_value("")


def test_the_indentation_of_the_first_line_is_kept(joined: Staged) -> None:
    """Code and poems stay aligned, without empty lines around; what shows nothing isn't sent."""
    anna, fake = joined
    anna.field.fill("\n \n    if x:\n        y \n\n")
    anna.page.keyboard.press("Enter")
    fake.hears_posts("    if x:\n        y")
    text = anna.page.locator("[data-post] .text")
    assert text.evaluate("(text) => text.textContent") == "    if x:\n        y"
    assert "preserve" in text.evaluate("(text) => getComputedStyle(text).whiteSpaceCollapse")
    anna.field.fill("\u200b \u3164")
    expect(anna.send).to_have_attribute("data-empty", "")
    anna.page.keyboard.press("Enter")
    fake.hears("post", 1)


@pytest.mark.slow
def test_a_draft_belongs_to_the_room_however_it_is_spelled(people: People, server: Server) -> None:
    """`Кухня` and `кухня` are one room, and a draft of one is there in the other."""
    anna = people.comes(url=f"{server.url}/r/Draft-Кухня")
    anna.visits("Анна")
    assert unquote(anna.page.url).endswith("/r/draft-кухня")
    anna.writes("Недописанное")
    until(anna.page, "JSON.stringify({ ...localStorage }).includes('Недописанное')")
    anna.page.close()
    anna.page = anna.open()
    anna.page.goto(f"{server.url}/r/DRAFT-КУХНЯ")
    expect(anna.field).to_have_value("Недописанное")


def test_a_draft_is_kept(joined: Staged) -> None:
    """It survives a reload, and each room has its own."""
    anna, _ = joined
    anna.writes("Не дописано")
    anna.page.reload()
    expect(anna.field).to_have_value("Не дописано")
    anna.page.goto(f"{anna.url}/r/other")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    expect(anna.field).to_have_value("")
