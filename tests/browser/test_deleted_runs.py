"""Messages that a moderator deleted in a row are one line, whatever leads there or stands around it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import expect

from .deleted_runs import erased, spam
from .fake_server import BORIS, message
from .moderation import VERA, deleted
from .people import until
from .steps import Staged, a_long_room, talk, toast, watches_marks

pytestmark = pytest.mark.slow


def test_hundreds_are_one_line(staged: Staged) -> None:
    """However many the page draws at a time, and also when they are deleted one by one."""
    anna = talk(staged, message(1, "До"), *spam(2, 120), message(121, "После", VERA), seq=121, head=121)
    expect(anna.page.locator(".tombstone")).to_have_text(["119 сообщений удалено модератором"])
    expect(anna.page.locator("article")).to_have_count(3)


def test_programs_of_other_names_are_other_authors(staged: Staged) -> None:
    """A program has no id: its name tells whose messages are in a row."""
    bots = [erased(seq, {"name": name}) for seq, name in enumerate(["CI", "CI", "Погода"], 1)]
    anna = talk(staged, *[{**bot, "outside": True} for bot in bots], seq=3, head=3)
    expect(anna.page.locator(".tombstone")).to_have_text(
        ["2 сообщения удалены модератором", "Сообщение удалено модератором"]
    )


def test_a_link_into_a_run_leads_to_its_line(staged: Staged) -> None:
    """Nobody is told that the message can't be found."""
    anna, _ = staged
    watches_marks(anna.page)
    anna.url += "#m5"
    said = [*spam(2, 30), *(message(seq, f"№ {seq}", VERA) for seq in range(31, 60))]
    talk(staged, message(1, "До"), *said, seq=59, head=59)
    until(anna.page, "marked.length")
    assert anna.page.evaluate("marked") == ["m30"]
    expect(anna.page.locator("#m30")).to_be_in_viewport()
    assert anna.page.evaluate("toasts") == []


def test_the_unread_begin_above_the_run_that_they_are_in(staged: Staged) -> None:
    """Also where only the end of the run is unread."""
    anna, fake = staged
    talk(staged, message(1, "До"), *spam(2, 5), message(6, "После", VERA), seq=6, head=6)
    anna.has_hidden_tab(True)
    fake.sends(message(7, "Реклама"), message(8, "Реклама"), message(9, "Добрый день", VERA))
    expect(anna.page.locator("#new")).to_be_visible()
    for place, seq in enumerate((6, 7, 8), 10):
        fake.sends(deleted(VERA if seq == 6 else BORIS, moderated=True, of=seq, seq=place))
    expect(anna.page.locator(".tombstone")).to_have_text(
        ["4 сообщения удалены модератором", "Сообщение удалено модератором", "2 сообщения удалены модератором"]
    )
    assert anna.page.evaluate("document.getElementById('new').nextElementSibling.id") == "m8"
    expect(anna.page).to_have_title("(1) Чат")


def test_a_line_that_goes_moves_nothing(staged: Staged) -> None:
    """Where a moderator deletes what the reader sees first, what stands below it stays in place."""
    anna, fake = staged
    a_long_room(fake, newest=300)
    anna.arrives()
    anna.scrolls_to(900)
    first = anna.page.evaluate(
        """() => [...document.querySelectorAll("article")].find((each) =>
            each.getBoundingClientRect().bottom > document.getElementById("list").getBoundingClientRect().top).id"""
    )
    seq = int(first[1:])
    place = f"document.getElementById('m{seq + 3}').getBoundingClientRect().top"
    before = anna.page.evaluate(place)
    fake.sends(*(deleted(BORIS, moderated=True, of=of, seq=301 + n) for n, of in enumerate((seq, seq + 1))))
    expect(anna.page.locator(".tombstone")).to_have_text(["2 сообщения удалены модератором"])
    assert abs(anna.page.evaluate(place) - before) <= 1


def test_a_link_to_what_is_gone_leads_to_nobody_elses_run(staged: Staged) -> None:
    """A message that was deleted over an hour ago can't be found, whatever comes after it."""
    anna, _ = staged
    watches_marks(anna.page)
    anna.url += "#m2"
    gone = {**erased(2), "edited": "2026-11-23T12:00:00.000Z"}
    talk(staged, message(1, "До"), gone, *(erased(seq, VERA) for seq in (3, 4)), seq=4, head=4)
    toast(anna, "Сообщение не найдено")
    assert anna.page.evaluate("marked") == []


def test_people_who_come_and_go_split_no_run(staged: Staged) -> None:
    """Whether or not the page shows them: a spammer who comes again for each message is one line."""
    anna, fake = staged
    talk(staged, message(1, "До", VERA))
    for seq in (2, 3):
        fake.sends(message(seq, "Реклама"), {"type": "online", "count": 1, "left": [BORIS]})
        fake.sends({"type": "online", "count": 2, "joined": [BORIS]})
    fake.sends(*(deleted(BORIS, moderated=True, of=seq, seq=seq + 2) for seq in (2, 3)))
    expect(anna.page.locator(".tombstone")).to_have_text(["2 сообщения удалены модератором"])


def test_a_run_over_midnight_has_a_line_on_each_day(staged: Staged) -> None:
    """Else all of it would stand under the last day."""
    anna, _ = staged
    days = [{**erased(seq), "time": f"2026-11-{22 + seq // 4}T12:00:00.000Z"} for seq in range(2, 6)]
    talk(staged, {**message(1, "До", VERA), "time": "2026-11-22T11:00:00.000Z"}, *days, seq=5, head=5)
    expect(anna.page.locator(".tombstone")).to_have_text(["2 сообщения удалены модератором"] * 2)
    expect(anna.page.locator(".divider + .message")).to_have_count(2)


def test_a_clock_that_is_far_behind_draws_no_more_than_others(staged: Staged) -> None:
    """The line of a deleted message is to go in a month, which is too long for a timer: it would end at once."""
    anna, _ = staged
    anna.page.add_init_script(
        "Object.assign(globalThis, { timers: [], later: setTimeout }); globalThis.setTimeout = "
        "(act, wait, ...more) => { timers.push(wait ?? 0); return later(act, wait, ...more); };"
    )
    deletion = (datetime.now(timezone.utc) + timedelta(days=30)).isoformat()
    talk(staged, message(1, "До"), {**erased(2), "edited": deletion}, seq=2, head=2)
    expect(anna.page.locator(".tombstone")).to_be_visible()
    assert anna.page.evaluate("Math.max(...timers)") <= 2**31 - 1
