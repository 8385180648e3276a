"""Messages that a moderator deleted in a row are one line, whatever leads there or stands around it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from playwright.sync_api import expect

from .fake_server import BORIS, FakeServer, message
from .moderation import VERA
from .people import Person, until
from .steps import Staged, a_long_room, history_of, talk, toast, watches_marks
from .test_moderation_erasing import deleted


def erased(seq: int, author: dict[str, str] = BORIS) -> dict[str, Any]:
    """A message as it stands in the room's history after a moderator has deleted it just now."""
    form: dict[str, Any] = deleted(author, moderated=True, of=seq, seq=900 + seq)["message"]
    return form


def spam(first: int, last: int) -> list[dict[str, Any]]:
    return [erased(seq) for seq in range(first, last + 1)]


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


def a_room_with_a_run(fake: FakeServer, newest: int, first: int, last: int, **more: Any) -> None:
    """A room of so many messages; those from the first to the last were deleted in a row, with these fields."""

    def shown(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**erased(each["seq"]), **more} if first <= each["seq"] <= last else each for each in messages]

    def part(command: dict[str, Any]) -> dict[str, Any]:
        answer = history_of(command)
        return {**answer, "messages": shown(answer["messages"])}

    a_long_room(fake, newest)
    fake.welcomes[0]["messages"] = shown(fake.welcomes[0]["messages"])
    fake.answers["history"] = part


def reads_further_up(staged: Staged) -> Person:
    """In a room of 300 messages, of which the hundred before the 251st are a run."""
    anna, fake = staged
    a_room_with_a_run(fake, 300, 150, 250)
    anna.arrives()
    return anna


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
    expect(anna.page.locator("[data-target]")).to_have_attribute("id", "m200")
    expect(anna.page.locator("#m600")).to_have_count(0)


def lasts(anna: Person, wait: int) -> None:
    """Nothing that is to end after so long (ms) ends."""
    anna.page.add_init_script(
        f"""const later = setTimeout;
        globalThis.setTimeout = (act, wait, ...more) => (wait === {wait} ? 0 : later(act, wait, ...more));"""
    )


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
    for _ in range(2):
        anna.scrolls_to(0)
        anna.page.wait_for_timeout(100)
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
