"""An input method composes a word in the field: nothing else writes there until the word is whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, expect

from .fake_server import ME, amended, message
from .people import Person, until
from .steps import Staged, presses, talk_by_keys

pytestmark = pytest.mark.slow


def composes(anna: Person, letters: str) -> CDPSession:
    """Begin a word in the field; `Input.insertText` of the answer commits it."""
    cdp = anna.context.new_cdp_session(anna.page)
    anna.field.focus()
    cdp.send("Input.imeSetComposition", {"text": letters, "selectionStart": len(letters), "selectionEnd": len(letters)})
    return cdp


def posts_and_composes(staged: Staged) -> tuple[CDPSession, Callable[[str], None]]:
    """A post is on its way; the function answers it with an error."""
    anna, fake = staged
    talk_by_keys(staged, "раз")
    fake.answers["post"] = []
    anna.says("первое")
    post = fake.hears("post", 1)[0]
    cdp = composes(anna, "にほ")
    expect(anna.field).to_have_value("にほ")

    def refuses(code: str) -> None:
        refusal: dict[str, Any] = {"type": "error", "code": code, "id": post["id"], "retry_after": 60}
        fake.sends(refusal)
        expect(anna.page.locator("[data-post]")).to_have_count(0)

    return cdp, refuses


@pytest.mark.parametrize(("code", "word"), [("slow", "日本"), ("read_only", "日本"), ("muted", "にほ")])
def test_a_refused_post_waits_for_the_word(staged: Staged, code: str, word: str) -> None:
    """It is a draft again when the word is there, once; a mute closes the field, and the word stays as it is."""
    anna, _ = staged
    cdp, refuses = posts_and_composes(staged)
    refuses(code)
    if code == "muted":
        expect(anna.field).not_to_be_editable()
    else:
        expect(anna.field).to_have_value("にほ")
    cdp.send("Input.insertText", {"text": "日本"})
    expect(anna.field).to_have_value(f"первое\n{word}")


def test_an_edit_whose_message_is_deleted_waits_for_the_word(staged: Staged) -> None:
    """Then the field has the draft again, without a letter of the edit, and the next word goes there."""
    anna, fake = staged
    said = message(1, "раз", ME)
    talk_by_keys(staged, said)
    anna.writes("черновик")
    presses(anna, 1, "e")
    expect(anna.field).to_have_value("раз")
    cdp = composes(anna, "にほ")
    fake.sends(amended(2, said, text=None, deleted=True, edited=said["time"]))
    expect(anna.page.locator("#m1 .text")).to_have_count(0)
    expect(anna.field).to_have_value("разにほ")
    cdp.send("Input.insertText", {"text": "日本"})
    expect(anna.field).to_have_value("черновик")
    cdp.send("Input.insertText", {"text": "!"})
    expect(anna.field).to_have_value("черновик!")


def test_a_page_that_is_left_meanwhile_loses_nothing(staged: Staged) -> None:
    """What waits for the word is in the draft."""
    anna, _ = staged
    _, refuses = posts_and_composes(staged)
    refuses("slow")
    anna.page.reload()
    expect(anna.field).to_have_value("первое\nにほ")


def test_a_refused_post_is_kept_while_it_waits(staged: Staged) -> None:
    """The browser may end at any time: the text is in the draft already, which the next tab has, too."""
    anna, _ = staged
    cdp, refuses = posts_and_composes(staged)
    refuses("slow")
    draft = "JSON.parse(localStorage[Object.keys(localStorage).find((key) => key.includes('draft'))]).text"
    assert anna.page.evaluate(draft) == "первое\nにほ"
    cdp.send("Input.insertText", {"text": "日本"})
    expect(anna.field).to_have_value("первое\n日本")
    until(anna.page, f"{draft} === 'первое\\n日本'")


@pytest.mark.parametrize("is_composed", [True, False], ids=["a word is composed", "the press is held"])
def test_a_press_on_save_sends_no_draft(staged: Staged, is_composed: bool) -> None:
    """What is edited is deleted before the press or during it: then the field has the draft, which isn't sent."""
    anna, fake = staged
    said = message(1, "раз", ME)
    talk_by_keys(staged, said)
    anna.writes("черновик")
    presses(anna, 1, "e")
    expect(anna.field).to_have_value("раз")
    deletion = amended(2, said, text=None, deleted=True, edited=said["time"])
    if is_composed:
        composes(anna, "にほ")
        fake.sends(deletion)
        expect(anna.page.locator("#m1 .text")).to_have_count(0)
    anna.page.locator("#send").hover()
    anna.page.mouse.down()
    if not is_composed:
        fake.sends(deletion)
    expect(anna.field).to_have_value("черновик")
    anna.page.mouse.up()
    anna.page.wait_for_timeout(200)
    expect(anna.field).to_have_value("черновик")
    fake.hears("post", 0)
    anna.send.click()
    fake.hears_posts("черновик")


@pytest.mark.parametrize("by", ["mention", "send"])
def test_a_word_that_a_press_has_ended_is_waited_for_no_longer(staged: Staged, by: str) -> None:
    """A mention takes the place of the letters, or they are sent, in a browser that leaves the focus in the field."""
    anna, fake = staged
    talk_by_keys(staged, "раз")
    fake.answers["post"] = []
    composes(anna, "@Бор")
    if by == "mention":
        anna.page.get_by_role("option", name="Борис").click()
        expect(anna.field).to_have_value("@Борис ")
        anna.field.press("Enter")
    else:
        anna.page.locator("#composer").evaluate("(form) => form.requestSubmit()")
    post = fake.hears("post", 1)[0]
    expect(anna.field).to_have_value("")
    fake.sends({"type": "error", "code": "slow", "id": post["id"], "retry_after": 60})
    expect(anna.field).to_have_value(post["text"])
