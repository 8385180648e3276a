"""The clipboard after messages were selected and copied: names, times and texts, and nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .clipboard import CLIPBOARD, copied
from .conftest import fake_for
from .fake_server import ME, message
from .people import People
from .steps import has, talk

pytestmark = pytest.mark.slow


def test_several_messages_are_copied_as_lines(people: People, server: Server) -> None:
    """Each has its time and author; a part of one message is copied as it is, and a focused message whole."""
    anna = talk(fake_for(people, server, permissions=CLIPBOARD), "**раз**", "два", "три")
    select = """([from, to]) => {
        const [start, end] = [from, to].map((n) => document.querySelector(`#m${n} .text`));
        getSelection().setBaseAndExtent(start, 0, end, end.childNodes.length);
    }"""
    expect(anna.page.locator("#m1 .text strong")).to_be_visible()
    anna.page.evaluate(select, [1, 2])
    has(anna.page, "copy-messages.js")  # fetched with the first selection
    anna.page.keyboard.press("Control+c")
    assert copied(anna) == "[12:01] Борис: раз\n[12:02] Борис: два"
    anna.page.evaluate(select, [3, 3])
    anna.page.keyboard.press("Control+c")
    assert copied(anna) == "три"
    anna.page.evaluate("getSelection().removeAllRanges()")
    anna.page.locator("#m1").focus()
    anna.page.keyboard.press("Control+c")
    assert copied(anna) == "раз"


@pytest.mark.parametrize(
    ("locale", "dates"),
    [
        ("ru-RU", ["03.11.2026, 16:51", "23.11.2026, 12:02", "23.11.2026, 12:03"]),
        ("en-GB", ["03/11/2026, 16:51", "23/11/2026, 12:02", "23/11/2026, 12:03"]),
        ("en-US", ["11/03/2026, 4:51 PM", "11/23/2026, 12:02 PM", "11/23/2026, 12:03 PM"]),
    ],
)
def test_messages_of_several_days_are_copied_with_their_dates(
    people: People, server: Server, locale: str, dates: list[str]
) -> None:
    """Without them their times would say nothing; date and time are of one country, with no word of the page."""
    said = [
        message(1, "раз", time="2026-11-03T13:51:00.000Z"),
        message(2, "```\nif x:\n    y\n```"),
        message(3, "три", ME),
    ]
    anna = talk(fake_for(people, server, permissions=CLIPBOARD, locale=locale), *said)
    if locale.startswith("en"):
        anna.page.locator("[data-tool=language]").click()
        expect(anna.page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    anna.page.evaluate("getSelection().selectAllChildren(list)")
    has(anna.page, "copy-messages.js")
    anna.page.keyboard.press("Control+c")
    lines = zip(dates, ["Борис: раз", "Борис: if x:\n    y", "Анна: три"], strict=True)
    assert copied(anna).replace("\u202f", " ") == "\n".join(f"[{date}] {line}" for date, line in lines)


def test_what_stands_around_a_message_is_not_copied(people: People, server: Server) -> None:
    """With its author selected it is a line as well; from its text to below it is the text alone."""
    reactions = [{"emoji": "👍", "count": 2, "people": ["anna", "boris"]}]
    said = message(1, "раз", ME, edited="2026-11-23T12:05:00.000Z", rev=2, reactions=reactions)
    anna = talk(fake_for(people, server, permissions=CLIPBOARD), said)
    expect(anna.page.locator("#m1 .reaction")).to_be_visible()
    select = """(from) => getSelection().setBaseAndExtent(document.querySelector(`#m1 ${from}`).firstChild, 0,
        document.querySelector("#m1"), document.querySelector("#m1").childNodes.length)"""
    for start, expected in ((".author", "[12:01] Анна: раз"), (".text", "раз")):
        anna.page.evaluate(select, start)
        has(anna.page, "copy-messages.js")
        anna.page.keyboard.press("Control+c")
        assert copied(anna) == expected


def test_a_selection_of_several_ranges_is_copied_from_its_start_to_its_end(people: People, server: Server) -> None:
    """As Firefox can make it, with a gap at each avatar: a part of the last message isn't copied whole."""
    anna = talk(fake_for(people, server, permissions=CLIPBOARD), "раз", message(2, "два три", ME))
    anna.page.evaluate("""() => {
        globalThis.selection = getSelection();
        const [start, end] = [1, 2].map((n) => document.querySelector(`#m${n} .text`).firstChild);
        const text = (node) => document.createTreeWalker(node.parentNode, NodeFilter.SHOW_TEXT).nextNode();
        selection.setBaseAndExtent(text(start), 0, text(end), 3);
        const ranges = [0, 1].map(() => selection.getRangeAt(0).cloneRange());
        const avatar = document.querySelector("#m2 .avatar");
        ranges[0].setEndBefore(avatar);
        ranges[1].setStartAfter(avatar);
        Object.defineProperties(selection, {
            rangeCount: { value: 2 },
            getRangeAt: { value: (index) => ranges[index] },
        });
    }""")
    has(anna.page, "copy-messages.js")
    anna.page.keyboard.press("Control+c")
    assert copied(anna) == "[12:01] Борис: раз\n[12:02] Анна: два"
