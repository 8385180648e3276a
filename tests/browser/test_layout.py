"""How the page looks: nothing overlaps, nothing is cut, nothing scrolls sideways, whatever the screen and the
text.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import ME, FakeServer, message
from .people import GREETING, SCRIPTS, People, script, until
from .steps import Staged, misfits, talk

pytestmark = pytest.mark.slow

# CSS pixels; the last is a desk's screen at 400 % zoom.
SIZES = [(320, 640), (390, 844), (768, 1024), (1280, 800), (1920, 1080), (320, 256)]
RINGS = script("rings")
# How high (px) a finger may be on it.
HIT_HEIGHT = """(each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    const isHit = (y) => each.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2 + y));
    return [...Array(61).keys()].filter((y) => isHit(y - 30)).length;
}"""
# What isn't shown where it is markup: marks of emphasis, quotes and lists, and the spaces beside them.
MARKS = re.compile(r"[*_~`>•\-\s]|\d+[.)]")


def a_full_talk(fake: FakeServer) -> None:
    fake.next_welcome(
        online={
            "count": 1204,
            "people": [ME, {"id": "b", "name": "Борис"}, {"id": "l", "name": "Длинноимённый" * 2}],
        },
        seq=6,
        head=6,
        messages=[
            message(1, "Всем привет! Сборка готова: https://example.com/" + "a" * 200),
            message(2, "д" * 500),
            message(3, "```\n" + "x = 1; " * 60 + "\n```"),
            message(4, "مرحبا بالجميع", {"id": "i", "name": "إيان"}),
            message(5, "https://example.com/ в начале\n" + "строка\n" * 50),
            message(6, "Моё", ME),
        ],
    )


def test_everything_fits_on_every_screen(staged: Staged) -> None:
    """It fits 320 to 1920 px and 400 % zoom, with long words, code, a long room name and the longest status bar."""
    anna, fake = staged
    a_full_talk(fake)
    anna.page.goto(f"{anna.url}/r/{'комната-с-длинным-названием' * 2}")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    fake.sends({"type": "typing", "people": [{"id": "l", "name": "Длинноимённый" * 2}]})
    found: dict[str, Any] = {}
    for width, height in SIZES:
        anna.page.set_viewport_size({"width": width, "height": height})
        fake.sends({"type": "notice", "code": "active"})
        expect(anna.strip).to_be_empty()
        found[f"{width}×{height}"] = misfits(anna.page)
        shoot(anna, f"look-{width}x{height}")
        fake.sends({"type": "notice", "code": "idle", "seconds": 60})
        expect(anna.strip).to_contain_text("Не останавливать")
        found[f"{width}×{height} with the strip"] = misfits(anna.page)
        anna.sees_the_end()  # also when the window changes
    assert {size: each for size, each in found.items() if each} == {}


@pytest.mark.parametrize("width", [320, 390])
def test_a_phones_rows_reach_both_edges(staged: Staged, width: int) -> None:
    """The tint of a message that calls the reader ends at the edges of the screen, where no scrollbar is in between."""
    anna = talk(staged, "Анна, привет")
    anna.page.set_viewport_size({"width": width, "height": 844})
    row = anna.page.locator("#m1[data-for-me]")
    edges = row.evaluate("(row) => [row.getBoundingClientRect().left, row.getBoundingClientRect().right]")
    assert edges == [0, width]
    assert row.evaluate("(row) => getComputedStyle(row).borderRadius") == "0px"


def test_every_dialog_fits_on_every_screen(staged: Staged) -> None:
    """Dialogs that are too long scroll within themselves, also with the largest text."""
    anna, _ = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    found: dict[str, Any] = {}
    for size in ("normal", "huge"):
        anna.page.evaluate("(size) => { document.documentElement.dataset.text = size; }", size)
        for name in ("settings", "share"):
            anna.opens(name)
            for width, height in SIZES:
                anna.page.set_viewport_size({"width": width, "height": height})
                found[f"{name}, {size}, {width}×{height}"] = misfits(anna.page)
                if width < 1000:
                    shoot(anna, f"look-{name}-{size}-{width}x{height}")
            anna.page.keyboard.press("Escape")
            anna.page.set_viewport_size({"width": 1280, "height": 800})
    assert {each: wrong for each, wrong in found.items() if wrong} == {}


def test_a_strip_of_two_lines_has_room_above_its_text(people: People, server: Server) -> None:
    """On a phone, where its button stands below: the text doesn't touch the header."""
    anna, fake = fake_for(people, server, viewport={"width": 390, "height": 844})
    anna.arrives()
    fake.sends({"type": "notice", "code": "idle", "seconds": 60})
    expect(anna.strip).to_contain_text("Не останавливать")
    top, bottom = (f"(each) => each.getBoundingClientRect().{edge}" for edge in ("top", "bottom"))
    text = anna.strip.locator("[aria-hidden]")
    assert anna.strip.get_by_role("button").evaluate(top) >= text.evaluate(bottom)
    assert text.evaluate(top) >= anna.page.locator("#bar").evaluate(bottom) + 8


def test_nothing_to_press_lies_under_the_home_indicator(people: People, server: Server) -> None:
    """The field of a phone that lies on its side, and the last person of the sheet, end above it."""
    anna, fake = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    crowd = [ME] + [{"id": f"p{n}", "name": f"Человек {n}"} for n in range(60)]
    fake.next_welcome(online={"count": 61, "people": crowd})
    anna.arrives()
    insets = {"bottom": 34, "bottomMax": 34}
    anna.context.new_cdp_session(anna.page).send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})
    anna.page.locator(".bar-online:visible").click()
    below = "innerHeight - document.querySelector('%s').getBoundingClientRect().bottom"
    people_list = anna.page.locator(".sheet .people-list")
    expect(people_list.locator(".person")).to_have_count(61)
    # What comes into sight gets its height then.
    scrolls = "(list) => { list.scrollTop = list.scrollHeight }"
    until(
        anna.page,
        lambda: people_list.evaluate(scrolls) or anna.page.evaluate(f"{below % '.sheet .person:last-child'} >= 34"),
    )
    shoot(anna, "sheet-above-the-home-indicator")
    anna.page.keyboard.press("Escape")
    anna.page.set_viewport_size({"width": 844, "height": 340})
    until(anna.page, f"{below % '#field'} >= 34")
    shoot(anna, "on-its-side-above-the-home-indicator")


def test_targets_are_large_enough_for_a_finger(people: People, server: Server) -> None:
    """On touch they have 44 px, except links in text, and the field has 16 px letters so that phones don't zoom."""
    anna, fake = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    a_full_talk(fake)
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    for button in anna.page.locator(".bar button, .composer button, .composer textarea").all():
        box = button.bounding_box()
        if box:
            assert min(box["width"], box["height"]) >= 44, button.evaluate("(each) => each.outerHTML")
    assert float(anna.field.evaluate("(field) => parseFloat(getComputedStyle(field).fontSize)")) >= 16
    shoot(anna, "look-touch")


def test_words_to_press_are_large_enough_for_a_finger(people: People, server: Server) -> None:
    """They look like a line of text, and are met where a button of 44 px would be."""
    anna, fake = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    anna.page.add_init_script("localStorage.removeItem('wschat.prefs')")
    anna.page.goto(anna.url)

    def is_met(button: Locator) -> bool:
        expect(button).to_be_visible()
        return int(button.evaluate(HIT_HEIGHT)) >= 43  # less than one at each edge is lost to rounding

    assert is_met(anna.page.locator(".join-language"))
    a_full_talk(fake)
    anna.answers("Анна")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    unfold = anna.page.locator("#m5 .unfold")
    unfold.scroll_into_view_if_needed()
    assert is_met(unfold)
    fake.sends({"type": "notice", "code": "idle", "seconds": 60})
    assert is_met(anna.strip.get_by_role("button"))
    settings = anna.opens("settings")
    assert is_met(settings.get_by_role("button", name="Сочетания клавиш"))
    anna.page.keyboard.press("Escape")
    anna.page.locator("#emoji").tap()
    for part in (".picker-find", ".picker-tab >> nth=0"):
        assert is_met(anna.page.locator(part))


@pytest.mark.parametrize("forced", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}, {"contrast": "more"}])
def test_the_systems_wishes_are_met(people: People, server: Server, forced: dict[str, str]) -> None:
    """With forced colours, less motion or more contrast, the page stays complete."""
    anna, fake = fake_for(people, server, **forced)
    a_full_talk(fake)
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    assert misfits(anna.page) == []
    shoot(anna, f"look-{'-'.join(forced)}")


@pytest.mark.parametrize("width", [1280, 390])
def test_focus_is_seen_as_a_whole(people: People, server: Server, width: int) -> None:
    """Whatever has the focus by keys has a ring of 2 px, which nothing cuts off."""
    anna, fake = fake_for(people, server, width=width)
    a_full_talk(fake)
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.sees("Моё")
    anna.page.keyboard.press("Tab")
    assert anna.page.evaluate(RINGS) == []
    for opener in (
        "[data-tool=search]",
        "[data-tool=settings]",
        "[data-tool=share]",
        ".bar-rooms",
        "button.bar-online",
        "#emoji",
    ):
        if not anna.page.locator(opener).is_visible():
            continue
        anna.page.locator(opener).click()
        expect(anna.page.locator("dialog[open] input").first).to_be_visible()
        anna.page.keyboard.press("Tab")
        assert anna.page.evaluate(RINGS) == [], opener
        anna.page.keyboard.press("Escape")
        expect(anna.page.locator("dialog[open]")).to_have_count(0)


def test_text_of_the_other_direction_keeps_to_itself(staged: Staged) -> None:
    """Arabic and Hebrew run from the right, the rest of the line from the left, and direction controls don't leak."""
    anna, fake = staged
    iyan = {"id": "i", "name": "\u202eإيان"}
    fake.next_welcome(
        messages=[
            message(1, "مرحبا بالجميع!", iyan),
            message(2, "\u202eabc \u2067def", iyan),
            message(3, "Дальше"),
        ],
        seq=3,
        head=3,
    )
    anna.visits()
    expect(anna.page.locator("#m1 .text")).to_have_css("direction", "rtl")
    expect(anna.page.locator("#m3 .text")).to_have_css("direction", "ltr")
    author, time = (
        anna.page.locator("#m1 .author").bounding_box(),
        anna.page.locator("#m1 .time").bounding_box(),
    )
    assert author is not None
    assert time is not None
    assert author["x"] < time["x"]
    assert misfits(anna.page) == []
    shoot(anna, "look-rtl")


HOSTILE = json.loads((SCRIPTS / "hostile.json").read_text())


def hostile_texts(count: int) -> list[str]:
    """The known ones, and mixtures of them; always the same."""
    chance = random.Random(2026)
    mixed = ["".join(chance.choices(HOSTILE, k=3))[:4000] for _ in range(count - len(HOSTILE))]
    return [text.strip() or "x" for text in HOSTILE + mixed]


def test_three_hundred_hostile_texts_and_names_are_only_text(staged: Staged) -> None:
    """Markup, script addresses, direction controls, stacked marks and endless words are shown as they are."""
    anna, fake = staged
    texts = hostile_texts(300)
    events = [message(n, text, {"id": f"h{n}", "name": text[:32]}) for n, text in enumerate(texts, 1)]
    fake.next_welcome(online={"count": 31, "people": [ME, *(event["from"] for event in events[:30])]})
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    for start in range(0, 300, 50):
        fake.sends(*events[start : start + 50])
        expect(anna.page.locator(f"#m{start + 50}")).to_be_attached()
    assert anna.page.evaluate("globalThis.hit") is None
    shown = anna.page.locator(".message .text").evaluate_all("(texts) => texts.map((text) => text.textContent)")
    for was, now in zip(texts[-len(shown) :], shown, strict=True):
        assert MARKS.sub("", now) == MARKS.sub("", was) or "`" in was  # in code nothing else is a mark
    own = ".message-tools *, .fence-copy *"
    assert anna.list.locator(f"script, img, svg:not({own}), iframe, style, form, base, meta, math, b").count() == 0
    hrefs = anna.page.locator(".text a").evaluate_all("(links) => links.map(({ protocol }) => protocol)")
    assert set(hrefs) <= {"http:", "https:", "mailto:"}
    assert misfits(anna.page) == []
    heights = anna.messages.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().height)")
    assert max(heights) < 4_000, (
        "what isn't long enough to be folded is at most a few screens, in the widest of letters"
    )
    fake.sends(message(301, "Дальше", ME))
    anna.sees("Дальше")
    shoot(anna, "look-hostile")
