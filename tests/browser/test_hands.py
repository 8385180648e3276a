"""What hands find on a message and in the field: the menu, copies, markup, emoji, rooms, the offer of notices."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import BORIS, ME, FakeServer, message
from .people import GREETING, HOST, People, Person

Staged = tuple[Person, FakeServer]
VERA = {"id": "vera", "name": "Вера Павлова"}
READ_CLIPBOARD = "navigator.clipboard.readText()"
secure_only = pytest.mark.skipif(HOST != "localhost", reason="needs a secure context")


def talk(staged: Staged, *texts: str) -> Person:
    """Anna in a room where Boris has said these texts."""
    anna, fake = staged
    online = {"count": 3, "people": [ME, BORIS, VERA]}
    messages = [message(n, text) for n, text in enumerate(texts, 1)]
    fake.next_welcome(messages=messages, seq=len(texts), head=len(texts), online=online)
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    return anna


def menu(page: Page) -> list[str]:
    """The texts of the open menu."""
    expect(page.get_by_role("menu")).to_be_visible()
    return page.locator(".menu-item > span").all_inner_texts()


def copied(anna: Person) -> str:
    return str(anna.page.evaluate(READ_CLIPBOARD))


def toast(anna: Person, text: str) -> None:
    expect(anna.page.locator(".toast")).to_have_text(text)


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
    anna = talk(fake_for(people, server, permissions=["clipboard-read", "clipboard-write"]), "**Раз** `два`", "Ок")
    anna.page.locator("#m1").hover()
    more = anna.page.locator("#m1 .message-more")
    more.click()
    assert menu(anna.page) == ["Ответить", "Упомянуть", "Скопировать текст", "Скопировать ссылку"]
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
    assert len(menu(anna.page)) == 4
    press("Escape")
    expect(anna.page.locator("#m2")).to_be_focused()
    press("ArrowUp")
    press("Enter")
    assert len(menu(anna.page)) == 4
    expect(anna.page.get_by_role("menuitem", name="Ответить")).to_be_focused()
    press("ArrowDown")
    expect(anna.page.get_by_role("menuitem", name="Упомянуть")).to_be_focused()
    press("ArrowUp")
    press("ArrowUp")
    press("ArrowRight")
    expect(anna.page.get_by_role("menuitemcheckbox").nth(1)).to_be_focused()
    press("ArrowUp")
    expect(anna.page.get_by_role("menuitem", name="Скопировать ссылку")).to_be_focused()


def test_a_long_press_opens_the_menu(people: People, server: Server) -> None:
    """On a touch screen a finger that rests on a message opens its menu; one that scrolls doesn't."""
    anna = talk(fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}), "Раз")
    cdp = anna.context.new_cdp_session(anna.page)
    box = anna.page.locator("#m1 .text").bounding_box()
    assert box is not None
    point = {"x": box["x"] + 5, "y": box["y"] + 5}
    cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{**point, "y": point["y"] + 60}]})
    anna.page.wait_for_timeout(800)
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(anna.page.get_by_role("menu")).to_have_count(0)
    cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    expect(anna.page.get_by_role("menu")).to_be_visible()
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert menu(anna.page) == ["Ответить", "Упомянуть", "Скопировать текст", "Скопировать ссылку"]
    shoot(anna, "hands-menu-phone")


@secure_only
def test_code_is_copied_by_its_button(people: People, server: Server) -> None:
    """What is copied is the code with its spaces, and nothing of the message around it."""
    anna = talk(
        fake_for(people, server, permissions=["clipboard-read", "clipboard-write"]), "Так:\n```py\n  x = 1\n```"
    )
    anna.page.locator("#m1 .fence").hover()
    anna.page.locator("#m1 .fence-copy").click()
    toast(anna, "Код скопирован")
    assert copied(anna) == "  x = 1"


@secure_only
def test_several_messages_are_copied_as_lines(people: People, server: Server) -> None:
    """Each has its time and author; a part of one message is copied as it is, and a focused message whole."""
    anna = talk(fake_for(people, server, permissions=["clipboard-read", "clipboard-write"]), "**раз**", "два", "три")
    select = """([from, to]) => {
        const [start, end] = [from, to].map((n) => document.querySelector(`#m${n} .text`));
        getSelection().setBaseAndExtent(start, 0, end, end.childNodes.length);
    }"""
    expect(anna.page.locator("#m1 .text strong")).to_be_visible()
    with anna.page.expect_response("**/js/copying.js"):  # the code for it, fetched with the first selection
        anna.page.evaluate(select, [1, 2])
    anna.page.wait_for_timeout(300)
    anna.page.keyboard.press("Control+c")
    assert copied(anna) == "[12:01] Борис: раз\n[12:02] Борис: два"
    anna.page.evaluate(select, [3, 3])
    anna.page.keyboard.press("Control+c")
    assert copied(anna) == "три"
    anna.page.evaluate("getSelection().removeAllRanges()")
    anna.page.locator("#m1").focus()
    anna.page.keyboard.press("Control+c")
    assert copied(anna) == "раз"


def test_a_name_is_mentioned_by_pressing_it(staged: Staged) -> None:
    """In the list and among the people; what was written stays, and undo takes the mention back."""
    anna = talk(staged, "Раз")
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


def test_emoji_are_picked_and_found_in_both_languages(staged: Staged) -> None:
    """The picker is fetched when first opened, finds by Russian and English words, and remembers what was picked."""
    anna = talk(staged, "Раз")
    asked: list[str] = []
    anna.page.on("request", lambda request: asked.append(request.url))
    anna.field.press_sequentially("Ура ")
    anna.page.locator("#emoji").click()
    picker = anna.dialog("emoji")
    expect(picker.locator(".picker-emoji").first).to_be_visible()
    assert [url for url in asked if "emoji-ru.json" in url]
    expect(picker.get_by_role("button", name="широко улыбается", exact=True)).to_be_visible()
    shoot(anna, "hands-emoji")
    for word in ("хлопушка", "tada"):
        picker.locator(".picker-find").fill(word)
        expect(picker.locator(".picker-emoji").first).to_have_text("🎉")
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
    expect(picker).to_contain_text("Ничего не нашли")


def test_rooms_are_switched_by_ctrl_k(people: People, server: Server) -> None:
    """It lists the rooms that one has been in, filters while one types, goes to one by Enter, and opens a new one."""
    anna = people.comes("Анна", url=f"{server.url}/r/кухня")
    boris = people.comes("Борис", url=f"{server.url}/r/кухня")
    other = anna.open()
    other.goto(f"{server.url}/r/дизайн")
    expect(other.get_by_text(GREETING)).to_be_visible()
    anna.has_hidden_tab(True)
    boris.says("Эй")
    boris.sees("Эй")
    other.wait_for_timeout(1_500)
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
    expect(rooms).to_have_count(0)
    other.keyboard.press("Backspace")
    other.keyboard.press("Enter")
    expect(other.locator(".bar-room")).to_have_text("новая-комната")


def test_the_keys_are_shown_by_ctrl_slash(staged: Staged) -> None:
    """Also while one writes, and in a layout that has no slash there."""
    anna = talk(staged, "Раз")
    anna.field.press_sequentially("пишу")
    anna.page.keyboard.press("Control+/")
    expect(anna.dialog("shortcuts")).to_be_visible()
    anna.page.keyboard.press("Escape")
    anna.field.dispatch_event("keydown", {"key": ".", "code": "Slash", "ctrlKey": True, "bubbles": True})
    expect(anna.dialog("shortcuts")).to_be_visible()


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
    anna.page.reload()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.says("Три")
    fake.hears("post", 2)
    anna.page.wait_for_timeout(300)
    expect(offer).to_have_count(0)


def test_the_field_and_the_menu_work_on_a_page_of_the_lan(own_server_in_lan: Server, people: People) -> None:
    """Without a secure context the text is copied all the same, and nothing offers notices."""
    anna = people.comes("Анна", url=own_server_in_lan.url.replace("localhost", "chat.lan"))
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
