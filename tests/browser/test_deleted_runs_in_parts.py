"""A row of deleted messages of which the page has only a part: what is around it loads, and the place stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .deleted_runs import a_room_with_a_run, erased, lasts, reads_further_up, spam
from .fake_server import BORIS, message
from .moderation import deleted
from .people import until
from .steps import Staged, a_long_room, watches_marks

pytestmark = pytest.mark.slow


def test_older_messages_that_belong_to_a_run_move_nothing(staged: Staged) -> None:
    """The line counts more of them, keeps the focus, and stands where it stood."""
    anna = reads_further_up(staged)
    anna.scrolls_to(0)
    expect(anna.page.locator(".tombstone")).to_have_count(1)
    anna.page.locator("#m250").focus()
    top = "document.getElementById('m255').getBoundingClientRect().top"
    before = anna.page.evaluate(top)
    expect(anna.page.locator(".tombstone")).to_have_text(["101 сообщение удалено модератором"])
    assert abs(anna.page.evaluate(top) - before) <= 1
    expect(anna.page.locator("#m250")).to_be_focused()


def test_a_page_that_is_one_run_loads_what_is_above(staged: Staged) -> None:
    """Nobody could scroll there: the run fills no screen, and neither do lines that are gone after an hour."""
    anna, fake = staged
    a_long_room(fake, newest=100)
    gone = {"edited": "2026-11-23T12:00:00.000Z"}
    fake.welcomes[0]["messages"] = [
        *({**erased(seq), **gone} for seq in range(51, 76)),
        *spam(76, 100),
    ]
    anna.arrives()
    expect(anna.page.locator(".tombstone")).to_have_text(["25 сообщений удалено модератором"])
    expect(anna.page.locator("#m50")).to_be_visible()
    expect(anna.page.locator("#m76")).to_have_count(0)


@pytest.mark.parametrize(("newest", "parts", "said"), [(400, 2, "400"), (3000, 15, "3 000")])
def test_a_page_that_is_one_run_gets_what_is_new(staged: Staged, newest: int, parts: int, said: str) -> None:
    """It loads what is above as long as nothing is dropped below, and ends where the room does."""
    anna, fake = staged
    a_room_with_a_run(fake, newest, 1, newest)
    anna.arrives()
    fake.hears("history", parts)
    expect(anna.page.locator(".tombstone")).to_have_text([f"{said} сообщений удалено модератором"])
    fake.sends(message(newest + 1, "Добрый день"))
    expect(anna.page.locator(f"#m{newest + 1}")).to_be_in_viewport()
    expect(anna.page.locator(".to-end")).to_have_count(0)
    fake.hears("history", parts)


def test_a_link_into_a_long_run_leads_to_its_line(staged: Staged) -> None:
    """Parts of it come below without taking the reader along, and the line stays marked as it counts more."""
    anna, fake = staged
    watches_marks(anna.page)
    lasts(anna, 2_000)
    a_room_with_a_run(fake, 600, 2, 200)
    anna.url += "#m5"
    anna.visits()
    expect(anna.page.locator(".tombstone")).to_have_text(["199 сообщений удалено модератором"])
    expect(anna.page.locator("#m200")).to_be_in_viewport()
    expect(anna.page.locator("[data-flashed]")).to_have_attribute("id", "m200")
    expect(anna.page.locator("#m600")).to_have_count(0)


def test_newer_messages_that_belong_to_a_run_leave_the_focus_on_it(staged: Staged) -> None:
    """Its line is another row then."""
    anna, fake = staged
    a_room_with_a_run(fake, 600, 2, 200)
    part = fake.answers["history"]
    fake.answers["history"] = lambda command: part(command) if command["before"] < 80 else []
    anna.url += "#m5"
    anna.visits()
    anna.page.locator("#m30").focus()
    asked = fake.hears("history", 2)[1]
    fake.answers["history"] = []
    fake.sends({**part(asked), "ref": asked["ref"]})
    expect(anna.page.locator("#m200")).to_be_focused()


def test_a_refused_part_of_a_run_is_not_asked_for_again_and_again(staged: Staged) -> None:
    """A page that shows a line alone asks when it gets there, and then when the reader does."""
    anna, fake = staged
    a_room_with_a_run(fake, 600, 2, 200)
    part = fake.answers["history"]
    refusal = {"type": "error", "code": "rate_limited", "retry_after": 1}
    fake.answers["history"] = lambda command: part(command) if command["before"] < 80 else refusal
    anna.url += "#m5"
    anna.visits()
    expect(anna.page.locator("[data-edge=failed]")).to_be_visible()
    for count in range(3, 13):
        fake.sends({"type": "online", "count": count})
        anna.page.wait_for_timeout(50)
    assert len(fake.commands("history")) <= 4


def test_the_place_stays_when_all_that_is_in_sight_is_deleted(staged: Staged) -> None:
    """The line of the run stands where the first of it was, if it goes with one draw."""
    anna, fake = staged
    a_long_room(fake, newest=300)
    anna.arrives()
    for parts in (1, 2):
        anna.scrolls_to(0)
        fake.hears("history", parts)
        until(anna.page, "list.scrollTop > 0")  # the part is above, and the place stays
    anna.page.locator("#m190").evaluate("(row) => row.scrollIntoView()")
    anna.scrolls_to(-10)
    top = "(seq) => document.getElementById(`m${seq}`).getBoundingClientRect().top"
    before = anna.page.evaluate(top, 190)
    anna.page.evaluate(
        """() => {
            Object.assign(globalThis, { waiting: [], draws: requestAnimationFrame });
            globalThis.requestAnimationFrame = (draw) => waiting.push(draw);
        }"""
    )
    fake.sends(*(deleted(BORIS, moderated=True, of=of, seq=141 + of) for of in range(160, 251)))
    anna.page.evaluate("globalThis.requestAnimationFrame = draws; waiting.forEach((draw) => draws(draw))")
    expect(anna.page.locator(".tombstone")).to_have_text(["91 сообщение удалено модератором"])
    assert abs(anna.page.evaluate(top, 250) - before) <= 60


def test_a_room_whose_newest_messages_were_deleted_long_ago_shows_the_others(staged: Staged) -> None:
    """Nothing is left of thousands, and the room doesn't look as if nobody had ever written there."""
    anna, fake = staged
    long_ago = {"edited": "2026-11-23T12:00:00.000Z"}
    a_room_with_a_run(fake, 3000, 101, 3000, **long_ago)
    part = fake.answers["history"]
    fake.answers["history"] = []
    anna.arrives()
    [asked] = fake.hears("history", 1)
    expect(anna.page.locator(".empty")).to_have_count(0)
    fake.answers["history"] = part
    fake.sends({**part(asked), "ref": asked["ref"]})
    expect(anna.page.locator("#m100")).to_be_in_viewport()
    fake.sends(message(3001, "Добрый день"))
    expect(anna.page.locator("#m3001")).to_be_in_viewport()
    assert len(fake.commands("history")) <= 16


def test_what_is_above_thousands_of_deleted_messages_is_reached_by_scrolling(staged: Staged) -> None:
    """The list below them is short: at its top more is asked for as long as nothing is dropped at its end."""
    anna, fake = staged
    a_room_with_a_run(fake, 5040, 101, 5000)
    anna.arrives()
    anna.scrolls_to(0)
    expect(anna.page.locator(".tombstone")).to_have_text(["4 900 сообщений удалено модератором"])
    expect(anna.page.locator("#m100")).to_be_attached()
    expect(anna.page.locator("#m5040")).to_be_attached()
    assert len(fake.commands("history")) <= 30
