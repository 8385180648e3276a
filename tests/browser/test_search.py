"""The search in the messages of a room: how it is opened, what it shows, and how it leads to a message."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support import Server

from .axe import violations
from .conftest import fake_for, shoot
from .fake_server import BORIS, ME, message
from .people import People, Person, until
from .searching import CATS, a_room_about_cats, found, opens, searches, status
from .steps import Staged, a_long_room, misfits, talk, watches_marks


@pytest.fixture
def cats(staged: Staged) -> Staged:
    return a_room_about_cats(staged)


def test_what_clears_a_search_is_as_quiet_as_other_icons(staged: Staged) -> None:
    """A browser's own cross is the loudest thing in the field, in a blue that is no colour of the page."""
    anna, _ = staged
    anna.arrives()
    field = opens(anna).get_by_role("combobox")
    anna.page.keyboard.type("кот")
    shot = Image.open(BytesIO(field.screenshot())).convert("HSV")
    inside = shot.width - 4  # of the frame, which has a colour
    cross = shot.crop((inside - 40, 4, inside, shot.height - 4))
    assert max(cross.getchannel("S").tobytes()) < 40
    assert min(cross.getchannel("V").tobytes()) < 150  # it is there


def test_a_message_is_found_and_gone_to(cats: Staged) -> None:
    """Each is shown with its author, time and words that match; Enter leads to the chosen one, which is highlighted."""
    anna, fake = cats
    watches_marks(anna.page)
    fake.next_welcome(messages=[message(n, text) for n, text in CATS.items()], seq=4, head=4)
    anna.reloads()
    dialog = searches(anna)
    hits = dialog.get_by_role("option")
    expect(hits).to_have_count(3)
    assert fake.hears("search", 1)[0] | {"ref": ""} == {"type": "search", "text": "кошка", "limit": 20, "ref": ""}
    expect(status(dialog)).to_have_text("Найдено: 3")
    expect(hits.locator("mark")).to_have_text(["Кошки", "Кошка", "кошку"])
    expect(hits.nth(0)).to_have_accessible_name("Борис Кошки пришли 23.11.2026, 12:04")
    expect(hits.nth(0)).to_have_attribute("aria-selected", "true")
    hue = anna.page.locator("#m1 .author").get_attribute("data-hue") or ""
    expect(hits.nth(2).locator(".author")).to_have_attribute("data-hue", hue)
    shoot(anna, "search-found")
    anna.page.keyboard.press("ArrowUp")
    expect(hits.nth(2)).to_have_attribute("aria-selected", "true")
    expect(dialog.get_by_role("combobox")).to_have_attribute("aria-activedescendant", "found-1")
    anna.page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    until(anna.page, "marked.includes('m1')")
    expect(anna.page.locator("#m1")).to_be_focused()


def test_word_forms_and_beginnings_are_found(anna: Person, boris: Person) -> None:
    """By the server itself, which names the words that are marked."""
    boris.says("Отчёт о кошках")
    boris.says("Отчёт о собаках")
    anna.sees("Отчёт о собаках")
    hits = searches(anna, "кошка отч").get_by_role("option")
    expect(hits).to_have_count(1)
    expect(hits.locator("mark")).to_have_text(["Отчёт", "кошках"])
    expect(status(anna.dialog("search"))).to_have_text("Найдено: 1")


def test_going_through_what_was_found_one_by_one(cats: Staged) -> None:
    """Opened again, the search is as it was left: its query selected, and the message that was gone to chosen."""
    anna, fake = cats
    dialog = searches(anna)
    dialog.get_by_role("option").nth(1).click()
    expect(dialog).to_have_count(0)
    anna.page.locator("[data-tool=search]").click()
    hits = dialog.get_by_role("option")
    expect(hits.nth(1)).to_have_attribute("aria-selected", "true")
    expect(dialog.get_by_role("combobox")).to_have_value("кошка")
    anna.page.keyboard.press("ArrowDown")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator("#m1")).to_be_focused()
    fake.hears("search", 1)
    opens(anna)
    anna.page.keyboard.type("сыч")
    expect(dialog.get_by_role("combobox")).to_have_value("сыч")
    assert fake.hears("search", 2)[1]["text"] == "сыч"


@pytest.mark.slow
def test_the_search_opens_again_before_the_browser_says_that_it_is_closed(cats: Staged) -> None:
    """The event that a dialog is closed comes later than that; keys may come in between."""
    anna, _ = cats
    dialog = searches(anna)
    expect(dialog.get_by_role("option")).to_have_count(3)
    anna.page.evaluate("""() => {
        document.querySelector("dialog [role=option]").click();
        const keys = { key: "F", code: "KeyF", ctrlKey: true, shiftKey: true, bubbles: true, cancelable: true };
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", keys));
    }""")
    expect(dialog.get_by_role("combobox")).to_be_focused()
    anna.page.keyboard.type("сыч")
    expect(dialog.get_by_role("combobox")).to_have_value("сыч")
    anna.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    opens(anna)


def test_esc_leaves_the_search_as_it_is(cats: Staged) -> None:
    """The browser's own first Esc would empty the field."""
    anna, fake = cats
    dialog = searches(anna)
    expect(dialog.get_by_role("option")).to_have_count(3)
    anna.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    opens(anna)
    expect(dialog.get_by_role("option")).to_have_count(3)
    fake.hears("search", 1)


def test_an_old_message_is_loaded(staged: Staged) -> None:
    """What was found may be far above what is in the page."""
    anna, fake = staged
    a_long_room(fake, 900)
    fake.answers["search"] = found(5, texts={5: "№ 5"}, words=["5"])
    anna.arrives()
    searches(anna, "5").get_by_role("option").click()
    expect(anna.page.locator("#m5")).to_be_focused()
    expect(anna.page.locator("#m5")).to_be_in_viewport()


def test_the_search_is_found_by_pointer_and_keys(staged: Staged) -> None:
    """By a button of the header, by keys in any layout, and in the list of keys."""
    anna = talk(staged, "Раз")
    dialog = anna.opens("search")
    expect(dialog.get_by_role("heading")).to_have_text("Поиск по сообщениям")
    expect(status(dialog)).to_contain_text("Ищем в сообщениях этой комнаты")
    anna.page.keyboard.press("Escape")
    anna.page.evaluate("""document.dispatchEvent(new KeyboardEvent("keydown",
        { key: "А", code: "KeyF", ctrlKey: true, shiftKey: true, bubbles: true, cancelable: true }))""")
    expect(dialog).to_be_visible()
    anna.page.keyboard.press("Escape")
    anna.page.keyboard.press("Control+f")
    expect(dialog).to_have_count(0)
    anna.page.keyboard.press("Control+/")
    row = anna.dialog("shortcuts").locator("dl > div").filter(has_text="Искать в сообщениях")
    expect(row.locator("kbd")).to_have_text(["Ctrl", "Shift", "F"])


def test_nothing_can_be_searched_before_one_has_joined(people: People, server: Server) -> None:
    """The button comes with the number of people."""
    anna = people.comes(url=server.url).visits()
    expect(anna.dialog("join")).to_be_visible()
    expect(anna.page.locator("[data-tool=share]")).to_be_attached()
    expect(anna.page.locator("[data-tool=search]")).to_have_count(0)


def test_who_looks_for_a_message_among_the_rooms_is_led_on(cats: Staged) -> None:
    """The last choice there searches for what was written."""
    anna, fake = cats
    anna.page.keyboard.press("Control+k")
    expect(anna.dialog("rooms").get_by_role("combobox")).to_be_focused()
    anna.page.keyboard.type("кошка!")
    last = anna.dialog("rooms").get_by_role("option").last
    expect(last).to_have_text("Найти «⁨кошка!⁩» в сообщениях")
    last.click()
    expect(anna.dialog("rooms")).to_have_count(0)
    expect(anna.dialog("search").get_by_role("combobox")).to_have_value("кошка!")
    expect(anna.dialog("search").get_by_role("option")).to_have_count(3)
    assert fake.hears("search", 1)[0]["text"] == "кошка!"


def test_a_phones_keyboard_covers_nothing_that_was_found(people: People, server: Server) -> None:
    """It composes every word, which is searched for all the same, and stays closed when the search is opened again."""
    anna, fake = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    fake.answers["search"] = found(4, 2, 1)
    talk((anna, fake), *CATS.values())
    dialog = anna.opens("search")
    field = dialog.get_by_role("combobox")
    expect(field).to_be_focused()
    compose = anna.context.new_cdp_session(anna.page)
    compose.send("Input.imeSetComposition", {"text": "кошка", "selectionStart": 5, "selectionEnd": 5})
    assert fake.hears("search", 1)[0]["text"] == "кошка"
    expect(dialog.get_by_role("option")).to_have_count(3)
    compose.send("Input.insertText", {"text": "кошка"})
    anna.page.keyboard.press("Enter")  # the key of the keyboard that says "search"
    expect(dialog.locator(".rooms")).to_be_focused()
    dialog.get_by_role("option").nth(1).tap()
    expect(dialog).to_have_count(0)
    expect(anna.page.locator("#m2")).to_be_focused()
    anna.opens("search")
    expect(dialog.get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
    expect(dialog.locator(".rooms")).to_be_focused()
    shoot(anna, "search-phone")
    field.tap()
    until(anna.page, "getSelection().toString() === 'кошка'")


@pytest.mark.slow
def test_keys_that_are_pressed_twice_open_one_search(cats: Staged) -> None:
    """The code for it may be on its way."""
    anna, _ = cats
    press = """new KeyboardEvent("keydown",
        { key: "F", code: "KeyF", ctrlKey: true, shiftKey: true, bubbles: true, cancelable: true })"""
    anna.page.evaluate(f"document.dispatchEvent({press}); document.dispatchEvent({press})")
    expect(anna.dialog("search")).to_have_count(1)
    anna.page.keyboard.type("кошка")
    expect(anna.dialog("search").get_by_role("option")).to_have_count(3)


@pytest.mark.slow
def test_styles_that_didnt_come_are_fetched_again(cats: Staged) -> None:
    """What is searched for is found without them; the next time, they may be there."""
    anna, fake = cats
    anna.page.route("**/search.css", lambda route: route.abort("internetdisconnected"), times=1)
    dialog = searches(anna)
    expect(dialog.get_by_role("option")).to_have_count(3)
    anna.page.keyboard.press("Escape")
    opens(anna)
    expect(dialog.locator(".hit").first).to_have_css("display", "grid")
    fake.hears("search", 1)


def test_the_header_has_room_for_the_search(people: People, server: Server) -> None:
    """On the smallest phone, and at 400 % zoom, with all that a moderator has there, in a crowd."""
    anna, fake = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 320, "height": 640})
    crowd = {"count": 1204, "people": [ME, BORIS]}
    rules = {"version": 1, "slow": 0, "read_only": False, "locked": False, "password": False, "topic": "Тема " * 20}
    fake.next_welcome(role="moderator", online=crowd, rules=rules)
    anna.page.goto(f"{anna.url}/r/{'комната-с-длинным-названием' * 2}")
    expect(anna.page.locator("[data-tool=moderation]")).to_be_visible()
    wrong = {}
    for text, width, height in (("normal", 320, 640), ("normal", 360, 640), ("normal", 320, 256), ("huge", 320, 640)):
        anna.page.evaluate("(size) => { document.documentElement.dataset.text = size; }", text)
        anna.page.set_viewport_size({"width": width, "height": height})
        size = f"{text}, {width}×{height}"
        wrong[size] = misfits(anna.page)
        expect(anna.page.locator("[data-tool=search]")).to_be_in_viewport(ratio=1)
        shoot(anna, f"search-header-{text}-{width}x{height}")
        title = anna.page.locator(".bar-rooms").bounding_box()
        assert title
        assert title["width"] >= 40, (size, title)
    assert {size: each for size, each in wrong.items() if each} == {}


def test_the_search_fits_on_every_screen(staged: Staged) -> None:
    """Long words and long names, too, with the largest text."""
    anna, fake = staged
    writer = {"id": "l", "name": "Длинноимённый" * 2}
    texts = (f"{'д' * 300} кошку", CATS[2])
    messages = [message(n, texts[n % 2], writer if n % 2 else BORIS) for n in range(20, 10, -1)]
    fake.answers["search"] = {**found(), "messages": messages}
    talk(staged, *CATS.values())
    expect(searches(anna).get_by_role("option")).to_have_count(10)
    wrong = {}
    for text in ("normal", "huge"):
        anna.page.evaluate("(size) => { document.documentElement.dataset.text = size; }", text)
        for width, height in ((320, 640), (390, 844), (768, 1024), (1280, 800), (320, 256)):
            anna.page.set_viewport_size({"width": width, "height": height})
            wrong[f"{text}, {width}×{height}"] = misfits(anna.page)
            shoot(anna, f"search-{text}-{width}x{height}")
    assert {size: each for size, each in wrong.items() if each} == {}


@pytest.mark.slow
def test_a_long_name_leaves_room_for_the_time(staged: Staged) -> None:
    """It is cut where the line is too short for both; a time on a line of its own would take a result away."""
    anna, fake = staged
    talk(staged, "Раз")
    fake.answers["search"] = {**found(), "messages": [message(2, CATS[2], {"id": "l", "name": "Длинноимённый" * 2})]}
    anna.page.set_viewport_size({"width": 390, "height": 844})
    hit = searches(anna).get_by_role("option")
    name, time = (hit.locator(each).bounding_box() for each in (".author", ".time"))
    assert name
    assert time
    assert abs(name["y"] + name["height"] / 2 - time["y"] - time["height"] / 2) < 6
    assert name["width"] > 100


def test_axe_finds_nothing_in_the_search(cats: Staged) -> None:
    """Before anything is searched for, with results, and without: in light and dark."""
    anna, fake = cats
    anna.page.emulate_media(reduced_motion="reduce")
    dialog = opens(anna)
    wrong = {}
    for text, hits in (("", 0), ("кошка", 3), ("тапир", 0)):
        fake.answers["search"] = found(*(4, 2, 1)[:hits], more=hits > 0)
        dialog.get_by_role("combobox").fill(text)
        expect(dialog.get_by_role("option")).to_have_count(hits)
        for colours in ("light", "dark"):
            anna.page.emulate_media(color_scheme=colours)
            wrong[f"{text}, {colours}"] = violations(anna.page, "{ resultTypes: ['violations'] }")
    assert {state: each for state, each in wrong.items() if each} == {}
