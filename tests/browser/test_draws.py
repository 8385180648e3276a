"""How often the page draws itself."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, expect

from tests.support import Server

from .conftest import fake_for
from .fake_server import BORIS, ME, message
from .people import People, Person, script
from .steps import fetches_keys, strip

pytestmark = pytest.mark.slow

DRAWS = script("draws")
# Frames in which a draw that was asked for too late would still be seen, and the time that typing lets pass.
SETTLE = """new Promise((done) => {
    let frames = 5;
    const step = () => ((frames -= 1) ? requestAnimationFrame(step) : setTimeout(done, 50));
    step();
})"""
# What a change of the state draws.
PAGE = {"bar": 1, "list": 1, "below": 1, "composer": 1}


@pytest.fixture
def anna(people: People, server: Server) -> Person:
    """Anna in a room with fifty messages, on a page that counts its draws."""
    anna, fake = fake_for(people, server)
    anna.page.add_init_script("""localStorage.setItem("wschat.offered", "notices")""")
    anna.page.route("**/vendor/vendor.js", lambda route: route.fulfill(content_type="text/javascript", body=DRAWS))
    people_here = [ME, BORIS, *({"id": f"p{n}", "name": f"Участник {n}"} for n in range(10))]
    fake.next_welcome(
        messages=[message(n, f"№ {n}", ME if n == 49 else BORIS) for n in range(1, 51)],
        seq=50,
        head=50,
        online={"count": len(people_here), "people": people_here},
    )
    anna.visits()
    anna.sees("№ 50")
    expect(anna.people).to_have_count(12)
    expect(anna.messages).to_have_count(50)
    fetches_keys(anna.page)
    return anna


def draws(anna: Person, key: str) -> dict[str, int]:
    """Count the draws of one key press, by what is drawn."""
    anna.page.evaluate(SETTLE)
    anna.page.evaluate("draws = {}")
    anna.page.keyboard.press(key)
    anna.page.evaluate(SETTLE)
    return dict(anna.page.evaluate("draws"))


def test_a_letter_draws_the_field_alone(anna: Person) -> None:
    """The list, however long, costs a letter nothing."""
    anna.field.press_sequentially("а")
    assert draws(anna, "b") == {"composer": 1}
    assert draws(anna, "Backspace") == {"composer": 1}


def test_a_sent_message_is_one_draw(anna: Person) -> None:
    """Posting, sending, emptying the field and going to the end are drawn together, once."""
    anna.says("Первое")  # which the page answers with an offer of notices
    expect(anna.messages).to_have_count(51)
    anna.writes("Раз")
    assert draws(anna, "Enter") == PAGE
    expect(anna.messages).to_have_count(52)
    anna.scrolls_to(-500)
    expect(anna.page.locator(".to-end")).to_be_visible()
    anna.writes("Два")
    assert draws(anna, "Enter") == PAGE
    assert anna.from_end() <= 1


def test_editing_is_one_draw_at_each_end(anna: Person) -> None:
    """The key ↑ puts a message into the field, Esc the draft, Enter the edited message into the list: once each."""
    both = {**PAGE, "compose-strip": 1, "send": 1}  # the button says what it does
    anna.field.focus()
    for key, count in (("ArrowUp", 1), ("Escape", 0)):  # the strip's code is fetched at the first time
        anna.page.keyboard.press(key)
        expect(strip(anna)).to_have_count(count)
    assert draws(anna, "ArrowUp") == both
    assert draws(anna, "Escape") == both
    assert draws(anna, "ArrowUp") == both
    anna.writes("Другое")
    assert draws(anna, "Enter") == both
    expect(anna.page.locator("#m49 .text")).to_have_text("Другое")
    anna.writes("Новое")
    assert draws(anna, "Enter") == PAGE


def test_a_key_in_the_list_of_mentions_draws_it_once(anna: Person) -> None:
    """Choosing draws the list, and taking a name the field as well."""
    anna.field.press_sequentially("@б")
    expect(anna.page.get_by_role("option")).to_have_count(1)
    assert draws(anna, "ArrowDown") == {"mentions-place": 1}
    assert draws(anna, "Enter") == {"mentions-place": 1, "composer": 1}
    assert draws(anna, "@") == {"mentions-place": 1, "composer": 1}
    assert draws(anna, "Escape") == {"mentions-place": 1}


def test_a_key_that_moves_in_the_list_draws_it_at_most_once(anna: Person) -> None:
    """Within sight nothing changes but the place of a message's buttons; the button for the end comes and goes once."""
    anna.page.locator("#m50").focus()
    expect(anna.page.locator("#m50 .message-tools")).to_be_attached()
    assert draws(anna, "ArrowUp") == {}
    assert draws(anna, "Home") == PAGE
    expect(anna.page.locator(".to-end")).to_be_visible()
    assert draws(anna, "Escape") == PAGE
    expect(anna.page.locator(".to-end")).to_have_count(0)
    assert draws(anna, "Escape") == {}


def test_a_letter_of_a_search_draws_the_people_once(anna: Person) -> None:
    """The rest of the page has nothing to do with it."""
    search = anna.page.locator(".people-find")
    search.evaluate("element => { element.hidden = false; element.focus(); }")  # shown from ten people on
    assert draws(anna, "b") == {"people": 1}


def test_many_messages_are_drawn_in_parts(people: People, server: Server) -> None:
    """However many come at once, a frame draws at most 36 of them, the newest first, so that keys don't wait."""
    anna, fake = fake_for(people, server)
    anna.page.add_init_script("""globalThis.parts = [];
        let before = 0;
        new MutationObserver(() => {
            const all = [...document.querySelectorAll(".message")];
            if (all.length > before) parts.push({ rows: all.length - before, last: all.at(-1).id });
            before = all.length;
        }).observe(document, { childList: true, subtree: true });""")
    fake.next_welcome(messages=[message(n, f"№ {n}") for n in range(101, 301)], seq=300, head=300)
    anna.visits()
    expect(anna.messages).to_have_count(200)
    parts = anna.page.evaluate("parts")
    assert max(part["rows"] for part in parts) <= 36, parts
    assert {part["last"] for part in parts} == {"m300"}
    assert parts[0]["rows"] >= 13


def test_a_message_restyles_no_other(browser: Browser, people: People, server: Server) -> None:
    """However many reactions are in the page, a new message makes the browser work out the style of itself alone."""
    anna, fake = fake_for(people, server)
    reactions = [{"emoji": emoji, "count": 2, "people": ["boris"]} for emoji in "👍🎉🚀"]
    said = [message(n, f"№ {n}", reply={"seq": 1, "from": BORIS}, reactions=reactions, rev=n) for n in range(1, 101)]
    fake.next_welcome(messages=said, seq=100, head=100)
    anna.visits()
    expect(anna.page.locator(".reaction")).to_have_count(300)
    anna.page.evaluate(SETTLE)
    browser.start_tracing(page=anna.page, categories=["devtools.timeline"])
    fake.sends(message(101, "Новое"))
    anna.sees("Новое")
    anna.page.evaluate(SETTLE)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    styled = [e["args"].get("elementCount", 0) for e in events if e["name"] == "UpdateLayoutTree"]
    assert 0 < sum(styled) <= 60, styled
