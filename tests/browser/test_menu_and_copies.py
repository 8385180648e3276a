"""Actions on a message: markup, its menu, and copies of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.support import Server

from .clipboard import CLIPBOARD, copied
from .conftest import fake_for, shoot
from .fake_server import ME, amended, message
from .people import People, until
from .steps import Staged, menu_items, presses, secure_only, talk, talk_by_keys, toast

pytestmark = pytest.mark.slow


def test_markup_is_drawn_and_nothing_else_changes(staged: Staged) -> None:
    """Emphasis, quotes, lists and code are elements, and a text that only looks like markup stays as it is."""
    anna = talk(
        staged,
        "**Жир**, _курсив_, ~~нет~~ и `код`\n> цитата\n- раз\n- два\n\n```\nx = 1\n```",
        "snake_case, 2*3*4, *.js, C:\\dir\\*.txt, - нет",
        "🎉🎉",
    )
    text = anna.page.locator("#m1 .text")
    for element, content in {"strong": "Жир", "em": "курсив", "s": "нет", "blockquote": "цитата"}.items():
        expect(text.locator(element)).to_have_text(content)
    expect(text.locator("ul > li")).to_have_text(["раз", "два"])
    expect(text.locator("pre")).to_have_text("x = 1")
    anna.sees("snake_case, 2*3*4, *.js, C:\\dir\\*.txt, - нет")
    sizes = anna.page.locator(".text").evaluate_all(
        "(all) => all.map((each) => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert sizes[2] > 2 * sizes[1]
    shoot(anna, "hands-markup")


@secure_only
def test_a_message_has_a_menu(people: People, server: Server) -> None:
    """Its button follows the pointer; the menu copies the text without marks or the link, and mentions the author."""
    anna = talk(fake_for(people, server, permissions=CLIPBOARD), "**Раз** `два`", "Ок")
    anna.page.locator("#m1").hover()
    more = anna.page.locator("#m1 .message-more")
    more.click()
    assert menu_items(anna.page) == ["Ответить", "Упомянуть", "Скопировать текст", "Скопировать ссылку"]
    shoot(anna, "hands-menu")
    anna.page.get_by_role("menuitem", name="Скопировать текст").click()
    toast(anna, "Текст скопирован")
    assert copied(anna) == "Раз два"
    anna.page.locator("#m1").hover()
    more.click()
    anna.page.keyboard.press("End")
    anna.page.keyboard.press("Enter")
    toast(anna, "Ссылка скопирована")
    assert copied(anna) == f"{anna.url}/#m1"
    anna.writes("Эй,")
    anna.page.locator("#m1").hover()
    more.click()
    anna.page.get_by_role("menuitem", name="Упомянуть").click()
    expect(anna.field).to_have_value("Эй, @Борис ")
    expect(anna.field).to_be_focused()


@secure_only
def test_a_menu_takes_the_message_as_it_is_by_then(people: People, server: Server) -> None:
    """An edit came while it was open: the new text is copied, and the question before a deletion has it."""
    anna, fake = fake_for(people, server, permissions=CLIPBOARD)
    mine = message(1, "раз", ME)
    talk_by_keys((anna, fake), mine)
    presses(anna, 1, "Shift+F10")
    assert "Скопировать текст" in menu_items(anna.page)
    fake.sends(amended(2, mine, text="два"))
    anna.sees("два")
    anna.page.get_by_role("menuitem", name="Скопировать текст").click()
    toast(anna, "Текст скопирован")
    assert copied(anna) == "два"
    presses(anna, 1, "Shift+F10")
    assert "Удалить сообщение…" in menu_items(anna.page)
    fake.sends(amended(3, mine, text="три"))
    anna.sees("три")
    anna.page.get_by_role("menuitem", name="Удалить").click()
    question = anna.dialog("deletion").locator(".deletion-text")
    expect(question).to_have_text("три")
    fake.sends(amended(4, mine, text="четыре"))
    expect(question).to_have_text("четыре")


def test_the_menu_is_opened_by_keys(staged: Staged) -> None:
    """The menu key opens it, Enter where a message has no links of its own; Esc gives the focus back to the message."""
    anna = talk(staged, "Просто", "https://example.com/")
    press = anna.page.keyboard.press
    press("ArrowUp")
    expect(anna.page.locator("#m2")).to_be_focused()
    press("Enter")
    expect(anna.page.get_by_role("menu")).to_have_count(0)
    press("Escape")
    press("Shift+F10")
    assert len(menu_items(anna.page)) == 4
    press("Escape")
    expect(anna.page.get_by_role("menu")).to_have_count(0)
    expect(anna.page.locator("#m2")).to_be_focused()
    press("ArrowUp")
    press("Enter")
    assert len(menu_items(anna.page)) == 4
    expect(anna.page.get_by_role("menuitem", name="Ответить")).to_be_focused()
    press("ArrowDown")
    expect(anna.page.get_by_role("menuitem", name="Упомянуть")).to_be_focused()
    press("ArrowUp")
    press("ArrowUp")
    press("ArrowRight")
    expect(anna.page.get_by_role("menuitemcheckbox").nth(1)).to_be_focused()
    press("ArrowUp")
    expect(anna.page.get_by_role("menuitem", name="Скопировать ссылку")).to_be_focused()


def test_buttons_follow_the_pointer_again_after_esc(staged: Staged) -> None:
    """Esc gives them the keys; they stay while messages pass under a pointer that rests, and go when it moves."""
    anna = talk_by_keys(staged, *(f"№ {n}" for n in range(1, 51)))
    anna.page.locator("#m48").hover()
    anna.page.locator("#m48 .message-more").click()
    expect(anna.page.get_by_role("menu")).to_be_visible()
    anna.page.keyboard.press("Escape")
    more = anna.page.locator("#m48 .message-more")
    expect(more).to_be_focused()
    anna.page.locator(".list").evaluate("(list) => list.scrollBy({ top: -120, behavior: 'instant' })")
    anna.page.wait_for_timeout(300)
    expect(more).to_be_focused()
    anna.page.locator("#m45").hover()
    expect(anna.page.locator("#m45 .message-more")).to_be_visible()
    expect(anna.page.locator("#m48")).to_be_focused()


def test_a_toast_is_over_whatever_is_on_top_when_it_comes(staged: Staged) -> None:
    """It waits a moment for screen readers, in which a dialog may open or close."""
    anna = talk(staged, "Раз")
    anna.page.evaluate(
        """async () => {
            const { src } = document.querySelector("script[src$='/boot.js']");
            globalThis.show = (await import(new URL("views/overlays/toast.js", src))).showToast;
            globalThis.dialog = document.createElement("dialog");
            document.body.append(dialog);
            show("Открыт");
            dialog.showModal();
        }"""
    )
    expect(anna.page.locator("dialog > .toast")).to_have_text("Открыт")
    anna.page.evaluate("() => { show('Закрыт'); dialog.close(); }")
    expect(anna.page.locator("body > .toast")).to_have_text("Закрыт")


def test_a_right_click_opens_the_menu_where_it_was(staged: Staged) -> None:
    """With Shift, on a link and on selected text it is the browser's own menu that comes."""
    anna = talk_by_keys(staged, "Раз два три https://example.com/a", "Четыре")
    anna.page.evaluate(
        "window.natives = []; addEventListener('contextmenu', (event) => natives.push(!event.defaultPrevented))"
    )
    menu, said = anna.page.get_by_role("menu"), anna.page.locator("#m1 .text")
    said.click(button="right", position={"x": 20, "y": 8})
    expect(menu).to_be_visible()
    expect(menu.get_by_role("menuitem", name="Ответить")).to_be_focused()
    box, place = anna.page.locator("dialog.menu").bounding_box(), said.bounding_box()
    assert box
    assert place
    assert box["x"] == pytest.approx(place["x"] + 20, abs=1)
    ends = [box["y"] - place["y"] - 8, box["y"] + box["height"] - place["y"] - 8]
    assert min(map(abs, ends)) <= 1, ends
    anna.page.keyboard.press("Escape")
    said.click(button="right", position={"x": 20, "y": 8}, modifiers=["Shift"])
    anna.page.locator("#m1 a").click(button="right")
    anna.page.evaluate("getSelection().selectAllChildren(document.querySelector('#m1 .text'))")
    said.click(button="right", position={"x": 20, "y": 8})
    expect(menu).to_have_count(0)
    anna.page.locator("#m2 .text").click(button="right")
    expect(menu).to_be_visible()
    assert anna.page.evaluate("natives") == [False, True, True, True, False]


def test_a_right_click_before_the_menu_is_fetched_opens_it(staged: Staged) -> None:
    """The browser's own menu doesn't come in its place, however long that takes."""
    anna = staged[0]
    held: list[Route] = []
    anna.page.route("**/message-buttons.js", lambda route: held.append(route))
    talk(staged, "Раз")
    anna.page.evaluate("addEventListener('contextmenu', (event) => { window.isOurs = event.defaultPrevented })")
    anna.page.locator("#m1 .text").click(button="right")
    assert anna.page.evaluate("isOurs")
    until(anna.page, lambda: len(held) > 0)
    for route in held:
        route.continue_()
    expect(anna.page.get_by_role("menu")).to_be_visible()


@secure_only
def test_code_is_copied_by_its_button(people: People, server: Server) -> None:
    """The button copies the code with its spaces, and nothing of the message around it."""
    anna = talk(fake_for(people, server, permissions=CLIPBOARD), "Так:\n```py\n  x = 1\n```")
    anna.page.locator("#m1 .fence").hover()
    anna.page.locator("#m1 .fence-copy").click()
    toast(anna, "Код скопирован")
    assert copied(anna) == "  x = 1"


@secure_only
def test_the_field_and_the_menu_work_on_a_page_of_the_lan(own_server: Server, people: People) -> None:
    """Without a secure context the text is copied all the same, and nothing offers notices."""
    anna = people.comes("Анна", url=own_server.url.replace("localhost", "chat.lan"))
    anna.says("**Раз**")
    expect(anna.page.locator("#m1 strong")).to_have_text("Раз")
    assert anna.page.evaluate("isSecureContext") is False
    anna.page.locator("#m1").hover()
    anna.page.locator("#m1 .message-more").click()
    anna.page.get_by_role("menuitem", name="Скопировать текст").click()
    toast(anna, "Текст скопирован")
    anna.field.focus()
    anna.page.keyboard.press("Control+v")
    expect(anna.field).to_have_value("Раз")
    expect(anna.page.locator(".offer")).to_have_count(0)
