"""A reader of an older part of the room: the way to its end."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .fake_server import BORIS, amended, message
from .old_parts import (
    NEWEST,
    answers_later,
    asks,
    gives,
    loses_the_connection,
    reads_an_old_part,
    reconnects,
    stores,
)
from .people import until
from .steps import FIRST_IN_SIGHT, Staged, a_long_room, history_of, toast

pytestmark = pytest.mark.slow

FAILED = "Не удалось загрузить · Повторить"


def test_the_way_to_the_end_says_that_it_is_closed(staged: Staged) -> None:
    """The button ↓ without a connection says so, as a link to a message does."""
    anna, _ = staged
    reads_an_old_part(staged)
    loses_the_connection(staged)
    anna.page.locator(".to-end").click()
    toast(anna, "Не удалось загрузить")


def test_the_button_leads_to_the_unread_line_first(staged: Staged) -> None:
    """Further down than the old part, it is brought and shown, and what is below it stays unread."""
    anna, fake = staged
    reads_an_old_part(staged)
    fake.sends(*(message(n, f"новое {n}", BORIS) for n in range(NEWEST + 1, NEWEST + 61)))
    button = anna.page.locator(".to-end")
    expect(button).to_contain_text("60")
    button.click()
    expect(anna.page.locator("#new")).to_be_in_viewport()
    anna.page.wait_for_timeout(300)
    expect(anna.page.locator("#new")).to_be_in_viewport()
    expect(anna.page).not_to_have_title("Чат")
    button.click()
    anna.sees(f"№ {NEWEST + 60}")


def test_the_button_doesnt_pass_by_what_is_unread(staged: Staged) -> None:
    """The part with the unread line is refused: the end, which could be had, isn't where the reader wished to go."""
    anna, fake = staged
    reads_an_old_part(staged)
    fake.sends(*(message(n, f"новое {n}", BORIS) for n in range(NEWEST + 1, NEWEST + 61)))
    expect(anna.page.locator(".to-end")).to_contain_text("60")
    busy = {"type": "error", "code": "busy"}
    fake.answers["history"] = lambda command: busy if command["before"] <= NEWEST + 50 else history_of(command)
    anna.page.locator(".to-end").click()
    toast(anna, "Не удалось загрузить")
    anna.page.wait_for_timeout(200)
    expect(anna.page).to_have_title("(60) Чат")
    expect(anna.page.locator(f"#m{NEWEST + 60}")).to_have_count(0)


@pytest.mark.parametrize("wish", ["Escape", "post"])
def test_the_last_wish_wins(staged: Staged, wish: str) -> None:
    """A link to an old message is answered when the reader has gone on to the end: they stay there."""
    anna, fake = staged
    reads_an_old_part(staged)
    stores(fake)
    held = answers_later(fake)
    anna.page.evaluate("location.hash = '#m300'")
    until(anna.page, lambda: any(each["before"] < 500 for each in held))
    old = next(each for each in held if each["before"] < 500)
    if wish == "post":
        anna.says("Где я?")
    else:
        anna.page.keyboard.press("Escape")
    end = asks(anna, held, for_the_end=True)
    newest = message(NEWEST, "самое новое")
    fake.sends({"type": "history", "messages": [newest], "start": False, "ref": end["ref"]})
    anna.sees("самое новое")
    gives(fake, old)
    anna.page.wait_for_timeout(300)
    anna.sees("самое новое")
    expect(anna.page.locator("#m300")).to_have_count(0)


@pytest.mark.parametrize("how", ["button", "post"])
def test_the_same_wish_again_waits_for_the_same_answer(staged: Staged, how: str) -> None:
    """Who presses twice, or writes twice, is at the end as soon as who does it once."""
    anna, fake = staged
    reads_an_old_part(staged)
    held = answers_later(fake)
    for _ in range(2):
        if how == "button":
            anna.page.locator(".to-end").click()
        else:
            anna.says("Где я?")
        end = asks(anna, held, for_the_end=True)
    gives(fake, end)
    expect(anna.page.locator(f"#m{NEWEST}")).to_be_attached(timeout=3_000)
    assert len([each for each in held if each["before"] > NEWEST]) == 1


@pytest.mark.parametrize(("place", "before"), [(NEWEST + 1, NEWEST + 27), (300, 326)])
def test_the_same_place_again_waits_for_the_same_answer(staged: Staged, place: int, before: int) -> None:
    """The unread line, and what a quote leads to: a second press makes no other request, and doesn't undo the first."""
    anna, fake = staged
    reads_an_old_part(staged)
    fake.sends(*(message(n, f"новое {n}", BORIS) for n in range(NEWEST + 1, NEWEST + 61)))
    fake.sends(amended(NEWEST + 61, message(500, "№ 500"), reply={"seq": 300, "from": BORIS}))
    expect(anna.page.locator(".to-end")).to_contain_text("60")
    held = answers_later(fake)
    button = anna.page.locator(".to-end" if place > NEWEST else "#m500 button.quote")
    button.click()
    until(anna.page, lambda: any(each["before"] == before for each in held))
    button.click()
    anna.page.wait_for_timeout(200)
    asked = [each for each in held if each["before"] == before]
    gives(fake, asked[0])
    expect(anna.page.locator(f"#m{place}")).to_be_in_viewport(timeout=3_000)
    assert len(asked) == 1


def test_a_press_on_the_button_is_outdone_by_the_next_wish(staged: Staged) -> None:
    """The unread line is on its way; meanwhile the reader goes to the end."""
    anna, fake = staged
    reads_an_old_part(staged)
    fake.sends(*(message(n, f"новое {n}", BORIS) for n in range(NEWEST + 1, NEWEST + 201)))
    expect(anna.page.locator(".to-end")).to_contain_text("200")
    held = answers_later(fake)
    anna.page.locator(".to-end").click()
    until(anna.page, lambda: any(NEWEST < each["before"] < NEWEST + 200 for each in held))
    line = next(each for each in held if NEWEST < each["before"] < NEWEST + 200)
    anna.page.keyboard.press("Escape")
    until(anna.page, lambda: any(each["before"] > NEWEST + 200 for each in held))
    gives(fake, next(each for each in held if each["before"] > NEWEST + 200))
    end = anna.page.locator(f"#m{NEWEST + 200}")
    expect(end).to_be_in_viewport()
    gives(fake, line)
    anna.page.wait_for_timeout(300)
    expect(end).to_be_in_viewport()


@pytest.mark.parametrize("wish", ["end", "line", "message"])
def test_who_scrolls_on_meanwhile_stays_there(staged: Staged, wish: str) -> None:
    """Reading on by hand is the last wish; the one before can be wished again."""
    anna, fake = staged
    reads_an_old_part(staged)
    if wish == "line":
        fake.sends(message(NEWEST + 1, "новое", BORIS))
        expect(anna.page.locator(".to-end")).to_contain_text("1")
    held = answers_later(fake)

    def wishes() -> dict[str, Any]:
        before = len(held)
        if wish == "message":
            anna.page.evaluate("location.hash = ''; location.hash = '#m300'")
        else:
            anna.page.locator(".to-end").click()
        until(anna.page, lambda: len(held) > before)
        return held[-1]

    asked = wishes()
    anna.scrolls_to(-200)
    in_sight = anna.page.evaluate(FIRST_IN_SIGHT)
    gives(fake, asked)
    anna.page.wait_for_timeout(300)
    assert anna.page.evaluate(FIRST_IN_SIGHT) == in_sight
    gives(fake, wishes())
    if wish == "message":
        expect(anna.page.locator("#m300")).to_be_in_viewport()
    else:
        anna.sees_the_end()
        expect(anna.page.locator(f"#m{NEWEST}")).to_be_in_viewport()


def test_the_button_is_pressed_while_the_list_is_still_moving(staged: Staged) -> None:
    """A fling that began before the press isn't a wish after it."""
    anna, fake = staged
    reads_an_old_part(staged)
    held = answers_later(fake)
    anna.page.evaluate("""async () => {
        for (let frame = 0; frame < 30; frame += 1) {
            list.scrollTop -= 5;
            if (frame === 5) document.querySelector(".to-end").click();
            await new Promise(requestAnimationFrame);
        }
    }""")
    gives(fake, asks(anna, held, for_the_end=True))
    anna.sees_the_end()
    expect(anna.page.locator(f"#m{NEWEST}")).to_be_in_viewport()


def test_the_button_never_leads_up(staged: Staged) -> None:
    """What is unread begins above all that is on the page: the line is passed by, and the end asked for."""
    anna, fake = staged
    a_long_room(fake, NEWEST)
    anna.visits()
    anna.sees(f"№ {NEWEST}")
    anna.scrolls_to(-1000)
    fake.sends(*(message(n, f"№ {n}", BORIS) for n in range(NEWEST + 1, NEWEST + 601)))
    expect(anna.page.locator(".to-end")).to_contain_text("600")
    anna.page.evaluate("location.hash = '#m1400'")
    expect(anna.page.locator("#m1400")).to_be_in_viewport()
    asked = len(fake.commands("history"))
    anna.page.locator(".to-end").click()
    expect(anna.page.locator(f"#m{NEWEST + 600}")).to_be_in_viewport()
    assert all(each["before"] > NEWEST + 100 for each in fake.commands("history")[asked:])


def test_nothing_is_missing_below_the_end(staged: Staged) -> None:
    """The end comes before the older answer that was to lead there: neither a spinner nor a button stays."""
    anna, fake = staged
    reads_an_old_part(staged)
    loses_the_connection(staged)
    anna.page.locator(".to-end").click()
    toast(anna, "Не удалось загрузить")
    held = answers_later(fake)
    reconnects(staged)
    end, newer = asks(anna, held, for_the_end=True), asks(anna, held, for_the_end=False)
    gives(fake, end)
    expect(anna.page.locator(f"#m{NEWEST}")).to_be_in_viewport()
    anna.page.wait_for_timeout(200)
    expect(anna.page.locator("[data-edge=loading]")).to_have_count(0)
    fake.sends({"type": "error", "code": "busy", "ref": newer["ref"]})
    anna.page.wait_for_timeout(200)
    expect(anna.page.locator("[data-edge=failed]")).to_have_count(0)
