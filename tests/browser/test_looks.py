"""How small things look: what stands in the way of what, what is cut, and what is too close."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for
from .fake_server import ME, FakeServer, message
from .moderation import moderates, panel
from .people import People, Person
from .steps import Staged, talk, talk_by_keys

pytestmark = pytest.mark.slow

# Between the words of a setting and its hint, at one moment: the dialog moves while it opens.
GAP = """(setting) => setting.querySelector(".dialog-hint").getBoundingClientRect().top
    - setting.querySelector("label > span").getBoundingClientRect().bottom"""


def on_a_phone(people: People, server: Server, width: int = 390, **context: Any) -> tuple[Person, FakeServer]:
    return fake_for(
        people,
        server,
        viewport={"width": width, "height": 700},
        has_touch=True,
        is_mobile=True,
        **context,
    )


def test_emoji_to_choose_from_are_in_colour(staged: Staged) -> None:
    """Also where the system's font for text has some of them in black: then half of the picker would look so."""
    if "Noto Color Emoji" not in subprocess.run(["fc-list"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("no emoji in colour on this machine")
    anna = talk(staged, "Раз")
    anna.page.locator("#emoji").click()
    cdp = anna.context.new_cdp_session(anna.page)
    for each in ("DOM.enable", "CSS.enable"):
        cdp.send(each)
    for place in (".picker-emoji", ".picker-tab"):
        expect(anna.page.locator(place).first).to_be_visible()
        root = cdp.send("DOM.getDocument")["root"]["nodeId"]
        node = cdp.send("DOM.querySelector", {"nodeId": root, "selector": place})["nodeId"]
        fonts = cdp.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        assert [each["familyName"] for each in fonts] == ["Noto Color Emoji"], place


@pytest.mark.parametrize("before", ["", "שלום\n"])
def test_code_ends_before_its_button_on_a_touch_screen(people: People, server: Server, before: str) -> None:
    """Nothing of it shows on the other side of the button, whichever direction the text around it has."""
    anna = talk(on_a_phone(people, server), f"{before}```\n{'длинная строка ' * 9}\n{'вторая ' * 20}\n\nчетвёртая\n```")
    button, code = anna.page.locator(".fence-copy"), anna.page.locator(".fence pre")
    edges = """(each) => {
        const { top, right } = each.getBoundingClientRect();
        return [top, right];
    }"""
    assert button.evaluate(edges) == pytest.approx(code.evaluate(edges), abs=0.1)
    strip = button.evaluate("({ parentNode }) => getComputedStyle(parentNode, '::before').inlineSize")
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    assert strip == f"{box['width']:g}px"
    under = """(each) => {
        const { right, bottom } = each.getBoundingClientRect();
        return document.elementFromPoint(right - 8, bottom - 8).closest("pre") === each;
    }"""
    assert code.evaluate(under), "the end of the last line is the button's"


def test_code_ends_before_its_button_in_forced_colours(people: People, server: Server) -> None:
    """Which have no gradients: what covers the code is of one colour."""
    staged = on_a_phone(people, server, forced_colors="active")
    anna = talk(staged, f"```\n{'длинная строка ' * 9}\n```")
    strip = "(each) => getComputedStyle(each, '::before').backgroundColor"
    assert anna.page.locator(".fence").evaluate(strip) in ("rgb(255, 255, 255)", "rgb(0, 0, 0)")


def test_the_list_of_mentions_cuts_nobody_in_half(people: People, server: Server) -> None:
    """On a phone the six that it has are seen; where there is no room, it leaves half of the screen free."""
    anna, fake = on_a_phone(people, server)
    others = [{"id": f"p{n}", "name": f"Участник {n}"} for n in range(9)]
    fake.next_welcome(online={"count": 10, "people": [ME, *others]})
    anna.arrives()
    anna.field.press_sequentially("@")
    listed = anna.page.locator(".mentions")
    expect(listed.get_by_role("option")).to_have_count(6)
    assert listed.evaluate("(each) => each.scrollHeight <= each.clientHeight")
    anna.page.set_viewport_size({"width": 390, "height": 320})
    assert listed.evaluate("(each) => each.getBoundingClientRect().top") > 48


def test_a_title_of_two_lines_keeps_away_from_what_is_below(people: People, server: Server) -> None:
    """On a narrow screen, as one of a single line does."""
    anna = talk_by_keys(on_a_phone(people, server, 320), message(1, "Моё", ME))
    anna.page.locator("#m1").focus()
    anna.page.keyboard.press("Delete")
    dialog = anna.dialog("deletion")
    title = dialog.locator(".dialog-title")
    assert title.evaluate("(each) => each.getBoundingClientRect().height") > 50
    range_bottom = """(each) => {
        const range = document.createRange();
        range.selectNodeContents(each);
        return range.getBoundingClientRect().bottom;
    }"""
    top = dialog.locator(".deletion-text").evaluate("(each) => each.getBoundingClientRect().top")
    assert top - title.evaluate(range_bottom) >= 12


def test_the_hint_of_a_setting_is_its_own_at_any_width(staged: Staged) -> None:
    """As close to the words of one line as to those of two."""
    anna, _ = staged
    moderates(staged)
    gaps = []
    for width in (1280, 320):
        anna.page.set_viewport_size({"width": width, "height": 800})
        setting = panel(anna).locator(".setting-check").first
        gaps.append(setting.evaluate(GAP))
        anna.page.keyboard.press("Escape")
    assert gaps[0] == pytest.approx(gaps[1], abs=1)
    assert gaps[0] >= 0


def test_what_cannot_be_undone_needs_more_than_enter_twice(staged: Staged) -> None:
    """The question before a room is cleared has the focus on «Оставить»."""
    anna, _ = staged
    moderates(staged)
    panel(anna).get_by_role("button", name="Очистить комнату").press("Enter")
    expect(anna.dialog("clear").get_by_role("button", name="Оставить")).to_be_focused()


def test_words_fit_on_a_small_phone_with_the_largest_text(staged: Staged) -> None:
    """The field's placeholder is on one line, and a setting that is too long for its list ends with dots."""
    anna, _ = staged
    anna.page.set_viewport_size({"width": 320, "height": 640})
    anna.page.add_init_script(
        """localStorage.setItem("wschat.prefs", JSON.stringify({ name: "Анна", textSize: "huge" }))"""
    )
    talk(staged, "раз")
    lines = """(field) => {
        const { paddingTop, lineHeight } = getComputedStyle(field);
        return (field.scrollHeight - 2 * parseFloat(paddingTop)) / parseFloat(lineHeight);
    }"""
    assert anna.field.evaluate(lines) < 1.5
    settings = anna.opens("settings")
    assert settings.locator("select").first.evaluate("(each) => getComputedStyle(each).textOverflow") == "ellipsis"


def test_labels_above_what_they_name_are_alike(staged: Staged) -> None:
    """On a phone each setting has its label above it, as the name has."""
    anna, _ = staged
    anna.page.set_viewport_size({"width": 390, "height": 844})
    talk(staged, "раз")
    labels = anna.opens("settings").locator("label > span:first-child")
    sizes = labels.evaluate_all("(all) => all.map((each) => getComputedStyle(each).fontSize)")
    assert len(sizes) == 5
    assert len(set(sizes)) == 1


def test_a_box_stands_by_the_first_line_of_its_words(staged: Staged) -> None:
    """Also where they take two."""
    anna, _ = staged
    anna.page.set_viewport_size({"width": 320, "height": 640})
    talk(staged, "раз")
    box = anna.opens("settings").locator("input[name=sound]")
    box.locator("+ span").evaluate("(words) => { words.textContent = 'Слова '.repeat(12); }")
    apart = "(box) => box.nextElementSibling.getClientRects()[0].top - box.getBoundingClientRect().top"
    assert abs(box.evaluate(apart)) <= 4


def test_the_buttons_of_a_failed_post_stand_below_its_words(staged: Staged) -> None:
    """On a line of their own they begin where the text does, without a dot before them."""
    anna, fake = staged
    anna.page.set_viewport_size({"width": 320, "height": 640})
    talk(staged, "раз")
    fake.answers["post"] = lambda command: {"type": "error", "code": "text_invalid", "id": command["id"]}
    anna.writes("нет")
    anna.send.click()
    status = anna.page.locator(".post-status")
    expect(status).to_be_visible()
    left = """(status) => {
        const [text, button] = status.children;
        const range = new Range();
        range.selectNodeContents(button);
        return [button.tagName, range.getBoundingClientRect().left - text.getBoundingClientRect().left];
    }"""
    tag, apart = status.evaluate(left)
    assert tag == "BUTTON"
    assert abs(apart) <= 1


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_keys_are_seen_at_one_glance(staged: Staged, lang: str) -> None:
    """On a usual screen none of them has to be scrolled to; each stands under the name of the place where it holds."""
    anna, _ = staged
    prefs = json.dumps({"name": "Анна", "lang": lang})
    anna.page.add_init_script(f"localStorage.setItem('wschat.prefs', JSON.stringify({prefs}))")
    anna.page.goto(anna.url)
    expect(anna.field).to_be_focused()
    anna.page.keyboard.press("Control+/")
    dialog = anna.dialog("shortcuts")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("(each) => each.scrollHeight - each.clientHeight") == 0
    expect(dialog.get_by_role("heading", level=3)).to_have_count(4)
    for place in dialog.locator("section").all():
        keys = place.locator("dd").all_inner_texts()
        assert len(set(keys)) == len(keys), "a key does two things in one place"


def test_the_browsers_bar_has_the_colour_of_the_chosen_theme(people: People, server: Server) -> None:
    """At once, and after a reload before any module is there; with «Как в системе» it is the system's again."""
    anna, _ = fake_for(people, server, color_scheme="light")
    bar = """[...document.querySelectorAll("[name=theme-color]")]
        .filter(({ media }) => matchMedia(media).matches).map(({ content }) => content).join()"""
    anna.arrives()
    assert anna.page.evaluate(bar) == "#ffffff"
    theme = anna.opens("settings").locator("select[name=theme]")
    theme.select_option("dark")
    assert anna.page.evaluate(bar) == "#191d22"
    anna.page.emulate_media(color_scheme="dark")
    theme.select_option("light")
    assert anna.page.evaluate(bar) == "#ffffff"
    theme.select_option("auto")
    assert anna.page.evaluate(bar) == "#191d22"
    theme.select_option("light")
    anna.page.route("**/main.js", lambda route: None)
    anna.page.reload(wait_until="commit")
    expect(anna.page.get_by_role("heading", name="Чат")).to_be_visible()
    assert anna.page.evaluate(bar) == "#ffffff"
    anna.page.unroute_all()
