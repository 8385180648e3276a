"""What becomes of a draft that replies, over reloads, edits, refusals, and in several tabs."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .fake_server import ME, amended, message
from .steps import Staged, presses, saves_draft, strip, talk_by_keys, text

pytestmark = pytest.mark.slow


def a_reply_after_a_reload(staged: Staged) -> dict[str, Any]:
    """Reload the page of a draft that replies to message 1, and give the welcome that it waits for."""
    anna, fake = staged
    said = message(1, "вопрос")
    talk_by_keys(staged, said)
    presses(anna, 1, "r")
    anna.writes("ответ")
    fake.answers["hello"] = []
    anna.page.reload()
    fake.hears("hello", 2)
    expect(anna.field).to_have_value("ответ")
    return fake.welcome(messages=[said], seq=1, head=1)


def test_a_draft_that_is_sent_before_the_welcome_is_a_reply(staged: Staged) -> None:
    """What it replies to was kept; it goes with it, and not on to the next text."""
    anna, fake = staged
    welcome = a_reply_after_a_reload(staged)
    anna.field.press("Enter")
    expect(anna.field).to_have_value("")
    fake.sends(welcome)
    assert fake.hears("post", 1)[0]["reply"] == 1
    expect(anna.page.locator("[data-post] .quote")).to_contain_text("вопрос")
    expect(strip(anna)).to_have_count(0)


def test_a_draft_that_is_emptied_before_the_welcome_is_no_reply(staged: Staged) -> None:
    """Nothing stands above an empty field that the person didn't put there."""
    anna, fake = staged
    welcome = a_reply_after_a_reload(staged)
    anna.writes("")
    fake.sends(welcome)
    expect(text(anna, 1)).to_be_visible()
    anna.says("Привет")
    assert "reply" not in fake.hears("post", 1)[0]
    expect(strip(anna)).to_have_count(0)


@pytest.mark.parametrize(("key", "is_reply"), [("x", False), ("Control+b", True)])
def test_a_draft_that_is_written_over_before_the_welcome_is_no_reply(staged: Staged, key: str, is_reply: bool) -> None:
    """Whoever selects all of it and types begins another text; bold letters are still the same one."""
    anna, fake = staged
    welcome = a_reply_after_a_reload(staged)
    anna.field.press("Control+a")
    anna.field.press(key)
    expect(anna.field).to_have_value("**ответ**" if is_reply else "x")
    fake.sends(welcome)
    expect(text(anna, 1)).to_be_visible()
    expect(strip(anna)).to_have_count(int(is_reply))


@pytest.mark.parametrize("is_all_selected", [True, False])
def test_a_draft_that_an_input_method_changes_is_still_a_reply(staged: Staged, is_all_selected: bool) -> None:
    """It selects the word that it changes, which may be all there is; what a person has selected is written over."""
    anna, fake = staged
    welcome = a_reply_after_a_reload(staged)
    if is_all_selected:
        anna.field.press("Control+a")
        cdp = anna.context.new_cdp_session(anna.page)
        cdp.send("Input.imeSetComposition", {"text": "x", "selectionStart": 1, "selectionEnd": 1})
        expect(anna.field).to_have_value("x")
    else:
        anna.field.evaluate(
            """(field) => {
                field.setSelectionRange(5, 5);
                field.dispatchEvent(new CompositionEvent("compositionstart"));
                field.select();
                field.dispatchEvent(new InputEvent("beforeinput", { data: "отве", isComposing: true }));
                field.setRangeText("отве", 0, 5, "end");
                field.dispatchEvent(new InputEvent("input", { data: "отве", isComposing: true }));
            }"""
        )
    fake.sends(welcome)
    expect(text(anna, 1)).to_be_visible()
    expect(strip(anna)).to_have_count(int(not is_all_selected))


def test_the_caret_stays_when_the_reply_comes_back(staged: Staged) -> None:
    """Who writes in the middle of the draft at the welcome goes on there."""
    anna, fake = staged
    welcome = a_reply_after_a_reload(staged)
    anna.field.evaluate("(field) => field.setSelectionRange(2, 2)")
    fake.sends(welcome)
    expect(strip(anna)).to_contain_text("вопрос")
    assert anna.field.evaluate("(field) => field.selectionStart") == 2


def test_a_sent_reply_leaves_the_draft_of_another_tab(staged: Staged) -> None:
    """What another tab has written meanwhile is still there for the next one."""
    anna, _ = staged
    talk_by_keys(staged, message(1, "вопрос"))
    presses(anna, 1, "r")
    anna.writes("ответ")
    saves_draft(anna.page)
    anna.page.evaluate("localStorage.setItem('wschat.draft.chat', JSON.stringify({ text: 'другое' }))")
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("")
    assert "другое" in anna.page.evaluate("localStorage.getItem('wschat.draft.chat')")


@pytest.mark.parametrize("what", ["deleted", "refused"])
def test_an_edit_outlives_what_happens_to_the_reply_behind_it(staged: Staged, what: str) -> None:
    """What is typed stays when the answered message is deleted meanwhile, and when a sent reply is a draft again."""
    anna, fake = staged
    talk_by_keys(staged, message(1, "раз", ME), message(2, "вопрос"))
    presses(anna, 2, "r")
    anna.writes("ответ")
    if what == "refused":
        anna.page.keyboard.press("Enter")
        post = fake.hears("post", 1)[0]
    presses(anna, 1, "e")
    anna.writes("правка")
    if what == "refused":
        fake.sends({"type": "error", "code": "slow", "id": post["id"], "retry_after": 60})
        expect(anna.page.locator("[data-post]")).to_have_count(0)
    else:
        time = anna.page.evaluate("new Date().toISOString()")
        fake.sends(amended(3, message(2, ""), text=None, deleted=True, edited=time))
        expect(text(anna, 2)).to_have_count(0)
    expect(anna.field).to_have_value("правка")
    anna.page.keyboard.press("Escape")
    expect(anna.field).to_have_value("ответ")
    expect(strip(anna)).to_have_count(1 if what == "refused" else 0)
