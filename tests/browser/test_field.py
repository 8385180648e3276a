"""The field: where keys go, what it never loses, and how high it is."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for
from .fake_server import message
from .people import GREETING, People, until
from .steps import NO_FIELD_SIZING, Staged, fetches_keys, strip

# What a file manager or a clipboard would give to the page.
FILE = """(type) => {
    const data = new DataTransfer();
    data.items.add(new File(["x"], "x.png", { type: "image/png" }));
    const Kind = type === "paste" ? ClipboardEvent : DragEvent;
    const key = type === "paste" ? "clipboardData" : "dataTransfer";
    const event = new Kind(type, { [key]: data, bubbles: true, cancelable: true });
    document.getElementById("field").dispatchEvent(event);
    return event.defaultPrevented;
}"""


@pytest.fixture
def joined(staged: Staged) -> Staged:
    anna, fake = staged
    fake.next_welcome(messages=[message(n, f"№ {n}") for n in range(1, 51)], seq=50, head=50)
    anna.visits()
    expect(anna.messages).to_have_count(50)
    return staged


def test_keys_after_a_click_on_a_message_write(joined: Staged) -> None:
    """Text typed after a click in the list goes into the field, from the first letter on."""
    anna, _ = joined
    anna.message("№ 50").click()
    anna.page.keyboard.type("hello")
    expect(anna.field).to_have_value("hello")
    anna.page.locator("aside").click(position={"x": 5, "y": 300})
    anna.page.keyboard.type(", all")
    expect(anna.field).to_have_value("hello, all")


@pytest.mark.slow
def test_a_clicked_message_that_keys_go_into_has_its_own_keys(joined: Staged) -> None:
    """Enter leads into it and Esc back: then R replies, as on a message that was reached by keys."""
    anna, _ = joined
    fetches_keys(anna.page)
    anna.message("№ 50").click()
    for key in ["Enter", "Escape", "r"]:
        anna.page.keyboard.press(key)
    expect(strip(anna)).to_be_visible()
    expect(anna.field).to_have_value("")


@pytest.mark.slow
@pytest.mark.parametrize("key", ["Click", "Tab"])
def test_a_capital_letter_on_a_message_writes(joined: Staged, key: str) -> None:
    """A sentence begins with Shift, on a message that was clicked as on one that has the focus: it is no command."""
    anna, _ = joined
    fetches_keys(anna.page)
    if key == "Click":
        anna.message("№ 50").click()
    else:
        anna.page.locator("#m50").focus()
    for pressed in ["Shift+R", "e", "a", "l", "l", "y"]:
        anna.page.keyboard.press(pressed)
    expect(anna.field).to_have_value("Really")
    expect(strip(anna)).to_have_count(0)


def test_pages_turn_the_list_while_one_writes(joined: Staged) -> None:
    """PageUp and PageDown scroll the messages, though the field has the focus."""
    anna, _ = joined
    anna.field.focus()
    anna.page.keyboard.press("PageUp")
    expect(anna.page.locator(".to-end")).to_be_visible()
    until(anna.page, lambda: anna.from_end() > 200)
    anna.page.keyboard.press("PageDown")
    expect(anna.page.locator(".to-end")).to_have_count(0)
    expect(anna.field).to_be_focused()


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_file_is_not_swallowed(joined: Staged, way: str) -> None:
    """A file that is dropped or pasted neither replaces the chat nor disappears without a word."""
    anna, _ = joined
    assert anna.page.evaluate(FILE, way)
    expect(anna.page.get_by_text("Файлы отправить нельзя")).to_be_visible()


def test_each_tab_has_its_own_draft(people: People) -> None:
    """Two tabs of one room are reloaded, and each has what was written in it."""
    anna = people.comes("Анна")
    other = anna.second_tab()
    anna.writes("В первой")
    other.locator("#field").fill("Во второй")
    until(other, "JSON.stringify({ ...localStorage }).includes('Во второй')")
    anna.page.reload()
    other.reload()
    expect(anna.field).to_have_value("В первой")
    expect(other.locator("#field")).to_have_value("Во второй")


def test_a_keyboard_on_a_touch_screen_can_send(people: People, server: Server) -> None:
    """Enter breaks the line there, and with Ctrl or Cmd it sends."""
    anna, fake = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    anna.arrives()
    anna.field.press_sequentially("Раз")
    anna.page.keyboard.press("Enter")
    anna.field.press_sequentially("Два")
    anna.page.keyboard.press("Control+Enter")
    fake.hears_posts("Раз\nДва")


def test_the_field_grows_with_wrapped_text_everywhere(staged: Staged) -> None:
    """A browser that doesn't size fields by their text gets the height measured."""
    anna, _ = staged
    anna.page.add_init_script(NO_FIELD_SIZING)
    anna.arrives()
    anna.field.evaluate("(field) => field.style.setProperty('field-sizing', 'fixed')")
    low = anna.field.bounding_box()
    anna.writes("длинная строка, которая не помещается в одну " * 6)
    assert low is not None
    until(anna.page, f"field.offsetHeight > {low['height'] * 1.5} && field.scrollHeight - field.clientHeight <= 1")
    anna.writes("")
    until(anna.page, lambda: anna.field.bounding_box() == low)


@pytest.mark.slow
def test_the_list_stays_at_its_end_while_the_field_is_measured(staged: Staged) -> None:
    """A draft of many lines, and another key: nothing of the list hides behind the field, and it follows."""
    anna, fake = staged
    anna.page.add_init_script(NO_FIELD_SIZING)
    fake.next_welcome(messages=[message(n, f"№ {n}") for n in range(1, 51)], seq=50, head=50)
    anna.arrives()
    anna.field.evaluate("(field) => field.style.setProperty('field-sizing', 'fixed')")
    anna.writes("\n".join("12345678"))
    until(anna.page, "field.offsetHeight > 150")
    anna.sees_the_end()
    anna.field.press("End")
    anna.field.press("9")
    fake.sends(message(51, "№ 51"))
    anna.sees("№ 51")
    anna.page.wait_for_timeout(200)
    anna.sees_the_end()
    expect(anna.page.locator(".to-end")).to_have_count(0)


def test_fields_complain_in_the_language_of_the_page(people: People) -> None:
    """A browser in English says in Russian what is missing, if the page is in Russian."""
    anna = people.comes(locale="en-US").visits()
    name = anna.dialog("join").locator("input[name=name]")
    anna.dialog("join").get_by_role("button", name="Войти").click()
    assert name.evaluate("(input) => input.validationMessage") == "Заполните это поле"
    name.fill("  ")
    anna.page.keyboard.press("Enter")
    assert name.evaluate("(input) => input.validationMessage") == "Заполните это поле"
    name.fill("Анна")
    assert name.evaluate("(input) => input.validationMessage") == ""
    anna.page.keyboard.press("Enter")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    share = anna.opens("share")
    share.locator("#share-room").fill("a/b")
    share.get_by_role("button", name="Перейти").click()
    assert "буквы, цифры" in share.locator("#share-room").evaluate("(input) => input.validationMessage")
    share.locator("#share-room").fill("  ")
    share.get_by_role("button", name="Перейти").click()
    assert share.locator("#share-room").evaluate("(input) => input.validationMessage") == "Заполните это поле"
    anna.page.keyboard.press("Escape")
    settings = anna.opens("settings")
    settings.locator("input[name=name]").fill("  ")
    anna.page.keyboard.press("Enter")
    message = settings.locator("input[name=name]").evaluate("(input) => input.validationMessage")
    assert message == "Заполните это поле"
