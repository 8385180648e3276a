"""The core that must work in every browser: join, talk, scroll, open menus and dialogs, and type."""

from __future__ import annotations

import re

from .conftest import Friend
from .window import Window

FROM_END = "list.scrollHeight - list.clientHeight - list.scrollTop"
COPIED = """(() => {
    let copied = "";
    const clipboardData = { setData: (type, text) => { copied = text; } };
    document.dispatchEvent(Object.assign(new Event("copy"), { clipboardData }));
    return copied;
})()"""
LONG = "a line that is too long for the field and is broken by it " * 8


def joins(window: Window) -> None:
    """Anna answers who she is, and is in."""
    window.waits_for("document.querySelector('dialog[data-dialog=join] input[name=name]') === document.activeElement")
    window.types("Anna")
    window.press("Enter")
    window.sees("Вы подключились к чату!")
    window.waits_for("document.activeElement?.id === 'field'")


def test_join_and_talk(window: Window, friend: Friend) -> None:
    """Anna writes, Boris reads it, and she reads his answer."""
    joins(window)
    window.types("hello there")
    window.press("Enter")
    friend.hears("hello there")
    friend.says("Привет, Anna: https://example.com/ 👋")
    window.sees("Привет, Anna")
    window.waits_for("document.querySelector('.text a')?.href === 'https://example.com/'")
    window.waits_for("document.querySelectorAll('.message[data-status]').length === 0")
    assert window.value("field.value") == ""


def test_scroll_back_and_to_the_end(window: Window, friend: Friend) -> None:
    """The list follows its end; further up it stays, and a button leads back."""
    joins(window)
    for number in range(16):
        friend.says(f"№ {number}" + "\nстрока" * 8)
    window.sees("№ 15")
    window.waits_for(f"{FROM_END} <= 1")
    window.press("PageUp")
    window.press("PageUp")
    window.waits_for("document.querySelector('.to-end')")
    before = window.value("list.scrollTop")
    friend.says("Ещё одно")
    window.waits_for("document.querySelector('.to-end').textContent.includes('1')")
    assert abs(window.value("list.scrollTop") - before) <= 1
    window.press("Escape")
    window.sees("Ещё одно")
    window.waits_for(f"{FROM_END} <= 1")


def test_dialogs_and_the_menu_of_a_message(window: Window, friend: Friend) -> None:
    """Settings open and apply at once; a message has its menu, also by a right click; Esc closes each."""
    joins(window)
    window.click("[data-tool=settings]")
    window.waits_for("document.querySelector('dialog[data-dialog=settings]')?.open")
    window.press("Escape")
    window.waits_for("!document.querySelector('dialog[data-dialog=settings]')")
    friend.says("С меню")
    window.sees("С меню")
    window.points(".message")
    for press, selector in ((window.click, ".message-more"), (window.right_click, ".message .text")):
        press(selector)
        window.waits_for("document.querySelector('[role=menu]')?.getBoundingClientRect().height > 0")
        window.press("Escape")
        window.waits_for("!document.querySelector('[role=menu]')?.getBoundingClientRect().height")


def test_the_field_grows_with_its_text(window: Window, friend: Friend) -> None:
    """Wrapped text and new lines make it higher, and it is low again when it is empty."""
    joins(window)
    low = window.value("field.offsetHeight")
    window.types(LONG)
    window.waits_for(f"field.offsetHeight > {low * 2}")
    window.press("Shift", "Enter")
    window.types("x")
    assert window.value("field.value.endsWith('\\nx')")
    window.press("Enter")
    friend.hears(f"{LONG}\nx")
    window.waits_for(f"field.offsetHeight === {low}")
    window.waits_for("document.documentElement.scrollWidth <= innerWidth")


def test_what_the_mouse_has_selected_is_copied_with_authors(window: Window, friend: Friend) -> None:
    """From within one message to within another: of each what is selected, after its time."""
    joins(window)
    window.types("hello there")
    window.press("Enter")
    friend.hears("hello there")
    friend.says("Long live the queen")
    window.sees("Long live the queen")
    window.drags(window.spot(".message[data-own] .text"), window.spot(".message:not([data-own]) .text"))
    window.waits_for(f"{COPIED}.includes('\\n')")
    own, theirs = window.value(COPIED).split("\n")
    assert re.fullmatch(r"\[[\d:]+\] [Aa]nna: \S{0,3} ?there", own), own  # WebKit's driver may lose a Shift under load
    assert re.fullmatch(r"\[[\d:]+\] Boris: Long liv[e the]*", theirs), theirs


def test_a_click_picks_a_name_and_the_field_keeps_the_focus(window: Window, friend: Friend) -> None:
    """It would close the list of names if it took the focus."""
    joins(window)
    friend.says("Long live the queen")
    window.sees("Long live the queen")
    window.types("bor")
    window.value("(field.setRangeText('@', 0, 0, 'end'), field.setSelectionRange(4, 4))")  # a driver may lose Shift
    window.value("field.dispatchEvent(new Event('input', {bubbles: true}))")
    window.click("#mentions li")
    window.waits_for("field.value.toLowerCase() === '@boris '")
    assert window.value("document.activeElement.id") == "field"
