"""How what moderation adds to the page looks: what stays in its place, is not cut, and can be read."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import expect

from .fake_server import ME, message
from .moderation import BARRED, RULES, enters, menu, moderates, panel, rules
from .steps import Staged, fetches_keys, keeps_toasts, misfits, presses, toast

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("width", "edge"), [(390, 8), (1280, 4)])
def test_header_stays_the_same_however_long_the_topic_is(staged: Staged, width: int, edge: int) -> None:
    """The number of people online is by the title; the topic ends before the edge of the window or the buttons."""
    anna, fake = staged
    anna.page.set_viewport_size({"width": width, "height": 800})
    moderates(staged, rules={**RULES, "topic": "Обед"})
    online, topic = anna.page.locator(".bar-online:visible"), anna.page.locator(".bar-topic")
    expect(topic).to_be_visible()
    before, height = online.bounding_box(), anna.page.locator("#bar").evaluate("(bar) => bar.offsetHeight")
    rules(fake, topic="Обед " * 39)
    expect(topic).to_have_text(re.compile("Обед Обед"))
    assert online.bounding_box() == before
    rules(fake, version=3, topic="")
    expect(topic).to_have_count(0)
    assert online.evaluate("(each) => each.getBoundingClientRect().x") == before["x"]  # type: ignore[index]
    rules(fake, version=4, topic="Обед " * 39)
    if width > 500:
        assert height == 52
    end = topic.evaluate("(each) => each.getBoundingClientRect().right")
    limit = width if width < 500 else anna.page.locator(".bar-tools").bounding_box()["x"]  # type: ignore[index]
    assert 0 < edge <= limit - end <= 16, (end, limit)


def test_toast_stands_over_the_talk_but_not_over_its_newest_line(staged: Staged) -> None:
    """It is centred on the column of the messages, not on the window."""
    anna, _ = staged
    moderates(staged)
    keeps_toasts(anna)
    menu(anna, anna.page.locator("#m1")).get_by_role("menuitem", name="Скопировать ссылку").click()
    said = anna.page.locator(".toast")
    expect(said).to_have_text("Ссылка скопирована")
    box, talk, last = (anna.page.locator(each).bounding_box() for each in (".toast", ".talk", "#m2"))
    assert box
    assert talk
    assert last
    assert abs(box["x"] + box["width"] / 2 - talk["x"] - talk["width"] / 2) < 2
    assert box["y"] + box["height"] < last["y"]


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_largest_text_makes_no_dialog_scroll_sideways(staged: Staged, lang: str) -> None:
    """On the narrowest screen, with all that a moderator sees; in English some buttons are longer."""
    anna, _ = staged
    anna.page.set_viewport_size({"width": 320, "height": 640})
    moderates(staged, barred=BARRED[1:], rules={**RULES, "topic": "Выпуск", "slow": 30, "password": True})
    settings = anna.opens("settings")
    settings.locator("select[name=lang]").select_option(lang)
    settings.locator("select[name=textSize]").select_option("huge")
    page, found = anna.page, dict[str, list[str]]()

    def look(name: str) -> None:
        expect(page.locator("dialog[open]")).to_be_visible()
        page.locator("dialog[open] > .dialog-body").evaluate("(body) => { body.scrollTop = 0; }")
        found[name] = misfits(page)
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)

    look("settings")
    anna.opens("share")
    look("share")
    panel(anna).locator("summary").click()
    look("panel")
    page.locator(".bar-topic").click()
    look("topic")
    fetches_keys(page)
    presses(anna, 1, "Delete")
    look("deletion")
    for entry in (-3, -2, -1):  # mute, delete messages, remove
        presses(anna, 1, "Shift+F10")
        page.get_by_role("menuitem").nth(entry).click()
        expect(anna.dialog("barring")).to_be_visible()
        look(f"barring {entry}")
    page.keyboard.press("Control+/")
    look("shortcuts")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_toast_stays_in_one_line_on_a_phone(staged: Staged) -> None:
    """As long as the window is wide enough for it."""
    anna, fake = staged
    anna.page.set_viewport_size({"width": 390, "height": 844})
    enters(staged, muted=0)
    expect(anna.field).not_to_be_editable()
    keeps_toasts(anna)
    fake.sends({"type": "muted", "seconds": None})
    toast(anna, "Вы снова можете писать")
    box = anna.page.locator(".toast").bounding_box()
    assert box
    assert box["height"] < 45
    assert abs(box["x"] + box["width"] / 2 - 195) < 2


def test_lines_about_rules_stand_at_even_distances(staged: Staged) -> None:
    """Also where a line begins another part of the list."""
    anna, fake = staged
    enters(staged)
    for version in range(2, 62):
        rules(fake, version=version, topic=f"Тема {version}")
    expect(anna.list.locator(".line", has_text="Тема 61")).to_be_visible()
    expect(anna.list.locator(".line", has_text="Тема 2\u2069")).to_be_attached()
    lines = anna.list.locator(".line[data-key^=r]")
    tops = lines.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().top)")
    gaps = [after - before for before, after in itertools.pairwise(tops)]
    assert len(gaps) == 59
    assert max(gaps) - min(gaps) < 2, gaps


@pytest.mark.parametrize("before", range(8, 12))
def test_a_line_keeps_away_from_a_tinted_row(staged: Staged, before: int) -> None:
    """Also where it begins another part of the list, which are of twelve."""
    anna, fake = staged
    enters(staged, messages=[message(seq, "Моё", ME) for seq in range(1, before + 1)], seq=before, head=before)
    fake.sends(message(before + 1, "Моё", ME))
    rules(fake, version=2, topic="Тема")
    line = anna.list.locator(".line", has_text="Тема")
    expect(line).to_be_visible()
    row = anna.page.locator(f"#m{before + 1}")
    bottom = row.evaluate("(each) => each.getBoundingClientRect().bottom")
    assert line.evaluate("(each) => each.getBoundingClientRect().top") - bottom >= 8


def test_dark_panel_can_be_read(staged: Staged) -> None:
    """A placeholder is quiet text, and an unticked box looks as empty as a field."""
    anna, _ = staged
    anna.page.emulate_media(color_scheme="dark")
    moderates(staged)
    dialog = panel(anna)
    colour = "(each, of) => getComputedStyle(each, of)[of ? 'color' : 'backgroundColor']"
    hint = dialog.locator(".dialog-hint").first.evaluate("(each) => getComputedStyle(each).color")
    field, box = dialog.locator("#moderation-topic"), dialog.get_by_label("Пишут только модераторы")
    assert field.evaluate(colour, "::placeholder") == hint
    assert box.evaluate(colour) == field.evaluate(colour)
    box.evaluate("(each) => { each.checked = true; }")
    assert box.evaluate(colour) != field.evaluate(colour)


def test_buttons_of_people_are_not_cut_and_make_no_row_taller(staged: Staged) -> None:
    """The ring of the focus lies within the row, which cuts what leaves it."""
    anna, _ = staged
    moderates(staged)
    more = anna.page.locator("aside .person-more").first
    anna.page.locator("aside .people-list").focus()
    anna.page.keyboard.press("Tab")
    expect(more).to_be_focused()
    assert more.evaluate("(each) => parseFloat(getComputedStyle(each).outlineOffset)") <= -2
    rows = anna.page.locator("aside .person").evaluate_all("(all) => all.map((each) => each.offsetHeight)")
    assert len(set(rows)) == 1, rows
