"""What is printed: the conversation, and nothing to press."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import shoot
from .fake_server import message
from .moderation import RULES, enters
from .steps import Staged, presses, secure_only, talk

pytestmark = pytest.mark.slow

PAPER = "(each) => getComputedStyle(each).backgroundColor === 'rgba(0, 0, 0, 0)'"


def test_printing_has_all_messages_and_no_buttons(staged: Staged) -> None:
    """On paper every loaded message is there in full, and nothing that could be pressed."""
    anna, fake = staged
    messages = [message(n, f"№ {n}") for n in range(1, 50)] + [
        message(50, "строка\n" * 60),
        message(51, "```\nкод\n```"),
    ]
    fake.next_welcome(messages=messages, seq=51, head=51)
    anna.visits()
    expect(anna.page.locator("#m50")).to_be_visible()
    anna.page.keyboard.press("Shift+ArrowUp")
    expect(anna.page.locator("#m51")).to_be_focused()
    anna.page.locator("#m51").hover()
    anna.page.emulate_media(media="print")
    for hidden in (".bar-tools", ".composer", "aside", ".unfold", ".fence-copy", ".below", "#m51 .message-tools"):
        expect(anna.page.locator(hidden)).to_be_hidden()
    assert anna.list.evaluate("(list) => getComputedStyle(list).overflowY") == "visible"
    boxes = anna.page.evaluate("[list.getBoundingClientRect().height, document.documentElement.scrollHeight]")
    assert boxes[0] > 1500
    assert boxes[1] >= boxes[0]
    folded = anna.page.locator("#m50 .text")
    assert folded.evaluate("(text) => text.scrollHeight - text.clientHeight") <= 1
    expect(anna.page.locator(".bar-rooms svg")).to_be_hidden()
    for paper in ("body", ".bar", "#list", "#m1"):
        assert anna.page.locator(paper).evaluate(PAPER), paper
    assert anna.page.locator("#m51").evaluate("(each) => getComputedStyle(each).outlineStyle") == "none"
    shoot(anna, "mode-print")


@pytest.mark.parametrize(("topic", "printed"), [("Выпуск 2.4", ["Выпуск 2.4"]), ("", [])])
def test_on_paper_is_the_topic_and_no_rule(staged: Staged, topic: str, printed: list[str]) -> None:
    """A rule stands in the header only where there is no topic, and says who may write now."""
    anna, _ = staged
    enters(staged, rules={**RULES, "slow": 30, "topic": topic})
    line = anna.page.locator(".bar-topic")
    expect(line).to_be_visible()
    anna.page.emulate_media(media="print")
    expect(line.filter(visible=True)).to_have_text(printed)


@secure_only
def test_printing_leaves_out_what_stands_above_the_field(staged: Staged) -> None:
    """Neither the offer of notices nor the message that is being answered is on paper."""
    anna, _ = staged
    anna.page.add_init_script("globalThis.Notification = class { static permission = 'default'; };")
    talk(staged, "Раз")
    anna.says("Два")
    presses(anna, 1, "r")
    above = anna.page.locator(".offer, .compose-strip")
    expect(above).to_have_count(2)
    anna.page.emulate_media(media="print")
    for each in above.all():
        expect(each).to_be_hidden()
