"""What a moderator has deleted in a row is one line, whatever leads there or stands around it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from .fake_server import BORIS, message
from .moderation import VERA
from .people import Person, until
from .steps import Staged, a_long_room, history_of, talk, watches_marks
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
    """As does a quote of one of its messages; nobody is told that the message can't be found."""
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


def reads_further_up(staged: Staged) -> Person:
    """In a room of 300 messages, of which the hundred before the 251st are a run."""
    anna, fake = staged

    def part(command: dict[str, Any]) -> dict[str, Any]:
        answer = history_of(command)
        return {**answer, "messages": [without_spam(each) for each in answer["messages"]]}

    a_long_room(fake, newest=300)
    fake.answers["history"] = part
    anna.arrives()
    return anna


def without_spam(each: dict[str, Any]) -> dict[str, Any]:
    return erased(each["seq"]) if 150 <= each["seq"] <= 250 else each


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
