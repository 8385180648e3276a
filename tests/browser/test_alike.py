"""What is alike looks alike: heights, edges and distances, and what the pointer and keys do to colours."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.support import Server

from .conftest import fake_for
from .fake_server import BORIS, ME, message
from .moderation import RULES, enters, menu, moderates
from .people import People
from .steps import Staged, talk

pytestmark = pytest.mark.slow

# Where the first letter of an element is (px).
TEXT_START = """(each) => {
    const range = new Range();
    range.selectNodeContents(each);
    return range.getBoundingClientRect().left;
}"""
BACKGROUND = "(each) => getComputedStyle(each).backgroundColor"


def height(button: Locator) -> float:
    expect(button).to_be_visible()
    return float(button.evaluate("(each) => each.getBoundingClientRect().height"))


def start(element: Locator) -> float:
    expect(element).to_be_visible()
    return float(element.evaluate("(each) => each.getBoundingClientRect().left"))


def test_what_leads_on_is_as_high_as_a_field(people: People, server: Server, staged: Staged) -> None:
    """A button, or a link that looks like one, of every page and dialog that somebody must get past."""
    anna, fake = staged
    found: dict[str, float] = {}
    fake.answers["hello"] = {"type": "error", "code": "name_taken", "suggestion": "Анна 2"}
    anna.page.goto(anna.url)
    join = anna.dialog("join")
    found["the field of a name"] = height(join.locator("input[name=name]"))
    found["to enter"] = height(join.get_by_role("button", name="Войти"))
    fake.answers["hello"] = {"type": "error", "code": "room_unknown"}
    anna.page.goto(f"{anna.url}/r/kitchen")
    found["out of a room that isn't there"] = height(join.get_by_role("link"))
    fake.answers["hello"] = {"type": "error", "code": "locked"}
    anna.page.goto(f"{anna.url}/r/hall")
    out = anna.dialog("out")
    found |= {"kept out": height(out.locator(".out-ways button")), "to the main room": height(out.get_by_role("link"))}
    anna.page.goto(f"{server.url}/nothing")
    found["out of nowhere"] = height(anna.page.get_by_role("link"))
    anna.complaints.clear()  # the browser notes the 404
    assert found == dict.fromkeys(found, 44)


def test_a_hint_stands_as_close_to_its_box_everywhere(staged: Staged) -> None:
    """In the settings, in the room's panel and where somebody is removed."""
    anna, _ = staged
    anna.page.add_init_script("delete globalThis.Notification;")
    moderates(staged)
    gap = """(setting) => setting.querySelector(".dialog-hint").getBoundingClientRect().top
        - setting.querySelector("label").getBoundingClientRect().bottom"""
    found = []
    for opens in ("settings", "moderation"):
        found.append(anna.opens(opens).locator(".setting-check:has(.dialog-hint)").first.evaluate(gap))
        anna.page.keyboard.press("Escape")
    menu(anna, anna.page.locator("#m1")).get_by_role("menuitem", name="Удалить из комнаты").click()
    found.append(anna.dialog("barring").locator(".setting-check:has(.dialog-hint)").first.evaluate(gap))
    assert found == [found[0]] * 3
    assert found[0] <= 0


def test_a_phones_panels_have_one_edge(people: People, server: Server) -> None:
    """The title, the field and the rows below it begin at the same place."""
    phone = {"viewport": {"width": 390, "height": 760}, "has_touch": True, "is_mobile": True}
    staged = fake_for(people, server, **phone)
    crowd = [ME, BORIS, *({"id": f"p{n}", "name": f"Человек {n}"} for n in range(12))]
    anna = talk(staged, "Раз", online={"count": len(crowd), "people": crowd})
    anna.page.locator("button.bar-online").tap()
    sheet = anna.dialog("people")
    title = float(sheet.locator(".dialog-title").evaluate(TEXT_START))
    assert start(sheet.locator(".people-find")) == pytest.approx(title, abs=0.5)
    assert start(sheet.locator(".person .avatar").first) == pytest.approx(title, abs=0.5)
    anna.page.keyboard.press("Escape")
    anna.page.locator("#emoji").tap()
    picker = anna.dialog("emoji")
    title = float(picker.locator(".dialog-title").evaluate(TEXT_START))
    assert start(picker.locator(".picker-find")) == pytest.approx(title, abs=0.5)
    heading = picker.locator(".picker-title").first
    expect(heading).to_be_visible()
    assert heading.evaluate(TEXT_START) == pytest.approx(title, abs=0.5)


def test_the_name_of_a_setting_has_one_line(staged: Staged) -> None:
    """On a wide screen, with the choice beside it, which isn't cut."""
    anna = talk(staged, "Раз")
    settings = anna.opens("settings")
    names = settings.locator(".setting:not(.setting-check) > span")
    lines = names.evaluate_all("(all) => all.map((each) => each.getClientRects().length && each.offsetHeight)")
    assert len(lines) >= 4
    assert len(set(lines)) == 1, lines


def test_ones_own_row_keeps_its_tint_under_the_pointer(staged: Staged) -> None:
    """As a row does that calls the reader; somebody else's shows that the pointer is over it."""
    anna = talk(staged, message(1, "Моё", ME), "Анна, привет", "Чужое")
    kept = []
    for seq in (1, 2, 3):
        row = anna.page.locator(f"#m{seq}")
        anna.page.mouse.move(0, 0)
        before = row.evaluate(BACKGROUND)
        row.hover()
        kept.append(row.evaluate(BACKGROUND) == before)
    assert kept == [True, True, False]


def test_the_topic_answers_the_pointer(staged: Staged) -> None:
    """As the other buttons of the header do."""
    anna, _ = staged
    enters(staged, rules={**RULES, "topic": "Обед в два"})
    topic = anna.page.locator(".bar-topic")
    expect(topic).to_be_visible()
    colour = "(each) => getComputedStyle(each).color"
    before = topic.evaluate(colour)
    topic.hover()
    assert topic.evaluate(colour) != before


def test_a_key_beside_a_red_entry_isnt_red(staged: Staged) -> None:
    """Keys look alike, whatever they do."""
    anna, _ = staged
    moderates(staged)
    keys = menu(anna, anna.page.locator("#m1")).locator("kbd")
    colours = keys.evaluate_all("(all) => all.map((each) => getComputedStyle(each).color)")
    assert len(colours) > 1
    assert len(set(colours)) == 1


def test_the_way_to_the_end_has_a_drawn_arrow(staged: Staged) -> None:
    """A letter «↓» was half as large as the arrow of the button for sending; a number stands beside it."""
    anna, fake = staged
    said = [f"№ {n}" for n in range(1, 60)]
    talk(staged, *said)
    anna.scrolls_to(-1_000)
    button = anna.page.locator(".to-end")
    expect(button).to_be_visible()
    box = "(each) => [each.offsetWidth, each.offsetHeight, each.querySelector('svg').getBoundingClientRect().width]"
    assert button.evaluate(box) == [44, 36, 18]
    fake.sends(message(60, "№ 60"))
    expect(button).to_have_text("1 новое")
    assert button.evaluate(box)[0] > 80


def test_a_cleared_room_has_no_empty_line(staged: Staged) -> None:
    """With others in it there is only its name to read, and that a moderator cleared it."""
    anna, fake = staged
    talk(staged, "Раз")
    fake.sends({"type": "reset", "epoch": "e2", "seq": 0, "messages": [], "cleared": True})
    expect(anna.list.locator(".empty p")).to_have_text(["Начните разговор!"])
