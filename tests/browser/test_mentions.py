"""Completing `@имя`: the caret that goes elsewhere, a crowd, and a server that answers late, never, or out of order."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from .crowd import found_among, visits_a_crowd
from .fake_server import ME, FakeServer, message
from .people import Person, until
from .steps import Staged

pytestmark = pytest.mark.slow


def options(anna: Person) -> Locator:
    return anna.page.get_by_role("option")


def in_a_crowd(staged: Staged) -> list[dict[str, str]]:
    """Anna's page has 200 of 501 people; the server finds the others when it is told to."""
    everyone = visits_a_crowd(staged)
    staged[1].answers["people"] = []
    return everyone


def asks(anna: Person, fake: FakeServer, query: str) -> dict[str, Any]:
    """Wait until the page has asked for people so; its command."""
    until(anna.page, lambda: [each for each in fake.commands("people") if each.get("query") == query])
    return next(each for each in fake.commands("people") if each.get("query") == query)


def answers(fake: FakeServer, everyone: list[dict[str, str]], command: dict[str, Any]) -> None:
    fake.sends({**found_among(everyone, command), "ref": command["ref"]})


@pytest.mark.parametrize("move", ["Home", "ArrowLeft", "Shift+ArrowLeft"])
def test_the_list_goes_when_the_caret_does(staged: Staged, move: str) -> None:
    """Enter sends then, and writes no name where the caret is now."""
    anna, fake = staged
    anna.arrives()
    anna.field.press_sequentially("эй @бо")
    expect(options(anna)).to_have_count(1)
    anna.page.keyboard.press(move)
    expect(options(anna)).to_have_count(0)
    expect(anna.field).not_to_have_attribute("aria-activedescendant", "mention-0")
    anna.page.keyboard.press("Enter")
    fake.hears_posts("эй @бо")


def test_a_click_elsewhere_in_the_text_closes_the_list(staged: Staged) -> None:
    """The name that was being typed stays as it is."""
    anna, _ = staged
    anna.arrives()
    anna.field.press_sequentially("эй @бо")
    expect(options(anna)).to_have_count(1)
    anna.field.click(position={"x": 14, "y": 20})
    expect(options(anna)).to_have_count(0)
    expect(anna.field).to_have_value("эй @бо")


def test_whom_the_server_found_stays_while_one_types_on(staged: Staged) -> None:
    """The list doesn't close and open again with every letter, nor with Backspace, while an answer is on its way."""
    anna, fake = staged
    everyone = in_a_crowd(staged)
    anna.field.press_sequentially("@участник 45")
    expect(options(anna)).to_have_count(0)
    answers(fake, everyone, asks(anna, fake, "участник 45"))
    expect(options(anna)).to_have_count(6)
    anna.page.keyboard.type("3")
    expect(options(anna)).to_have_text(["У4Участник 453"], timeout=1_000)
    anna.page.keyboard.press("Backspace")
    expect(options(anna)).to_have_count(6, timeout=1_000)
    assert anna.page.locator("#field").get_attribute("aria-activedescendant") == "mention-0"


def test_answers_out_of_order_offer_nobody_else(staged: Staged) -> None:
    """The answer to what was typed before is dropped when it comes last."""
    anna, fake = staged
    everyone = in_a_crowd(staged)
    anna.field.press_sequentially("@участник 30")
    early = asks(anna, fake, "участник 30")
    anna.page.keyboard.press("Backspace")
    anna.page.keyboard.type("1")
    late = asks(anna, fake, "участник 31")
    answers(fake, everyone, late)
    expect(options(anna)).to_have_count(6)
    answers(fake, everyone, early)
    anna.page.keyboard.type("1")
    expect(options(anna)).to_have_text(["У3Участник 311"])


def test_a_search_without_an_answer_leaves_those_whom_the_page_has(staged: Staged) -> None:
    """After a lost connection `@` offers the people of the list, and Enter writes their name."""
    anna, fake = staged
    everyone = in_a_crowd(staged)
    anna.field.press_sequentially("@участник 00")
    asks(anna, fake, "участник 00")
    expect(options(anna)).to_have_count(6)
    fake.next_welcome(online={"count": len(everyone), "people": everyone[:200]})
    fake.closes(1012, "restart")
    until(anna.page, lambda: len(fake.commands("hello")) == 2)
    expect(options(anna)).to_have_count(6)
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("@Участник 000 ")


@pytest.mark.parametrize("name", ["Анна Мария 2", "👩‍🚀 Юра", "שרה כהן", "Ян " + "👩‍🚀" * 9])
def test_any_name_is_completed_as_it_is_written(staged: Staged, name: str) -> None:
    """With spaces, emoji, of the other direction, as long as names may be; and by the whole name but its end."""
    anna, fake = staged
    other = {"id": "other", "name": name}
    fake.next_welcome(online={"count": 2, "people": [ME, other]})
    anna.arrives()
    anna.page.keyboard.insert_text(f"@{name[:-1]}" if name.isascii() else f"@{name}")
    expect(options(anna).locator("bdi")).to_have_text([name])
    anna.page.keyboard.press("Tab")
    expect(anna.field).to_have_value(f"@{name} ")


def test_a_program_that_has_written_is_offered(staged: Staged) -> None:
    """A mention calls it, and it stands in no list of people."""
    anna, fake = staged
    fake.next_welcome(seq=1, head=1, messages=[message(1, "Снег", {"id": "hook-1", "name": "Погода"}, hook=True)])
    anna.arrives()
    anna.page.keyboard.insert_text("@")
    expect(options(anna)).to_have_text(["ББорис", "ППогодабот"])
    anna.page.keyboard.insert_text("пог")
    expect(options(anna).locator(".avatar[data-program]")).to_have_count(1)
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("@Погода ")


def test_escape_closes_the_list_alone(staged: Staged) -> None:
    """The draft, the reply and the place in the list stay, and a late answer opens nothing."""
    anna, fake = staged
    everyone = in_a_crowd(staged)
    anna.field.press_sequentially("@участник 40")
    command = asks(anna, fake, "участник 40")
    answers(fake, everyone, command)
    expect(options(anna)).to_have_count(6)
    anna.page.keyboard.press("Escape")
    expect(options(anna)).to_have_count(0)
    expect(anna.field).to_be_focused()
    answers(fake, everyone, command)
    expect(anna.field).to_have_value("@участник 40")
    expect(options(anna)).to_have_count(0)


def test_a_late_answer_opens_no_list_over_another_text(staged: Staged) -> None:
    """Where the browser doesn't say that the caret went, what was sent before the answer is no longer completed."""
    anna, fake = staged
    anna.page.add_init_script(
        "addEventListener('selectionchange', (event) => event.stopImmediatePropagation(), { capture: true })"
    )
    everyone = in_a_crowd(staged)
    anna.field.press_sequentially("@участник 40")
    command = asks(anna, fake, "участник 40")
    anna.page.keyboard.press("Enter")
    fake.hears_posts("@участник 40")
    answers(fake, everyone, command)
    fake.sends(message(1, "Потом"))
    anna.sees("Потом")
    expect(options(anna)).to_have_count(0)


def test_those_who_have_left_are_offered_no_longer(staged: Staged) -> None:
    """An answer with all whom the server finds counts for those whom it found before."""
    anna, fake = staged
    everyone = in_a_crowd(staged)
    anna.field.press_sequentially("@участник 45")
    answers(fake, everyone, asks(anna, fake, "участник 45"))
    expect(options(anna)).to_have_count(6)
    anna.page.keyboard.type("3")
    expect(options(anna)).to_have_count(1)
    left = [person for person in everyone if person["name"] != "Участник 453"]
    answers(fake, left, asks(anna, fake, "участник 453"))
    expect(options(anna)).to_have_count(0)
